"""A bypass that opens for half a minute in front of the running server: its states, its finding with
evidence and words, what is frozen of it, what replay says of the same record, and why."""

import json
import os
import subprocess
import unittest

import support
from support import Case, plan_signal, wait_until


def steps(*pairs):
    return {"kind": "steps", "steps": [list(p) for p in pairs]}


OPENS_S, SHUTS_S = 8, 14


def bypass_plan():
    """The damper is open from second 8 to 14 of the simulator's life."""
    signals = [
        plan_signal(0, 0, type="float32", signal=steps((0, 160))),
        plan_signal(2, 0, type="float32", signal=steps((0, 55))),
        plan_signal(4, 0, type="float32", signal=steps((0, 0.1), (OPENS_S, 6), (SHUTS_S, 0.1))),
        plan_signal(0, 0, "discrete", signal=steps((0, 0), (OPENS_S, 1), (SHUTS_S, 0))),
        plan_signal(1, 0, "discrete", signal=steps((0, 1), (OPENS_S, 0), (SHUTS_S, 1))),
    ]
    return {"slaves": [{"listen": "127.0.0.1:0", "units": [{"unit": 1, "signals": signals}]}]}


def holding(address, unit):
    return {"table": "holding", "address": address, "type": "float32", "unit": unit}


def bypass_config(port):
    config = support.config({"plc": port}, [support.device("plc", "plc", 1, {
        "line": holding(0, "kW"), "rto": holding(2, "kW"), "velocity": holding(4, "m/s"),
        "open": {"table": "discrete", "address": 0},
        "closed": {"table": "discrete", "address": 1}}, every_ms=250, timeout_ms=200)])
    quick = {"on_delay_s": 1, "off_delay_s": 1}
    config["sites"] = [{"id": "test", "equipment": [
        {"id": "line", "kind": "production", "power": "plc.line", "rated_kw": 200, "hold_s": 1},
        {"id": "rto", "kind": "treatment", "power": "plc.rto", "rated_kw": 75, "hold_s": 1,
         "serves": ["line"]}],
        "outlets": [{
            "id": "BP001", "name": "RTO旁路", "kind": "bypass", "treatment": "rto",
            "production": "line", "inlet_mg_m3": {"a24088": 1200},
            "evidence": [
                {"channel": "limit-switch", "open": "plc.open", "closed": "plc.closed", **quick},
                {"channel": "velocity", "signal": "plc.velocity", "area_m2": 0.5, **quick},
                {"channel": "treatment-power", "equipment": "rto"}],
            "fusion": {"min_event_s": 2, "off_delay_s": 3}}]}]
    return config


class Bypass(Case):
    def setUp(self):
        super().setUp()
        sim = self.start(support.Simulator, bypass_plan())
        self.server = self.start(support.Server, bypass_config(sim.ports()[0]))

    def api(self, path):
        text = support.get(self.server.url("/api/v1/" + path))
        return json.loads(text) if text else None

    def state(self, name):
        states = (self.api("states") or {"states": []})["states"]
        return next((s["state"] for s in states if s["object"] == name), None)

    def journal(self, kind):
        out = subprocess.run(f"zcat {self.server.data}/archive/*/*/*.gz",
                             shell=True, capture_output=True, check=False).stdout.decode()
        return [json.loads(line) for line in out.splitlines()
                if line.startswith(f'{{"type":"{kind}"')]

    def test_an_opening_is_told_frozen_and_explained(self):
        wait_until(lambda: self.state("line") == "run", 30, "the line runs")
        found = wait_until(lambda: [f for f in self.api("findings")["findings"]
                                    if f["kind"] == "bypass"], 60, "the opening is told")[0]
        self.assertEqual((found["class"], found["priority"]), ("undeclared", 1))
        self.assertGreaterEqual(found["confidence"], 0.9)
        self.assertIn("RTO旁路（BP001）旁路开启（未申报）", found["zh"])
        self.assertIn("bypass open at RTO旁路 (BP001), undeclared", found["en"])
        wait_until(lambda: self.state("BP001") == "closed", 60, "it closes")
        wait_until(lambda: not self.api("findings")["findings"], 30, "the finding closes")
        status = support.run("ctl", "--data", self.server.data, "status").stdout
        rules = {r["rule"]: r for r in json.loads(status)["coverage"] if r["outlet"] == "BP001"}
        self.assertTrue(rules["bypass"]["runs"])
        self.assertEqual(rules["bypass-standby"]["missing"], "standby")
        self.server.stop_cleanly()
        self.check_record(found["id"])

    def check_record(self, ident):
        last = [f for f in self.journal("finding") if f["id"] == ident][-1]
        self.assertEqual(last["state"], "closed")
        self.assertAlmostEqual(last["duration_s"], SHUTS_S - OPENS_S, delta=1.5)
        hours = last["duration_s"] / 3600
        self.assertAlmostEqual(last["released_kg"], 6 * 0.5 * 3600 * 1200 * hours * 1e-6, delta=0.01)
        self.assertEqual({e["channel"]: e["says"] for e in last["evidence"]}["velocity"], "open")
        frozen = self.journal("evidence")
        self.assertEqual({part["finding"] for part in frozen}, {ident})
        at = frozen[0]["signals"].index("plc.velocity")
        speeds = [row[2] for part in frozen for row in part["rows"] if row[1] == at]
        self.assertEqual({round(v, 1) for v in speeds}, {0.1, 6.0})
        self.assertEqual(len(self.journal("coverage")), 1)
        self.assertEqual(support.verify(self.server.data).returncode, 0)
        self.check_replay(ident, last)

    def check_replay(self, ident, last):
        again = support.json_lines(support.run("replay", self.server.data).stdout)
        told = [f for f in again if f.get("id") == ident][-1]
        for key in ("start", "end", "released_kg", "evidence", "class", "zh"):
            self.assertEqual(told[key], last[key], key)
        lines = support.json_lines(support.run("replay", "--explain", ident,
                                               self.server.data).stdout)
        words = [(e["channel"], e["says"]) for e in lines if e["type"] == "evidence"]
        self.assertIn(("velocity", "open"), words)
        self.assertIn(("limit-switch", "closed"), words)
        self.assertIn("open", [s["state"] for s in lines if s["type"] == "state"])

    def test_the_record_returns_a_finding_with_what_was_frozen(self):
        wait_until(lambda: self.state("BP001") == "open", 60, "it opens")
        found = wait_until(lambda: self.api("findings")["findings"], 30, "it is told")[0]
        whole = wait_until(lambda: self.with_parts(found["id"]), 90, "a part is in the record")
        self.assertEqual(whole["object"], "BP001")
        self.assertIn("plc.velocity", whole["frozen"][0]["signals"])
        self.assertIsNone(self.api("findings/0123456789abcdef"))

    def with_parts(self, ident):
        whole = self.api("findings/" + ident)
        return whole if whole and whole["frozen"] else None

    def test_a_declared_window_changes_the_class(self):
        window = {"kind": "window", "object": "BP001", "start": "2020-01-01T00:00:00+08:00",
                  "end": "2090-01-01T00:00:00+08:00", "reason": "检修"}
        done = support.run("ctl", "--data", self.server.data, "declare", json.dumps(window))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = wait_until(lambda: self.api("findings")["findings"], 60, "it is told")[0]
        self.assertEqual((found["class"], found["priority"]), ("declared", 3))


if __name__ == "__main__":
    unittest.main()
