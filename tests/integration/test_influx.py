"""Delivery to a real InfluxDB (Debian's 1.6.7): whatever happens to it or to us, every archived row
is there in the end, and what it refuses is counted and recorded."""

import datetime
import gzip
import json
import os
import unittest
import urllib.request

import support

DEVICES = 4
SIGNALS = 3


def milliseconds(text):
    instant = datetime.datetime.fromisoformat(text)
    return round(instant.timestamp() * 1000)


def rows_at(influx, database="plume"):
    """{(device, time): {field: value}} of every raw measurement."""
    rows = {}
    for series in influx.query('SELECT * FROM /^raw_/', database).get("series", []):
        columns = series["columns"]
        for values in series["values"]:
            fields = dict(zip(columns, values))
            rows[fields.pop("device"), fields.pop("time")] = fields
    return rows


def missing(archived, stored):
    """The exported rows that are not at the target exactly as they are."""
    absent = []
    for row in archived:
        fields = stored.get((row["device"], milliseconds(row["time"])), {})
        good = row["quality"] in ("", "good")
        if row["value"] is not None and fields.get(row["signal"]) != row["value"]:
            absent.append(row)
        elif not good and fields.get(row["signal"] + "_why") != row["quality"]:
            absent.append(row)
    return absent


def journal(data, kind):
    """The journal lines of one type in all segments."""
    found = []
    for folder, _, names in os.walk(os.path.join(data, "archive")):
        for name in sorted(names):
            with gzip.open(os.path.join(folder, name), "rb") as f:
                for line in f.read().splitlines():
                    if line.startswith(b"{"):
                        entry = json.loads(line)
                        if entry["type"] == kind:
                            found.append(entry)
    return found


class Influx(support.Case):
    def setUp(self):
        super().setUp()
        self.influx = self.start(support.Influx)
        self.sim = self.start(support.Simulator, support.one_slave(self.units()))
        self.port = self.sim.ports()[0]

    def units(self):
        return [{"unit": unit, "signals": [
            {"table": "holding", "address": address, "type": "float32",
             "signal": {"kind": "sine", "mean": 100 * unit, "amplitude": 50, "period_s": 7 + address}}
            for address in range(0, 2 * SIGNALS, 2)]} for unit in range(1, DEVICES + 1)]

    def config(self, url=None, **target):
        devices = [support.device(f"d{unit}", "plc", unit, {
            f"s{address}": {"table": "holding", "address": address, "type": "float32"}
            for address in range(0, 2 * SIGNALS, 2)}, every_ms=100) for unit in range(1, DEVICES + 1)]
        return support.config({"plc": self.port}, devices, influx=[
            {"id": "local", "url": url or self.influx.url(), "database": "plume", "retry_max_s": 1,
             **target}])

    def run_server(self, **target):
        return self.start(support.Server, self.config(**target))

    def create_database(self):
        self.influx.query("CREATE DATABASE plume")

    def restart_influx(self):
        self.influx = self.start(support.Influx, port=self.influx.port)

    def wait_for_rows(self, server, count):
        support.wait_until(lambda: len(support.export(server.data)) >= count, 60,
                           f"{count} rows are archived")

    def wait_until_all_is_there(self, server, seconds=60):
        archived = support.export(server.data)
        support.wait_until(lambda: not missing(archived, rows_at(self.influx)), seconds,
                           "every archived row is at the target")
        return archived

    def test_every_archived_row_arrives(self):
        self.create_database()
        server = self.run_server()
        self.wait_for_rows(server, 300)
        archived = self.wait_until_all_is_there(server, 10)
        self.assertEqual({row["device"] for row in archived},
                         {f"d{unit}" for unit in range(1, DEVICES + 1)})
        self.assertGreater(len(rows_at(self.influx)) * SIGNALS, 299)
        server.stop_cleanly()

    def test_nothing_is_missing_after_an_outage(self):
        self.create_database()
        server = self.run_server()
        self.wait_for_rows(server, 200)
        self.influx.stop()
        self.wait_for_rows(server, len(support.export(server.data)) + 400)
        self.restart_influx()
        self.wait_until_all_is_there(server)
        server.stop_cleanly()

    def test_nothing_is_missing_after_kill_on_both_sides(self):
        self.create_database()
        server = self.run_server()
        self.wait_for_rows(server, 200)
        self.influx.kill()
        self.wait_for_rows(server, len(support.export(server.data)) + 200)
        server.kill()
        self.restart_influx()
        server = self.run_server()
        self.wait_until_all_is_there(server)
        server.stop_cleanly()

    def test_a_new_target_gets_the_history(self):
        server = self.run_server(url="http://127.0.0.1:1")
        self.wait_for_rows(server, 300)
        server.stop_cleanly()
        self.create_database()
        server = self.run_server()
        self.wait_until_all_is_there(server)
        server.stop_cleanly()

    def test_a_database_that_is_created_later_gets_everything(self):
        server = self.run_server(hold_s=1)
        self.wait_for_rows(server, 200)
        support.wait_until(lambda: "refused" in server.err(), 20, "the target is refused")
        self.create_database()
        self.wait_until_all_is_there(server, 20)
        server.stop_cleanly()

    def test_a_type_conflict_is_quarantined_and_costs_no_other_line(self):
        self.create_database()
        now = round(datetime.datetime.now().timestamp() * 1000)
        line = f'raw_d1,device=other s0="text" {now}'.encode()
        urllib.request.urlopen(f"{self.influx.url()}/write?db=plume&precision=ms", data=line).close()
        server = self.run_server()
        self.wait_for_rows(server, 300)
        archived = [row for row in support.export(server.data) if row["device"] != "d1"]
        support.wait_until(lambda: not missing(archived, rows_at(self.influx)), 30,
                           "every row of the other devices is at the target")
        server.stop_cleanly()
        quarantined = journal(server.data, "quarantine")
        self.assertGreater(len(quarantined), 0)
        for entry in quarantined:
            self.assertEqual(entry["target"], "local")
            self.assertIn("field type conflict", entry["reason"])
        self.assertNotIn("d1", {device for device, _ in rows_at(self.influx)})


if __name__ == "__main__":
    unittest.main()
