"""HJ 212 stations from the wire to the exported row: a foreign station written here, and the
simulator's, against the running server. PW_STATIONS sets how many report at once (200), PW_STATION_SECONDS for how long
(20)."""

import json
import os
import time
import unittest

import support
from station_peer import StationCase, stamp
from support import Server, Simulator, wait_until

STATIONS = int(os.environ.get("PW_STATIONS", "200"))
SECONDS = int(os.environ.get("PW_STATION_SECONDS", "20"))


class StationTest(StationCase):
    def test_values_arrive_with_flag_words_and_unit_and_periods_are_kept(self):
        server = self.start(Server, self.describe())
        station = self.connect()
        now = stamp()
        station.send(f"DataTime={now};a24088-Rtd=12.5,a24088-Flag=N;a21026-Rtd=3,a21026-Flag=D", f"{now}001")
        self.assertEqual(station.answer()["QN"], f"{now}001")
        station.send(f"DataTime={now};a24088-Rtd=--,a24088-Flag=D", f"{now}002")
        self.assertEqual(station.answer()["CN"], "9014")
        station.send(f"DataTime={now};a24088-Min=1,a24088-Avg=2,a24088-Max=3,a24088-Flag=N",
                     f"{now}003", cn=2051)
        self.assertEqual(station.answer()["CN"], "9014")
        station.send(f"DataTime={now};i11001-Info=//清洗管路，完成//", f"{now}004", cn=3020)
        self.assertEqual(station.answer()["CN"], "9014")
        station.send("", f"{now}005", cn=9015, flag=8)
        self.assertEqual(station.answer()["CN"], "9013")
        station.send(f"DataTime={now};a24088-Rtd=1", f"{now}006", flag=4)
        station.send("", f"{now}007", cn=9015, flag=8)
        self.assertEqual(station.answer()["QN"], f"{now}007", "no answer was asked for")
        server.stop_cleanly()
        rows = [(row["signal"], row["value"], row["quality"], row["reason"], row.get("text"))
                for row in support.export(server.data)]
        self.assertEqual(rows[0], ("nmhc", 12.5, "good", "", None))
        self.assertEqual(rows[1], ("so2", 3, "bad", "flag-D", None))
        self.assertEqual(rows[2][:2] + rows[2][4:], ("nmhc", None, "--"))
        kept = self.journal(server.data)
        self.assertEqual([line["cn"] for line in kept], [2011, 2011, 2051, 3020, 2011])
        self.assertIn("//清洗管路，完成//", kept[3]["raw"])
        self.assertIn("a24088-Avg=2", kept[2]["raw"])
        self.assertNotIn("123456", "".join(line["raw"] for line in kept))
        self.assertTrue(kept[4].get("revision"), "another value for the same time")
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_three_packets_under_one_qn_are_three_and_a_resend_is_none(self):
        server = self.start(Server, self.describe())
        station = self.connect()
        now = stamp()
        for code in ("a24088", "a21026", "a19001"):
            station.send(f"DataTime={now};{code}-Rtd=7", f"{now}001")
            self.assertEqual(station.answer()["QN"], f"{now}001")
        for _ in range(2):
            station.send(f"DataTime={now};a19001-Rtd=7", f"{now}001")
            self.assertEqual(station.answer()["QN"], f"{now}001")
        self.assertEqual(self.status(server)["stations"][0]["resends"], 2)
        server.stop_cleanly()
        self.assertEqual(len(self.journal(server.data)), 3)
        self.assertEqual(len(support.export(server.data)), 3)

    def test_wrong_password_and_unknown_mn_never_reach_the_data(self):
        server = self.start(Server, self.describe())
        station = self.connect()
        now = stamp()
        station.send(f"DataTime={now};a24088-Rtd=9", f"{now}001", password="654321")
        station.send(f"DataTime={now};a24088-Rtd=9", f"{now}002", mn="STRANGER")
        station.socket.sendall(station.packet(f"DataTime={now};a24088-Rtd=9", f"{now}003")
                               .replace(b"=9", b"=8"))
        station.send(f"DataTime={now};a24088-Rtd=5", f"{now}004")
        self.assertEqual(station.answer()["QN"], f"{now}004", "only the good one is answered")
        status = self.status(server)
        self.assertEqual(status["stations"][0]["wrong_password"], 1)
        self.assertEqual([u["mn"] for u in status["unknown"]], ["STRANGER"])
        self.assertNotIn("654321", json.dumps(status))
        self.assertGreaterEqual(status["bad_crc"] + status["stations"][0]["bad_crc"], 1)
        server.stop_cleanly()
        self.assertEqual([row["value"] for row in support.export(server.data)], [5])
        self.assertEqual(len(self.journal(server.data)), 1)

    def test_what_an_unknown_station_sent_is_set_aside_until_it_is_adopted(self):
        described = self.describe()
        server = self.start(Server, described)
        station = self.connect(mn="STRANGER")
        now = stamp()
        for n in range(40):
            station.send(f"DataTime={now};a24088-Rtd={n};a21026-Rtd=--", f"{now}{n:03}")
        station.send(f"DataTime={now};a24088-Rtd=99", f"{now}900", password="654321")
        wait_until(lambda: self.status(server)["unknown"], 5, "it is listed")
        wait_until(lambda: self.status(server)["unknown"][0]["packets"] == 41, 5, "all came")
        done = support.run("ctl", "--data", server.data, "unknown", "STRANGER")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(len(told["frames"]), 32)
        self.assertNotIn("123456", done.stdout)
        draft = told["draft"]
        self.assertEqual(draft["signals"]["a21026"]["unit"], "mg/m3")
        self.assertEqual(support.run("ctl", "--data", server.data, "unknown", "MN1").returncode, 1)
        url = server.url("/api/v1/unknown-stations")
        listed = wait_until(lambda: json.loads(support.get(url))["unknown_stations"], 5, "a view")
        self.assertEqual([(one["mn"], one["link"]) for one in listed], [("STRANGER", "stations")])
        self.assertEqual(self.journal(server.data), [])
        described["devices"].append({**draft, "id": "adopted", "password_file": "pw"})
        with open(server.config_path, "w", encoding="utf-8") as f:
            json.dump(described, f)
        done = support.run("ctl", "--data", server.data, "reload")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        wait_until(lambda: not self.status(server)["unknown"], 5, "it is known")
        adopted = [s for s in self.status(server)["stations"] if s["device"] == "adopted"][0]
        self.assertEqual((adopted["packets"], adopted["wrong_password"]), (31, 1))
        station = self.connect(mn="STRANGER")
        station.send(f"DataTime={now};a24088-Rtd=39;a21026-Rtd=--", f"{now}039")
        self.assertIsNotNone(station.answer())
        server.stop_cleanly()
        rows = [row["value"] for row in support.export(server.data) if row["signal"] == "a24088"]
        self.assertEqual(rows, list(range(9, 40)))

    def test_kill_between_commit_and_answer_stores_nothing_twice(self):
        described = self.describe()
        for round_ in range(5):
            server = self.start(Server, described, name=f"server{round_}",
                                data=os.path.join(self.dir, "data"))
            station = self.connect()
            now = stamp()
            data = station.send(f"DataTime={now};a24088-Rtd={round_}", f"{now}{round_:03}")
            wait_until(lambda n=round_: len(self.journal(server.data)) > n, 10, "the commit")
            server.kill()
            station.close()
            again = self.start(Server, described, name=f"again{round_}", data=server.data)
            station = self.connect()
            station.socket.sendall(data)
            self.assertEqual(station.answer()["QN"], f"{now}{round_:03}")
            self.assertEqual(self.status(again)["stations"][0]["resends"], 1)
            again.stop_cleanly()
        self.assertEqual(len(self.journal(again.data)), 5)
        self.assertEqual([row["value"] for row in support.export(again.data)], [0, 1, 2, 3, 4])
        self.assertEqual(support.verify(again.data).returncode, 0)

    def test_what_was_answered_is_there_after_a_kill(self):
        server = self.start(Server, self.describe())
        station = self.connect()
        base = time.time()
        answered = []
        for n in range(30):
            at = stamp(base - 60 + n)
            station.send(f"DataTime={at};a24088-Rtd={n}", f"{at}000")
            answered.append(station.answer()["QN"])
        station.send(f"DataTime={stamp()};a24088-Rtd=99", f"{stamp()}500")
        server.kill()
        again = self.start(Server, self.describe(), name="again", data=server.data)
        again.stop_cleanly()
        kept = [line["qn"] for line in self.journal(server.data)]
        self.assertEqual(kept[:30], answered)

    def test_bad_connections_are_closed_by_their_settings_and_good_ones_are_not(self):
        server = self.start(Server, self.describe(registration_timeout_ms=400, silence_s=600,
                                                  garbage_max=2048, connections_max=3,
                                                  frame_timeout_ms=300))
        good = self.connect()
        now = stamp()
        good.send(f"DataTime={now};a24088-Rtd=1", f"{now}001")
        self.assertIsNotNone(good.answer())
        silent = self.connect()
        self.assertIsNone(silent.answer(5))
        endless = self.connect()
        endless.socket.sendall(b"##9999" + b"x" * 4000)
        self.assertIsNone(endless.answer(5))
        wait_until(lambda: self.status(server)["connections"] == 1, 5, "they are gone")
        status = self.status(server)
        self.assertEqual((status["silent"], status["endless"]), (1, 1))
        crowd = [self.connect() for _ in range(5)]
        wait_until(lambda: self.status(server)["refused"] >= 3, 5, "too many are refused")
        good.socket.sendall(b"##0100QN=cut")
        time.sleep(0)
        wait_until(lambda: self.status(server)["expired"] == 1, 5, "a beginning is given up")
        good.send(f"DataTime={now};a24088-Rtd=2", f"{now}002")
        self.assertEqual(good.answer()["QN"], f"{now}002")
        for one in crowd:
            one.close()
        server.stop_cleanly()

    def test_a_reload_keeps_unchanged_stations_connected(self):
        described = self.describe()
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        station.send(f"DataTime={now};a24088-Rtd=1", f"{now}001")
        self.assertIsNotNone(station.answer())
        described["sites"][0]["name"] = "renamed"
        with open(server.config_path, "w", encoding="utf-8") as f:
            json.dump(described, f)
        done = support.run("ctl", "--data", server.data, "reload")
        self.assertEqual(done.returncode, 0, done.stdout)
        station.send(f"DataTime={now};a24088-Rtd=1", f"{now}001")
        self.assertIsNotNone(station.answer())
        described["links"][0]["silence_s"] = 77
        with open(server.config_path, "w", encoding="utf-8") as f:
            json.dump(described, f)
        self.assertEqual(support.run("ctl", "--data", server.data, "reload").returncode, 0)
        self.assertIsNone(station.answer(5), "a changed link is made anew")
        station = self.connect()
        station.send(f"DataTime={now};a24088-Rtd=1", f"{now}001")
        self.assertIsNotNone(station.answer())
        self.assertEqual(self.status(server)["stations"][0]["resends"], 1, "keys move along")
        server.stop_cleanly()
        self.assertEqual(len(self.journal(server.data)), 1)

    def plan(self, mn="MN1", **more):
        return {"connect": f"127.0.0.1:{self.station_port}", "mn": mn, "password": "123456",
                "realtime_s": 0.2, "answer_s": 2, "redial_s": 0.1,
                "factors": {"a24088": {"kind": "sine", "mean": 20, "amplitude": 5, "period_s": 30},
                            "a21026": {"kind": "constant", "value": 30}}, **more}

    def test_machines_with_faults_lose_nothing(self):
        kinds = ["no-tail", "length-3", "lower-case", "split", "slow", "duplicate", "reconnect",
                 "wrong-crc", "wrong-password", "out-of-order", "parts", "half-open", "storm"]
        described = self.describe(stations=len(kinds) + 2)
        server = self.start(Server, described)
        plans = [self.plan(mn=f"MN{n:04}", answer_s=0.5,
                           faults=[{"kind": kind, "chance": 0.3, "for_s": 4}])
                 for n, kind in enumerate(kinds)]
        plans.append(self.plan(mn=f"MN{len(kinds):04}", crc="modbus-swapped"))
        plans.append(self.plan(mn=f"MN{len(kinds) + 1:04}", crc="modbus", edition="2025"))
        simulator = self.start(Simulator, {"stations": plans})

        def settled():
            lines = [c for c in simulator.counts() if c["type"] == "station"]
            return all(c["acknowledged"] >= 15 for c in lines) and lines
        wait_until(settled, 60, "every machine gets through")
        final = {c["mn"]: c for c in simulator.final_counts() if c["type"] == "station"}
        server.stop_cleanly()
        kept = {}
        for line in self.journal(server.data):
            kept.setdefault(line["mn"], []).append(line)
        for mn, counts in final.items():
            self.assertEqual(counts["overrun"], 0)
            self.assertGreaterEqual(len(kept[mn]), counts["acknowledged"], mn)
            self.assertLessEqual(len(kept[mn]), counts["made"], mn)
            self.assertEqual(len({line["key"] for line in kept[mn]}), len(kept[mn]), mn)
        by_kind = {kind: (kept[f"MN{n:04}"], final[f"MN{n:04}"]) for n, kind in enumerate(kinds)}
        qns = [line["qn"] for line in by_kind["out-of-order"][0]]
        self.assertNotEqual(qns, sorted(qns))
        self.assertEqual({line.get("pno") for line in by_kind["parts"][0]}, {None, 1, 2})
        self.assertGreater(by_kind["half-open"][1]["forgotten"], 0)
        self.assertGreater(by_kind["storm"][1]["connects"], 10)
        self.assertEqual(kept[f"MN{len(kinds):04}"][-1]["crc"], "modbus-swapped")
        self.assertEqual(kept[f"MN{len(kinds) + 1:04}"][-1]["edition"], "2025")

    def test_answers_that_come_too_late_change_nothing(self):
        described = self.describe()
        described["devices"][0]["ask"] = {"over_time_s": 1, "resends": 0}
        server = self.start(Server, described)
        simulator = self.start(Simulator, {"stations": [
            self.plan(late_s=2, faults=[{"kind": "late-answers", "for_s": 5}])]})
        self.wait_for_packets(simulator, 3)
        done = support.run("ctl", "--data", server.data, "ask", "gc-0", "1061")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        before = self.status(server)["stations"][0]["packets"]
        self.wait_for_packets(simulator, before + 30)
        done = support.run("ctl", "--data", server.data, "ask", "gc-0", "1061")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = self.status(server)
        self.assertEqual((status["disconnects"], status["stations"][0]["ask_silent"]), (0, 1))
        server.stop_cleanly()

    def wait_for_packets(self, simulator, count):
        wait_until(lambda: any(c["type"] == "station" and c["acknowledged"] >= count
                               for c in simulator.counts()), 60, f"{count} packets")

    def test_many_stations_at_once_lose_nothing_and_a_replay_says_the_same(self):
        described = self.describe(stations=STATIONS, pending_max=1000)
        server = self.start(Server, described)
        simulator = self.start(Simulator, {"stations": [
            self.plan(mn="MN", count=STATIONS, realtime_s=1, answer_s=10)]})
        want = STATIONS * SECONDS

        def reported():
            total = [c for c in simulator.counts() if c["type"] == "stations"][0]
            return total["acknowledged"] >= want and total
        total = wait_until(reported, SECONDS + 160, f"{SECONDS} packets of each")
        final = [c for c in simulator.final_counts() if c["type"] == "stations"][0]
        server.stop_cleanly()
        print(f"{STATIONS} stations: {final}")
        self.assertEqual(total["overrun"], 0)
        self.assertLess(final["answer_ms_p99"], 1000)
        keys = {line["key"] for line in self.journal(server.data)}
        self.assertGreaterEqual(len(keys), final["acknowledged"])
        self.assertLessEqual(len(keys), final["made"])
        self.assertEqual(support.verify(server.data).returncode, 0)
        self.check_replay(server.data)

    def check_replay(self, data):
        """What the archive says again: findings and means, byte for byte."""
        done = support.run("replay", "--averages", data, seconds=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = done.stdout.splitlines()
        findings = {json.loads(line)["id"]: line for line in said
                    if line.startswith('{"type":"finding"')}
        means = [line for line in said if line.startswith('{"type":"mean"')]
        for what, again in (("findings", list(findings.values())), ("means", means)):
            live = support.run("export", "--data", data, "--what", what, "--format", "jsonl")
            self.assertEqual(sorted(again), sorted(live.stdout.splitlines()))
        self.assertTrue(findings, "something was found")


if __name__ == "__main__":
    unittest.main()
