"""Runs the bench programs and prints tables of ratios. No time is ever asserted.

bench.py --build DIR [NAME] [--json FILE] [--seconds N] [--rounds N], NAME one of modbus, points,
record, num, hj212, replay, detect, deliver, all. Started by scripts/bench, which builds DIR first.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import deliver
import points
import stations

CLIENT_CPU, SERVER_CPU = 0, 1
SLAVES = 500
SIGNALS_A_LINE = 12


def pin(cpu):
    """For preexec_fn: one CPU where there are two, and room for a thousand sockets."""
    def apply():
        if os.cpu_count() >= 2:
            os.sched_setaffinity(0, {cpu})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return apply


def run_lines(command, **options):
    """Runs a bench program; its JSON objects, one a line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, **options)
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextlib.contextmanager
def slaves(build, count, values, directory, log=None):
    """The bare server with `count` ports; yields the file with the list of ports."""
    ports = os.path.join(directory, "ports-%s-%d" % (values, count))
    command = [os.path.join(build, "bare_server"), str(count), values, ports]
    server = subprocess.Popen(command + ([log] if log else []), stdout=subprocess.PIPE, text=True,
                              preexec_fn=pin(SERVER_CPU))
    try:
        deadline = time.monotonic() + 10
        while not os.path.exists(ports):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("bare_server did not start")
            time.sleep(0.01)
        yield ports
    finally:
        server.terminate()
        server.communicate()


def table(title, header, rows):
    print("\n" + title)
    widths = [max(len(str(row[i])) for row in [header] + rows) for i in range(len(header))]
    for row in [header] + rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())


def modbus_round(build, ports, values, seconds):
    figures = {}
    for client in ("bare_epoll", "thread_libmodbus", "our_client"):
        command = [os.path.join(build, client), ports, values, str(seconds)]
        run = run_lines(command, preexec_fn=pin(CLIENT_CPU))[0]
        figures[client] = {"cpu_us": run["cpu_us"] / run["transactions"],
                           "rate": run["transactions"] * 1e6 / run["wall_us"]}
    return figures


def modbus_kind(build, values, seconds, rounds, directory):
    with slaves(build, SLAVES, values, directory) as ports:
        all_rounds = [modbus_round(build, ports, values, seconds) for _ in range(rounds)]
    medians = {client: {key: statistics.median(r[client][key] for r in all_rounds)
                        for key in ("cpu_us", "rate")} for client in all_rounds[0]}
    for client, median in medians.items():  # within a round, so that a busy moment strikes both
        median["ratio"] = statistics.median(
            r["our_client"]["cpu_us"] / r[client]["cpu_us"] for r in all_rounds)
    names = {"bare_epoll": "bare epoll, own codec", "thread_libmodbus": "libmodbus, thread a device",
             "our_client": "plumewatch collector"}
    rows = [[names[client], "%.2f" % m["cpu_us"], "%.0f" % m["rate"], "%.2f" % m["ratio"]]
            for client, m in medians.items()]
    number = "100 uint16" if values == "uint16" else "50 float32"
    table("modbus: %d slaves, 100 registers as %s, flat out (median of %d)" % (SLAVES, number, rounds),
          ["client", "CPU us/tx", "tx/s", "ours / it"], rows)
    return medians


def at_1_hz(options, directory, shape, seconds, title):
    log = os.path.join(directory, "answers")
    with slaves(options.build, shape.slaves, "float32", directory, log) as ports:
        measured = points.measure(options.build, ports, directory, seconds, pin(CLIENT_CPU), shape)
    figures = points.evaluate(options.build, measured, log, shape)
    table("%s, archive on, %d s" % (title, seconds), ["figure", "value"],
          [[name, value] for name, value in points.rows(figures)])
    return figures


def bench_modbus(options, directory):
    result = {values: modbus_kind(options.build, values, options.flat_seconds, options.rounds, directory)
              for values in ("uint16", "float32")}
    print("  aims: ours / bare epoll <= 1.5, ours / libmodbus threads <= 0.6")
    shape = points.MANY_SLAVES
    result["at_1_hz"] = at_1_hz(options, directory, shape, options.slaves_seconds,
                                "modbus: %d slaves of %d float32 at 1 Hz" % (shape.slaves, shape.signals))
    print("  aim: no cycle missed")
    return result


def bench_points(options, directory):
    figures = at_1_hz(options, directory, points.POINTS, options.seconds,
                      "points: 10,000 float32 at 1 s from 100 slaves")
    print("  aims: no cycle missed, age p99 under 100 ms, under 10 % of a core, under 64 MiB")
    return figures


