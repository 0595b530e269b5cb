"""Late data from the wire to the revised mean: a station sends what it kept, the hours of that time
are computed again, and SQLite, InfluxDB and a replay say the same."""

import json
import os
import sqlite3
import time
import unittest

import support
from station_peer import StationCase, stamp
from support import Server, wait_until

HOUR_S = 3600


class LateTest(StationCase):
    def plan(self, influx):
        config = self.describe()
        config["server"]["late_settle_s"] = 1
        config["influx"] = [{"id": "local", "url": influx.url(), "database": "plume",
                             "retry_max_s": 1}]
        config["sites"][0]["outlets"][0]["limits"] = [
            {"factor": "a24088", "period": "hour", "max": 50}]
        return config

    def keep(self, station, hour_s, minutes, value):
        """What the station kept, a packet a minute, each answered when it is durable."""
        for minute in minutes:
            at = stamp(hour_s + 60 * minute)
            station.send(f"DataTime={at};a24088-Rtd={value},a24088-Flag=N", f"{at}001")
            self.assertEqual(station.answer(20)["QN"], f"{at}001")

    def hours(self, server, hour_s):
        """The lines of that hour's mean, in the order of their revisions."""
        done = support.run("export", "--data", server.data, "--what", "means", "--format", "jsonl")
        start = time.strftime("%Y-%m-%dT%H:%M:%S.000+08:00", time.gmtime(hour_s + 8 * HOUR_S))
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return sorted((r for r in rows if r["period"] == "hour" and r["start"] == start),
                      key=lambda r: r["revision"])

    def rows(self, server, hour_s):
        """What SQLite has of it."""
        path = os.path.join(server.data, "plumewatch.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(
                "SELECT * FROM mean WHERE period = 'hour' AND start_ms = ? ORDER BY revision",
                (hour_s * 1000,))]

    def points(self, influx, measurement, hour_s):
        answer = influx.query(f"SELECT * FROM {measurement} WHERE time = {hour_s * 1000}ms", "plume")
        return [dict(zip(series["columns"], values)) for series in answer.get("series", [])
                for values in series["values"]]

    def check_replay(self, data):
        done = support.run("replay", "--averages", data, seconds=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = [line for line in done.stdout.splitlines() if line.startswith('{"type":"mean"')]
        live = support.run("export", "--data", data, "--what", "means", "--format", "jsonl")
        self.assertEqual(sorted(again), sorted(live.stdout.splitlines()))

    def status(self, server):
        done = support.run("ctl", "--data", server.data, "status")
        return json.loads(done.stdout)["late"]

    def test_a_backfill_is_computed_told_again_and_said_alike_everywhere(self):
        influx = self.start(support.Influx)
        influx.query("CREATE DATABASE plume")
        server = self.start(Server, self.plan(influx))
        station = self.connect()
        self.keep(station, int(time.time()), [0], 20)
        wait_until(lambda: support.export(server.data), 20, "the station is there")
        hour_s = int(time.time()) // HOUR_S * HOUR_S - 3 * HOUR_S
        self.keep(station, hour_s, range(30), 40)
        wait_until(lambda: self.hours(server, hour_s), 60, "the hour is told")
        first = self.hours(server, hour_s)[-1]
        self.assertEqual((first["revision"], first["reason"]), (0, "backfill"))
        self.assertEqual((first["good"], first["valid"], first["avg"]), (30, False, 40))
        self.keep(station, hour_s, range(30, 60), 80)
        wait_until(lambda: self.hours(server, hour_s)[-1]["good"] == 60, 60, "it is told again")
        last = self.hours(server, hour_s)[-1]
        self.assertEqual((last["revision"], last["reason"], last["valid"], last["avg"]),
                         (1, "backfill", True, 60))
        # An instant that was sent before counts once.
        self.keep(station, hour_s, [5], 1)
        wait_until(lambda: self.status(server)["days"] >= 3, 60, "it was computed again")
        self.assertEqual(len(self.hours(server, hour_s)), 2, "the first of an instant counts")
        self.assertEqual([row["revision"] for row in self.rows(server, hour_s)], [0, 1])
        self.assertEqual([row["avg"] for row in self.rows(server, hour_s)], [40, 60])
        self.assertEqual({row["reason"] for row in self.rows(server, hour_s)}, {"backfill"})
        wait_until(lambda: [p["revision"] for p in self.points(influx, "hour", hour_s)] == [1], 30,
                   "InfluxDB has the last revision")
        self.assertEqual([(p["old_avg"], p["avg"]) for p in self.points(influx, "revised", hour_s)
                          if p["period"] == "hour"], [(40, 60)])
        findings = support.export(server.data, "findings")
        self.assertEqual([(f["kind"], f["value"]) for f in findings if f["kind"] == "limit"],
                         [("limit", 60)], "a limit looks at what is told again")
        self.check_replay(server.data)
        server.kill()
        self.check_replay(server.data)
        again = self.start(Server, self.plan(influx), data=server.data)
        again.stop_cleanly()
        self.check_replay(server.data)
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_what_is_older_than_accepted_is_kept_counted_and_in_no_mean(self):
        influx = self.start(support.Influx)
        config = self.plan(influx)
        config["server"]["late_accept_days"] = 1
        server = self.start(Server, config)
        station = self.connect()
        hour_s = int(time.time()) // HOUR_S * HOUR_S - 30 * HOUR_S
        self.keep(station, hour_s, range(3), 40)
        wait_until(lambda: self.status(server)["too_old"] == 3, 30, "they are counted")
        self.assertEqual(self.status(server)["samples"], 0)
        server.stop_cleanly()
        self.assertEqual([row["value"] for row in support.export(server.data)
                          if row["signal"] == "nmhc"], [40] * 3)
        self.assertEqual(self.hours(server, hour_s), [])


if __name__ == "__main__":
    unittest.main()
