"""HJ 212 platforms written here, from the text of the standard and not with the codec: what the
tests of what reports to one share."""

import socket
import threading
import time

import support
from station_peer import crc, frame
from support import wait_until

MN = "010000A8900016F000169DC0"
EDITION_BITS = {"2005": 0, "2017": 4, "2025": 8}
ANSWERS = (9011, 9012, 9013, 9014)


class Packet:
    """A segment: `head` and `items` as dicts, `cp` as text, `raw` and `at` (monotonic)."""

    def __init__(self, segment):
        self.raw, self.at = segment, time.monotonic()
        header, _, rest = segment.partition("CP=&&")
        if not rest.endswith("&&") or not header:
            raise AssertionError(f"no CP: {segment}")
        self.cp = rest[:-2]
        self.head = dict(part.split("=", 1) for part in header.strip(";").split(";"))
        self.names = [item.split("=", 1)[0] for item in self.cp.replace(";", ",").split(",") if item]
        self.items = dict(item.split("=", 1)
                          for item in self.cp.replace(";", ",").split(",") if item)
        self.cn = int(self.head["CN"])

    @property
    def qn(self):
        """2005 has it in CP of its answers."""
        return self.head.get("QN") or self.items.get("QN")

    @property
    def period(self):
        return self.items.get("DataTime")

    def __repr__(self):
        return self.raw


class Platform:
    """Listens from open() on; what comes stands in `got`. `acknowledge(packet)` returns the QNs
    to acknowledge, as a rule the packet's own; it may wait."""

    def __init__(self, edition="2017", mn=MN, password="123456", st="31"):
        self.edition, self.mn, self.password, self.st = edition, mn, password, st
        self.port = support.free_port()
        self.acknowledge = lambda packet: [packet.qn]
        self.got, self.connections, self.bad = [], 0, []
        self.server = self.peer = None
        self.last_qn = 0
        self.lock = threading.Lock()

    def open(self):
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server.bind(("127.0.0.1", self.port))
        self.server.listen()
        threading.Thread(target=self.accept, args=(self.server,), daemon=True).start()
        return self

    def close(self):
        """Nobody listens, and the connection is cut."""
        if self.server:
            self.server.shutdown(socket.SHUT_RDWR)
            self.server.close()
        self.server = None
        self.cut()

    def cut(self):
        peer, self.peer = self.peer, None
        if peer:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            peer.close()

    def accept(self, server):
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            self.connections += 1
            self.peer = peer
            threading.Thread(target=self.read, args=(peer,), daemon=True).start()

    def read(self, peer):
        rest = b""
        with peer:
            while True:
                try:
                    data = peer.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                rest += data
                while b"\r\n" in rest:
                    line, rest = rest.split(b"\r\n", 1)
                    self.take(peer, line)

    def take(self, peer, line):
        segment = line[6:-4]
        if line[:2] != b"##" or int(line[2:6]) != len(segment) or len(segment) > 1024 or \
                b"%04X" % crc(segment) != line[-4:]:
            self.bad.append(line)
            return
        packet = Packet(segment.decode())
        with self.lock:
            self.got.append(packet)
        flag = int(packet.head.get("Flag", 0))
        if packet.cn in ANSWERS:
            return
        if flag & 1 or packet.cn in (1001, 1013, 1014, 9015):
            for qn in self.acknowledge(packet):
                self.answer(peer, packet, qn)

    def answer(self, peer, packet, qn):
        cn = 9014 if packet.cn in range(2000, 4000) else 9013
        if self.edition == "2005":
            segment = f"ST=91;CN={cn};CP=&&QN={qn};CN={packet.cn}&&"
        else:
            segment = (f"QN={qn};ST=91;CN={cn};PW={self.password};MN={self.mn};"
                       f"Flag={EDITION_BITS[self.edition]};CP=&&&&")
        self.send(segment, peer)

    def send(self, segment, peer=None):
        try:
            (peer or self.peer).sendall(frame(segment))
        except (OSError, AttributeError):
            pass

    def next_qn(self):
        now = time.time() + 8 * 3600
        self.last_qn = max(int(now * 1000), self.last_qn + 1)
        return time.strftime("%Y%m%d%H%M%S", time.gmtime(self.last_qn // 1000)) + \
            f"{self.last_qn % 1000:03}"

    def request(self, cn, cp="", **other):
        """Sends a request and returns its QN. other: qn, st, pw, mn, flag."""
        qn = other.get("qn") or self.next_qn()
        flag = other.get("flag", 3 if self.edition == "2005" else EDITION_BITS[self.edition] + 1)
        self.send(f"QN={qn};ST={other.get('st', self.st)};CN={cn};"
                  f"PW={other.get('pw', self.password)};MN={other.get('mn', self.mn)};"
                  f"Flag={flag};CP=&&{cp}&&")
        return qn

    def packets(self, *cns):
        with self.lock:
            return [p for p in self.got if p.cn in cns or not cns]

    def answers(self, qn, cn):
        key = {9011: "QnRtn", 9012: "ExeRtn"}.get(cn)
        return [int(p.items[key]) if key else 0 for p in self.packets(cn) if p.qn == qn]

    def ask(self, cn, cp="", seconds=20, **other):
        """A request to its end: (QnRtn, ExeRtn or None, what came with its QN or command)."""
        before = len(self.packets())
        qn = self.request(cn, cp, **other)
        first = wait_until(lambda: self.answers(qn, 9011), seconds, f"9011 to {cn}")
        if first[0] != 1:
            return first[0], None, []
        last = wait_until(lambda: self.answers(qn, 9012), seconds, f"9012 to {cn}")
        return first[0], last[0], [p for p in self.packets()[before:] if p.cn == cn]

    def periods(self, cn):
        """DataTimes of that command in the order in which they came first."""
        seen = []
        for packet in self.packets(cn):
            if packet.period not in seen:
                seen.append(packet.period)
        return seen
