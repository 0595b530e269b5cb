"""What the server asks HJ 212 stations for, against a station written here by the text of the
standard: start-up, history, polls, controls by a person, kills on the way."""

import json
import os
import subprocess
import threading
import time
import unittest

import support
from station_peer import Station, StationCase, stamp
from support import Server, Simulator, wait_until
from test_devices import journal

MINUTES = 600


def parse(cp):
    """CP's items as a dict; both separators cut."""
    return dict(item.split("=", 1) for item in cp.replace(",", ";").split(";") if "=" in item)


class Answering(Station):
    """A field machine that obeys: it keeps minute records and answers requests from a thread."""

    def __init__(self, port, records=None, silent=(), refused=(), **named):
        super().__init__(port, **named)
        self.records, self.silent, self.refused = records or {}, set(silent), set(refused)
        self.requests, self.answers, self.number = [], [], 0
        self.lock = threading.Lock()
        self.acknowledged = threading.Semaphore(0)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            while True:
                packet = self.next_packet()
                if packet is None:
                    return
                self.take(*packet)
        except OSError:
            return

    def next_packet(self):
        """(header, CP) of the next frame, which must be right."""
        self.socket.settimeout(120)
        while b"\r\n" not in self.rest:
            data = self.socket.recv(4096)
            if not data:
                return None
            self.rest += data
        line, self.rest = self.rest.split(b"\r\n", 1)
        segment = line[6:-4].decode()
        head, cp = segment.split(";CP=&&")
        return dict(part.split("=", 1) for part in head.split(";")), cp[:-2]

    def reply(self, head, cn, cp, qn=None):
        with self.lock:
            self.socket.sendall(self.packet(cp, qn or head["QN"], cn=cn, flag=4))

    def take(self, head, cp):
        cn = int(head["CN"])
        if cn >= 9000:
            self.answers.append(head["QN"])
            self.acknowledged.release()
            return
        self.requests.append((cn, cp, head))
        if cn in self.silent:
            return
        if cn in (2012, 2022):
            self.reply(head, 9013, "")
        elif cn in self.refused:
            self.reply(head, 9011, "QnRtn=8")
        else:
            self.reply(head, 9011, "QnRtn=1")
            self.reply(head, 9012, f"ExeRtn={self.act(head, cn, parse(cp))}")

    def act(self, head, cn, asked):
        """What is between 9011 and 9012; returns ExeRtn."""
        if cn in (2051, 2061, 2031):
            found = [at for at in sorted(self.records)
                     if asked["BeginTime"] <= at <= asked["EndTime"]]
            for at in found:
                self.number += 1
                self.reply(head, cn, f"DataTime={at};{self.records[at]}", f"{stamp()}{self.number:03}")
            return 1 if found else 100
        if cn == 1011:
            self.reply(head, cn, f"SystemTime={stamp(time.time() + 90)}")
        if cn == 3020:
            self.reply(head, cn, f"DataTime={stamp()};PolId=a24088;i12001-Info=1")
        if cn == 2011:
            self.reply(head, cn, f"DataTime={stamp()};a24088-Rtd=12.5,a24088-Flag=N")
        return 1

    def asked_for(self, cn):
        return [cp for number, cp, _ in list(self.requests) if number == cn]


def value(n):
    return f"a24088-Min={n},a24088-Avg={n + 1},a24088-Max={n + 2},a24088-Flag=N"


