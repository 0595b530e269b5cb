"""The record on the disk, read by a reader of its own that knows only docs/journal-format.md; then
verify, export and rebuild as an operator uses them."""

import glob
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import unittest
import zlib

import support
from support import Case, Server, Simulator, config, device, plan_signal, wait_until

KINDS = "RDJ"


class Commit:
    """One commit as the document describes it. Reading it checks everything the document claims."""

    def __init__(self, data, offset):
        size, letter, head, text = read_member(data, offset)
        self.take_head(head)
        self.lines = {letter: text}
        for kind in self.present[1:]:
            offset += size
            size, letter, head, text = read_member(data, offset)
            assert letter == kind and head is None
            self.lines[letter] = text
        self.end = offset + size
        assert "".join(self.lines) == self.present
        for i, kind in enumerate(KINDS):
            plain, lines = struct.unpack_from("<II", self.head, 28 + 8 * i)
            text = self.lines.get(kind, b"")
            assert len(text) == plain and text.count(b"\n") == lines

    def take_head(self, head):
        version, flags, self.seq, self.time, self.at = struct.unpack_from("<HHQqq", head)
        self.time_min, self.time_max = struct.unpack_from("<qq", head, 52)
        self.prev = head[68:]
        self.head = head
        assert version == 1 and len(head) == 100
        self.present = "".join(k for i, k in enumerate(KINDS) if flags >> i & 1)

    def digest(self):
        sm3 = hashlib.new("sm3")
        sm3.update(self.head)
        for kind in KINDS:
            sm3.update(self.lines.get(kind, b""))
        return sm3.digest()

    def journal(self):
        return [json.loads(line) for line in self.lines.get("J", b"").splitlines()]

    def raw(self):
        return self.lines.get("R", b"").decode().splitlines()


def read_member(data, at):
    assert data[at:at + 10] == bytes.fromhex("1f8b08040000000000ff")
    extra, = struct.unpack_from("<H", data, at + 10)
    assert data[at + 12:at + 16] == b"PZ\x0a\x00"
    letter, version, size, check = struct.unpack_from("<BBII", data, at + 16)
    member = bytearray(data[at:at + size])
    assert version == 1 and len(member) == size
    member[22:26] = bytes(4)
    assert zlib.crc32(member) == check
    head = None
    if extra == 118:
        assert member[26:30] == b"PW\x64\x00"
        head = bytes(member[30:130])
    else:
        assert extra == 14
    text = zlib.decompress(member[12 + extra:-8], -15)
    assert struct.unpack("<II", member[-8:]) == (zlib.crc32(text), len(text))
    return size, chr(letter), head, text


def read_journal(directory):
    """All commits, numbers and chain checked."""
    commits, seq, digest = [], 0, bytes(32)
    for path in sorted(glob.glob(f"{directory}/archive/*/*/*.gz")):
        with open(path, "rb") as f:
            data = f.read()
        offset = 0
        while offset < len(data):
            commit = Commit(data, offset)
            assert (commit.seq, commit.prev) == (seq + 1, digest)
            seq, digest, offset = commit.seq, commit.digest(), commit.end
            commits.append(commit)
    return commits


def instants(commit):
    """The arrival of each raw line, on the journal clock."""
    order = commit.journal()[0]
    assert order["type"] == "order" and order["n"] == 0
    at, result = order["at"], [order["at"]]
    for difference in order["d"]:
        at += difference
        result.append(at)
    return result


