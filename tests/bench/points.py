"""The whole program beside many slaves at 1 Hz: configuration, measurement, evaluation.

The slaves' log says when each reply left; a reading's age is that instant (of the device's last
reply in the cycle) minus the instant when the cycle was due, which the exported record tells.
"""

import collections
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request

Shape = collections.namedtuple("Shape", "slaves signals reads")  # reads: requests of a cycle
POINTS = Shape(slaves=100, signals=100, reads=2)
MANY_SLAVES = Shape(slaves=2000, signals=10, reads=1)
SETTLE_S = 3
COUNTERS = {
    "plumewatch_device_missed_cycles_total": "missed_counted",
    "plumewatch_record_lost_lines_total": "lost_lines",
    "plumewatch_record_commits_total": "commits",
    "plumewatch_record_bytes_total{plain}": "archive_plain",
    "plumewatch_record_bytes_total{stored}": "archive_stored",
}
QUANTUM_MS = 5  # the journal clock counts whole ms: a reply may seem to leave just before it is due


def write_config(ports_file, path, shape):
    with open(ports_file) as f:
        ports = [line.strip() for line in f]
    signals = {"v%03d" % i: {"table": "holding", "address": 2 * i, "type": "float32"}
               for i in range(shape.signals)}
    config = {
        "plumewatch": 1,
        "server": {"plant": "bench", "http": {"listen": "127.0.0.1:0"}},
        "templates": [{"id": "meter", "every_ms": 1000, "max_registers": 100, "signals": signals}],
        "links": [{"id": "l%04d" % i, "tcp": "127.0.0.1:" + port} for i, port in enumerate(ports)],
        "devices": [{"id": "d%04d" % i, "link": "l%04d" % i, "unit": 1, "template": "meter"}
                    for i in range(len(ports))],
    }
    with open(path, "w") as f:
        json.dump(config, f)


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


def size_below(directory):
    return sum(os.path.getsize(os.path.join(root, name))
               for root, _, names in os.walk(directory) for name in names)


def http_port(log):
    """From the server's own line, area http, port=N."""
    with open(log) as f:
        found = re.search(r" http +port=(\d+)", f.read())
    if not found:
        raise RuntimeError("the server does not tell its port")
    return int(found.group(1))


def metrics(port):
    """Sums over all labels but form: family, or family{form}, to number."""
    sums = collections.Counter()
    with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port, timeout=5) as reply:
        for line in reply.read().decode().splitlines():
            name, _, number = line.rpartition(" ")
            if line.startswith("#"):
                continue
            form = re.search(r'form="(\w+)"', name)
            sums[name.split("{")[0] + ("{%s}" % form.group(1) if form else "")] += float(number)
    return sums


def measure(build, ports_file, directory, seconds, preexec, shape):
    """Runs the server for SETTLE_S + seconds; what was seen from outside."""
    config, data = os.path.join(directory, "bench.json"), os.path.join(directory, "data")
    write_config(ports_file, config, shape)
    log = open(os.path.join(directory, "server.log"), "w")
    server = subprocess.Popen([os.path.join(build, "plumewatch"), "run", "--config", config,
                               "--data", data], stderr=log, preexec_fn=preexec)
    try:
        time.sleep(SETTLE_S)
        if server.poll() is not None:
            with open(log.name) as f:
                raise RuntimeError("plumewatch ended at once:\n" + f.read())
        port = http_port(log.name)
        before = metrics(port)
        begin, cpu, stored = time.time(), cpu_seconds(server.pid), size_below(data)
        time.sleep(seconds)
        end = time.time()
        seen = {"begin": begin, "end": end, "cpu_s": cpu_seconds(server.pid) - cpu,
                "rss_kib": memory_kib(server.pid), "stored": size_below(data) - stored,
                "data": data}
        after = metrics(port)
        if missing := set(COUNTERS) - set(after):
            raise RuntimeError("/metrics no longer has %s" % ", ".join(sorted(missing)))
        seen["counted"] = {name: after[name] - before[name] for name in COUNTERS}
        time.sleep(2)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        seen_exit = server.wait(timeout=20)
        log.close()
    seen["exit"] = seen_exit
    return seen