def bench_record(options, directory):
    result = {run["what"]: run for run in run_lines(
        [os.path.join(options.build, "record_bench"), str(options.record_lines), directory])}
    rows = []
    for what in ("recorder", "bare"):
        run = result[what]
        run["lines_s"] = run["lines"] * 1e6 / run["wall_us"]
        run["cpu_s_million"] = run["cpu_us"] / run["lines"]
        rows.append([what, "%.0f" % run["lines_s"], "%.2f" % run["cpu_s_million"],
                     "%.1f" % (run["plain_bytes"] / run["lines"]),
                     "%.1f" % (run["stored_bytes"] / run["lines"]), run["pieces"]])
    ratio = result["recorder"]["cpu_s_million"] / result["bare"]["cpu_s_million"]
    rows.append(["recorder / bare", "%.2f" % (result["recorder"]["lines_s"] / result["bare"]["lines_s"]),
                 "%.2f" % ratio, "", "", ""])
    table("record: raw lines of 12 signals, flat out",
          ["", "lines/s", "CPU s/million", "bytes/line", "stored/line", "syncs"], rows)
    night = result["recompressed"]
    readings = night["lines"] * SIGNALS_A_LINE
    print("  bytes a reading: %.2f hot (aim 8), %.2f after re-compression (aim 5), which takes %.1f s of a CPU"
          % (result["recorder"]["stored_bytes"] / readings, night["stored_bytes"] / readings,
             night["cpu_us"] / 1e6))
    sync = result["sync"]
    print("  this disk: append of %d bytes and fdatasync p50 %d us, p99 %d us"
          % (sync["bytes"], sync["p50_us"], sync["p99_us"]))
    result["means"] = bench_means(options, directory)
    return result


def bench_means(options, directory):
    place = os.path.join(directory, "means")
    os.mkdir(place)
    result = {run["what"]: run for run in run_lines(
        [os.path.join(options.build, "means_bench"), place])}
    minute, hours = result["minute"], result["hours"]
    table("record: pages of 1,000 means out of SQLite, a year of hours of 200 series",
          ["", "pages", "p50 ms", "max ms"],
          [[what, run["pages"], "%.2f" % (run["p50_us"] / 1e3), "%.2f" % (run["max_us"] / 1e3)]
           for what, run in result.items() if "pages" in run])
    print("  a commit with a minute of %d series: p50 %.1f ms, p99 %.1f ms, the one that packs an hour %.0f ms"
          % (minute["series"], minute["p50_us"] / 1e3, minute["p99_us"] / 1e3, minute["max_us"] / 1e3))
    print("  bytes: %.0f an hour of a series' minutes (aim 778), %.0f an hour's row; %.0f rows/s"
          % (result["packed"]["bytes_hour"], hours["bytes_row"], hours["rows_s"]))
    return result


def bench_num(options, directory):
    result = run_lines([os.path.join(options.build, "num_bench")], preexec_fn=pin(CLIENT_CPU))
    bare = {"normalise": "strtod(%.8e)", "format": "%.9g"}
    table("num: beside the C library, ns a value", ["", "values", "ours", "bare", "bare is", "ours / bare"],
          [[r["what"], r["values"], r["ours_ns"], r["bare_ns"], bare[r["what"]],
            "%.2f" % (r["ours_ns"] / r["bare_ns"])] for r in result])
    return result


def bench_replay(options, directory):
    result = run_lines([os.path.join(options.build, "replay_bench"), str(options.replay_samples),
                        str(options.replay_year)], preexec_fn=pin(CLIENT_CPU))
    rows = [[r["what"], r["points"], r["limits"], r["samples"] // 10**6,
             "%.1f" % (r["samples"] / r["cpu_us"]), "%.0f" % (r["cpu_us"] * 1e3 / r["samples"]),
             r["means"], r["findings"], "%.1f" % (r["early_kib"] / 1024), "%.1f" % (r["end_kib"] / 1024)]
            for r in result if "points" in r]
    table("replay: samples through the pipeline, one core, reading apart",
          ["outlets", "points", "limits", "million", "million/s", "ns/sample", "means", "findings",
           "MiB after a tenth", "MiB at the end"], rows)
    table("replay: what reading costs apart", ["", "million/s", "ns/sample"],
          [[r["what"], "%.1f" % (r["samples"] / r["cpu_us"]), "%.0f" % (r["cpu_us"] * 1e3 / r["samples"])]
           for r in result if "points" not in r])
    print("  aim: 5 million a second through conversion and means; under 1000 ns at 10,000 points")
    return result


