"""`plumewatch probe hj212` against a station written here, in all three directions, and the
simulator's."""

import os
import socket
import subprocess
import threading
import unittest

import support
from station_peer import frame
from support import Case, Simulator, free_port


class Answering:
    """A station that answers requests as it is told: answers(fields) gives segments."""

    def __init__(self, test, answers):
        self.answers = answers
        self.asked = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        test.addCleanup(self.listener.close)

    def serve(self):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        self.talk(connection)

    def talk(self, connection):
        with connection:
            while data := connection.recv(4096):
                fields = dict(part.split("=", 1) for part in
                              data.decode()[6:-6].split(";CP=")[0].split(";"))
                self.asked.append((fields, data.decode()))
                for segment in self.answers(fields):
                    connection.sendall(segment if isinstance(segment, bytes) else frame(segment))


def answer(fields, cn, cp, st="91", **more):
    head = {"QN": fields["QN"], "ST": st, "CN": cn, "PW": fields.get("PW", ""), "MN": fields["MN"],
            "Flag": 4, **more}
    return ";".join(f"{key}={value}" for key, value in head.items()) + f";CP=&&{cp}&&"


def clock(fields):
    return [answer(fields, 9011, "QnRtn=1"),
            answer(fields, 1011, "SystemTime=20261124160000", st="31"),
            answer(fields, 9012, "ExeRtn=1")]


class ProbeStationTest(Case):
    def probe(self, address, *more, seconds=60):
        path = os.path.join(self.dir, "pw")
        with open(path, "w", encoding="utf-8") as f:
            f.write("123456\n")
        return support.run("probe", "hj212", address, "--mn", "MN1", "--password-file", path,
                           *more, seconds=seconds)

    def test_a_dialogue_is_shown_in_words(self):
        station = Answering(self, clock)
        done = self.probe(station.address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1011", station.asked[0][0]["CN"])
        self.assertIn("PW=123456", station.asked[0][1])
        self.assertNotIn("123456", done.stdout)
        for words in ("--> 1011 提取现场机时间 get time", "QnRtn=1", "ready to execute",
                      "2026-11-24 16:00:00", "系统时间 clock", "success"):
            self.assertIn(words, done.stdout)

    def test_factors_marks_and_faults_are_named(self):
        def data(fields):
            record = answer(fields, 2051, "DataTime=20261124155000;a21026-Avg=12.5,a21026-Flag=D;"
                            "zz99-Avg=1", st="31", Flag=5)
            broken = frame(record).replace(b"12.5", b"12.6")
            return [answer(fields, 9011, "QnRtn=1"), broken, record,
                    answer(fields, 9012, "ExeRtn=1")]
        station = Answering(self, data)
        done = self.probe(station.address, "--cn", "2051", "--cp",
                          "BeginTime=20261124155000;EndTime=20261124155000")
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("12.5 mg/m3", "二氧化硫", "D 故障 fault", "wrong sum", "codes",
                      "2026-11-24 15:50:00"):
            self.assertIn(words, done.stdout)
        self.assertEqual(len(station.asked), 1, "nothing is acknowledged that nobody keeps")

    def test_no_answer_a_refusal_and_a_failure_end_with_2(self):
        silent = Answering(self, lambda fields: [])
        done = self.probe(silent.address, "--over-time-s", "1", "--resends", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no answer in time", done.stderr)
        self.assertEqual(len(silent.asked), 2)
        self.assertEqual(silent.asked[0], silent.asked[1], "a resend is the same bytes")
        refusing = Answering(self, lambda fields: [answer(fields, 9011, "QnRtn=3")])
        done = self.probe(refusing.address)
        self.assertEqual(done.returncode, 2)
        self.assertIn("wrong password", done.stderr)
        failing = Answering(self, lambda fields: [answer(fields, 9011, "QnRtn=1"),
                                                  answer(fields, 9012, "ExeRtn=100")])
        done = self.probe(failing.address)
        self.assertEqual((done.returncode, "no data" in done.stderr), (2, True))
        self.assertEqual(self.probe(f"127.0.0.1:{free_port()}").returncode, 2)

    def test_wrong_arguments_are_told(self):
        for more in (["--edition", "2016"], ["--crc", "auto"], ["--cn", "1"],
                     ["--sm4-key-file", os.path.join(self.dir, "none")]):
            done = self.probe("127.0.0.1:1", *more)
            self.assertEqual(done.returncode, 64, done.stderr)
        self.assertEqual(self.probe("localhost").returncode, 64)

    def test_the_simulator_dials_in_and_answers(self):
        port = free_port()
        path = os.path.join(self.dir, "pw")
        with open(path, "w", encoding="utf-8") as f:
            f.write("123456\n")
        probe = subprocess.Popen([support.PROGRAM, "probe", "hj212", f"127.0.0.1:{port}", "--listen",
                                  "--mn", "MN1", "--password-file", path, "--cn", "1061",
                                  "--edition", "2025", "--wait-s", "30"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.start(Simulator, {"stations": [
            {"connect": f"127.0.0.1:{port}", "mn": "MN1", "password": "123456", "redial_s": 0.1,
             "realtime_s": 0.1, "edition": "2025",
             "factors": {"a24088": {"kind": "constant", "value": 12.5}}}]})
        out, err = probe.communicate(timeout=60)
        self.assertEqual(probe.returncode, 0, err)
        self.assertIn("提取实时数据间隔 get realtime interval", out)
        self.assertIn("<-- 9012 执行结果", out)


if __name__ == "__main__":
    unittest.main()
