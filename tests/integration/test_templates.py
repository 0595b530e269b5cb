"""Every template beside the simulated instrument that comes with it: each signal is read, and is
what the plan says. A value is a number, a text, or the reason why there is none."""

import glob
import json
import os
import re
import unittest

import support
from support import Case, Server, Simulator, config, device, wait_until

TEMPLATES = os.path.join(support.SOURCE, "config", "templates")

EXPECTED = {
    "cems-generic": {"so2": 24.5, "nox": 91.25, "o2": 8.25, "temperature": 178.5,
                     "pressure": -0.375, "moisture": 11.5, "velocity": 9.625},
    "nmhc-gc": {"thc": 43.25, "methane": 2.5, "nmhc": 40.75, "benzene": 1.125, "toluene": 3.5,
                "xylene": "!no-value", "run": 70001, "state": 3, "flame_out": 1,
                "serial": "GC-0042"},
    "flow-pitot": {"dp": 68.4, "temperature": 142.7, "pressure": -0.35, "velocity": 10.86,
                   "purging": 1, "fault": 0},
    "flare-ultrasonic": {"vent_velocity": 0.875, "vent_flow": 890.5, "vent_flow_standard": 861.25,
                         "molar_mass": 21.75, "sound_speed": 402.5, "temperature": 31.5,
                         "pressure": 103.25, "total": 3000000001, "weak_signal": 1, "fault": 0},
    "meter-float": {"voltage_1": 229.5, "voltage_2": 230, "voltage_3": 230.5, "current_1": 80.25,
                    "current_2": 81.5, "current_3": 82.75, "power": 54.25,
                    "power_factor": 0.96875, "frequency": 50.03125, "energy": 123456.5},
    "meter-integer": {"voltage_1": 230.1, "voltage_2": 230.3, "voltage_3": 230.5,
                      "current_1": 70.125, "current_2": 71.125, "current_3": 72.125,
                      "power": -12.345, "energy": 1234567.8, "cover_open": 1},
    "meter-bcd": {"power": 12.3456, "voltage": 230.5, "current": "!no-value",
                  "energy": 987654.32},
    "ai-8": {"ai_1": 12, "ai_2": 4, "ai_3": 20, "ai_4": "!wire-break", "ai_5": "!under-range",
             "ai_6": "!over-range", "ai_7": 8, "ai_8": "!wire-break"},
    "dio-8": {"di_1": 1, "di_2": 0, "di_3": 1, "di_4": 1, "di_5": 0, "di_6": 0, "di_7": 0,
              "di_8": 1, **{f"do_{i}": 0 for i in range(1, 9)}, "pulses_1": 123456,
              "pulses_2": 7},
}


def without_comments(path):
    with open(path, encoding="utf-8") as f:
        return json.loads(re.sub(r"^\s*//.*$", "", f.read(), flags=re.M))


def said(row):
    if "text" in row:
        return row["text"]
    return row["value"] if row["quality"] == "good" else "!" + row["reason"]


class TemplateTest(Case):
    def test_each_has_a_plan_and_is_tested(self):
        names = {os.path.basename(p)[:-5] for p in glob.glob(os.path.join(TEMPLATES, "*.json"))}
        plans = {os.path.basename(p)[:-5] for p in glob.glob(os.path.join(TEMPLATES, "sim/*.json"))}
        self.assertEqual(names, set(EXPECTED))
        self.assertEqual(names, plans)

    def test_what_each_reads_is_what_its_plan_says(self):
        slaves = []
        for name in EXPECTED:
            plan = without_comments(os.path.join(TEMPLATES, "sim", name + ".json"))
            slaves += [{**slave, "listen": "127.0.0.1:0"} for slave in plan["slaves"]]
        simulator = self.start(Simulator, {"slaves": slaves})
        self.assertEqual(len(simulator.ports()), len(EXPECTED))
        links = dict(zip(EXPECTED, simulator.ports()))
        devices = [{k: v for k, v in device(name, name, 1, {}, template=name, every_ms=1000).items()
                    if k != "signals"} for name in EXPECTED]
        server = self.start(Server, config(links, devices,
                                           include=[os.path.join(TEMPLATES, "*.json")]))

        def all_read():
            rows = {}
            for row in support.export(server.data):
                rows.setdefault(row["device"], {})[row["signal"]] = row
            return rows if set(rows) == set(EXPECTED) else None
        rows = wait_until(all_read, 30, "every instrument was read")
        server.stop_cleanly()
        for name, expected in EXPECTED.items():
            self.assertEqual({s: said(r) for s, r in rows[name].items()}, expected, name)
        planned = support.run("plan", "--config", server.config_path, "--json")
        self.assertEqual(planned.returncode, 0, planned.stderr)


if __name__ == "__main__":
    unittest.main()
