"""The simulator's two ends of HJ 212, each against one written here from the text of the
standard: its platforms hear a logger, its stations a platform."""

import calendar
import time
import unittest

from platform_peer import MN, Platform
from station_peer import ZONE_S, Station, stamp
from support import Case, Simulator, wait_until


class SimulatedPlatformTest(Case):
    def platform(self, **members):
        simulator = self.start(Simulator, {"platforms": [{"listen": "127.0.0.1:0", **members}]})
        station = Station(simulator.ports()[0], mn=MN)
        self.addCleanup(station.close)
        return simulator, station

    def counted(self, simulator, kind, **members):
        """The one line of its account that has these members; None when there is none."""
        found = [line for line in simulator.counts() if line["type"] == kind and
                 all(line.get(key) == value for key, value in members.items())]
        return found[0] if len(found) == 1 else None

    def test_periods_are_acknowledged_and_counted_once_each(self):
        simulator, station = self.platform()
        for n, minute in enumerate((1, 2, 3, 3)):
            qn = f"20261101080000{n:03}"
            station.send(f"DataTime=202611010{minute}0000;a21026-Avg=1.0,a21026-Flag=N", qn,
                         cn=2051)
            answer = station.answer()
            self.assertEqual((answer["QN"], answer["CN"], answer["ST"], answer["Flag"]),
                             (qn, "9014", "91", "4"))
        row = self.counted(simulator, "reported", cn=2051)
        self.assertEqual((row["mn"], row["packets"], row["periods"], row["resent"]), (MN, 4, 3, 0))
        self.assertEqual((row["oldest"], row["newest"]), ("20261101010000", "20261101030000"))

    def test_an_outage_a_withheld_answer_and_a_resend_are_told(self):
        simulator, station = self.platform(faults=[
            {"kind": "withhold", "cn": 2051, "for_s": 1000},
            {"kind": "cut", "cn": 2061, "for_s": 1000}])
        station.send("DataTime=20261101010000;a21026-Avg=1.0", "20261101080000001", cn=2051)
        self.assertIsNone(station.answer(0.5))
        station.send("DataTime=20261101010000;a21026-Avg=1.0", "20261101080000001", cn=2051)
        station.send("DataTime=20261101010000;a21026-Avg=1.0", "20261101080000002", cn=2061)
        wait_until(lambda: station.socket.recv(1) == b"", 5, "the connection is cut")
        row = self.counted(simulator, "reported", cn=2051)
        self.assertEqual((row["packets"], row["resent"], row["periods"]), (2, 1, 1))
        self.assertEqual(self.counted(simulator, "platform")["withheld"], 2)

    def test_a_command_waits_for_the_logger_and_its_results_are_told(self):
        simulator, station = self.platform(commands=[
            {"cn": 3011, "cp": "PolId=a21026"},
            {"cn": 2061, "cp": "BeginTime={now-3600};EndTime={now}"}])
        station.send("DataTime=20261101010000;a21026-Avg=1.0", "20261101080000001", cn=2051)
        self.assertEqual(station.answer()["CN"], "9014")
        ask = station.answer()
        self.assertEqual((ask["CN"], ask["ST"], ask["MN"], ask["Flag"]), ("3011", "31", MN, "5"))
        station.send("QnRtn=2", ask["QN"], cn=9011, flag=4)
        segment = station.segment()
        self.assertRegex(segment, r"CN=2061;.*CP=&&BeginTime=\d{14};EndTime=\d{14}&&$")
        qn = segment[3:20]
        station.send("QnRtn=1", qn, cn=9011, flag=4)
        station.send("DataTime=20261101070000;a21026-Avg=1.0", "20261101080000009", cn=2061)
        station.send("ExeRtn=1", qn, cn=9012, flag=4)
        row = wait_until(lambda: self.counted(simulator, "command", cn=2061, done=1), 10,
                         "it is done")
        self.assertEqual((row["records"], row["ExeRtn"]), (1, 1))
        self.assertEqual(self.counted(simulator, "command", cn=3011)["refused"], 1)
        self.assertEqual(self.counted(simulator, "reporter")["QnRtn"], {"1": 1, "2": 1})


class SimulatedStationTest(Case):
    def station(self, platform, **members):
        return self.start(Simulator, {"stations": [{
            "connect": f"127.0.0.1:{platform.port}", "mn": MN, "edition": platform.edition,
            "realtime_s": 0.2, "answer_s": 0.5, "resends": 2, "redial_s": 0.2,
            "factors": {"a21026": {"kind": "constant", "value": 12.5}}, **members}]})

    def platform(self, edition):
        platform = Platform(edition).open()
        self.addCleanup(platform.close)
        return platform

    def test_each_edition_is_heard_and_acknowledged(self):
        for edition in ("2005", "2017", "2025"):
            with self.subTest(edition=edition):
                platform = self.platform(edition)
                station = self.station(platform)
                wait_until(lambda p=platform: len(p.packets(2011)) >= 3, 20, "three packets")
                packet = platform.packets(2011)[0]
                self.assertEqual(packet.head["MN"], MN)
                self.assertEqual(float(packet.items["a21026-Rtd"]), 12.5)
                self.assertEqual(platform.bad, [])
                account = station.final_counts()[0]
                self.assertGreaterEqual(account["acknowledged"], 2)
                self.assertEqual(account["resent"], 0)

    def test_without_an_answer_the_same_bytes_come_again_and_then_a_new_connection(self):
        platform = self.platform("2017")
        platform.acknowledge = lambda packet: []
        self.station(platform)
        wait_until(lambda: platform.connections >= 2, 20, "it dials anew")
        first = [p.raw for p in platform.packets(2011)][:3]
        self.assertEqual(len(set(first)), 1)

    def test_a_request_is_answered_in_three_steps_and_another_qn_acknowledges_nothing(self):
        platform = self.platform("2017")
        station = self.station(platform, minute_s=60)
        wait_until(lambda: platform.packets(2011), 20, "it is there")
        ready, result, replies = platform.ask(1011)
        self.assertEqual((ready, result), (1, 1))
        now = time.time()
        told = calendar.timegm(time.strptime(replies[0].items["SystemTime"], "%Y%m%d%H%M%S"))
        self.assertLess(abs(told - ZONE_S - now), 30)
        ready, result, records = platform.ask(
            2051, f"BeginTime={stamp(now - 600)};EndTime={stamp(now)}")
        self.assertEqual((ready, result), (1, 1))
        self.assertGreaterEqual(len({r.period for r in records}), 8)
        platform.acknowledge = lambda packet: [packet.qn[:-1] + str((int(packet.qn[-1]) + 1) % 10)]
        before = station.counts()[0]["acknowledged"]
        wait_until(lambda: station.counts()[0]["resent"] >= 2, 20, "it sends again")
        self.assertLessEqual(station.counts()[0]["acknowledged"] - before, 1)


if __name__ == "__main__":
    unittest.main()