def bench_detect(options, directory):
    result = {r["what"]: r for r in run_lines(
        [os.path.join(options.build, "detect_bench"), str(2 * options.replay_samples)],
        preexec_fn=pin(CLIENT_CPU))}
    for run in result.values():
        run["ns"] = run["cpu_us"] * 1e3 / run["samples"]
    without, both = result["without"], result["with"]
    table("detect: %d points through the pipeline, one core" % both["points"],
          ["detectors", "ns/sample", "means", "findings told"],
          [[what, "%.0f" % run["ns"], run["means"], run["findings"]] for what, run in result.items()])
    print("  with / without %.2f; all detectors %.0f ns a sample (aim under 1000)"
          % (both["ns"] / without["ns"], both["ns"] - without["ns"]))
    return result


def bench_deliver(options, directory):
    figures = deliver.measure(options.build, directory, options.rounds, run_lines, pin)
    table("deliver: %d commits of %d raw lines to one influxd (median of %d)"
          % (deliver.COMMITS, deliver.DEVICES, options.rounds),
          ["", "lines/s", "CPU s/million"],
          [["curl, the same bodies", "%.0f" % figures["curl_lines_s"], ""],
           ["plumewatch sender", "%.0f" % figures["ours_lines_s"], "%.2f" % figures["cpu_s_million"]],
           ["ours / curl", "%.2f" % figures["ratio"], ""]])
    print("  aim: ours / curl >= 0.8")
    return figures


def bench_hj212(options, directory):
    result = run_lines([os.path.join(options.build, "hj212_bench")], preexec_fn=pin(CLIENT_CPU))
    rows = [[r["what"], r["bytes"], r["values"], r["bare_us"], r["sum_us"], r["ours_us"],
             "%.2f" % (r["ours_us"] / r["bare_us"]), "%.2f" % (r["ours_us"] / r["sum_us"]),
             "%.0f" % (1e3 / r["ours_us"]), "%.1f" % (r["values"] / r["ours_us"])]
            for r in result if r["what"] != "memory"]
    table("hj212: frames through the codec, CPU us a frame, one core",
          ["frame", "bytes", "values", "bare", "bare, our sum", "codec", "codec / bare", "/ our sum",
           "1000 frames/s", "million values/s"], rows)
    memory = result[-1]
    print("  %d bytes a connected station, %d once a thread; bare: CRC and split only"
          % (memory["station_bytes"], memory["thread_bytes"]))
    whole = stations.measure(options.build, directory, pin(SERVER_CPU))
    bare = {r["values"]: r["bare_us"] for r in result if r["what"] != "minute"
            and r["what"] != "memory"}
    table("hj212: the whole server, from the socket to the durable record, CPU us a frame",
          ["values", "bytes", "bare", "server", "server / bare", "frames/s", "values/s"],
          [[r["values"], "%.0f" % r["bytes"], bare[r["values"]], "%.1f" % r["cpu_us"],
            "%.1f" % (r["cpu_us"] / bare[r["values"]]), "%.0f" % r["frames_s"],
            "%.0f" % (r["frames_s"] * r["values"])] for r in whole["frames"]])
    print("  aim: server / bare <= 4")
    print("  %.0f bytes of resident memory a connected station (aim 16 KiB), %.0f a configured one; "
          "%.0f MiB with %d stations connected"
          % (whole["memory"]["connected"], whole["memory"]["configured"],
             whole["memory"]["resident_many"] / 1048576, stations.MANY))
    result.append({"what": "server", **whole})
    return result


BENCHES = {"modbus": bench_modbus, "points": bench_points, "record": bench_record, "num": bench_num,
           "hj212": bench_hj212,
           "replay": bench_replay, "detect": bench_detect, "deliver": bench_deliver}


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cpus": os.cpu_count(), "kernel": platform.release(),
            "load": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("name", nargs="?", default="all", choices=["all"] + list(BENCHES))
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="also write all figures")
    parser.add_argument("--seconds", type=int, default=60, help="length of points")
    parser.add_argument("--slaves-seconds", type=int, default=30, help="length of 2,000 slaves at 1 Hz")
    parser.add_argument("--flat-seconds", type=int, default=3, help="length of one modbus run")
    parser.add_argument("--rounds", type=int, default=5, help="of modbus")
    parser.add_argument("--record-lines", type=int, default=10, help="in 100,000")
    parser.add_argument("--replay-samples", type=int, default=20, help="in millions, per plant")
    parser.add_argument("--replay-year", type=int, default=0,
                        help="so many million samples more of one regulated plant; a year: 315")
    options = parser.parse_args()
    host = machine()
    print("%(processor)s, %(cpus)d CPUs, Linux %(kernel)s, load %(load).2f at the start" % host)
    results = {"machine": host}
    for name in BENCHES if options.name == "all" else [options.name]:
        with tempfile.TemporaryDirectory(prefix="plumewatch-bench-") as directory:
            results[name] = BENCHES[name](options, directory)
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
