"""HJ 212 stations and the whole server: what a frame costs from the socket to the durable record, and
what a connected station costs in memory.

The frames come over one connection as fast as they are taken, without asking for answers; the cost is
the server's CPU time (all its threads) until its account has all of them, over the frames. Memory is the
difference of the resident set between two numbers of connected stations that said one packet each.
"""

import json
import os
import resource
import socket
import subprocess
import time

CODES = ["a01011", "a01012", "a01013", "a01014", "a19001", "a21002", "a21026", "a34013", "a21005",
         "a00000", "a20057", "a21024"]
FRAMES = 20000
FEW, MANY = 1000, 4000
TABLE = []


def make_table():
    for i in range(256):
        value = i
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        TABLE.append(value)


def crc(data):
    total = 0xFFFF
    for byte in data:
        total = TABLE[total >> 8 ^ byte]
    return total


def frame(mn, at_ms, factors, flag):
    """Realtime data of that many factors; at_ms makes it another packet than the one before."""
    seconds = time.gmtime(at_ms // 1000 + 8 * 3600)
    stamp = time.strftime("%Y%m%d%H%M%S", seconds)
    cp = ";".join(f"{code}-Rtd={at_ms % 9973 / 1000 + i:.3f},{code}-Flag=N"
                  for i, code in enumerate(CODES[:factors]))
    segment = (f"QN={stamp}{at_ms % 1000:03};ST=31;CN=2011;PW=123456;MN={mn};Flag={flag};"
               f"CP=&&DataTime={stamp};{cp}&&").encode()
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc(segment))


class Server:
    def __init__(self, build, directory, stations, factors, before=None):
        self.program = os.path.join(build, "plumewatch")
        self.data = os.path.join(directory, f"data-{stations}-{factors}")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        signals = {code: {} for code in CODES[:factors]}
        config = {"plumewatch": 1,
                  "server": {"plant": "bench", "http": {"listen": "127.0.0.1:0"}},
                  "links": [{"id": "l", "listen": f"127.0.0.1:{self.port}", "framing": "hj212",
                             "connections_max": MANY + 10, "pending_max": 1000}],
                  "templates": [{"id": "s", "protocol": "hj212", "signals": signals}],
                  "devices": [{"id": f"d{n}", "link": "l", "protocol": "hj212", "mn": f"MN{n:04}",
                               "template": "s"} for n in range(stations)]}
        path = os.path.join(directory, f"stations-{stations}-{factors}.json")
        with open(path, "w") as f:
            json.dump(config, f)
        self.log = open(path + ".log", "w")
        self.child = subprocess.Popen([self.program, "run", "--config", path, "--data", self.data],
                                      stdout=subprocess.DEVNULL, stderr=self.log, preexec_fn=before)
        self.wait(lambda: self.status() is not None, 60)

    def status(self):
        done = subprocess.run([self.program, "ctl", "--data", self.data, "status"],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout)["hj212"][0] if done.returncode == 0 else None

    def wait(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not get there")
            time.sleep(0.05)

    def cpu_s(self):
        with open(f"/proc/{self.child.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        with open(f"/proc/{self.child.pid}/status") as f:
            return int(next(line for line in f if line.startswith("VmRSS")).split()[1]) * 1024

    def stop(self):
        self.child.terminate()
        self.child.wait(60)
        self.log.close()


def cost_of_frames(build, directory, factors, before):
    """CPU us a frame and values a frame, with the archive's bytes."""
    start_ms = int(time.time() * 1000) - FRAMES
    frames = [frame("MN0000", start_ms + n, factors, 4) for n in range(FRAMES)]
    server = Server(build, directory, 1, factors, before)
    try:
        cpu_s, began = server.cpu_s(), time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(b"".join(frames))
            server.wait(lambda: server.status()["stations"][0]["packets"] >= FRAMES, 120)
        seconds = time.monotonic() - began
        cpu_s = server.cpu_s() - cpu_s
    finally:
        server.stop()
    return {"bytes": sum(map(len, frames)) / FRAMES, "values": factors, "cpu_us": cpu_s * 1e6 / FRAMES,
            "frames_s": FRAMES / seconds}


def connect(server, first, count):
    sockets = []
    for n in range(first, first + count):
        s = socket.create_connection(("127.0.0.1", server.port))
        s.sendall(frame(f"MN{n:04}", int(time.time() * 1000), 1, 5))
        sockets.append(s)
        if n % 100 == 0:
            time.sleep(0.02)  # no more strangers at once than the link takes
    for s in sockets:
        s.settimeout(30)
        s.recv(4096)
    return sockets


def memory_of_stations(build, directory, before):
    """Bytes of resident memory a connected station, and a configured one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    one = Server(build, directory, 1, 2, before)
    least = one.resident()
    one.stop()
    server = Server(build, directory, MANY, 2, before)
    sockets = []
    try:
        idle = server.resident()
        sockets += connect(server, 0, FEW)
        few = server.resident()
        sockets += connect(server, FEW, MANY - FEW)
        server.wait(lambda: server.status()["connections"] == MANY, 30)
        many = server.resident()
    finally:
        for s in sockets:
            s.close()
        server.stop()
    return {"connected": (many - few) / (MANY - FEW), "configured": (idle - least) / (MANY - 1),
            "resident_many": many}


def measure(build, directory, before):
    make_table()
    return {"frames": [cost_of_frames(build, directory, factors, before) for factors in (1, 12)],
            "memory": memory_of_stations(build, directory, before)}
