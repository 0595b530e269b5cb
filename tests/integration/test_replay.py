"""What the archive of a live run says again: replay gives, byte for byte, the findings and means
that were told live, over kills, restarts and reloads. Also the command's own manners."""

import copy
import glob
import json
import os
import shutil
import signal
import time
import unittest

import support
from support import Case, plan_signal


def sine(mean, amplitude, period_s):
    return {"kind": "sine", "mean": mean, "amplitude": amplitude, "period_s": period_s}


def limit(factor, period, maximum, **more):
    return {"factor": factor, "period": period, "max": maximum, **more}


class Replay(Case):
    """A CEMS whose sulphur dioxide swings over its limit every 8 s, and a meter that falls silent."""

    def setUp(self):
        super().setUp()
        sim = self.start(support.Simulator, {"slaves": [
            {"listen": "127.0.0.1:0", "units": [{"unit": 1, "signals": [
                plan_signal(0, 0, type="float32", signal=sine(30, 12, 8)),
                plan_signal(2, 0, type="float32", signal=sine(90, 30, 11))]}]},
            {"listen": "127.0.0.1:0", "units": [{"unit": 1, "signals": [plan_signal(0, 7)],
             "faults": [{"kind": "silence", "at_s": 5, "for_s": 3, "every_s": 10}]}]}]})
        ports = dict(zip(("cems", "meter"), sim.ports()))
        self.config = support.config(ports, [
            support.device("cems-1", "cems", 1, {
                "so2": {"table": "holding", "address": 0, "type": "float32"},
                "nox": {"table": "holding", "address": 2, "type": "float32"}},
                every_ms=250, timeout_ms=200),
            support.device("meter-1", "meter", 1, {
                "power": {"table": "holding", "address": 0}}, every_ms=500, timeout_ms=200)])
        self.config["sites"] = [{"id": "test", "outlets": [
            {"id": "DA001",
             "inputs": {"a21026": {"signal": "cems-1.so2"}, "a21002": {"signal": "cems-1.nox"}},
             "limits": [limit("a21026", "realtime", 35, on_delay_s=1, off_delay_s=1, deadband=2),
                        limit("a21002", "realtime", 110),
                        limit("a21026", "minute", 10)]},
            {"id": "DA002", "inputs": {"a01011": {"signal": "meter-1.power"}},
             "limits": [limit("a01011", "realtime", 6, on_delay_s=2)]}]}]
        self.data = os.path.join(self.dir, "data")

    def start_server(self, config=None):
        return self.start(support.Server, config or self.config, data=self.data)

    def export(self, what, data=None):
        done = support.run("export", "--data", data or self.data, "--what", what,
                           "--format", "jsonl",
                           *(["--exact"] if what == "means" else []))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def replay(self, *arguments):
        done = support.run("replay", "--averages", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        return ([line for line in lines if line.startswith('{"type":"finding"')],
                [line for line in lines if line.startswith('{"type":"mean"')])

    def segments(self):
        return sorted(glob.glob(os.path.join(self.data, "archive", "*", "*", "*.gz")))

    @staticmethod
    def last_of_each(findings):
        """As the export has them: the last line of each, by start and id."""
        last = {json.loads(line)["id"]: line for line in findings}
        return sorted(last.values(), key=lambda line: (json.loads(line)["start"],
                                                       json.loads(line)["id"]))

    @staticmethod
    def by_period(means):
        def key(line):
            mean = json.loads(line)
            return mean["start"], mean["period"], mean["outlet"], mean["factor"], mean["revision"]
        return sorted(means, key=key)

    def check_same(self, *arguments, data=None):
        """Replay of the record against what it holds; returns its findings and means."""
        findings, means = self.replay(*(arguments or (self.data,)))
        self.assertEqual(self.last_of_each(findings), self.export("findings", data))
        self.assertEqual(self.by_period(means), self.by_period(self.export("means", data)))
        return findings, means

    def check_same_when_killed(self):
        """SQLite may be a commit behind the journal then: a copy is made anew from the journal."""
        copy_of = os.path.join(self.dir, "copy")
        shutil.rmtree(copy_of, ignore_errors=True)
        shutil.copytree(self.data, copy_of, ignore=shutil.ignore_patterns("*.sock"))
        done = support.run("rebuild", "--data", copy_of)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.check_same(data=copy_of)

    def recorded(self, what, **members):
        return [line for line in self.export(what)
                if members.items() <= json.loads(line).items()]

    def wait_for(self, what, count=1, seconds=90, **members):
        support.wait_until(lambda: len(self.recorded(what, **members)) >= count, seconds,
                           f"{count} of {what} {members}")

    def last_seq(self, server):
        return server.health()["record"]["last_seq"]

    def test_a_run_is_said_again(self):
        server = self.start_server()
        self.wait_for("means", 1, period="minute", factor="a21026", valid=True)
        self.wait_for("findings", 3, state="closed", factor="a21026")
        server.stop_cleanly()
        findings, means = self.check_same()
        self.assertTrue(any('"outlet":"DA002"' in line for line in findings))
        self.assertTrue(any('"valid":true' in line for line in means))
        self.assertEqual((findings, means), self.check_same(*self.segments()))
        self.assertEqual((findings, means),
                         self.check_same("--config", server.config_path, self.data))
        self.check_explained(json.loads(findings[0])["id"])

    def check_explained(self, identity):
        done = support.run("replay", "--explain", identity, self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = support.json_lines(done.stdout)
        self.assertEqual(lines[0]["type"], "limit")
        told = [line for line in lines if line["type"] == "finding"]
        self.assertEqual([line["state"] for line in told], ["open", "closed"])
        before = lines[:lines.index(told[0])]
        self.assertIn("beyond", [line.get("says") for line in before])
        self.assertEqual({line["id"] for line in told}, {identity})

    def test_killed_restarted_and_reloaded(self):
        server = self.start_server()
        self.wait_for("findings", 2, state="closed", factor="a21026")
        server.kill()
        self.processes.remove(server)
        self.check_same_when_killed()

        server = self.start_server()
        self.wait_for("findings", 4, state="closed", factor="a21026")
        changed = copy.deepcopy(self.config)
        changed["sites"][0]["outlets"][0]["limits"][1]["max"] = 80
        changed["sites"][0]["outlets"][1]["limits"] = []
        support.write_config(self.dir, changed)
        seq = self.last_seq(server)
        server.send(signal.SIGHUP)
        support.wait_until(lambda: "done: digest=" in server.err(), 20, "the reload is done")
        support.wait_until(lambda: self.last_seq(server) > seq, 20, "the reload is recorded")
        self.wait_for("findings", 1, factor="a21002", threshold=80)
        self.wait_for("means", 1, period="minute", factor="a21026")
        server.kill()
        self.processes.remove(server)
        findings, _ = self.check_same_when_killed()
        reasons = {json.loads(line).get("reason") for line in findings}
        self.assertTrue(reasons & {"reconfigured", "configuration", None})
        thresholds = {json.loads(line)["threshold"] for line in findings
                      if '"factor":"a21002"' in line}
        self.assertEqual(thresholds, {80, 110})

    def test_an_outlet_less_after_a_stop(self):
        """The restart still speaks for the plant before, then closes what is gone."""
        server = self.start_server()
        self.wait_for("findings", 1, outlet="DA002")
        self.wait_for("findings", 1, factor="a21026", state="closed")
        server.kill()
        self.processes.remove(server)
        fewer = copy.deepcopy(self.config)
        del fewer["sites"][0]["outlets"][0]
        del fewer["devices"][0]
        server = self.start_server(fewer)
        self.wait_for("means", 1, outlet="DA002", valid=True)
        server.stop_cleanly()
        _, means = self.check_same()
        self.assertIn("DA001", {json.loads(line)["outlet"] for line in means})

    def test_a_copy_of_a_running_record_is_played_to_its_end(self):
        server = self.start_server()
        self.wait_for("findings", 2, factor="a21026")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            self.replay(self.data)
        server.stop_cleanly()
        self.check_same()


class Manners(Case):
    HEADER = "time,signal,value,quality"

    def setUp(self):
        super().setUp()
        config = support.config({"cems": 502}, [support.device("cems-1", "cems", 1, {
            "so2": {"table": "holding", "address": 0, "type": "float32"}}, every_ms=1000)])
        config["sites"] = [{"id": "test", "outlets": [{
            "id": "DA001", "inputs": {"a21026": {"signal": "cems-1.so2"}},
            "limits": [limit("a21026", "realtime", 35)]}]}]
        self.config_path = support.write_config(self.dir, config)

    def csv(self, *rows, header=HEADER, name="input.csv"):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write("\n".join((header,) + rows) + "\n")
        return path

    def replay(self, *arguments):
        return support.run("replay", "--config", self.config_path, *arguments)

    def check_refused(self, row, reason):
        path = self.csv("2026-11-24T08:00:00+08:00,cems-1.so2,36,", row,
                        "2026-11-24T08:00:09+08:00,cems-1.so2,30,")
        done = self.replay(path)
        self.assertEqual(done.returncode, 65)
        self.assertIn(f"{path}:3: ", done.stderr)
        self.assertIn(reason, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1, "what came before it is said")
        done = self.replay("--skip-bad", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn("1 bad lines", done.stderr)

    def test_bad_rows_stop_it_or_are_counted(self):
        for row, reason in (
                ("2026-11-24T08:00:01,cems-1.so2,36,", "ISO 8601 with offset"),
                ("2026-11-24T07:59:59+08:00,cems-1.so2,36,", "earlier than the row before"),
                ("2028-11-24T08:00:01+08:00,cems-1.so2,36,", "366 days"),
                ("2026-11-24T08:00:01+08:00,cems-1.nox,36,", "not in the configuration"),
                ("2026-11-24T08:00:01+08:00,cems-1.so2,36 mg,", "expected a number"),
                ("2026-11-24T08:00:01+08:00,cems-1.so2,36,broken", "no word"),
                ("2026-11-24T08:00:01+08:00,cems-1.so2,36", "3 fields"),
                ('2026-11-24T08:00:01+08:00,cems-1.so2,"36,', "quote"),
                ("2026-11-24T08:00:01+08:00,!declare,nothing,", "JSON object"),
                ('2026-11-24T08:00:01+08:00,!declare,"{""kind"":""mark""}",', "/object")):
            with self.subTest(row=row):
                self.check_refused(row, reason)

    def test_arguments(self):
        path = self.csv("2026-11-24T08:00:00+08:00,cems-1.so2,36,")
        self.assertEqual(self.replay().returncode, 64)
        self.assertEqual(support.run("replay", path).returncode, 64)
        self.assertEqual(self.replay(os.path.join(self.dir, "none.csv")).returncode, 65)
        self.assertEqual(self.replay(self.dir).returncode, 65)
        self.assertEqual(self.replay("--explain", "0123456789abcdef", path).returncode, 65)
        wrong = self.csv(header="time,value", name="wrong.csv")
        self.assertEqual(self.replay(wrong).returncode, 65)

    def test_quoting_line_ends_and_a_mark_are_understood(self):
        path = os.path.join(self.dir, "quoted.csv")
        with open(path, "wb") as f:
            f.write('\ufefftime,signal,value,quality,at\r\n'
                    '"2026-11-24T08:00:00+08:00","cems-1.so2","36","",\r\n'
                    '1795479001000,cems-1.so2,,timeout,1795479001500\r\n\r\n'
                    '1795479002000,cems-1.so2,30,,1795479002100'.encode())
        done = self.replay(path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["state"] for line in support.json_lines(done.stdout)],
                         ["open", "closed"])

    def test_files_go_on_where_the_last_one_ended(self):
        first = self.csv("2026-11-24T08:00:00+08:00,cems-1.so2,36,", name="1.csv")
        second = self.csv("2026-11-24T08:00:10+08:00,cems-1.so2,30,", name="2.csv")
        done = self.replay(first, second)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertEqual(self.replay(second, first).returncode, 65)

    def test_why_tells_what_decided_and_nothing_else(self):
        case = os.path.join(support.SOURCE, "tests", "cases", "replay", "exceed-realtime")
        arguments = ("replay", "--config", os.path.join(case, "config.json"))
        csv = os.path.join(case, "input.csv")
        identity = support.json_lines(support.run(*arguments, csv).stdout)[0]["id"]
        done = support.run(*arguments, "--explain", identity, csv)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = support.json_lines(done.stdout)
        self.assertEqual((lines[0]["type"], lines[0]["max"], lines[0]["on_delay_s"]),
                         ("limit", 35, 10))
        told = [line.get("says") or line["state"] for line in lines[1:]]
        # From 10:00:00 every 5 s; above from :30, known at :40, in the deadband from 1:00, back
        # from 1:15, closed at 1:25; a short excess at 1:40; to 2:15, a minute behind the end.
        self.assertEqual(told, ["inside"] * 6 + ["beyond"] * 2 + ["open"] + ["beyond"] * 4 +
                         ["inside-deadband"] * 3 + ["inside"] * 2 + ["closed"] + ["inside"] * 3 +
                         ["beyond"] + ["inside"] * 7)

    def test_a_declared_mark_is_no_evidence(self):
        mark = ('"{""kind"":""mark"",""object"":""DA001"",""factor"":""a21026"",'
                '""class"":""maintenance"",""start"":""2026-11-24T08:00:00+08:00"",'
                '""end"":""2026-11-24T09:00:00+08:00"",""reason"":""span""}"')
        path = self.csv(f"2026-11-24T07:59:00+08:00,!declare,{mark},",
                        "2026-11-24T08:00:00+08:00,cems-1.so2,36,",
                        "2026-11-24T08:59:59+08:00,cems-1.so2,36,",
                        "2026-11-24T09:00:00+08:00,cems-1.so2,36,")
        done = self.replay(path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["start"] for line in support.json_lines(done.stdout)],
                         ["2026-11-24T09:00:00.000+08:00"])


if __name__ == "__main__":
    unittest.main()
