"""Polling over Modbus TCP, from the wire to the exported row: against a slave that nobody here wrote,
and against the simulator with everything that goes wrong in the field."""

import json
import resource
import socket
import struct
import subprocess
import time
import unittest
from datetime import datetime

import support
from support import Case, plan_signal

INTEGERS = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q"}
FLOATS = {"float32": "f", "float64": "d"}
FORMATS = {**INTEGERS, **FLOATS}
# Up to 2**53 an integer is a double without loss.
VALUES = {"int16": -12345, "uint16": 54321, "int32": -1234567890, "uint32": 3234567890,
          "int64": -1234567890123456, "uint64": 7234567890123456,
          "float32": -273.15, "float64": 101.3250000123}


def words(kind, order, value):
    """The registers of a value, by struct alone."""
    data = struct.pack(">" + FORMATS[kind], value)
    pairs = [data[i:i + 2] for i in range(0, len(data), 2)]
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    if order in ("BADC", "DCBA"):
        pairs = [pair[::-1] for pair in pairs]
    return [int.from_bytes(pair, "big") for pair in pairs]


def decoded(kind, value):
    """A 32-bit value is normalised to 9 significant digits."""
    if kind == "float32":
        return float("%.8e" % struct.unpack(">f", struct.pack(">f", value))[0])
    return value


class ForeignSlave(Case):
    def tables(self):
        """Every type in every order, in both register tables, and the odd cases."""
        registers, signals, want = {}, {}, {}
        address = 0
        for kind, value in VALUES.items():
            orders = ("ABCD", "BADC") if kind.endswith("16") else ("ABCD", "CDAB", "BADC", "DCBA")
            for order in orders:
                name = f"{kind}_{order}"
                for word in words(kind, order, value):
                    registers[address] = word
                    address += 1
                signals[name] = {"type": kind, "order": order}
                signals[name]["address"] = address - len(words(kind, order, value))
                want[name] = decoded(kind, value)
        registers[200] = 0x8005
        for bit in range(16):
            signals[f"bit_{bit}"] = {"address": 200, "bit": bit}
            want[f"bit_{bit}"] = 0x8005 >> bit & 1
        registers[210] = 65486  # -50 as int16
        signals["scaled"] = {"address": 210, "type": "int16", "scale": 0.1, "offset": 20}
        want["scaled"] = 15
        registers[220], registers[221] = 0x7FC0, 0
        signals["nan"] = {"address": 220, "type": "float32"}
        want["nan"] = None
        registers[230] = 900
        signals["beyond"] = {"address": 230, "range": [0, 100]}
        want["beyond"] = 900
        return registers, signals, want

    def test_every_type_and_order_arrives_right(self):
        registers, signals, want = self.tables()
        bits = {address: address % 3 == 0 for address in range(20)}
        slave = self.start(support.PymodbusSlave, {
            1: {"holding": registers, "coil": bits, "discrete": bits}, 2: {"input": registers}})
        bit_signals = {f"{table}_{address}": {"table": table, "address": address}
                       for table in ("coil", "discrete") for address in bits}
        # pymodbus refuses cells that it does not have, so nothing is read in vain.
        common = {"every_ms": 200, "max_gap": 0}
        server = self.start(support.Server, support.config({"peer": slave.port}, [
            support.device("holding", "peer", 1,
                           {k: {"table": "holding", **v} for k, v in signals.items()}, **common),
            support.device("input", "peer", 2,
                           {k: {"table": "input", **v} for k, v in signals.items()}, **common),
            support.device("bits", "peer", 1, bit_signals, **common)]))
        support.wait_until(lambda: (server.health() or {}) and self.cycles(server.data) >= 3, 30,
                           "three cycles are recorded")
        server.stop_cleanly()
        want_all = {(d, k): v for d in ("holding", "input") for k, v in want.items()}
        want_all.update({("bits", k): int(bits[v["address"]]) for k, v in bit_signals.items()})
        self.check(support.export(server.data), want_all)

    def cycles(self, data):
        rows = support.export(data)
        return min(sum(row["device"] == d and row["signal"] == s for row in rows)
                   for d, s in (("holding", "scaled"), ("input", "scaled"), ("bits", "coil_0")))

    def check(self, rows, want):
        seen = set()
        for row in rows:
            key = row["device"], row["signal"]
            self.assertEqual(row["value"], want[key], row)
            reason = {"nan": "no-value", "beyond": "over-range"}.get(row["signal"])
            self.assertEqual(row["quality"], "bad" if reason else "good", row)
            self.assertEqual(row["reason"] or None, reason, row)
            seen.add(key)
        self.assertEqual(seen, set(want))