class StationRequestTest(StationCase):
    def plant(self, **ask):
        described = self.describe()
        described["devices"][0]["ask"] = ask
        described["devices"][0]["set_clock"] = False
        return described

    def answering(self, **named):
        station = Answering(self.station_port, **named)
        self.addCleanup(station.close)
        return station

    def hello(self, station):
        now = stamp()
        with station.lock:
            station.send(f"DataTime={now};a24088-Rtd=1", f"{now}001")
        self.assertTrue(station.acknowledged.acquire(timeout=20), "its answer")

    def station_status(self, server):
        return self.status(server)["stations"][0]

    def ctl(self, server, *words):
        return support.run("ctl", "--data", server.data, *words, seconds=120)

    def minutes_of(self, data):
        """DataTime of each minute packet in the record."""
        return [line["raw"].split("DataTime=")[1][:14] for line in self.journal(data)
                if line["cn"] == 2051]

    def minute_begin(self, ago):
        """The beginning of the 10-minute period so many periods ago."""
        return stamp(self.base - self.base % MINUTES - ago * MINUTES)

    def setUp(self):
        super().setUp()
        self.base = time.time()

    def test_a_station_that_begins_to_report_is_told_its_settings_in_the_standards_order(self):
        described = self.plant(intervals="set", realtime_interval_s=45, minute_interval_min=10,
                               set_timeouts=True, realtime="on", states="off")
        described["devices"][0]["set_clock"] = True
        server = self.start(Server, described)
        station = self.answering()
        self.hello(station)
        wait_until(lambda: len(station.requests) >= 6, 20, "all steps")
        self.assertEqual([cn for cn, _, _ in station.requests],
                         [1012, 1000, 1062, 1064, 2011, 2022])
        for _, _, head in station.requests:
            self.assertEqual((head["PW"], head["MN"], head["Flag"], head["ST"]),
                             ("123456", "MN1", "5", "31"))
        self.assertEqual(len({head["QN"] for _, _, head in station.requests}), 6)
        self.assertEqual(station.requests[2][1], "RtdInterval=45")
        wait_until(lambda: self.station_status(server)["started"], 10, "it is through")
        server.stop_cleanly()

    def test_missing_minutes_are_asked_for_newest_first_and_reach_the_record_once(self):
        records = {self.minute_begin(ago): value(ago) for ago in range(1, 13)}
        server = self.start(Server, self.plant(fill=["2051"], fill_records=4, fill_gap_s=1,
                                               fill_after_s=1))
        station = self.answering(records=records)
        for ago in (12, 11):
            at = self.minute_begin(ago)
            with station.lock:
                station.send(f"DataTime={at};{value(ago)}", f"{stamp()}{ago:03}", cn=2051)

        def full():
            days = self.station_status(server)["days"]
            minute = [day["minute"] for day in days if "minute" in day]
            have, expected = sum(m["have"] for m in minute), sum(m["expected"] for m in minute)
            return expected >= 12 and have >= 12
        wait_until(full, 60, "the gap is filled")
        asked = [parse(cp) for cp in station.asked_for(2051)]
        first = [min(n for n, a in enumerate(asked)
                     if a["BeginTime"] <= self.minute_begin(ago) <= a["EndTime"])
                 for ago in (1, 6, 10)]
        self.assertEqual(first, sorted(set(first)), "newest first, in several requests")
        wait_until(lambda: len(self.minutes_of(server.data)) >= 12, 20, "the last commit")
        server.kill()
        kept = self.journal(server.data)
        times = self.minutes_of(server.data)
        self.assertEqual(sorted(times), sorted(records), "each once")
        self.assertEqual(len([line for line in kept if line.get("asked")]), 10)

        again = self.start(Server, self.plant(fill=["2051"], fill_records=4, fill_gap_s=1,
                                              fill_after_s=1), name="again", data=server.data)
        station.close()
        other = self.answering(records=records)
        self.hello(other)
        wait_until(full_of(self, again, 12), 20, "what is there is known from the record")
        for cp in other.asked_for(2051):
            self.assertLess(self.minute_begin(1), parse(cp)["BeginTime"], "only what came since")
        again.stop_cleanly()
        self.assertEqual(support.verify(again.data).returncode, 0)

    def test_a_station_that_only_answers_is_polled(self):
        described = self.plant(poll=["2011"])
        described["devices"][0]["every_ms"] = 1000
        server = self.start(Server, described)
        station = self.answering()
        self.hello(station)
        wait_until(lambda: len(station.asked_for(2011)) >= 3, 30, "it is asked again and again")
        server.stop_cleanly()
        values = [row["value"] for row in support.export(server.data)]
        self.assertGreaterEqual(values.count(12.5), 2)

    def test_silence_to_our_requests_closes_nothing(self):
        server = self.start(Server, self.plant(intervals="ask", over_time_s=1, resends=1))
        station = self.answering(silent=(1061, 1063))
        self.hello(station)
        wait_until(lambda: self.station_status(server)["ask_silent"] == 2, 30, "it gives up")
        self.assertEqual(len(station.asked_for(1061)), 2, "once more, then no more")
        self.assertEqual(len({head["QN"] for cn, _, head in station.requests if cn == 1061}), 1)
        self.hello(station)
        self.assertEqual(self.status(server)["connections"], 1)
        server.stop_cleanly()

    def test_a_person_asks_and_gets_the_records(self):
        server = self.start(Server, self.plant())
        self.assertNotEqual(self.ctl(server, "ask", "gc-0", "3020", "InfoId=i12001").returncode, 0)
        station = self.answering()
        self.hello(station)
        done = self.ctl(server, "ask", "gc-0", "3020", "PolId=a24088;InfoId=i12001")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["end"], answer["result"], answer["packets"]), ("done", 1, 1))
        self.assertIn("i12001-Info=1", answer["records"][0])
        self.assertNotIn("123456", done.stdout)
        for words in (("gc-0", "3012", "PolId=a24088"), ("gc-0", "1072", "NewPW=654321"),
                      ("gc-0", "9014"), ("gc-0", "1021", "PolId=101"), ("none", "1011"),
                      ("gc-0", "1062", "RtdInterval=30")):
            self.assertNotEqual(self.ctl(server, "ask", *words).returncode, 0, words)
        self.assertEqual(station.asked_for(3012), [])
        server.stop_cleanly()

    def test_a_control_is_in_the_record_before_it_goes_out(self):
        described = self.plant(controls=True)
        server = self.start(Server, described)
        station = self.answering(silent=(3012,), refused=(3013,))
        self.hello(station)
        ask = subprocess.Popen([os.environ["PLUMEWATCH"], "ctl", "--data", server.data, "ask",
                                "gc-0", "3012", "PolId=a24088"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(ask.communicate)
        wait_until(lambda: station.asked_for(3012), 20, "the command arrives")
        server.kill()
        audit = [line for line in journal(server.data, "audit") if line.get("command") == "ask"]
        self.assertEqual([line["subject"] for line in audit], ["gc-0 3012 PolId=a24088"])
        self.assertIn(f"uid:{os.getuid()} ", audit[0]["who"])
        again = self.start(Server, described, name="again", data=server.data)
        station.close()
        other = self.answering(refused=(3013,))
        self.hello(other)
        self.assertEqual(self.ctl(again, "ask", "gc-0", "3012", "PolId=a24088").returncode, 0)
        refused = self.ctl(again, "ask", "gc-0", "3013", "PolId=a24088")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("wrong CN", refused.stderr)
        again.stop_cleanly()
        self.assertEqual(support.verify(again.data).returncode, 0)

    def test_two_stations_on_one_connection_are_asked_each_under_its_own_mn(self):
        described = self.describe(stations=2)
        for device in described["devices"]:
            device["ask"] = {"intervals": "ask"}
        server = self.start(Server, described)
        station = self.answering(mn="MN0000")
        now = stamp()
        for n in range(2):
            with station.lock:
                station.send(f"DataTime={now};a24088-Rtd={n}", f"{now}00{n}", mn=f"MN000{n}")
        wait_until(lambda: len(station.asked_for(1061)) >= 2, 20, "both are asked")
        self.assertEqual({head["MN"] for _, _, head in station.requests}, {"MN0000", "MN0001"})
        server.stop_cleanly()

    def test_answers_that_come_too_late_are_a_finding_and_a_resend_is_answered(self):
        described = self.describe()
        described["server"].update(commit_min_ms=2500, commit_max_ms=5000)
        described["devices"][0].update(ack_max_s=1)
        server = self.start(Server, described)
        station = self.connect()
        base = time.time()
        for n in range(4):
            at = stamp(base - n)
            data = station.send(f"DataTime={at};a24088-Rtd={n}", f"{at}000")
            time.sleep(0.05)
        wait_until(lambda: self.station_status(server)["answers_late"] > 0, 30, "one is late")
        wait_until(lambda: [f for f in support.export(server.data, "findings")
                            if f["part"] == "disk-slow-stations"], 30, "the finding")
        found = [f for f in support.export(server.data, "findings")
                 if f["part"] == "disk-slow-stations"][0]
        self.assertEqual((found["kind"], found["priority"]), ("system", "P2"))
        wait_until(lambda: len(self.journal(server.data)) == 4, 30, "all are stored")
        station.socket.sendall(data)
        while station.answer(20)["QN"] != f"{at}000":
            pass
        server.stop_cleanly()
        self.assertEqual(len(self.journal(server.data)), 4)

    def test_a_simulated_station_is_asked_for_what_it_did_not_send(self):
        described = self.plant(intervals="ask", fill=["2051"], fill_gap_s=1, fill_after_s=1,
                               minute_interval_min=10)
        server = self.start(Server, described)
        first = self.connect()
        first.send(f"DataTime={self.minute_begin(12)};a24088-Avg=1;a21026-Avg=1", f"{stamp()}001",
                   cn=2051)
        self.assertIsNotNone(first.answer(20))
        first.close()
        simulator = self.start(Simulator, {"stations": [{
            "connect": f"127.0.0.1:{self.station_port}", "mn": "MN1", "realtime_s": 0.5,
            "minute_s": 600, "factors": {
                "a24088": {"kind": "sine", "mean": 20, "amplitude": 5, "period_s": 3000},
                "a21026": {"kind": "constant", "value": 30}}}]})

        def full():
            total = [day["minute"] for day in self.station_status(server)["days"]
                     if "minute" in day]
            return total and all(m["have"] == m["expected"] for m in total) and \
                sum(m["have"] for m in total) >= 22
        wait_until(full, 60, "every period of both signals")
        self.assertEqual(self.station_status(server)["minute_interval_min"], 10)
        self.assertGreaterEqual(simulator.final_counts()[0]["requests"], 3)
        wait_until(lambda: len(self.minutes_of(server.data)) >= 12, 20, "the last commit")
        server.stop_cleanly()
        pulled = [line for line in self.journal(server.data)
                  if line["cn"] == 2051 and line.get("asked")]
        self.assertGreaterEqual(len(pulled), 11)
        self.assertFalse([line for line in pulled if line.get("revision")], "told alike each time")

    def test_a_silent_station_is_closed_though_we_ask_it(self):
        described = self.describe(silence_s=2)
        described["devices"][0]["ask"] = {"intervals": "ask", "over_time_s": 1, "resends": 9}
        server = self.start(Server, described)
        station = self.answering(silent=(1061,))
        self.hello(station)
        wait_until(lambda: self.status(server)["silent"] == 1, 20, "nothing good came for 2 s")
        wait_until(lambda: self.station_status(server)["ask_unsent"] >= 1, 10, "the request ends")
        self.assertEqual(self.status(server)["connections"], 0)
        time.sleep(1)
        self.assertEqual(self.station_status(server)["ask_unsent"], 1, "nobody is there to ask")
        server.stop_cleanly()


def full_of(case, server, periods):
    def check():
        days = case.station_status(server)["days"]
        return sum(day["minute"]["have"] for day in days if "minute" in day) >= periods
    return check


if __name__ == "__main__":
    unittest.main()
