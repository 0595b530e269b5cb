"""The tools that look at a device before there is a configuration for it."""

import json
import os
import re
import signal
import socket
import termios
import threading
import time
import unittest

import support
from support import Case, Process, PymodbusSlave, Simulator, free_port, plan_signal, wait_until


def crc(data):
    value = 0xffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xa001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


class RtuGateway(threading.Thread):
    """RTU frames over TCP: unit 3 has holding registers that show their address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                while len(request := peer.recv(8)) == 8:
                    unit, function, address, count = (request[0], request[1],
                                                      int.from_bytes(request[2:4], "big"),
                                                      int.from_bytes(request[4:6], "big"))
                    if unit != 3 or request[6:] != crc(request[:6]):
                        continue
                    body = bytes([unit, function, 2 * count]) if function == 3 else bytes(
                        [unit, function | 128, 1])
                    if function == 3:
                        body += b"".join((address + i).to_bytes(2, "big") for i in range(count))
                    peer.sendall(body + crc(body))


class PtySlave(threading.Thread):
    """Unit 3 at the end of a pseudo-terminal, which hears only what is sent at its own speed and
    parity. A pseudo-terminal keeps the speed and INPCK, though not PARENB."""

    def __init__(self, path, speed, parity):
        super().__init__(daemon=True)
        self.ours, theirs = os.openpty()
        os.symlink(os.ttyname(theirs), path)
        self.theirs = theirs
        self.wanted = (speed, parity)
        self.heard = []  # speed and parity of each request
        self.start()

    def settings(self):
        iflag, _, cflag, _, _, speed, _ = termios.tcgetattr(self.theirs)[:7]
        parity = "none" if not iflag & termios.INPCK else \
            "odd" if cflag & termios.PARODD else "even"
        return speed, parity

    def run(self):
        request = b""
        while True:
            request += os.read(self.ours, 256)
            if len(request) < 8:
                continue
            request, frame = request[8:], request[:8]
            self.heard.append(self.settings())
            if self.settings() == self.wanted and frame[0] == 3 and frame[6:] == crc(frame[:6]):
                body = bytes([3, 3, 2, 0, 42]) if frame[1] == 3 else bytes([3, frame[1] | 128, 1])
                os.write(self.ours, body + crc(body))


class ProbeTest(Case):
    def plan(self):
        return self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 7, "registers": {"holding": [0, 10]}, "signals": [
                plan_signal(0, 12.5, type="float32", order="CDAB"),
                plan_signal(2, -2), plan_signal(3, 0x4146),
                plan_signal(0, 1, table="coil", type="bit")]},
            {"unit": 9, "signals": [plan_signal(5, 1, table="input")]}]}]})

    def probe(self, address, *more):
        return support.run("probe", "modbus", address, *more)

    def test_every_type_and_order_stands_side_by_side(self):
        address = self.plan().addresses[0]
        done = self.probe(address, "--unit", "7", "--table", "holding", "--address", "0",
                          "--count", "4")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split() for line in done.stdout.splitlines()]
        types = {(r[0], r[1]): r[2:] for r in rows if len(r) == 6 and r[1][0] in "iuf"}
        self.assertEqual(types["0", "float32"][1], "12.5")
        self.assertEqual(len(types), 3 * 3 + 3)
        words = {r[0]: r for r in rows if len(r) > 6 and r[0].isdigit()}
        self.assertEqual(words["3"][1:3] + words["3"][-1:], ["4146", "16710", "AF"])
        bits = self.probe(address, "--unit", "7", "--table", "coil", "--address", "0")
        self.assertEqual(bits.stdout.splitlines()[-1].split(), ["0", "1"])

    def test_what_pymodbus_serves_is_read(self):
        slave = self.start(PymodbusSlave, {"1": {"holding": {"0": 1, "1": 65535}}})
        done = self.probe(f"127.0.0.1:{slave.port}", "--unit", "1", "--address", "0", "--count",
                          "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(" 65535      -1 ", done.stdout)

    def test_no_answer_is_2_and_bad_words_are_64(self):
        address = self.plan().addresses[0]
        done = self.probe(address, "--unit", "7", "--address", "20")
        self.assertEqual((done.returncode, "exception 2" in done.stderr), (2, True))
        nobody = f"127.0.0.1:{free_port()}"
        self.assertEqual(self.probe(nobody, "--unit", "1", "--address", "0").returncode, 2)
        for bad in (("--unit", "256", "--address", "0"), ("--unit", "1", "--address", "65536"),
                    ("--unit", "1", "--address", "65535", "--count", "2"),
                    ("--unit", "1", "--address", "0", "--count", "126"),
                    ("--unit", "1", "--address", "0", "--table", "coils"), ("--unit", "1")):
            self.assertEqual(self.probe(address, *bad).returncode, 64, bad)

    def test_watching_reads_again(self):
        address = self.plan().addresses[0]
        watch = self.start(Process, "probe", [support.PROGRAM, "probe", "modbus", address, "--unit",
                                              "7", "--address", "0", "--watch"])
        wait_until(lambda: watch.out().count("answered") >= 2, 20, "two readings")
        watch.send(signal.SIGTERM)

    def test_a_scan_makes_a_draft_that_loads(self):
        address = self.plan().addresses[0]
        done = support.run("scan", address, "--units", "1-12", "--pause-ms", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        draft = json.loads(re.sub(r"^//.*\n", "", done.stdout))
        self.assertEqual([d["unit"] for d in draft["devices"]], [7, 9])
        self.assertEqual(set(draft["devices"][0]["signals"]), {"coil-0", "holding-0"})
        path = os.path.join(self.dir, "draft.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(done.stdout)
        self.assertEqual(support.run("check", "--config", path).returncode, 0)
        again = support.run("scan", "found", "--config", path, "--units", "7", "--pause-ms", "0")
        self.assertEqual(again.returncode, 0, again.stderr)
        nobody = support.run("scan", address, "--units", "1-3", "--pause-ms", "0")
        self.assertEqual(nobody.returncode, 2)
        self.assertEqual(support.run("scan", "nolink", "--config", path).returncode, 64)
        self.assertEqual(support.run("scan", address, "--units", "9-3").returncode, 64)

    def test_a_serial_port_is_scanned_and_read(self):
        line = os.path.join(self.dir, "line")
        self.start(Simulator, {"slaves": [{"pty": line, "baud": 9600, "units": [
            {"unit": 5, "signals": [plan_signal(0, 777)]}]}]})
        done = support.run("scan", line, "--units", "4-6", "--pause-ms", "0", "--timeout-ms", "150")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f'"serial": "{line}", "baud": 9600, "parity": "none"', done.stdout)
        read = self.probe(line, "--unit", "5", "--address", "0", "--baud", "9600")
        self.assertIn("  0309     777 ", read.stdout)
        self.assertEqual(self.probe(line, "--unit", "6", "--address", "0", "--timeout-ms",
                                    "100").returncode, 2)
        self.assertEqual(self.probe(line, "--unit", "5", "--address", "0", "--parity",
                                    "mark").returncode, 64)

    def test_a_scan_finds_speed_and_parity(self):
        speeds = [(termios.B9600, "9600"), (termios.B19200, "19200"), (termios.B115200, "115200")]
        sweep = [(speed, parity) for speed, _ in speeds for parity in ("none", "even", "odd")]
        for place, speed in ((4, "19200"), (8, "115200")):
            line = os.path.join(self.dir, f"line{place}")
            slave = PtySlave(line, *sweep[place])
            done = support.run("scan", line, "--units", "2-3", "--pause-ms", "0", "--timeout-ms", "80")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f'"serial": "{line}", "baud": {speed}, "parity": "{sweep[place][1]}"',
                          done.stdout)
            self.assertIn('"unit": 3', done.stdout)
            # Every earlier setting was tried with both units, in the order of how usual it is.
            order = list(dict.fromkeys(slave.heard))
            self.assertEqual(order, sweep[:place + 1])
            self.assertEqual([slave.heard.count(s) for s in sweep[:place]], [2] * place)

    def test_a_scan_leaves_the_line_time_to_breathe(self):
        line = os.path.join(self.dir, "line")
        slave = PtySlave(line, termios.B2400, "odd")
        begin = time.monotonic()
        done = support.run("scan", line, "--units", "3", "--baud", "2400", "--parity", "odd",
                           "--pause-ms", "200")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(slave.heard), 5)
        self.assertGreaterEqual(time.monotonic() - begin, 5 * 0.2)

    def test_check_refuses_a_link_that_has_more_to_do_than_time(self):
        signals = {f"s{i}": {"table": "holding", "address": 100 * i} for i in range(30)}
        path = support.write_config(self.dir, support.config({"bus": 502}, [
            support.device("much", "bus", 1, signals, every_ms=100)]), "busy")
        done = support.run("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn('/links/0: found 150 % of the time of link "bus"', done.stdout)
        self.assertIn("times 1.5 would fit", done.stdout)

    def test_rtu_frames_over_tcp_are_scanned_and_read(self):
        gateway = RtuGateway()
        address = f"127.0.0.1:{gateway.port}"
        done = support.run("scan", address, "--framing", "rtu", "--units", "2-4", "--pause-ms", "0",
                           "--timeout-ms", "100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"unit": 3', done.stdout)
        read = self.probe(address, "--framing", "rtu", "--unit", "3", "--address", "258")
        self.assertIn("0102", read.stdout)
        gateway.listener.close()


if __name__ == "__main__":
    unittest.main()
