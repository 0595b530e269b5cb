"""Every field of the means' time series, asked back from a real InfluxDB: its type, and its value
against the record. The server lives through the end of a month, so that a minute, an hour, a day
and a month are told."""

import datetime
import json
import os
import time
import unittest

import support
from support import Case, Server, Simulator, device, get, plan_signal, wait_until

SIGNALS = {"so2": 28, "o2": 9, "t": 120, "p": 500, "x": 8, "v": 14, "word": 0}
INPUTS = {"a21026": "so2", "a19001": "o2", "a01012": "t", "a01014": "x", "a01011": "v"}
BEFORE_S = 75
TYPES = {"avg": "float", "min": "float", "max": "float", "corrected": "float",
         "corrected_min": "float", "corrected_max": "float", "cou": "float", "flag": "string",
         "valid": "boolean", "parts": "integer", "good": "integer", "revision": "integer"}
# Of an hour and longer these need more valid parts than this run has.
OF_VALID = ("avg", "min", "max", "corrected", "corrected_min", "corrected_max", "cou")
MORE_TYPES = {"corrected_why": "string", "reason": "string", "gaps": "integer",
              "longest_gap_s": "integer"}
REALTIME_TYPES = {"value": "float", "corrected": "float", "rate": "float", "flag": "string"}
TAGS = ("site", "outlet", "factor", "source")


def plant(port, influx):
    signals = {name: {"table": "holding", "address": i} for i, name in enumerate(SIGNALS)}
    config = support.config({"l": port}, [device("cems", "l", 1, signals, every_ms=500)])
    inputs = {factor: {"signal": f"cems.{name}"} for factor, name in INPUTS.items()}
    inputs["a01013"] = {"signal": "cems.p", "unit": "Pa"}
    config["sites"] = [{"id": "test", "outlets": [
        {"id": "DA001", "area_m2": 12.566, "ambient_kpa": 99, "reference_o2": 6,
         "state": "cems.word", "inputs": inputs}]}]
    config["influx"] = [{"id": "local", "url": influx.url(), "database": "plume"}]
    return config


def shift_ms():
    """Ahead by so much, the plant's month ends in BEFORE_S seconds."""
    zone = datetime.timezone(datetime.timedelta(hours=8))
    now = datetime.datetime.now(zone)
    first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
             + datetime.timedelta(days=32)).replace(day=1)
    return round((first - now).total_seconds() * 1000) - BEFORE_S * 1000


class MeanFields(Case):
    def setUp(self):
        super().setUp()
        kept = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(kept)))

    def start_shifted(self, config):
        os.environ["LD_PRELOAD"] = os.environ["CLOCK_SHIFT"]
        os.environ["CLOCK_SHIFT_MS"] = str(shift_ms())
        os.environ["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "") +
                                      ":verify_asan_link_order=0").lstrip(":")
        server = self.start(Server, config)
        del os.environ["LD_PRELOAD"]
        return server

    def rows(self, measurement):
        result = self.influx.query(f'SELECT * FROM "{measurement}"', "plume")
        return [dict(zip(series["columns"], values)) for series in result.get("series", [])
                for values in series["values"]]

    def types(self, measurement):
        result = self.influx.query(f'SHOW FIELD KEYS FROM "{measurement}"', "plume")
        found = {}
        for name, kind in result["series"][0]["values"]:
            self.assertNotIn(name, found, "a field keeps its type for ever")
            found[name] = kind
        return found

    def check_types(self):
        self.assertEqual(self.types("realtime"), REALTIME_TYPES)
        for measurement in ("minute", "hour", "day", "month"):
            found = self.types(measurement)
            for name, kind in TYPES.items():
                if measurement == "minute" or name not in OF_VALID or name in found:
                    self.assertEqual(found.pop(name, None), kind, f"{measurement}.{name}")
            for name, kind in found.items():
                self.assertEqual(MORE_TYPES.get(name), kind, f"{measurement}.{name}")

    def check_values(self, told):
        """What the database has is what was told, digit for digit."""
        stored = {}
        for period in ("minute", "hour", "day", "month"):
            for row in self.rows(period):
                stored[period, row["factor"], row["source"], row["time"]] = row
        self.assertEqual({period for period, *_ in stored}, {"minute", "hour", "day", "month"})
        for row in told:
            instant = datetime.datetime.fromisoformat(row["start"])
            key = (row["period"], row["factor"], row["source"], round(instant.timestamp() * 1000))
            other = stored.pop(key)
            for tag in TAGS:
                self.assertEqual(other[tag], row[tag])
            for name in (*TYPES, *MORE_TYPES):
                self.assertEqual(other.get(name), row.get(name), (key, name))
        self.assertEqual(stored, {})

    def check_realtime(self):
        row = [r for r in self.rows("realtime") if r["factor"] == "a21026"][-1]
        self.assertAlmostEqual(row["value"], 28, places=5)
        self.assertAlmostEqual(row["corrected"], 35, places=5)
        self.assertAlmostEqual(row["rate"], 11.1288, places=3)
        self.assertEqual((row["flag"], row["outlet"], row["site"]), ("N", "DA001", "test"))

    def check_api(self, server, told):
        """The last hour by the API is the one that was told."""
        expect = [row for row in told if row["period"] == "hour" and row["factor"] == "a21026"]
        found = json.loads(get(server.url(
            "/api/v1/means?period=hour&outlet=DA001&factor=a21026&limit=1")))
        self.assertEqual([{"type": "mean", **row} for row in found["means"]], expect[:1])
        outlets = json.loads(get(server.url("/api/v1/outlets")))["outlets"]
        so2 = [f for f in outlets[0]["factors"] if f["factor"] == "a21026"][0]
        self.assertEqual((so2["unit"], so2["digits"], so2["unit_amount"]), ("mg/m3", 2, "kg"))
        self.assertEqual((so2["hour"]["avg"], so2["hour"]["flag"]),
                         (expect[-1]["avg"], expect[-1]["flag"]))
        self.assertEqual(so2["day"]["start"], so2["hour"]["start"].replace("T23", "T00"))

    def test_every_field_has_its_type_and_the_value_that_was_told(self):
        self.influx = self.start(support.Influx)
        self.influx.query('CREATE DATABASE "plume"')
        sim = self.start(Simulator, support.one_slave([
            {"unit": 1, "signals": [plan_signal(i, v) for i, v in enumerate(SIGNALS.values())]}]))
        port = int(sim.addresses[0].rpartition(":")[2])
        server = self.start_shifted(plant(port, self.influx))
        wait_until(lambda: len(self.rows("month")) >= len(INPUTS) + 1, BEFORE_S + 60,
                   "the month is told")
        time.sleep(0.5)
        told = support.export(server.data, "means")
        self.check_api(server, told)
        server.stop_cleanly()
        told = support.export(server.data, "means")
        self.check_types()
        self.check_values(told)
        self.check_realtime()
        kept = support.run("export", "--data", server.data, "--what", "means")
        self.assertEqual(kept.returncode, 0, kept.stderr)
        self.assertEqual(sorted(map(json.loads, kept.stdout.splitlines()), key=str),
                         sorted(told, key=str))


if __name__ == "__main__":
    unittest.main()
