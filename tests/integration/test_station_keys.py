"""HJ 212-2025 stations that encrypt (6.4), and whose key is changed by 1014. SM4 is openssl's."""

import gzip
import json
import os
import sqlite3
import stat
import subprocess
import unittest

import support
from station_peer import StationCase, crc, stamp
from support import Server, wait_until

FIRST_KEY = "Ab0123456789cdEF"


def sm4(key, data):
    """The groups of 16 bytes encrypted, the rest as it is."""
    whole = len(data) // 16 * 16
    done = subprocess.run(["openssl", "enc", "-sm4-ecb", "-nopad", "-K", key.encode().hex()],
                          input=data[:whole], capture_output=True, check=True)
    return done.stdout + data[whole:]


def encrypted(segment, key, literal=False):
    """The sum and the length are those of the plain text."""
    data = segment.encode()
    head, tail = data.split(b"CP=&&", 1)
    cipher = sm4(key, tail[:-2])
    if literal:
        whole = len(cipher) // 16 * 16
        cipher = (b"{" + b",".join(b"0x%02X" % byte for byte in cipher[:whole]) + b"}"
                  + cipher[whole:])
    return b"##%04d%sCP=&&%s&&%04X\r\n" % (len(data), head, cipher, crc(data))


class StationKeyTest(StationCase):
    def keyed(self, **device):
        described = self.describe()
        with open(os.path.join(self.dir, "sm4"), "w", encoding="utf-8") as f:
            f.write(FIRST_KEY + "\n")
        described["devices"][0].update({"sm4_key_file": "sm4", "edition": "2025", **device})
        return described

    def segment(self, cp, qn, cn=2011):
        return f"QN={qn};ST=31;CN={cn};PW=123456;MN=MN1;Flag=9;CP=&&{cp}&&"

    def check_taken(self, station, data, qn):
        station.socket.sendall(data)
        answer = station.answer()
        self.assertIsNotNone(answer, qn)
        self.assertEqual((answer["CN"], answer["QN"]), ("9014", qn))

    def everything_kept(self, data_dir):
        """All bytes below the data directory but the file of keys, unpacked."""
        kept = b""
        for folder, _, names in os.walk(data_dir):
            for name in names:
                path = os.path.join(folder, name)
                if name.startswith("station-keys") or not os.path.isfile(path):
                    continue
                with open(path, "rb") as f:
                    content = f.read()
                kept += gzip.decompress(content) if name.endswith(".gz") else content
        return kept

    def test_encrypted_packets_are_read_and_a_wrong_key_is_none(self):
        server = self.start(Server, self.keyed())
        station = self.connect()
        now = stamp()
        text = self.segment(f"DataTime={now};a24088-Rtd=12.5,a24088-Flag=N", f"{now}001")
        self.check_taken(station, encrypted(text, FIRST_KEY), f"{now}001")
        station.socket.sendall(encrypted(self.segment(f"DataTime={now};a24088-Rtd=9", f"{now}002"),
                                         "another-key-here"))
        clear = self.segment(f"DataTime={now};a24088-Rtd=7", f"{now}003")
        self.check_taken(station, b"##%04d%s%04X\r\n" % (len(clear), clear.encode(),
                                                         crc(clear.encode())), f"{now}003")
        status = self.status(server)["stations"][0]
        self.assertEqual((status["decrypted"], status["bad_crc"]), (1, 1))
        server.stop_cleanly()
        self.assertEqual([row["value"] for row in support.export(server.data)], [12.5, 7])
        self.assertIn("a24088-Rtd=12.5", self.journal(server.data)[0]["raw"])

    def test_the_printed_form_is_read_and_clear_text_is_refused_where_it_shall_be(self):
        server = self.start(Server, self.keyed(cipher_form="literal", cipher="require"))
        station = self.connect()
        now = stamp()
        clear = self.segment(f"DataTime={now};a24088-Rtd=7", f"{now}001").encode()
        station.socket.sendall(b"##%04d%s%04X\r\n" % (len(clear), clear, crc(clear)))
        for n, literal in enumerate((True, False)):
            text = self.segment(f"DataTime={now};a24088-Rtd={n}", f"{now}01{n}")
            self.check_taken(station, encrypted(text, FIRST_KEY, literal), f"{now}01{n}")
        self.assertEqual(self.status(server)["stations"][0]["plain_refused"], 1)
        server.stop_cleanly()
        self.assertEqual([row["value"] for row in support.export(server.data)], [0, 1])

    def ask_for_key(self, station, key, qn):
        """The new key as the server sends it, and that packet's QN."""
        station.socket.sendall(encrypted(self.segment(f"SKCreateTime={qn}", qn, cn=1014), key))
        self.assertEqual(station.answer()["CN"], "9013")
        line = station.segment(10)
        self.assertIn("CN=1014", line)
        return line.split("NewSK=")[1][:16], line.split("QN=")[1][:17]

    def reply(self, station, qn, cn, what):
        segment = f"QN={qn};ST=91;CN={cn};PW=123456;MN=MN1;Flag=8;CP=&&{what}&&".encode()
        station.socket.sendall(b"##%04d%s%04X\r\n" % (len(segment), segment, crc(segment)))

    def test_a_changed_key_survives_a_kill_and_stands_nowhere_else(self):
        described = self.keyed(key_grace_min=0)
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        new, qn = self.ask_for_key(station, FIRST_KEY, f"{now}001")
        self.assertTrue(self.status(server)["stations"][0]["key_offered"])
        path = os.path.join(server.data, "station-keys")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.reply(station, qn, 9011, "QnRtn=1")
        self.reply(station, qn, 9012, "ExeRtn=1")
        text = self.segment(f"DataTime={now};a24088-Rtd=1", f"{now}002")
        self.check_taken(station, encrypted(text, new), f"{now}002")
        wait_until(lambda: self.status(server)["stations"][0]["key_since"], 5, "it is in force")
        wait_until(lambda: FIRST_KEY.encode().hex() not in self.read(path), 5, "and kept")
        server.kill()
        station.close()
        again = self.start(Server, described, name="again", data=server.data)
        station = self.connect()
        text = self.segment(f"DataTime={now};a24088-Rtd=2", f"{now}003")
        self.check_taken(station, encrypted(text, new), f"{now}003")
        text = self.segment(f"DataTime={now};a24088-Rtd=3", f"{now}004")
        station.socket.sendall(encrypted(text, FIRST_KEY))
        wait_until(lambda: self.status(again)["stations"][0]["bad_crc"] == 1, 5, "the old is over")
        again.stop_cleanly()
        kept = self.everything_kept(server.data) + (server.err() + again.err()).encode()
        for key in (FIRST_KEY, new):
            for form in (key, key.encode().hex()):
                self.assertNotIn(form.encode(), kept)
        lines = [line["key"] for line in self.lines(server.data, "station-key")]
        self.assertEqual(lines, ["offered", "in-force"])

    def test_a_change_cut_short_on_either_side_leaves_a_key_that_both_have(self):
        described = self.keyed()
        server = self.start(Server, described)
        station = self.connect()
        now = stamp()
        new, qn = self.ask_for_key(station, FIRST_KEY, f"{now}001")
        server.kill()
        station.close()
        again = self.start(Server, described, name="again", data=server.data)
        station = self.connect()
        text = self.segment(f"DataTime={now};a24088-Rtd=1", f"{now}002")
        self.check_taken(station, encrypted(text, FIRST_KEY), f"{now}002")
        same, qn = self.ask_for_key(station, FIRST_KEY, f"{now}003")
        self.assertEqual(same, new, "as long as it may have been taken")
        text = self.segment(f"DataTime={now};a24088-Rtd=2", f"{now}004")
        self.check_taken(station, encrypted(text, new), f"{now}004")
        other, qn = self.ask_for_key(station, new, f"{now}005")
        self.assertNotEqual(other, new)
        self.reply(station, qn, 9011, "QnRtn=2")
        text = self.segment(f"DataTime={now};a24088-Rtd=3", f"{now}006")
        self.check_taken(station, encrypted(text, new), f"{now}006")
        self.assertFalse(self.status(again)["stations"][0]["key_offered"])
        again.stop_cleanly()

    def read(self, path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    def lines(self, data_dir, kind):
        """Journal lines of a type."""
        with sqlite3.connect(f"file:{data_dir}/plumewatch.db?mode=ro", uri=True) as db:
            rows = db.execute("SELECT json FROM line WHERE type = ? ORDER BY seq, idx", (kind,))
            return [json.loads(row[0]) for row in rows]


if __name__ == "__main__":
    unittest.main()
