"""What a running server does with its devices beside plain reading: writes, learned ranges, texts
and codes, transaction ids, and what it tells of every unit."""

import glob
import gzip
import json
import os
import subprocess
import time
import unittest

import support
from support import Case, Server, Simulator, config, device, plan_signal, wait_until


def ctl(server, *words):
    done = support.run("ctl", "--data", server.data, *words)
    return done.returncode, (json.loads(done.stdout) if done.stdout.startswith("{") else None), done


def status_of(server, device_id):
    _, answer, done = ctl(server, "status")
    assert answer, done.stderr
    return next(d for d in answer["devices"] if d["id"] == device_id)


def journal(data, kind):
    lines = []
    for path in sorted(glob.glob(os.path.join(data, "archive", "*", "*", "*.gz"))):
        with gzip.open(path, "rb") as f:
            lines += [json.loads(line) for line in f.read().splitlines()
                      if line.startswith(b"{") and b'"type":"%s"' % kind.encode() in line]
    return lines


def holding(address, **more):
    return {"table": "holding", "address": address, **more}


class WriteTest(Case):
    def start_plant(self):
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "registers": {"holding": [0, 20], "coil": [0, 8]},
             "signals": [plan_signal(10, 5)]}]}]})
        signals = {
            "relay": {"table": "coil", "address": 3, "writable": True},
            "setpoint": holding(2, scale=0.1, unit="%", range=[0, 100], writable=True),
            "level": holding(4, type="float32", order="CDAB", writable=True),
            "fixed": holding(10, writable=True),
            "locked": holding(11)}
        return self.start(Server, config({"bus": simulator.ports()[0]}, [
            device("plc", "bus", 1, signals, every_ms=200)]))

    def test_a_write_is_read_back_and_audited(self):
        server = self.start_plant()
        for signal, value in (("relay", 1), ("setpoint", 45.5), ("level", -1.25)):
            code, answer, done = ctl(server, "write", f"plc.{signal}", str(value))
            self.assertEqual(code, 0, done.stderr)
            self.assertEqual((answer["result"], answer["read_back"]), ("written", value))
        wait_until(lambda: {"setpoint": 45.5, "level": -1.25, "relay": 1}.items() <= {
            r["signal"]: r["value"] for r in support.export(server.data)[-5:]}.items(),
            10, "the polls show what was written")
        server.stop_cleanly()
        written = journal(server.data, "write")
        self.assertEqual([(w["signal"], w["value"], w["result"]) for w in written],
                         [("plc.relay", 1, "written"), ("plc.setpoint", 45.5, "written"),
                          ("plc.level", -1.25, "written")])
        self.assertRegex(written[0]["who"], rf"^uid:{os.getuid()} pid:\d+$")
        asked = [a["subject"] for a in journal(server.data, "audit") if a["command"] == "write"]
        self.assertEqual(asked, ["plc.relay", "plc.setpoint", "plc.level"])
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_what_cannot_be_written_says_why(self):
        server = self.start_plant()
        code, _, done = ctl(server, "write", "plc.fixed", "7")
        self.assertEqual(code, 1)
        self.assertIn("something else is read back", done.stderr)
        for words, why in ((("plc.locked", "1"), "writable"), (("plc.setpoint", "100.1"), "range"),
                           (("plc.setpoint", "0.05"), "registers"), (("plc.nothing", "1"), "signal")):
            code, _, done = ctl(server, "write", *words)
            self.assertEqual(code, 1, words)
            self.assertIn(why, done.stderr)
        self.assertEqual(ctl(server, "write", "plc.relay", "on")[0], 64)
        self.assertEqual(ctl(server, "write", "plc.relay")[0], 64)
        server.stop_cleanly()
        self.assertEqual([w["result"] for w in journal(server.data, "write")], ["differs"])


