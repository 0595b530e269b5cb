"""The bench `deliver`: the same record, sent by the server's sender and, as files with one archived
member each, by curl over one connection, to one influxd. Both go to databases of their own, new ones
in each round."""

import os
import socket
import statistics
import subprocess
import time
import urllib.parse
import urllib.request

COMMITS, DEVICES = 1500, 100


class Influxd:
    def __init__(self, directory, preexec_fn):
        with socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", 0))
            b.bind(("127.0.0.1", 0))
            self.port, rpc = a.getsockname()[1], b.getsockname()[1]
        home = os.path.join(directory, "influxd")
        os.makedirs(home)
        path = os.path.join(home, "influxdb.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f'reporting-enabled = false\nbind-address = "127.0.0.1:{rpc}"\n'
                    f'[meta]\n  dir = "{home}/meta"\n[data]\n  dir = "{home}/data"\n'
                    f'  wal-dir = "{home}/wal"\n  index-version = "tsi1"\n'
                    f'  query-log-enabled = false\n[monitor]\n  store-enabled = false\n'
                    f'[http]\n  bind-address = "127.0.0.1:{self.port}"\n  log-enabled = false\n')
        with open(os.path.join(home, "log"), "wb") as log:
            self.child = subprocess.Popen(["influxd", "-config", path], stdout=log, stderr=log,
                                          preexec_fn=preexec_fn)
        self.wait()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{self.url()}/ping", timeout=5).close()
                return
            except OSError:
                if self.child.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("influxd did not start") from None
                time.sleep(0.05)

    def query(self, text):
        body = urllib.parse.urlencode({"q": text}).encode()
        urllib.request.urlopen(f"{self.url()}/query", data=body, timeout=60).close()

    def create(self, database):
        self.query(f"CREATE DATABASE {database}")

    def stop(self):
        self.child.terminate()
        self.child.wait()


def curl_config(directory, bodies, url, database):
    """One transfer after the other, all in one process."""
    path = os.path.join(directory, "curl.conf")
    names = sorted(os.listdir(bodies))
    with open(path, "w", encoding="ascii") as f:
        for n, name in enumerate(names):
            f.write(("next\n" if n else "") +
                    f'url = "{url}/write?db={database}&precision=ms"\n'
                    f'data-binary = "@{bodies}/{name}"\nheader = "Content-Encoding: gzip"\n'
                    'header = "Content-Type: text/plain; charset=utf-8"\nheader = "Expect:"\n'
                    'silent\nshow-error\nfail\n')
    return path


def run_curl(config, preexec_fn):
    begun = time.monotonic()
    subprocess.run(["curl", "-K", config], check=True, stdout=subprocess.DEVNULL,
                   preexec_fn=preexec_fn)
    return time.monotonic() - begun


def measure(build, directory, rounds, run_lines, pin):
    """Medians of the rounds; ratio: of each round's own rates."""
    data, bodies = os.path.join(directory, "record"), os.path.join(directory, "bodies")
    os.makedirs(bodies)
    subprocess.run([os.path.join(build, "fill_archive"), data, str(COMMITS), str(DEVICES), bodies],
                   check=True)
    influxd = Influxd(directory, pin(1))
    found = []
    try:
        for n in range(rounds):
            influxd.create(f"curl{n}")
            config = curl_config(directory, bodies, influxd.url(), f"curl{n}")
            curl_s = run_curl(config, pin(0))
            influxd.create(f"ours{n}")
            ours = run_lines([os.path.join(build, "deliver_bench"), data, influxd.url(),
                              f"ours{n}"], preexec_fn=pin(0))[0]
            found.append({"lines": ours["lines"], "requests": ours["requests"],
                          "curl_lines_s": ours["lines"] / curl_s,
                          "ours_lines_s": ours["lines"] * 1e6 / ours["wall_us"],
                          "ratio": curl_s * 1e6 / ours["wall_us"],
                          "cpu_s_million": ours["cpu_us"] / ours["lines"]})
    finally:
        influxd.stop()
    return {key: statistics.median(each[key] for each in found) for key in found[0]}