class Simulated(Case):
    def mbpoll(self, port, *arguments):
        done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(port), "-1", "-q", *arguments,
                               "127.0.0.1"], capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {int(line[1:line.index("]")]): float(line.split()[1])
                for line in done.stdout.splitlines() if line.startswith("[")}

    def test_mbpoll_reads_the_simulator(self):
        sim = self.start(support.Simulator, support.one_slave([{"unit": 7, "signals": [
            plan_signal(0, 12.5, type="float32"),
            plan_signal(2, -2.5, type="float32"),
            plan_signal(10, 100, count=5, add_per_signal=1),
            plan_signal(20, -123456, "input", type="int32"),
            plan_signal(30, 1, "coil"), plan_signal(32, 1, "coil"),
            plan_signal(40, 1, "discrete")]}]))
        port = sim.ports()[0]
        # mbpoll counts registers from 1; -B: the high word first.
        self.assertEqual(self.mbpoll(port, "-a", "7", "-t", "4:float", "-B", "-r", "1", "-c", "2"),
                         {1: 12.5, 3: -2.5})
        self.assertEqual(self.mbpoll(port, "-a", "7", "-t", "4", "-r", "11", "-c", "5"),
                         {11: 100, 12: 101, 13: 102, 14: 103, 15: 104})
        self.assertEqual(self.mbpoll(port, "-a", "7", "-t", "3:int", "-B", "-r", "21", "-c", "1"),
                         {21: -123456})
        self.assertEqual(self.mbpoll(port, "-a", "7", "-t", "0", "-r", "31", "-c", "3"),
                         {31: 1, 32: 0, 33: 1})
        self.assertEqual(self.mbpoll(port, "-a", "7", "-t", "1", "-r", "41", "-c", "1"), {41: 1})
        counts = sim.final_counts()
        self.assertEqual(counts[-1]["requests"], 5)
        self.assertIn({"type": "received", "listen": sim.addresses[0], "unit": 7, "function": 3,
                       "address": 10, "count": 5, "requests": 1}, counts)

    def test_one_dead_unit_of_thirty_costs_the_others_nothing(self):
        every_ms = 500
        units = [{"unit": n, "signals": [plan_signal(0, n, count=10)]} for n in range(1, 31)]
        units[16]["faults"] = [{"kind": "silence"}]
        sim = self.start(support.Simulator, support.one_slave(units))
        devices = [support.device(f"u{n}", "gateway", n,
                                  {f"s{a}": {"table": "holding", "address": a} for a in range(10)},
                                  every_ms=every_ms, timeout_ms=200) for n in range(1, 31)]
        server = self.start(support.Server, support.config({"gateway": sim.ports()[0]}, devices))
        began = time.time()
        support.wait_until(lambda: time.time() > began + 15, 20, "15 s of polling")
        server.stop_cleanly()
        rows = [row for row in support.export(server.data) if row["signal"] == "s0"]
        due, good = self.live_samples(rows, every_ms)
        self.assertGreater(due, 29 * 25)
        self.assertGreater(good, 0.99 * due, f"{good} of {due} samples")
        dead = [row for row in rows if row["device"] == "u17"]
        self.assertGreater(len(dead), 20)
        for row in dead:
            self.assertIsNone(row["value"], row)
            self.assertEqual((row["quality"], row["reason"]), ("bad", "timeout"), row)
        for row in support.good_rows(rows):
            self.assertEqual(row["value"], int(row["device"][1:]), row)

    def live_samples(self, rows, every_ms):
        """How many samples of the 29 were due between first and last of them all, and were good."""
        times = {}
        for row in rows:
            if row["device"] != "u17":
                times.setdefault(row["device"], []).append(row)
        self.assertEqual(len(times), 29)
        begin = max(milliseconds(of[0]["time"]) for of in times.values())
        end = min(milliseconds(of[-1]["time"]) for of in times.values())
        due = good = 0
        for of in times.values():
            inside = [row for row in of if begin <= milliseconds(row["time"]) <= end]
            due += (end - begin) // every_ms
            good += min(len(support.good_rows(inside)), (end - begin) // every_ms)
        return due, good

    def test_requests_received_equal_those_planned(self):
        slaves = {"slaves": [{"listen": "127.0.0.1:0", "count": 3, "units": [
            {"unit": 1, "count": 2, "registers": {"holding": [0, 500], "input": [0, 100],
                                                  "coil": [0, 3000]}}]}]}
        sim = self.start(support.Simulator, slaves)
        # Gaps that are joined, gaps that are not, more than one request can carry, two tables.
        signals = {f"h{a}": {"table": "holding", "address": a} for a in
                   [0, 1, 5, 9, 100, 101, *range(200, 340)]}
        signals.update({f"i{a}": {"table": "input", "address": a, "type": "float32"}
                        for a in (0, 2, 4, 50)})
        signals.update({f"c{a}": {"table": "coil", "address": a} for a in (0, 7, 2500)})
        devices = [support.device(f"d{link}{unit}", f"l{link}", unit, signals, every_ms=250)
                   for link in range(3) for unit in (1, 2)]
        # Unit 2 of the last link is two devices, which are read together.
        whole = devices.pop()
        names = sorted(signals)
        devices += [dict(whole, id="d22", signals={n: signals[n] for n in names[::2]}),
                    dict(whole, id="e22", signals={n: signals[n] for n in names[1::2]})]
        ports = {f"l{n}": port for n, port in enumerate(sim.ports())}
        config = support.config(ports, devices)
        config["links"][1]["window"] = 4
        planned = self.planned(config, ports)
        server = self.start(support.Server, config)
        support.wait_until(lambda: sim.counts()[-1]["requests"] > 2000, 60, "2000 requests")
        server.stop_cleanly()
        received = {(line["listen"], line["unit"], line["function"], line["address"],
                     line["count"]): line["requests"]
                    for line in sim.final_counts() if line["type"] == "received"}
        self.assertEqual(set(received), set(planned))
        cycles = {}
        for row in support.export(server.data):
            cycles.setdefault(row["device"], set()).add(row["time"])
        for key, requests in received.items():
            recorded = len(cycles[planned[key]])
            # The cycle that was under way when the server stopped may have asked without a record.
            self.assertIn(requests - recorded, (0, 1), f"{key}: {requests} asked, {recorded} cycles")
        self.assertEqual(cycles["e22"], cycles["d22"])

    def planned(self, config, ports):
        """What `plumewatch plan` says will be asked: the device of each request."""
        path = support.write_config(self.dir, config, "planned")
        done = support.run("plan", "--config", path, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        requests = {}
        functions = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
        for device in plan_devices(done.stdout):
            for request in device["requests"]:
                function = request.get("function") or functions[request["table"]]
                key = (f"127.0.0.1:{ports[device['link']]}", device["unit"], function,
                       request["address"], request["count"])
                self.assertNotIn(key, requests)
                requests[key] = device["id"]
        return requests

    def faulty_plant(self):
        """Six units behind each of four gateways, each with four ranges; every cell has a number of
        its own, so that an answer to any other question would show."""
        units = []
        for n in range(1, 7):
            units.append({"unit": n, "signals": [
                plan_signal(100 * block, 1000 * n + 100 * block, table, count=10, add_per_signal=1,
                            add_per_slave=10000)
                for block, table in enumerate(("holding", "holding", "input", "input"))]})
        often = {"chance": 0.04, "for_s": 12}
        faults = [{"kind": kind, **often, **more} for kind, more in (
            ("late", {"delay_ms": 130}), ("late", {"delay_ms": 250}),
            ("foreign", {"id": "next"}), ("foreign", {"id": "zero"}),
            ("foreign", {"id": "other", "other": 3}), ("foreign-unit", {"unit": 2}),
            ("exception", {"code": 6}), ("exception", {"code": 200}), ("wrong-count", {}),
            ("silence", {}))]
        faults.append({"kind": "cut", "chance": 0.01, "for_s": 12})
        faults.append({"kind": "refused", "at_s": 6, "for_s": 1})
        return support.one_slave(units, faults=faults, count=4)

    def test_no_fault_of_a_reply_becomes_a_value(self):
        sim = self.start(support.Simulator, self.faulty_plant())
        devices = [support.device(f"g{link}u{n}", f"l{link}", n, {
            f"{table}{a}": {"table": table, "address": a}
            for block, table in enumerate(("holding", "holding", "input", "input"))
            for a in range(100 * block, 100 * block + 10)},
            every_ms=500, timeout_ms=100, retries=0, backoff_max_s=1)
            for link in range(4) for n in range(1, 7)]
        ports = {f"l{n}": port for n, port in enumerate(sim.ports())}
        server = self.start(support.Server, support.config(ports, devices))
        began = time.time()
        support.wait_until(lambda: time.time() > began + 12, 20, "12 s of faults")
        support.wait_until(lambda: self.all_good(server.data), 30, "all is well behind the faults")
        discarded = support.get(server.url("/metrics"))
        server.stop_cleanly()
        self.check_values(support.export(server.data))
        for result in ("late", "foreign", "length", "timeout", "exception"):
            self.assertGreater(counted(discarded, result), 0, result)
        self.assertGreater(sim.final_counts()[-1]["faults"], 100)

    def check_values(self, rows):
        good = support.good_rows(rows)
        for row in good:
            address = int("".join(c for c in row["signal"] if c.isdigit()))
            link, unit = (int(digits) for digits in row["device"][1:].split("u"))
            self.assertEqual(row["value"], 10000 * link + 1000 * unit + address, row)
        self.assertGreater(len(good), 2000)
        bad = [row for row in rows if row["quality"] != "good"]
        for row in bad:
            self.assertIsNone(row["value"], row)
        reasons = {row["reason"] for row in bad}
        for reason in ("timeout", "exception-6"):
            self.assertIn(reason, reasons)

    def all_good(self, data):
        """Whether the newest cycle of every device is good throughout."""
        newest = {}
        for row in support.export(data):
            newest.setdefault((row["device"], row["signal"]), row)
            if row["time"] >= newest[row["device"], row["signal"]]["time"]:
                newest[row["device"], row["signal"]] = row
        return len(newest) == 960 and len(support.good_rows(newest.values())) == 960

    def test_more_connections_than_select_can_take_are_refused(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 2200:
            self.skipTest("needs 2200 open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        sim = self.start(support.Simulator, {"slaves": [{
            "listen": "127.0.0.1:0", "count": 400,
            "units": [{"unit": 1, "signals": [plan_signal(0, 7)]}]}]})
        sockets = [socket.create_connection(("127.0.0.1", port))
                   for _ in range(3) for port in sim.ports()]
        self.addCleanup(lambda: [s.close() for s in sockets])
        counts = support.wait_until(
            lambda: (lambda c: c["connections"] + c["refused"] == 1200 and c)(sim.counts()[-1]),
            20, "1200 connections are settled")
        self.assertGreater(counts["refused"], 100)
        self.assertGreater(counts["connections"], 900)
        request = bytes.fromhex("000100000006010300000001")
        sockets[0].sendall(request)
        sockets[0].settimeout(5)
        self.assertEqual(sockets[0].recv(100).hex(), "0001000000050103020007")
        for s in sockets:
            s.close()
        support.wait_until(lambda: sim.counts()[-1]["connections"] == 0, 20, "all are gone")
        sim.final_counts()


def counted(metrics, result):
    """How often a request had this result, over all devices."""
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines()
               if line.startswith("plumewatch_device_results_total{")
               and f'result="{result}"' in line)


def milliseconds(text):
    """ISO 8601 with offset to epoch ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def plan_devices(text):
    """The devices of `plan --json`, each with its link's id and its requests."""
    for link in json.loads(text)["links"]:
        for device in link["devices"]:
            yield {**device, "link": link["id"]}


if __name__ == "__main__":
    unittest.main()
