"""What a server learns of a station: factors that are no signal, and which check sum it sends, over
restarts, rebuilds, replays and reloads."""

import gzip
import json
import os
import glob
import unittest

import support
from station_peer import StationCase, crc, stamp
from support import Server, wait_until


def lines(data, kind):
    """Journal lines of a type."""
    found = []
    for path in sorted(glob.glob(os.path.join(data, "archive", "*", "*", "*.gz"))):
        with gzip.open(path, "rb") as f:
            found += [json.loads(line) for line in f.read().splitlines()
                      if line.startswith(b'{"type":"%s"' % kind.encode())]
    return found


def modbus(data):
    total = 0xFFFF
    for byte in data:
        total ^= byte
        for _ in range(8):
            total = (total >> 1) ^ (0xA001 if total & 1 else 0)
    return total


class StationFactorTest(StationCase):
    def exchange(self, station, cp, qn):
        station.send(cp, qn)
        self.assertEqual(station.answer()["QN"], qn)

    def own(self, server):
        return self.status(server)["stations"][0]

    def test_unknown_factors_are_values_under_their_code_over_restarts_and_replays(self):
        described = self.describe()
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        self.exchange(station, f"DataTime={now};a24088-Rtd=1;ele01-Rtd=2.50,ele01-Flag=N;"
                               "p99101-Rtd=St,p99101-Flag=N;a01011-Rtd=3,a01011-Flag=D", f"{now}001")
        self.assertEqual(self.own(server)["factors"], 3)
        server.kill()
        station.close()
        again = self.start(Server, described, name="again", data=server.data)
        self.assertEqual(self.own(again)["factors"], 3, "known before a packet came")
        station = self.connect()
        self.exchange(station, f"DataTime={now};ele01-Rtd=7", f"{now}002")
        again.stop_cleanly()
        told = [line["factors"] for line in lines(server.data, "station-state")]
        self.assertEqual(told[0], ["ele01", "p99101", "a01011"])
        rows = [(row["signal"], row["value"], row["reason"], row.get("text"))
                for row in support.export(server.data)]
        self.assertEqual(rows, [("nmhc", 1, "", None), ("ele01", 2.5, "", None),
                                ("p99101", None, "not-a-number", "St"),
                                ("a01011", 3, "flag-D", None), ("ele01", 7, "", None)])
        text = [row for row in support.export(server.data) if row["signal"] == "p99101"][0]
        self.assertEqual(text["quality"], "bad")
        done = support.run("replay", server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(support.verify(server.data).returncode, 0)
        done = support.run("rebuild", "--data", server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        third = self.start(Server, described, name="third", data=server.data)
        self.assertEqual(self.own(third)["factors"], 3)
        third.stop_cleanly()

    def findings(self, server):
        return [(f["object"], f["priority"]) for f in
                json.loads(support.get(server.url("/api/v1/findings?state=open")))["findings"]
                if f["kind"] == "system"]

    def test_a_full_table_is_a_finding_until_there_is_room(self):
        described = self.describe()
        described["devices"][0]["max_factors"] = 2
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        self.exchange(station, f"DataTime={now};zz1-Rtd=1;zz2-Rtd=2", f"{now}001")
        self.assertEqual(self.findings(server), [])
        self.exchange(station, f"DataTime={now};zz1-Rtd=1;zz3-Rtd=3", f"{now}002")
        wait_until(lambda: self.findings(server) == [("gc-0", 3)], 10, "a finding")
        self.assertEqual(self.own(server)["factors_dropped"], 1)
        server.stop_cleanly()
        again = self.start(Server, described, name="again", data=server.data)
        wait_until(lambda: self.findings(again) == [("gc-0", 3)], 10, "it is still open")
        described["devices"][0]["max_factors"] = 4
        with open(again.config_path, "w", encoding="utf-8") as f:
            json.dump(described, f)
        self.assertEqual(support.run("ctl", "--data", again.data, "reload").returncode, 0)
        wait_until(lambda: self.findings(again) == [], 10, "it is over")
        station = self.connect()
        self.exchange(station, f"DataTime={now};zz3-Rtd=3", f"{now}003")
        self.assertEqual(self.own(again)["factors"], 3)
        again.stop_cleanly()

    def send_with(self, station, total, cp, qn):
        segment = (f"QN={qn};ST=31;CN=2011;PW=123456;MN=MN1;Flag=5;CP=&&{cp}&&").encode()
        station.socket.sendall(b"##%04d%s%04X\r\n" % (len(segment), segment, total(segment)))

    def test_a_locked_check_sum_outlives_restarts_until_it_is_forgotten(self):
        described = self.describe()
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        for n in range(3):
            self.send_with(station, modbus, f"DataTime={now};a24088-Rtd={n}", f"{now}00{n}")
        wait_until(lambda: self.own(server)["crc"] == "modbus locked", 5, "three are enough")
        server.kill()
        station.close()
        done = support.run("rebuild", "--data", server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = self.start(Server, described, name="again", data=server.data)
        self.assertEqual(self.own(again)["crc"], "modbus locked")
        station = self.connect()
        self.send_with(station, crc, f"DataTime={now};a24088-Rtd=9", f"{now}003")
        wait_until(lambda: self.own(again)["bad_crc"] == 1, 5, "another sum is none now")
        done = support.run("ctl", "--data", again.data, "forget", "gc-0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.own(again)["crc"], "auto 0")
        self.send_with(station, crc, f"DataTime={now};a24088-Rtd=9", f"{now}004")
        wait_until(lambda: self.own(again)["crc"] == "standard 1", 5, "it is found out again")
        again.stop_cleanly()
        third = self.start(Server, described, name="third", data=server.data)
        self.assertEqual(self.own(third)["crc"], "standard 1", "what was forgotten stays so")
        third.stop_cleanly()
        states = [line["crc"] for line in lines(server.data, "station-state")]
        self.assertIn("modbus locked", states)
        self.assertIn("forget", [line["command"] for line in lines(server.data, "audit")])


if __name__ == "__main__":
    unittest.main()
