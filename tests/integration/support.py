"""What the integration tests share: temporary directories, free ports, processes that are stopped
and whose output is shown when a test fails, the server, the simulator and third-party peers.

PLUMEWATCH names the program, PW_SOURCE_DIR the source tree; ctest sets both."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = os.environ.get("PLUMEWATCH", "plumewatch")
SOURCE = os.environ.get("PW_SOURCE_DIR",
                        os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PYTHON = "/usr/bin/python3"
POLL_S = 0.02


def free_ports(count):
    """Ports that nobody listens on at this moment, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def free_port():
    return free_ports(1)[0]


def wait_until(condition, seconds, what):
    """Asks until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_S)


def get(url, seconds=5):
    """The body of an HTTP answer as text; None when there is no good answer."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.read().decode()
    except (OSError, urllib.error.URLError):
        return None


def run(*arguments, seconds=60):
    """Runs a plumewatch command to its end."""
    return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=seconds, check=False)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Process:
    """A program in the background; its output goes to files beside its other files."""

    def __init__(self, directory, name, arguments, environment=None):
        self.name = name
        self.out_path = os.path.join(directory, f"{name}.out")
        self.err_path = os.path.join(directory, f"{name}.err")
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.err_start = err.tell()
            self.child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err, env=environment)

    def out(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def err(self):
        """What this start of it wrote."""
        with open(self.err_path, "rb") as f:
            f.seek(self.err_start)
            return f.read().decode(errors="replace")

    def alive(self):
        return self.child.poll() is None

    def check_alive(self):
        if not self.alive():
            raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.err()}")

    def send(self, number):
        if self.alive():
            self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Asks it to end and returns its exit status; kills and fails after the deadline."""
        self.send(number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s:\n"
                                 f"{self.err()[-4000:]}") from None

    def kill(self):
        self.send(signal.SIGKILL)
        self.child.wait()


class Simulator(Process):
    """`plumewatch sim` with a plan given as a dict. `addresses` are its slaves in plan order."""

    def __init__(self, directory, plan, name="sim"):
        path = os.path.join(directory, f"{name}.plan.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(plan, f)
        super().__init__(directory, name, [PROGRAM, "sim", "--plan", path])
        wait_until(self.is_ready, 20, f"{name} is ready")
        self.addresses = [line["address"] for line in json_lines(self.out())
                          if line["type"] == "listening"]

    def is_ready(self):
        self.check_alive()
        return '"ready"' in self.out()

    def ports(self):
        return [int(address.rsplit(":", 1)[1]) for address in self.addresses]

    def reports(self):
        """The account as often as it was printed: lists of lines, each ending with the total."""
        reports, current = [], []
        text = self.out()
        for line in json_lines(text[:text.rfind("\n") + 1]):
            if line["type"] in ("listening", "ready"):
                continue
            current.append(line)
            if line["type"] == "total":
                reports.append(current)
                current = []
        return reports

    def counts(self):
        """Its account now."""
        before = len(self.reports())
        self.send(signal.SIGUSR1)
        wait_until(lambda: len(self.reports()) > before, 10, "the simulator tells its counts")
        return self.reports()[before]

    def final_counts(self):
        """Stops it and returns its last account."""
        status = self.stop()
        if status != 0:
            raise AssertionError(f"the simulator ended with {status}:\n{self.err()}")
        return self.reports()[-1]


class Server(Process):
    """`plumewatch run` on a configuration given as a dict; waits until it answers."""

    def __init__(self, directory, config, name="server", data=None, arguments=(), wait=True):
        self.data = data or os.path.join(directory, "data")
        self.config_path = write_config(directory, config, name)
        super().__init__(directory, name,
                         [PROGRAM, "run", "--config", self.config_path, "--data", self.data,
                          "--listen", "127.0.0.1:0", *arguments])
        self.port = None
        if wait:
            wait_until(self.is_ready, 30, f"{name} answers")

    def is_ready(self):
        self.check_alive()
        found = re.search(r"\bport=(\d+)", self.err())
        if not found:
            return False
        self.port = int(found.group(1))
        return get(self.url("/api/v1/health")) is not None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def health(self):
        text = get(self.url("/api/v1/health"))
        return json.loads(text) if text else None

    def metric(self, name):
        """One value of /metrics by its full name (labels included); None when it is not there."""
        for line in (get(self.url("/metrics")) or "").splitlines():
            key, _, value = line.rpartition(" ")
            if key == name:
                return float(value)
        return None

    def stop_cleanly(self):
        status = self.stop()
        if status != 0:
            raise AssertionError(f"{self.name} ended with {status}:\n{self.err()[-8000:]}")


def write_config(directory, config, name="server"):
    path = os.path.join(directory, f"{name}.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f, ensure_ascii=False, indent=1)
    return path


def export(data, what="raw", **instants):
    """The rows of an export; `instants` are from_ and to."""
    arguments = ["export", "--data", data, "--what", what, "--format", "jsonl"]
    if what == "means":
        arguments.append("--exact")
    for name, value in instants.items():
        arguments += [f"--{name.rstrip('_')}", str(value)]
    done = run(*arguments)
    if done.returncode != 0:
        raise AssertionError(f"export ended with {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def verify(data):
    return run("verify", "--data", data)


class PymodbusSlave(Process):
    """Debian's python3-pymodbus as a Modbus TCP slave. `tables` maps a unit to
    {"holding"|"input"|"coil"|"discrete": {address: word}}."""

    def __init__(self, directory, tables, name="pymodbus"):
        self.port = free_port()
        path = os.path.join(directory, f"{name}.tables.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(tables, f)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pymodbus_slave.py")
        super().__init__(directory, name, [PYTHON, "-B", script, str(self.port), path])
        wait_until(self.is_ready, 20, "pymodbus listens")

    def is_ready(self):
        self.check_alive()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0


class Influx(Process):
    """Debian's influxd with an empty store below `directory`; may be started again on it."""

    def __init__(self, directory, name="influxd", port=None, auth=False):
        """auth: nothing works before query("CREATE USER ... WITH ALL PRIVILEGES"), whose name and
        password then stand in `login`."""
        self.login = {}
        self.port, rpc = port or free_port(), free_port()
        home = os.path.join(directory, name)
        os.makedirs(home, exist_ok=True)
        path = os.path.join(home, "influxdb.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"""reporting-enabled = false
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{home}/meta"
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{self.port}"
  auth-enabled = {"true" if auth else "false"}
  log-enabled = false
""")
        super().__init__(directory, name, ["/usr/bin/influxd", "-config", path])
        wait_until(self.is_ready, 30, "influxd answers")

    def is_ready(self):
        self.check_alive()
        return get(f"http://127.0.0.1:{self.port}/ping") is not None

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def query(self, text, database=None):
        """The result of one statement, times in ms."""
        fields = {"q": text, "epoch": "ms"}
        if database:
            fields["db"] = database
        body = urllib.parse.urlencode(fields).encode()
        url = f"{self.url()}/query?{urllib.parse.urlencode(self.login)}"
        with urllib.request.urlopen(url, data=body, timeout=30) as answer:
            return json.load(answer)["results"][0]


class Case(unittest.TestCase):
    """A test with a directory of its own. What it starts through start() is killed at its end,
    and the ends of all logs are printed when it failed."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="plumewatch-")
        self.processes = []
        self.addCleanup(self.clean_up)

    def start(self, kind, *arguments, **named):
        process = kind.__new__(kind)
        self.processes.append(process)
        process.__init__(self.dir, *arguments, **named)
        return process

    def failed(self):
        outcome = self._outcome
        result = getattr(outcome, "result", None)
        return result is not None and any(test is self for test, _ in
                                          result.failures + result.errors)

    def clean_up(self):
        for process in self.processes:
            if hasattr(process, "child") and process.alive():
                process.kill()
        if self.failed():
            self.show_logs()
        shutil.rmtree(self.dir, ignore_errors=True)

    def show_logs(self):
        for process in self.processes:
            if hasattr(process, "err_path"):
                print(f"\n--- {process.name}, the end of its log\n{process.err()[-4000:]}")


# Plants that several tests use.

def constant(value):
    return {"kind": "constant", "value": value}


def plan_signal(address, value, table="holding", **more):
    return {"table": table, "address": address, "signal": constant(value), **more}


def one_slave(units, **more):
    return {"slaves": [{"listen": "127.0.0.1:0", "units": units, **more}]}


def device(name, link, unit, signals, **more):
    return {"id": name, "link": link, "unit": unit, "signals": signals, **more}


def config(links, devices, **more):
    """`links` maps a link's id to its port."""
    return {
        "plumewatch": 1,
        "server": {"plant": "test", "commit_min_ms": 20, "commit_max_ms": 100},
        "links": [{"id": name, "tcp": f"127.0.0.1:{port}", "connect_timeout_ms": 1000}
                  for name, port in links.items()],
        "devices": devices,
        "sites": [{"id": "test", "outlets": []}],
        **more,
    }


def good_rows(rows):
    return [row for row in rows if row["quality"] == "good" and row["value"] is not None]
