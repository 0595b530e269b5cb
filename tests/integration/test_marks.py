"""Marks of persons and of rules: in the journal, in SQLite, in the export, over a kill and a
rebuild."""

import json
import sqlite3
import time
import unittest

import support
from support import Case, Server, Simulator, device, plan_signal, wait_until

RULE = {"class": "production", "mark_kind": "stop", "for_s": 1,
        "when": [{"signal": "meter.power", "max": 5}]}


def plant(port):
    signals = {"so2": {"table": "holding", "address": 0}, "power": {"table": "holding", "address": 1}}
    config = support.config({"l": port}, [device("meter", "l", 1, signals, every_ms=250)])
    outlet = {"id": "DA001", "inputs": {"a21026": {"signal": "meter.so2", "min_samples": 1}},
              "mark_rules": [RULE]}
    config["sites"] = [{"id": "test", "outlets": [outlet]}]
    return config


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class Marks(Case):
    def ctl(self, server, *words):
        done = support.run("ctl", "--data", server.data, *words)
        answer = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        return done.returncode, answer, done.stdout + done.stderr

    def mark(self, **more):
        return json.dumps({"kind": "mark", "object": "DA001", "factor": "a21026",
                           "class": "maintenance", "mark_kind": "calibration", "start": iso(-60),
                           "end": iso(3600), "reason": "标气校准", **more})

    def start_server(self):
        units = [{"unit": 1, "signals": [plan_signal(0, 30), plan_signal(1, 2)]}]
        sim = self.start(Simulator, support.one_slave(units))
        self.described = plant(sim.ports()[0])
        return self.start(Server, self.described)

    def exported(self, server):
        return {row["id"]: row for row in support.export(server.data, "marks")}

    def test_a_mark_of_a_rule_and_marks_of_a_person(self):
        server = self.start_server()
        wait_until(lambda: self.exported(server), 30, "the rule marks the stopped production")
        by_rule = next(iter(self.exported(server).values()))
        self.assertEqual((by_rule["type"], by_rule["by"], by_rule["object"], by_rule["end"]),
                         ("mark", "rule", "DA001", None))
        code, answer, _ = self.ctl(server, "declare", self.mark())
        self.assertEqual(code, 0)
        self.assertIn("stays", answer["note"])
        code, late, _ = self.ctl(server, "declare", self.mark(start=iso(-200000), end=iso(-100000)))
        self.assertEqual((code, late["late"]), (0, True))
        code, _, why = self.ctl(server, "declare", self.mark(mark_kind="stop"))
        self.assertEqual(code, 1)
        self.assertIn("/mark_kind", why)
        self.assertEqual(self.ctl(server, "declare", self.mark(by="rule"))[0], 1)
        self.assertEqual(self.ctl(server, "withdraw", by_rule["id"])[0], 1)
        self.assertEqual(self.ctl(server, "withdraw", late["id"])[0], 0)
        rows = self.exported(server)
        self.assertEqual(len(rows), 3)
        self.assertIn("uid", rows[answer["id"]]["who"])
        self.assertNotIn("withdrawn", rows[answer["id"]])
        self.assertTrue(rows[late["id"]]["late"])
        self.assertIn("withdrawn", rows[late["id"]])
        self.check_over_a_kill(server, by_rule["id"], rows)

    def check_over_a_kill(self, server, by_rule, rows):
        server.kill()
        again = self.start(Server, self.described, data=server.data)
        declared = {d["id"]: d for d in self.ctl(again, "status")[1]["declared"]}
        self.assertEqual((declared[by_rule]["by"], declared[by_rule]["end"]), ("rule", None))
        again.stop_cleanly()
        self.assertEqual(support.verify(server.data).returncode, 0)
        before = self.exported(server)
        self.assertEqual(set(before), set(rows))
        self.assertEqual(support.run("rebuild", "--data", server.data).returncode, 0)
        self.assertEqual(self.exported(server), before)
        with sqlite3.connect(f"file:{server.data}/plumewatch.db?mode=ro", uri=True) as db:
            kinds = db.execute("SELECT mark_kind, by FROM mark ORDER BY start_ms").fetchall()
        self.assertEqual(sorted(kinds), [("calibration", "person"), ("calibration", "person"),
                                         ("stop", "rule")])


if __name__ == "__main__":
    unittest.main()