class RecordTest(Case):
    def setUp(self):
        super().setUp()
        units = [{"unit": 1, "signals": [plan_signal(0, 400), plan_signal(1, 80)]}]
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": units}]})
        signals = {"so2": {"table": "holding", "address": 0, "type": "uint16", "scale": 0.1},
                   "o2": {"table": "holding", "address": 1, "type": "uint16", "scale": 0.1}}
        self.described = config({"cems": simulator.ports()[0]},
                                [device("cems", "cems", 1, signals, every_ms=100)],
                                sites=[{"id": "demo"}])
        self.server = self.start(Server, self.described)
        self.data = self.server.data

    def wait_for_commits(self, count):
        before = self.rows("meta")["last_seq"]
        wait_until(lambda: int(self.rows("meta")["last_seq"]) >= int(before) + count, 30,
                   "commits are made")

    def rows(self, table):
        with sqlite3.connect(f"file:{self.data}/plumewatch.db?mode=ro", uri=True) as db:
            return dict(db.execute(f"SELECT * FROM {table}"))

    def break_byte(self, offset):
        path, = glob.glob(f"{self.data}/archive/*/*/*.gz")[-1:]
        with open(path, "r+b") as f:
            f.seek(offset)
            byte = f.read(1)[0]
            f.seek(offset)
            f.write(bytes([byte ^ 1]))
        return path

    def test_a_reader_made_from_the_document_reads_everything(self):
        self.wait_for_commits(3)
        self.assertEqual(support.verify(self.data).returncode, 0)  # beside the running server
        self.server.stop_cleanly()
        commits = read_journal(self.data)
        self.assertGreater(len(commits), 3)
        raw = [line for commit in commits for line in commit.raw()]
        self.assertTrue(all(line.startswith("raw_cems,device=cems so2=40,o2=8 ") for line in raw))
        times = [int(line.rsplit(" ", 1)[1]) for line in raw]
        self.assertEqual(len(set(times)), len(times))
        arrivals = [at for commit in commits if commit.raw() for at in instants(commit)]
        self.assertEqual(len(arrivals), len(raw))
        self.assertEqual(arrivals, sorted(arrivals))
        types = [line["type"] for commit in commits for line in commit.journal()]
        self.assertIn("start", types)
        with sqlite3.connect(f"{self.data}/plumewatch.db") as db:
            meta = dict(db.execute("SELECT * FROM meta"))
        self.assertEqual((int(meta["last_seq"]), meta["head"]),
                         (commits[-1].seq, commits[-1].digest().hex()))

    def test_an_export_holds_each_archived_value_once(self):
        self.wait_for_commits(2)
        self.server.stop_cleanly()
        raw = [line for commit in read_journal(self.data) for line in commit.raw()]
        rows = support.export(self.data)
        self.assertEqual(len(rows), 2 * len(raw))
        self.assertEqual({(row["signal"], row["value"], row["quality"], row["reason"])
                          for row in rows}, {("so2", 40, "good", ""), ("o2", 8, "good", "")})
        self.assertTrue(all(row["at"] >= row["time"] for row in rows))

    def test_one_changed_byte_is_found_and_the_start_names_the_cure(self):
        self.wait_for_commits(2)
        self.server.stop_cleanly()
        path = self.break_byte(140)
        done = support.verify(self.data)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"BROKEN {path} offset 0", done.stdout)
        refused = self.start(Server, self.described, name="again", data=self.data, wait=False)
        wait_until(lambda: not refused.alive(), 20, "the server refuses to start")
        self.assertNotEqual(refused.child.returncode, 0)
        self.assertIn(f"plumewatch rebuild --data {self.data} --accept-gap", refused.err())
        self.assertEqual(support.run("rebuild", "--data", self.data).returncode, 3)
        done = support.run("rebuild", "--data", self.data, "--accept-gap")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        again = self.start(Server, self.described, name="after", data=self.data)
        again.stop_cleanly()
        done = support.verify(self.data)
        self.assertEqual(done.returncode, 3)
        self.assertIn("SQLite equals the journal", done.stdout)

    def test_a_deleted_database_comes_back_by_itself_and_equal(self):
        self.wait_for_commits(2)
        self.server.stop_cleanly()
        for path in glob.glob(f"{self.data}/plumewatch.db*"):
            os.remove(path)
        again = self.start(Server, self.described, name="again", data=self.data)
        again.stop_cleanly()
        self.assertEqual(support.verify(self.data).returncode, 0)

    def test_a_copied_directory_proves_an_anchor(self):
        self.wait_for_commits(2)
        self.server.stop_cleanly()
        copy = os.path.join(self.dir, "copy")
        shutil.copytree(self.data, copy)
        commit = read_journal(copy)[1]
        anchor = f"{commit.seq}:{commit.digest().hex()}"
        self.assertEqual(support.run("verify", "--data", copy, "--anchor", anchor).returncode, 0)
        wrong = f"{commit.seq}:{commit.prev.hex()}"
        self.assertEqual(support.run("verify", "--data", copy, "--anchor", wrong).returncode, 3)
        self.assertEqual(support.run("verify", "--data", copy, "--anchor", "x").returncode, 64)


if __name__ == "__main__":
    unittest.main()
