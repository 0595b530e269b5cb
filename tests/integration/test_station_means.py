"""What stations compute themselves: means beside our own, told once, revised, made again by a
replay; states and run times of facilities."""

import glob
import gzip
import json
import os
import time
import unittest

import support
from station_peer import StationCase, stamp
from support import Server, wait_until

HOUR = 3600


def derived(data, measurement):
    """The D lines of a measurement, as text."""
    found = []
    for path in sorted(glob.glob(os.path.join(data, "archive", "*", "*", "*.gz"))):
        with gzip.open(path, "rb") as f:
            found += [line.decode() for line in f.read().splitlines()
                      if line.startswith(measurement.encode() + b",")]
    return found


class StationMeansTest(StationCase):
    def send(self, station, number, cp, cn):
        station.send(cp, f"{stamp()}{number:03}", cn=cn)
        self.assertEqual(station.answer(10)["CN"], "9014")

    def means(self, server):
        rows = support.export(server.data, "means")
        return [row for row in rows if row.get("source") == "station"]

    def hour(self, ago):
        return stamp(self.base - self.base % HOUR - ago * HOUR)

    def setUp(self):
        super().setUp()
        self.base = time.time()

    def test_a_stations_means_stand_beside_ours_once_and_are_told_again_by_a_replay(self):
        described = self.describe()
        described["devices"][0]["ask"] = {"fill": []}
        described["sites"][0]["outlets"][0]["means_from"] = "station"
        described["sites"][0]["outlets"][0]["limits"] = [
            {"factor": "a24088", "period": "hour", "max": 22}]
        server = self.start(Server, described)
        station = self.connect()
        value = "a24088-Cou=1.5,a24088-Min=10,a24088-Avg={},a24088-Max=30,a24088-Flag=N"
        self.send(station, 1, f"DataTime={self.hour(3)};" + value.format(20) +
                  ";a21026-Avg=7,a21026-Flag=D", 2061)
        self.send(station, 2, f"DataTime={self.hour(2)};" + value.format(25), 2061)
        self.send(station, 3, f"DataTime={self.hour(3)};" + value.format(20), 2061)
        self.send(station, 4, f"DataTime={self.hour(3)};" + value.format(21), 2061)
        self.send(station, 5, f"DataTime={self.hour(1)};a24088-Avg=12,a24088-Flag=M", 2051)
        self.send(station, 6, f"DataTime={self.hour(1)};SB1-RS=1;SB2-RS=0;x,=y-RS=3", 2021)
        self.send(station, 7, f"DataTime={self.hour(1)};SB1-RT=23.5", 2041)
        server.stop_cleanly()
        told = [(m["period"], m["avg"], m["flag"], m["valid"], m["revision"])
                for m in self.means(server)]
        self.assertEqual(told, [("hour", 20, "N", True, 0), ("hour", 25, "N", True, 0),
                                ("hour", 21, "N", True, 1), ("minute", 12, "M", False, 0)])
        self.assertEqual([m["cou"] for m in self.means(server)][:3], [1.5] * 3)
        other = derived(server.data, "station_hour")
        self.assertEqual(len(other), 1)
        self.assertIn("device=gc-0,factor=a21026,signal=so2,source=station", other[0])
        self.assertIn("avg=7", other[0])
        facilities = derived(server.data, "facility")
        self.assertEqual(sum("facility=SB1" in line for line in facilities), 2)
        self.assertEqual(len(facilities), 3)
        self.assertTrue(any("run_h=23.5" in line for line in facilities))
        found = [f for f in support.export(server.data, "findings") if f["kind"] == "limit"]
        self.assertTrue(found, "the station's hour of 25 is over 22")
        self.check_replay(server.data)
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_a_repeated_period_is_known_over_a_kill(self):
        server = self.start(Server, self.describe())
        station = self.connect()
        at = self.hour(2)
        self.send(station, 1, f"DataTime={at};a24088-Avg=5,a24088-Flag=N", 2061)
        server.kill()
        again = self.start(Server, self.describe(), name="again", data=server.data)
        station = self.connect()
        self.send(station, 2, f"DataTime={at};a24088-Avg=5,a24088-Flag=N", 2061)
        self.send(station, 3, f"DataTime={at};a24088-Avg=6,a24088-Flag=N", 2061)
        wait_until(lambda: len(self.means(again)) >= 2, 10, "the means")
        again.stop_cleanly()
        self.assertEqual([(m["avg"], m["revision"]) for m in self.means(again)], [(5, 0), (6, 1)])
        self.check_replay(again.data)

    def check_replay(self, data):
        done = support.run("replay", "--averages", data, seconds=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = [line for line in done.stdout.splitlines() if line.startswith('{"type":"mean"')]
        live = support.run("export", "--data", data, "--what", "means", "--exact",
                           "--format", "jsonl")
        self.assertEqual(sorted(again), sorted(live.stdout.splitlines()))
        self.assertTrue(any(json.loads(line)["source"] == "station" for line in again))


if __name__ == "__main__":
    unittest.main()
