"""Regulated quantities of a running server: in InfluxDB, in the export and in a replay of what was
recorded. The gas is that of the worked examples: 28 mg/m3 at 9 % oxygen, 11.1288 kg/h."""

import glob
import json
import os
import unittest

import support
from support import Case, Server, Simulator, device, plan_signal, wait_until

SIGNALS = {"so2": 28, "o2": 9, "t": 120, "p": 500, "x": 8, "v": 14, "word": 0}
INPUTS = {"a21026": "so2", "a19001": "o2", "a01012": "t", "a01014": "x", "a01011": "v"}


def stack():
    inputs = {factor: {"signal": f"cems.{name}"} for factor, name in INPUTS.items()}
    inputs["a21026"]["min_samples"] = 2
    inputs["a01013"] = {"signal": "cems.p", "unit": "Pa"}
    inputs["a19001"]["min_samples"] = 2
    inputs["a01011"]["min_samples"] = 2
    return {"id": "DA001", "area_m2": 12.566, "ambient_kpa": 99, "reference_o2": 6,
            "state": "cems.word", "inputs": inputs,
            "limits": [{"factor": "a21026", "period": "realtime", "max": 34}]}


def plant(port, influx):
    signals = {name: {"table": "holding", "address": i} for i, name in enumerate(SIGNALS)}
    config = support.config({"l": port}, [device("cems", "l", 1, signals, every_ms=500)])
    config["sites"] = [{"id": "test", "outlets": [stack()]}]
    config["influx"] = [{"id": "local", "url": influx.url(), "database": "plume"}]
    return config


def rows(influx, measurement):
    result = influx.query(f"SELECT * FROM \"{measurement}\" WHERE factor = 'a21026'", "plume")
    return [dict(zip(series["columns"], values))
            for series in result.get("series", []) for values in series["values"]]


class Quantity(Case):
    def near(self, value, expected):
        self.assertAlmostEqual(value / expected, 1, places=5)

    def check_realtime(self, influx):
        wait_until(lambda: len(rows(influx, "realtime")) > 3, 30, "single values arrive")
        last = rows(influx, "realtime")[-1]
        self.near(last["value"], 28)
        self.near(last["corrected"], 35)
        self.near(last["rate"], 11.1288)
        self.assertEqual(last["flag"], "N")

    def check_minute(self, influx):
        def valid():
            return [row for row in rows(influx, "minute") if row["valid"]]
        wait_until(valid, 150, "a valid minute arrives")
        row = valid()[0]
        self.near(row["avg"], 28)
        self.near(row["corrected"], 35)
        self.near(row["cou"], 11.1288 / 60)
        self.assertEqual((row["flag"] in "NB", row["source"]), (True, "own"))

    def check_export(self, server):
        """Export and replay say the same lines."""
        exported = [row for row in support.export(server.data, "means") if row["period"] == "minute"]
        self.assertTrue(any(row["corrected"] for row in exported if row["factor"] == "a21026"))
        segments = sorted(glob.glob(os.path.join(server.data, "archive", "**", "*.gz"),
                                    recursive=True))
        done = support.run("replay", "--averages", *segments)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        replayed = [row for row in said if row["type"] == "mean" and row["period"] == "minute"]
        self.assertEqual(exported, [row for row in replayed if row in exported])
        findings = [row for row in said if row["type"] == "finding"]
        self.assertEqual(len(findings), 1)
        self.near(findings[0]["value"], 35)

    def test_what_an_officer_reads_is_the_same_everywhere(self):
        influx = self.start(support.Influx)
        influx.query('CREATE DATABASE "plume"')
        sim = self.start(Simulator, support.one_slave([
            {"unit": 1, "signals": [plan_signal(i, v) for i, v in enumerate(SIGNALS.values())]}]))
        port = int(sim.addresses[0].rpartition(":")[2])
        server = self.start(Server, plant(port, influx))
        self.check_realtime(influx)
        self.check_minute(influx)
        server.stop_cleanly()
        self.check_export(server)


if __name__ == "__main__":
    unittest.main()