class DurableFirstTest(Case):
    def setUp(self):
        super().setUp()
        self.simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "registers": {"holding": [0, 20]}}]}]})
        self.described = config({"bus": self.simulator.ports()[0]}, [
            device("plc", "bus", 1, {"a": holding(2, writable=True)}, every_ms=1000)])
        self.described["server"].update({"commit_min_ms": 1000, "commit_max_ms": 1000})

    def start_server(self):
        server = self.start(Server, self.described)
        wait_until(lambda: support.export(server.data), 20, "the first reading")
        return server

    def written(self):
        return sum(line["requests"] for line in self.simulator.counts()
                   if line["type"] == "received" and line["function"] in (6, 16))

    def asked(self, server):
        return sum(a["command"] == "write" for a in journal(server.data, "audit"))

    def ask(self, server):
        return subprocess.Popen([support.PROGRAM, "ctl", "--data", server.data, "write", "plc.a", "7"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def test_nothing_goes_out_before_the_journal_says_who_asked(self):
        server = self.start_server()
        early = 0
        for number in range(1, 4):
            asking = self.ask(server)
            while asking.poll() is None:
                written, asked = self.written(), self.asked(server)
                self.assertLessEqual(written, asked)
                early += asked < number
            self.assertEqual(asking.returncode, 0)
            self.assertEqual((self.written(), self.asked(server)), (number, number))
        self.assertGreater(early, 0, "the journal took its time")
        server.stop_cleanly()

    def test_a_crash_in_between_leaves_no_write_that_nobody_asked_for(self):
        lost = 0
        for n in range(6):
            server = self.start_server()
            asking = self.ask(server)
            time.sleep(0.3 * n)
            server.kill()
            asking.wait(20)
            self.processes.remove(server)
            server = self.start_server()
            self.assertLessEqual(self.written(), self.asked(server))
            lost += self.asked(server) <= n
            server.stop_cleanly()
        self.assertGreater(lost, 0, "a crash before the journal was durable")
        self.assertGreater(self.written(), 0, "a crash behind the write")


class LearnedTest(Case):
    def start_plant(self):
        self.simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "registers": {"holding": [0, 10]}, "signals": [plan_signal(0, 41)]},
            {"unit": 2, "signals": [plan_signal(0, 42)]}]}]})
        signals = {f"r{i}": holding(i) for i in range(8)} | {"gone": holding(20)}
        self.described = config({"bus": self.simulator.ports()[0]}, [
            device("meter", "bus", 1, signals, every_ms=200, max_gap=20)])
        return self.start(Server, self.described)

    def learned(self, server):
        return status_of(server, "meter")["learned"]

    def test_a_refused_register_is_found_once_shown_and_forgotten_by_hand(self):
        server = self.start_plant()
        learned = wait_until(lambda: self.learned(server), 20, "the range was searched")
        self.assertEqual([(r["address"], r["exception"]) for r in learned if r["exception"]],
                         [(20, 2)])
        seen = status_of(server, "meter")
        wait_until(lambda: status_of(server, "meter")["cycles"] > seen["cycles"] + 10, 20,
                   "ten cycles more")
        after = status_of(server, "meter")
        self.assertEqual(after["exceptions"], seen["exceptions"])
        rows = {r["signal"]: r for r in support.export(server.data)[-9:]}
        self.assertEqual(rows["gone"]["reason"], "exception-2")
        self.assertEqual(rows["r0"]["value"], 41)
        self.assertEqual(rows["r7"]["quality"], "good")

        # A reload that adds another device to the link makes a new connection, which knows it too.
        self.described["devices"].append(device("other", "bus", 2, {"a": holding(0)},
                                                every_ms=200))
        with open(server.config_path, "w", encoding="utf-8") as f:
            json.dump(self.described, f)
        self.assertEqual(ctl(server, "reload")[0], 0)
        self.assertEqual(self.learned(server), learned)
        wait_until(lambda: status_of(server, "meter")["good"] > 5, 20, "the new link reads")
        self.assertEqual(status_of(server, "meter")["exceptions"], {})

        self.assertEqual(ctl(server, "forget", "meter")[0], 0)
        wait_until(lambda: status_of(server, "meter")["exceptions"].get("2"), 20, "asked again")
        self.assertEqual(ctl(server, "forget", "nobody")[0], 1)
        server.stop_cleanly()
        self.assertIn("meter", [a.get("subject") for a in journal(server.data, "audit")
                                if a["command"] == "forget"])

    def test_a_restart_knows_what_was_learned_until_settings_change(self):
        server = self.start_plant()
        learned = wait_until(lambda: self.learned(server), 20, "the range was searched")
        for end in (server.stop_cleanly, lambda: self.kill(server)):
            wait_until(lambda: journal(server.data, "learned"), 10, "the journal has it")
            end()
            server = self.start(Server, self.described)
            self.assertEqual(self.learned(server), learned)
            wait_until(lambda: status_of(server, "meter")["good"] > 10, 20, "it reads")
            self.assertEqual(status_of(server, "meter")["exceptions"], {})
        self.assertEqual(len(journal(server.data, "learned")), 1)
        self.kill(server)
        self.described["devices"][0]["timeout_ms"] = 700
        server = self.start(Server, self.described)
        wait_until(lambda: self.learned(server), 20, "it was searched again")
        wait_until(lambda: len(journal(server.data, "learned")) == 2, 10, "the journal has both")
        self.assertEqual(ctl(server, "forget", "meter")[0], 0)
        self.assertEqual(journal(server.data, "learned")[2]["ranges"], [])
        server.stop_cleanly()
        self.assertEqual(support.verify(server.data).returncode, 0)

    def kill(self, server):
        server.kill()
        self.processes.remove(server)

    def test_every_unit_tells_its_replies_exceptions_and_bad_frames(self):
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "signals": [plan_signal(0, 41)],
             "faults": [{"kind": "wrong-count", "at_s": 0, "for_s": 1}]},
            {"unit": 2, "signals": [plan_signal(0, 42)],
             "faults": [{"kind": "exception", "code": 4}]}]}]})
        server = self.start(Server, config({"bus": simulator.ports()[0]}, [
            device("odd", "bus", 1, {"a": holding(0)}, every_ms=50, timeout_ms=50),
            device("sick", "bus", 2, {"a": holding(0)}, every_ms=50)]))
        count = 'plumewatch_device_reply_seconds_count{device="odd"}'
        wait_until(lambda: (server.metric(count) or 0) >= 110, 30, "replies are counted")
        self.assertGreater(
            server.metric('plumewatch_device_reply_seconds_bucket{device="odd",le="+Inf"}'), 100)
        self.assertGreater(server.metric('plumewatch_device_proposed_timeout_ms{device="odd"}'), 0)
        self.assertGreater(server.metric('plumewatch_device_exceptions_total{device="sick",'
                                         'code="4"}'), 1)
        self.assertIsNotNone(server.metric('plumewatch_link_overdue_seconds{link="bus"}'))
        odd = status_of(server, "odd")
        self.assertGreater(odd["length"], 0)
        self.assertRegex(odd["bad_frames"][0], r"^[0-9a-f]{4}0000[0-9a-f]+$")
        self.assertLessEqual(len(odd["bad_frames"]), 4)
        self.assertEqual(list(status_of(server, "sick")["exceptions"]), ["4"])
        shown = json.loads(support.get(server.url("/api/v1/devices/odd")))
        self.assertEqual(shown["bad_frames"], odd["bad_frames"])
        server.stop_cleanly()
        notes = {n["device"]: n for n in journal(server.data, "bus")}  # of the stop
        self.assertEqual(set(notes), {"odd", "sick"})
        self.assertIn("replies", notes["odd"])


