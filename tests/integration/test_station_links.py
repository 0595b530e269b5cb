"""HJ 212 stations that are dialled, or speak over a serial line, and what closes their
connections."""

import os
import socket
import time
import unittest

import support
from station_peer import StationCase, frame, stamp
from support import Server, wait_until


class Listening:
    """A station that waits to be dialled, on a port of its own."""

    def __init__(self, test):
        test.addCleanup(self.close)
        self.taken = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def take(self, seconds=20):
        self.listener.listen()
        self.listener.settimeout(seconds)
        connection, _ = self.listener.accept()
        self.taken.append(connection)
        return connection

    def close(self):
        for one in (self.listener, *self.taken):
            one.close()


def packet(cp, qn, mn="MN1", cn=2011):
    return frame(f"QN={qn};ST=31;CN={cn};PW=123456;MN={mn};Flag=5;CP=&&{cp}&&")


def read_answers(receive, count, seconds=10):
    """QNs of the next answers."""
    data, deadline = b"", time.monotonic() + seconds
    while data.count(b"\r\n") < count and time.monotonic() < deadline:
        data += receive()
    return [line.split(b"QN=")[1][:17].decode() for line in data.split(b"\r\n")[:-1]]


class StationLinkTest(StationCase):
    def dialled(self, place, **more):
        described = self.describe()
        described["links"] = [{"id": "stations", "framing": "hj212", **place, **more}]
        return described

    def test_a_station_is_dialled_and_dialled_again(self):
        station = Listening(self)
        server = self.start(Server, self.dialled({"tcp": f"127.0.0.1:{station.port}"}))
        wait_until(lambda: self.status(server)["error"], 10, "nobody listens yet")
        now = stamp()
        for n in range(3):
            connection = station.take()
            connection.settimeout(10)
            connection.sendall(packet(f"DataTime={now};a24088-Rtd={n}", f"{now}00{n}"))
            self.assertEqual(read_answers(lambda c=connection: c.recv(4096), 1), [f"{now}00{n}"])
            self.assertEqual(self.status(server)["error"], "")
            connection.close()
        wait_until(lambda: self.status(server)["disconnects"] == 3, 10, "the ends are counted")
        server.stop_cleanly()
        self.assertEqual([row["value"] for row in support.export(server.data)], [0, 1, 2])

    def test_a_dialled_station_that_falls_silent_is_dialled_again(self):
        station = Listening(self)
        station.listener.listen()
        server = self.start(Server, self.dialled({"tcp": f"127.0.0.1:{station.port}"}, silence_s=1,
                                                 garbage_max=1024))
        first = station.take()
        second = station.take()
        self.assertEqual(first.recv(10), b"")
        second.sendall(b"x" * 3000)
        third = station.take()
        now = stamp()
        third.sendall(packet(f"DataTime={now};a24088-Rtd=7", f"{now}001"))
        third.settimeout(10)
        self.assertEqual(read_answers(lambda: third.recv(4096), 1), [f"{now}001"])
        status = self.status(server)
        self.assertEqual((status["silent"], status["endless"]), (1, 1))
        server.stop_cleanly()

    def test_stations_share_a_serial_line_and_lose_nothing_while_they_are_answered(self):
        ends = [os.path.join(self.dir, name) for name in ("ours", "theirs")]
        self.start(support.Process, "socat", ["socat", *(f"pty,rawer,link={end}" for end in ends)])
        wait_until(lambda: all(map(os.path.exists, ends)), 10, "a pair of ports")
        described = self.dialled({"serial": ends[0]}, baud=115200)
        described["devices"].append({**described["devices"][0], "id": "gc-1", "mn": "MN2"})
        server = self.start(Server, described)
        wait_until(lambda: self.status(server)["connections"] == 1, 10, "the port is open")
        now = stamp()
        line = os.open(ends[1], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, line)
        sent = []
        for n in range(40):
            qn = f"{now}{n:03}"
            os.write(line, packet(f"DataTime={now};a24088-Rtd={n}", qn, mn=f"MN{1 + n % 2}"))
            sent.append(qn)
        self.assertEqual(read_answers(lambda: os.read(line, 4096), 40), sent)
        server.stop_cleanly()
        self.assertEqual(len(self.journal(server.data)), 40)
        self.assertEqual({row["device"] for row in support.export(server.data)}, {"gc-0", "gc-1"})

    def test_a_packet_over_segment_max_is_none_and_the_next_one_is(self):
        server = self.start(Server, self.describe(segment_max=1500))
        station = self.connect()
        now = stamp()
        item = "a24088-Rtd=1.25;"
        station.send(f"DataTime={now};" + item * 80, f"{now}001")
        self.assertEqual(station.answer()["QN"], f"{now}001", "1,400 bytes are read")
        station.send(f"DataTime={now};" + item * 120, f"{now}002")
        station.send(f"DataTime={now};a24088-Rtd=2", f"{now}003")
        self.assertEqual(station.answer()["QN"], f"{now}003", "2,000 bytes are no packet")
        self.assertGreaterEqual(self.status(server)["bad_length"], 1)
        server.stop_cleanly()
        self.assertEqual(len(self.journal(server.data)), 2)


if __name__ == "__main__":
    unittest.main()
