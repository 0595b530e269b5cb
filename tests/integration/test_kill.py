"""Killed at any moment: what was durable stays, once; the journal proves it; SQLite follows from it."""

import glob
import os
import random
import sqlite3
import time
import unittest

import support
from support import Case, plan_signal

LINKS = 8
SIGNALS = 12
KILLS = 50
SEED = 20241124


class Killed(Case):
    def setUp(self):
        super().setUp()
        sim = self.start(support.Simulator, {"slaves": [{
            "listen": "127.0.0.1:0", "count": LINKS, "units": [{"unit": 1, "signals": [
                plan_signal(0, 0, count=SIGNALS, add_per_signal=1, add_per_slave=100)]}]}]})
        devices = [support.device(f"d{n}", f"l{n}", 1, {
            f"s{a}": {"table": "holding", "address": a} for a in range(SIGNALS)},
            every_ms=50, timeout_ms=500) for n in range(LINKS)]
        self.config = support.config({f"l{n}": port for n, port in enumerate(sim.ports())}, devices)
        self.config["server"].update(commit_min_ms=10, commit_max_ms=40)
        # A finding that opens and closes again and again: journal lines and rows of their own.
        self.config["sites"] = [{"id": "test", "outlets": [{
            "id": "DA001", "inputs": {"a21026": {"signal": "d0.s5"}},
            "limits": [{"factor": "a21026", "period": "realtime", "max": 4}]}]}]
        self.data = os.path.join(self.dir, "data")
        self.random = random.Random(SEED)

    def start_server(self):
        return self.start(support.Server, self.config, data=self.data)

    def durable(self, server):
        health = server.health()
        return health["record"] if health else {"last_seq": 0, "raw_lines": 0}

    def verified(self):
        done = support.verify(self.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def run_and_kill(self, after_seq):
        """One life; returns what was durable at the last look before its death."""
        server = self.start_server()
        support.wait_until(lambda: self.durable(server)["raw_lines"] > 0, 20, "a durable line")
        end = time.monotonic() + self.random.uniform(0, 0.4)
        support.wait_until(lambda: time.monotonic() >= end, 5, "the random instant")
        record = self.durable(server)
        server.kill()
        self.processes.remove(server)
        self.assertGreater(record["last_seq"], after_seq)
        return record

    def readings(self):
        """Per (device, time) its row count, and all rows as a set; nothing twice."""
        rows = support.export(self.data)
        cells = [(row["device"], row["signal"], row["time"]) for row in rows]
        self.assertEqual(len(cells), len(set(cells)), "a reading stands twice")
        return {(row["device"], row["time"], row["signal"], row["value"], row["quality"])
                for row in rows}

    def test_fifty_kills_lose_and_repeat_nothing(self):
        lines, seq, before = 0, 0, set()
        for number in range(KILLS):
            record = self.run_and_kill(seq)
            seq = record["last_seq"]
            self.verified()
            if number % 10 == 9 or number == 0:
                rows = self.readings()
                self.assertTrue(before <= rows, f"kill {number}: lost {len(before - rows)} rows")
                before = rows
            lines += record["raw_lines"]
        rows = self.readings()
        self.assertTrue(before <= rows)
        self.assertGreaterEqual(len(rows), lines * SIGNALS)
        for device, _, signal, value, quality in rows:
            if quality == "good":
                self.assertEqual(value, 100 * int(device[1:]) + int(signal[1:]))
        print(f"{KILLS} kills: {seq} commits, {len(rows)} rows, "
              f"{len(os.listdir(os.path.join(self.data, 'torn')))} torn tails"
              if os.path.isdir(os.path.join(self.data, "torn")) else
              f"{KILLS} kills: {seq} commits, {len(rows)} rows, no torn tail")

    def dump(self):
        with sqlite3.connect(os.path.join(self.data, "plumewatch.db")) as db:
            return list(db.iterdump())

    def remove_database(self):
        for path in glob.glob(os.path.join(self.data, "plumewatch.db*")):
            os.remove(path)

    def test_deleted_database_is_rebuilt_equal(self):
        seq = 0
        for _ in range(3):
            seq = self.run_and_kill(seq)["last_seq"]
        server = self.start_server()
        server.stop_cleanly()
        self.verified()
        dump = self.dump()
        self.assertGreater(len(dump), 100)
        self.remove_database()
        done = support.run("rebuild", "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.dump(), dump)
        self.verified()

    def test_deleted_database_is_rebuilt_by_the_next_start(self):
        self.run_and_kill(0)
        before = self.readings()
        self.remove_database()
        server = self.start_server()
        server.stop_cleanly()
        self.verified()
        self.assertTrue(before <= self.readings())

    def test_torn_tail_is_cut_off_and_kept(self):
        self.run_and_kill(0)
        server = self.start_server()
        server.stop_cleanly()
        rows = self.readings()
        segment = self.segment()
        with open(segment, "ab") as f:
            f.write(b"\x1f\x8b\x08\x04half a member")
        server = self.start_server()
        server.stop_cleanly()
        self.assertEqual(len(os.listdir(os.path.join(self.data, "torn"))), 1)
        self.verified()
        self.assertTrue(rows <= self.readings())

    def segment(self):
        return max(glob.glob(os.path.join(self.data, "archive", "*", "*", "*.gz")))

    def test_one_changed_byte_is_found(self):
        self.run_and_kill(0)
        server = self.start_server()
        server.stop_cleanly()
        self.verified()
        segment = self.segment()
        with open(segment, "rb") as f:
            sound = f.read()
        # Ten places all over the file, the last commit's among them.
        places = [self.random.randrange(len(sound)) for _ in range(8)] + [0, len(sound) - 5]
        for place in places:
            with open(segment, "wb") as f:
                f.write(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1:])
            done = support.verify(self.data)
            self.assertEqual(done.returncode, 3, f"byte {place} of {len(sound)}:\n{done.stdout}")
            self.assertIn(os.path.basename(segment), done.stdout + done.stderr)
        with open(segment, "wb") as f:
            f.write(sound)
        self.verified()


if __name__ == "__main__":
    unittest.main()