def due_times(build, seen):
    """The due instants (ms) of every device in the measured window, and how many values were bad."""
    first, last = int(seen["begin"] * 1000), int(seen["end"] * 1000)
    export = subprocess.Popen(
        [os.path.join(build, "plumewatch"), "export", "--data", seen["data"], "--what", "raw",
         "--from", str(first), "--to", str(last), "--format", "csv", "--timezone", "UTC"],
        stdout=subprocess.PIPE, text=True)
    columns = export.stdout.readline().strip().split(",")
    time_at, device_at, quality_at = (columns.index(n) for n in ("time", "device", "quality"))
    due, bad, values = collections.defaultdict(set), 0, 0
    for line in export.stdout:
        fields = line.rstrip("\n").split(",")
        due[fields[device_at]].add(fields[time_at])
        bad += fields[quality_at] not in ("", "good")
        values += 1
    if export.wait() != 0:
        raise RuntimeError("plumewatch export failed")
    return {device: sorted(to_ms(text) for text in texts) for device, texts in due.items()}, bad, values


def to_ms(text):
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def replies_by_device(log):
    replies = collections.defaultdict(list)
    with open(log) as f:
        for line in f:
            number, _, at_us = line.split()
            replies["d%04d" % int(number)].append(int(at_us) / 1000)
    return replies


def ages_ms(due, replies, reads):
    """Of every cycle: its last reply minus its due instant; cycles that got fewer are left out."""
    ages = []
    for device, times in due.items():
        sent, i = replies[device], 0
        for t in times:
            while i < len(sent) and sent[i] < t - QUANTUM_MS:
                i += 1
            if i + reads <= len(sent) and sent[i + reads - 1] < t + 1000 - QUANTUM_MS:
                ages.append(sent[i + reads - 1] - t)
    return sorted(ages)


def evaluate(build, seen, log, shape):
    seconds = seen["end"] - seen["begin"]
    due, bad, values = due_times(build, seen)
    replies = replies_by_device(log)
    ages = ages_ms(due, replies, shape.reads)
    first, last = seen["begin"] * 1000, seen["end"] * 1000
    asked = sum(first <= t < last for times in replies.values() for t in times)
    expected = sum((times[-1] - times[0]) // 1000 + 1 for times in due.values())
    shutil.rmtree(seen["data"])
    counted = {COUNTERS[name]: number for name, number in seen["counted"].items()}
    return {
        **counted,
        "devices": len(due), "cycles": sum(map(len, due.values())),
        "missed": expected - sum(map(len, due.values())) + (shape.slaves - len(due)) * int(seconds),
        "values": values, "bad": bad,
        "age_p50_ms": ages[len(ages) // 2], "age_p99_ms": ages[len(ages) * 99 // 100],
        "age_max_ms": ages[-1], "cpu_percent": 100 * seen["cpu_s"] / seconds,
        "rss_mib": seen["rss_kib"] / 1024, "requests_s": asked / seconds,
        "payload_s": asked * 4 * shape.signals / shape.reads / seconds, "stored_s": seen["stored"] / seconds,
        "exit": seen["exit"],
    }


def rows(f):
    return [
        ("cycles recorded / missed / missed by its own count",
         "%d / %d / %d" % (f["cycles"], f["missed"], f["missed_counted"])),
        ("values recorded / bad", "%d / %d" % (f["values"], f["bad"])),
        ("age of a cycle's last reply p50 / p99 / max",
         "%.1f / %.1f / %.1f ms" % (f["age_p50_ms"], f["age_p99_ms"], f["age_max_ms"])),
        ("CPU of one core", "%.1f %%" % f["cpu_percent"]),
        ("memory, most", "%.1f MiB" % f["rss_mib"]),
        ("requests / register bytes a second", "%.0f / %.0f" % (f["requests_s"], f["payload_s"])),
        ("archive: lines lost, commits", "%d, %d" % (f["lost_lines"], f["commits"])),
        ("archive: bytes a point plain / stored",
         "%.1f / %.1f" % (f["archive_plain"] / f["values"], f["archive_stored"] / f["values"])),
        ("bytes on disk a second (archive and SQLite)", "%.0f" % f["stored_s"]),
    ]
