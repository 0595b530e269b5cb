"""HJ 212 stations written here, from the text of the standard and not with the codec: what the
tests of stations share."""

import json
import os
import socket
import time

import support
from support import Case, free_port

ZONE_S = 8 * 3600


def crc(data):
    """The sum of HJ 212-2017 Appendix A, by its text."""
    total = 0xFFFF
    for byte in data:
        total = (total >> 8) ^ byte
        for _ in range(8):
            total = (total >> 1) ^ (0xA001 if total & 1 else 0)
    return total


def frame(segment):
    data = segment if isinstance(segment, bytes) else segment.encode()
    return b"##%04d%s%04X\r\n" % (len(data), data, crc(data))


def stamp(at_s=None):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime((at_s or time.time()) + ZONE_S))


class Station:
    """A field machine of HJ 212-2017 that sends what the test says."""

    def __init__(self, port, mn="MN1", password="123456"):
        self.mn, self.password = mn, password
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.rest = b""

    def close(self):
        self.socket.close()

    def packet(self, cp, qn, cn=2011, flag=5, **other):
        return frame(f"QN={qn};ST=31;CN={cn};PW={other.get('password', self.password)};"
                     f"MN={other.get('mn', self.mn)};Flag={flag};CP=&&{cp}&&")

    def send(self, cp, qn, **other):
        data = self.packet(cp, qn, **other)
        self.socket.sendall(data)
        return data

    def answer(self, seconds=5):
        """The next frame's header as a dict; None when none comes in time or it is the end."""
        segment = self.segment(seconds)
        return segment and dict(part.split("=", 1)
                                for part in segment.split(";CP=")[0].split(";"))

    def segment(self, seconds=5):
        """The next frame's segment; None likewise."""
        self.socket.settimeout(seconds)
        while b"\r\n" not in self.rest:
            try:
                data = self.socket.recv(4096)
            except (socket.timeout, ConnectionError):
                return None
            if not data:
                return None
            self.rest += data
        line, self.rest = self.rest.split(b"\r\n", 1)
        segment = line[6:-4]
        if int(line[2:6]) != len(segment) or int(line[-4:], 16) != crc(segment):
            raise AssertionError(f"a wrong frame: {line}")
        return segment.decode()


class StationCase(Case):
    def describe(self, stations=1, mn="MN", **link):
        """A plant of `stations` stations with a factor each."""
        self.station_port = free_port()
        with open(os.path.join(self.dir, "pw"), "w", encoding="utf-8") as f:
            f.write("123456\n")
        names = [f"{mn}1"] if stations == 1 else [f"{mn}{n:04}" for n in range(stations)]
        return {
            "plumewatch": 1,
            "server": {"plant": "test", "commit_min_ms": 20, "commit_max_ms": 100},
            "links": [{"id": "stations", "listen": f"127.0.0.1:{self.station_port}",
                       "framing": "hj212", **link}],
            "devices": [{"id": f"gc-{n}", "protocol": "hj212", "link": "stations", "mn": name,
                         "password_file": "pw",
                         "signals": {"nmhc": {"factor": "a24088"}, "so2": {"factor": "a21026"}}}
                        for n, name in enumerate(names)],
            "sites": [{"id": "test", "outlets": [
                {"id": "DA001", "inputs": {"a24088": {"signal": "gc-0.nmhc"}},
                 "limits": [{"factor": "a24088", "period": "realtime", "max": 22}]}]}],
        }

    def connect(self, **named):
        station = Station(self.station_port, **named)
        self.addCleanup(station.close)
        return station

    def status(self, server):
        done = support.run("ctl", "--data", server.data, "status")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["hj212"][0]

    def journal(self, data):
        """The lines of type `station`."""
        return support.export(data, "packets")