class DecodingTest(Case):
    def test_texts_bcd_codes_and_inputs_of_io_modules(self):
        cells = {0: 0x4146, 1: 0x2d37, 2: 0x3020, 10: 0x1234, 20: 65535, 30: 12000, 31: 3500,
                 32: 8000}
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "signals": [plan_signal(a, v) for a, v in cells.items()] +
             [plan_signal(0, 1, table="discrete", type="bit")]}]}]})
        current = {"scale": 0.001, "ne43": True, "unit": "m3/h"}
        signals = {
            "serial": holding(0, type="string", length=3),
            "digits": holding(10, type="bcd16", scale=0.1),
            "empty": holding(20, no_value=[65535]),
            "flow": holding(30, map={"from": [4, 20], "to": [0, 1000]}, **current),
            "cut": holding(31, map={"from": [4, 20], "to": [0, 1000]}, **current),
            "root": holding(32, map={"from": [4, 20], "to": [0, 1000]}, sqrt=True, **current),
            "door": {"table": "discrete", "address": 0, "invert": True}}
        described = config({"bus": simulator.ports()[0]}, [
            device("io", "bus", 1, signals, every_ms=200)])
        server = self.start(Server, described)
        wait_until(lambda: len(support.export(server.data)) >= 14, 20, "two readings")
        health = server.health()
        server.stop_cleanly()
        rows = {r["signal"]: r for r in support.export(server.data)}
        self.assertEqual((rows["serial"]["text"], rows["serial"]["quality"]), ("AF-70", "good"))
        self.assertIsNone(rows["serial"]["value"])
        self.assertEqual(rows["digits"]["value"], 123.4)
        self.assertEqual(rows["empty"]["reason"], "no-value")
        self.assertEqual(rows["flow"]["value"], 500)
        self.assertEqual((rows["cut"]["value"], rows["cut"]["reason"]), (None, "wire-break"))
        self.assertEqual(rows["root"]["value"], 500)
        self.assertEqual(rows["door"]["value"], 0)
        self.assertEqual(health["status"], "ok")
        # A start reads the lines of the last run again, texts among them.
        before = len(support.export(server.data))
        again = self.start(Server, described, name="again", data=server.data)
        wait_until(lambda: len(support.export(server.data)) > before, 20, "another reading")
        again.stop_cleanly()
        segments = sorted(glob.glob(os.path.join(server.data, "archive", "*", "*", "*.gz")))
        self.assertEqual(support.run("replay", *segments).returncode, 0)
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_ids_that_are_not_the_requests_are_taken_by_policy_only(self):
        fault = [{"kind": "foreign", "id": "next"}]
        simulator = self.start(Simulator, {"slaves": [
            {"listen": "127.0.0.1:0",
             "units": [{"unit": 1, "signals": [plan_signal(0, 7)], "faults": fault}]}
            for _ in range(2)]})
        ports = simulator.ports()
        server = self.start(Server, config({"a": ports[0], "b": ports[1]}, [
            device("strict", "a", 1, {"x": holding(0)}, every_ms=200, timeout_ms=100),
            device("lax", "b", 1, {"x": holding(0)}, every_ms=200, timeout_ms=100,
                   id_policy="ignore")]))
        wait_until(lambda: status_of(server, "lax")["good"] >= 5, 20, "five readings")
        self.assertEqual(status_of(server, "strict")["good"], 0)
        self.assertGreater(status_of(server, "strict")["foreign"], 0)
        server.stop_cleanly()


if __name__ == "__main__":
    unittest.main()
