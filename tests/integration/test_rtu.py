"""Serial lines, RTU over TCP and devices that dial in, from the wire to the exported row: against
slaves that nobody here wrote, and against the simulator with what goes wrong in the field."""

import json
import os
import socket
import subprocess
import time
import unittest

import support
from support import Case, plan_signal, wait_until

REGISTERS = {address: 1000 + 7 * address for address in range(130)}


def rtu_config(links, devices):
    """A configuration whose links are given whole."""
    return {**support.config({}, devices), "links": links}


def signals(addresses, table="holding"):
    return {f"s{address}": {"table": table, "address": address} for address in addresses}


def rows_by_signal(rows, device):
    values = {}
    for row in rows:
        if row["device"] == device and row["value"] is not None:
            values.setdefault(row["signal"], set()).add(row["value"])
    return values


class ForeignSlave(Case):
    TABLES = {unit: {"holding": {a: v + unit for a, v in REGISTERS.items()},
                     "input": {a: v + 100 + unit for a, v in REGISTERS.items()},
                     "coil": {a: a % 3 == 0 for a in range(40)}} for unit in (1, 2)}

    def tables_path(self):
        path = os.path.join(self.dir, "tables.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.TABLES, f)
        return path

    def slave(self, kind, place):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pymodbus_rtu_slave.py")
        return self.start(support.Process, f"pymodbus-{kind}",
                          [support.PYTHON, "-B", script, kind, str(place), self.tables_path()])

    def devices(self):
        return [support.device("a", "l", 1, {**signals(range(100)), **{
                    f"c{a}": {"table": "coil", "address": a} for a in range(40)}}, every_ms=500),
                support.device("b", "l", 2, signals(range(0, 120, 10), "input"), every_ms=500,
                               max_gap=20)]

    def check(self, link):
        server = self.start(support.Server, rtu_config([link], self.devices()))
        wait_until(lambda: (server.metric('plumewatch_device_results_total{device="b",result="good"}')
                            or 0) >= 5, 30, "good replies")
        server.stop_cleanly()
        rows = support.export(server.data)
        a, b = rows_by_signal(rows, "a"), rows_by_signal(rows, "b")
        self.assertEqual(a, {**{f"s{n}": {REGISTERS[n] + 1} for n in range(100)},
                             **{f"c{n}": {int(n % 3 == 0)} for n in range(40)}})
        self.assertEqual(b, {f"s{n}": {REGISTERS[n] + 102} for n in range(0, 120, 10)})

    def test_rtu_over_tcp(self):
        port = support.free_port()
        slave = self.slave("tcp", port)

        def listens():
            slave.check_alive()
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0
        wait_until(listens, 20, "pymodbus listens")
        self.check({"id": "l", "tcp": f"127.0.0.1:{port}", "framing": "rtu"})

    def test_a_serial_line(self):
        ends = [os.path.join(self.dir, name) for name in ("ours", "theirs")]
        self.start(support.Process, "socat", ["socat", *(f"pty,rawer,link={end}" for end in ends)])
        wait_until(lambda: all(os.path.exists(end) for end in ends), 10, "the line")
        keepers = [os.open(end, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for end in ends]
        self.addCleanup(lambda: [os.close(fd) for fd in keepers])
        self.slave("serial", ends[1])
        self.check({"id": "l", "serial": ends[0], "baud": 19200})


class Line(Case):
    def line(self):
        return os.path.join(self.dir, "line")

    def units(self, count, registers=10, **more):
        return [{"unit": 1, "count": count, "signals": [plan_signal(
            0, 1000, count=registers, add_per_unit=100, add_per_signal=1)], **more}]

    def counts(self, simulator):
        return {line["unit"]: line["requests"] for line in simulator.final_counts()
                if line["type"] == "unit"}

    def test_one_dead_unit_of_30_costs_the_others_nothing(self):
        units = self.units(30)
        units[0]["faults"] = []
        dead = {**units[0], "unit": 13, "count": 1, "faults": [{"kind": "silence"}]}
        units = [{**units[0], "count": 12}, dead, {**units[0], "unit": 14, "count": 17}]
        self.start(support.Simulator, {"slaves": [
            {"pty": self.line(), "baud": 9600, "reaction_ms": 3, "units": units}]})
        devices = [support.device(f"d{n}", "l", n, signals(range(10)), every_ms=3000,
                                  timeout_ms=300) for n in range(1, 31)]
        server = self.start(support.Server, rtu_config(
            [{"id": "l", "serial": self.line(), "baud": 9600}], devices))
        time_s = 27
        end = time.monotonic() + time_s
        wait_until(lambda: time.monotonic() > end, time_s + 5, "the time to pass")
        server.stop_cleanly()
        rows = [row for row in support.export(server.data) if row["signal"] == "s0"]
        living = [row for row in rows if row["device"] != "d13"]
        good = [row for row in living if row["value"] is not None]
        self.assertGreater(len(good), 29 * (time_s / 3 - 2))
        self.assertGreater(len(good), 0.99 * len(living))
        times = {}
        for row in good:
            times.setdefault(row["device"], []).append(row["time"])
        expected = max(len(t) for t in times.values())
        self.assertGreater(len(good), 0.99 * 29 * (expected - 1))
        self.assertTrue(all(row["value"] is None for row in rows if row["device"] == "d13"))

    def test_a_line_that_vanishes_is_opened_again(self):
        self.start(support.Simulator, {"slaves": [
            {"pty": self.line(), "redial_s": 0.1, "units": self.units(1), "faults": [
                {"kind": "refused", "at_s": 2, "for_s": 0.7, "every_s": 4}]}]})
        server = self.start(support.Server, rtu_config(
            [{"id": "l", "serial": self.line(), "baud": 115200}],
            [support.device("d", "l", 1, signals(range(10)), every_ms=100)]))

        def link(name):
            return server.metric(f'plumewatch_link_{name}_total{{link="l"}}') or 0
        wait_until(lambda: link("connects") >= 4 and link("disconnects") >= 3, 60, "it came back")
        server.stop_cleanly()
        rows = support.export(server.data)
        self.assertIn("link", {row["reason"] for row in rows if row["value"] is None})
        self.assertEqual(rows_by_signal(rows, "d")["s3"], {1003})

    def budget(self, baud, registers, every_ms, seconds):
        simulator = self.start(support.Simulator, {"slaves": [
            {"pty": self.line(), "baud": baud, "units": self.units(1, registers)}]})
        config = rtu_config(
            [{"id": "l", "serial": self.line(), "baud": baud}],
            [support.device("d", "l", 1, signals(range(registers)), every_ms=every_ms)])
        server = self.start(support.Server, config)
        done = support.run("plan", "--config", server.config_path, "--json")
        plan = json.loads(done.stdout)["links"][0]
        wait_until(lambda: simulator.counts()[-1]["requests"], 20, "the first request")
        before = simulator.counts()[-1]["requests"]
        begin = time.monotonic()
        wait_until(lambda: time.monotonic() > begin + seconds, seconds + 5, "the time to pass")
        requests = simulator.counts()[-1]["requests"] - before
        took = time.monotonic() - begin
        server.stop_cleanly()
        simulator.final_counts()
        return requests / took, plan

    def test_the_number_of_requests_is_the_plans(self):
        for baud, every_ms, seconds in ((2400, 500, 10), (9600, 200, 8), (115200, 100, 6)):
            with self.subTest(baud=baud):
                rate, plan = self.budget(baud, 20, every_ms, seconds)
                self.assertFalse(plan["over_committed"])
                self.assertAlmostEqual(rate / plan["requests_per_s"], 1, delta=0.05)

    def test_an_over_committed_line_is_said(self):
        path = support.write_config(self.dir, rtu_config(
            [{"id": "l", "serial": self.line(), "baud": 2400}],
            [support.device("d", "l", 1, signals(range(100)), every_ms=500)]), "over")
        done = support.run("plan", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("OVER-COMMITTED", done.stdout)

    def test_what_goes_wrong_on_a_line_is_never_a_value(self):
        faults = [{"kind": "crc", "chance": 0.1}, {"kind": "wrong-count", "chance": 0.1},
                  {"kind": "split", "delay_ms": 5, "chance": 0.1},
                  {"kind": "foreign-unit", "unit": 9, "chance": 0.1},
                  {"kind": "late", "delay_ms": 250, "chance": 0.05},
                  {"kind": "silence", "chance": 0.02}, {"kind": "exception", "code": 6, "chance": 0.1},
                  {"kind": "slow", "delay_ms": 2, "chance": 0.05}, {"kind": "echo", "chance": 0.05}]
        self.start(support.Simulator, {"slaves": [
            {"pty": self.line(), "baud": 38400, "units": self.units(2, faults=faults)}]})
        server = self.start(support.Server, rtu_config(
            [{"id": "l", "serial": self.line(), "baud": 38400}],
            [support.device(f"d{n}", "l", n, signals(range(10)), every_ms=100, timeout_ms=150)
             for n in (1, 2)]))
        good = 'plumewatch_device_results_total{device="d1",result="good"}'
        wait_until(lambda: (server.metric(good) or 0) > 100, 60, "good replies among the bad")
        server.stop_cleanly()
        rows = support.export(server.data)
        for n in (1, 2):
            for name, values in rows_by_signal(rows, f"d{n}").items():
                self.assertEqual(values, {1000 + 100 * (n - 1) + int(name[1:])}, name)
        self.assertTrue(any(row["value"] is None for row in rows))


class Gateway(Case):
    def test_a_link_cut_and_restored_again_and_again(self):
        simulator = self.start(support.Simulator, {"slaves": [
            {"listen": "127.0.0.1:0", "framing": "rtu", "units": [{"unit": 1, "signals": [
                plan_signal(0, 42)], "faults": [{"kind": "cut", "chance": 0.3}]}]}]})
        server = self.start(support.Server, rtu_config(
            [{"id": "l", "tcp": simulator.addresses[0], "framing": "rtu"}],
            [support.device("d", "l", 1, signals([0]), every_ms=100, retries=0, timeout_ms=200,
                            backoff_max_s=1)]))
        wait_until(lambda: (server.metric('plumewatch_link_disconnects_total{link="l"}') or 0) >= 15,
                   90, "cuts")
        server.stop_cleanly()
        rows = support.export(server.data)
        self.assertEqual(rows_by_signal(rows, "d")["s0"], {42})

    def test_a_half_open_connection_is_noticed(self):
        simulator = self.start(support.Simulator, {"slaves": [
            {"listen": "127.0.0.1:0", "framing": "rtu", "units": [{"unit": 1, "signals": [
                plan_signal(0, 42)], "faults": [
                    {"kind": "half-open", "at_s": 2, "for_s": 0.5, "every_s": 1000}]}]}]})
        server = self.start(support.Server, rtu_config(
            [{"id": "l", "tcp": simulator.addresses[0], "framing": "rtu"}],
            [support.device("d", "l", 1, signals([0]), every_ms=200, timeout_ms=300,
                            backoff_max_s=2)]))
        good = 'plumewatch_device_results_total{device="d",result="good"}'
        wait_until(lambda: (server.metric('plumewatch_link_disconnects_total{link="l"}') or 0) >= 1,
                   30, "the connection is given up")
        before = server.metric(good)
        wait_until(lambda: server.metric(good) > before + 5, 30, "it is made anew")
        server.stop_cleanly()


class Modem(Case):
    def test_devices_dial_in_and_register(self):
        port = support.free_port()
        slaves = [{"dial": f"127.0.0.1:{port}", "framing": "rtu", "registration": f"DTU-{n}",
                   "heartbeat": "beat", "heartbeat_s": 0.2, "redial_s": 0.2,
                   "units": [{"unit": 1, "signals": [plan_signal(0, 10 * n)]}],
                   "faults": [{"kind": "refused", "at_s": 3 + n, "for_s": 0.3, "every_s": 6}]}
                  for n in (1, 2, 3)]
        slaves.append({"dial": f"127.0.0.1:{port}", "registration": "stranger", "redial_s": 0.3,
                       "framing": "rtu", "units": []})
        self.start(support.Simulator, {"slaves": slaves})
        links = [{"id": f"m{n}", "listen": f"127.0.0.1:{port}", "framing": "rtu",
                  "registration": f"DTU-{n}" if n != 2 else "hex:" + b"DTU-2".hex(),
                  "heartbeat": "beat"} for n in (1, 2, 3)]
        server = self.start(support.Server, rtu_config(links, [
            support.device(f"d{n}", f"m{n}", 1, signals([0]), every_ms=200) for n in (1, 2, 3)]))

        def connects(n):
            return server.metric(f'plumewatch_link_connects_total{{link="m{n}"}}') or 0
        wait_until(lambda: all(connects(n) >= 3 for n in (1, 2, 3)), 60, "all dialled in again")
        unknown = [server.metric(f'plumewatch_link_dial_unknown_total{{link="m{n}"}}')
                   for n in (1, 2, 3)]
        self.assertGreater(unknown[0], 3)
        self.assertEqual(len(set(unknown)), 1)
        self.assertEqual(server.metric('plumewatch_link_dial_refused_total{link="m1"}'), 0)
        done = support.run("ctl", "--data", server.data, "status")
        told = {link["id"]: link for link in json.loads(done.stdout)["links"]}
        self.assertGreaterEqual(told["m2"]["dial_unknown"], unknown[1])
        server.stop_cleanly()
        rows = support.export(server.data)
        for n in (1, 2, 3):
            self.assertEqual(rows_by_signal(rows, f"d{n}"), {"s0": {10 * n}})
            good = [row for row in rows if row["device"] == f"d{n}" and row["value"] is not None]
            self.assertGreater(len(good), 20)


class Mbpoll(Case):
    def test_mbpoll_reads_the_simulators_line(self):
        line = os.path.join(self.dir, "line")
        self.start(support.Simulator, {"slaves": [{"pty": line, "baud": 19200, "units": [
            {"unit": 5, "signals": [plan_signal(0, 321, count=3, add_per_signal=1)]}]}]})
        done = subprocess.run(["mbpoll", "-m", "rtu", "-b", "19200", "-P", "none", "-a", "5", "-t",
                               "4", "-r", "1", "-c", "3", "-1", line], capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for number, value in ((1, 321), (2, 322), (3, 323)):
            self.assertRegex(done.stdout, rf"\[{number}\]:\s+{value}")


if __name__ == "__main__":
    unittest.main()
