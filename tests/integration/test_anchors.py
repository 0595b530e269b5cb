"""The chain's head leaves the machine over every kind of anchor, signed, and proves later that the
record was not rewritten."""

import base64
import json
import os
import re
import socket
import stat
import subprocess
import threading
import unittest
from datetime import datetime, timedelta, timezone

import support
from target_servers import make_certificate, server_context
from test_influx import journal


class MailSink:
    """As much of an SMTP server as takes letters; with a certificate only after STARTTLS."""

    def __init__(self, certificate=None):
        self.letters = []
        self.certificate = certificate
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.welcome(client)
            except OSError:
                client.close()

    def welcome(self, client):
        client.settimeout(10)
        stream = client.makefile("rwb")
        self.say(stream, "220 sink")
        if self.certificate:
            self.expect(stream, b"EHLO", "250-sink\r\n250 STARTTLS")
            self.expect(stream, b"STARTTLS", "220 go on")
            client = server_context(self.certificate).wrap_socket(client, server_side=True)
            stream = client.makefile("rwb")
        self.talk(stream)
        stream.close()
        client.close()

    def expect(self, stream, word, answer):
        if not stream.readline().upper().startswith(word):
            raise OSError("another word")
        self.say(stream, answer)

    def talk(self, stream):
        letter = {"to": []}
        for line in stream:
            word = line.split(b" ")[0].strip().upper()
            if word == b"MAIL":
                letter["from"] = line.split(b"<")[1].split(b">")[0].decode()
            if word == b"RCPT":
                letter["to"].append(line.split(b"<")[1].split(b">")[0].decode())
            if word == b"DATA":
                self.say(stream, "354 go on")
                letter["text"] = self.read_text(stream)
                self.letters.append(letter)
                self.say(stream, "250 taken")
            elif word == b"QUIT":
                self.say(stream, "221 bye")
                return
            else:
                self.say(stream, "250 ok")

    @staticmethod
    def read_text(stream):
        lines = []
        for line in stream:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines).decode()

    @staticmethod
    def say(stream, text):
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    def close(self):
        self.listener.close()


class Anchors(support.Case):
    def setUp(self):
        super().setUp()
        self.influx = self.start(support.Influx)
        self.influx.query("CREATE DATABASE plume")
        self.sim = self.start(support.Simulator, support.one_slave(
            [{"unit": 1, "signals": [support.plan_signal(0, 5)]}]))
        self.sink = MailSink()
        self.addCleanup(self.sink.close)
        self.key = self.path("sm2.pem")
        self.openssl("genpkey", "-algorithm", "SM2", "-out", self.key)

    def path(self, name):
        return os.path.join(self.dir, name)

    @staticmethod
    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {arguments}: {done.stderr}{done.stdout}")
        return done.stdout

    def program(self):
        path = self.path("keep.sh")
        with open(path, "w", encoding="ascii") as f:
            f.write(f'#!/bin/sh\necho "$@ $PLUMEWATCH_ANCHOR $PLUMEWATCH_TIME $PLUMEWATCH_PLANT '
                    f'$PLUMEWATCH_SIGNATURE" >> {self.path("kept.txt")}\necho kept it\n')
        os.chmod(path, stat.S_IRWXU)
        return path

    def config(self, **more):
        devices = [support.device("d", "plc", 1, {"s": {"table": "holding", "address": 0}},
                                  every_ms=100)]
        config = support.config({"plc": self.sim.ports()[0]}, devices, influx=[
            {"id": "local", "url": self.influx.url(), "database": "plume", "retry_max_s": 1}],
            anchors=[
                {"via": "influx", "target": "local"},
                {"via": "file", "path": "anchors.txt"},
                {"via": "command", "run": [self.program(), "two words"]},
                {"via": "email", "smtp": f"smtp://127.0.0.1:{self.sink.port}", "tls": "none",
                 "from": "plant@example.org", "to": ["a@example.org", "b@example.org"]}], **more)
        config["server"]["signing_key_file"] = "sm2.pem"
        return config

    def ctl(self, server, word):
        done = support.run("ctl", "--data", server.data, word)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def all_sent(self, server, seq):
        anchors = self.ctl(server, "status")["anchors"]
        return anchors if all(a["last_seq"] >= seq for a in anchors) else None

    def check_signature(self, line):
        time, name, signature = line.split(" ")
        public = self.path("public.pem")
        self.openssl("pkey", "-in", self.key, "-pubout", "-out", public)
        with open(self.path("signature"), "wb") as f:
            f.write(base64.b64decode(signature, validate=True))
        verify = ["dgst", "-sm3", "-verify", public, "-sigopt", "distid:1234567812345678",
                  "-signature", self.path("signature")]
        with open(self.path("signed"), "w", encoding="ascii") as f:
            f.write(f"{time} {name}")
        self.assertIn("OK", self.openssl(*verify, self.path("signed")))
        with open(self.path("signed"), "w", encoding="ascii") as f:
            f.write(f"{time} {name[:-1]}x")
        self.assertRaises(AssertionError, self.openssl, *verify, self.path("signed"))

    def file_lines(self):
        with open(self.path("anchors.txt"), encoding="ascii") as f:
            return f.read().splitlines()

    def check_letters(self, line):
        letter = next(each for each in self.sink.letters if line in each["text"])
        self.assertEqual(letter["from"], "plant@example.org")
        self.assertEqual(letter["to"], ["a@example.org", "b@example.org"])
        for wanted in ("Subject: Plumewatch test: anchor ", "From: plant@example.org",
                       "To: a@example.org,\r\n b@example.org", "Date: ", "Message-ID: <"):
            self.assertIn(wanted, letter["text"])

    def test_the_head_goes_out_everywhere_and_proves_a_rewritten_record(self):
        server = self.start(support.Server, self.config())
        support.wait_until(lambda: len(support.export(server.data)) >= 20, 20, "rows are archived")
        told = self.ctl(server, "anchor")
        seq, digest = told["anchor"].split(":")
        self.assertRegex(digest, "^[0-9a-f]{64}$")
        sent = support.wait_until(lambda: self.all_sent(server, int(seq)), 15, "all anchors went out")
        self.assertEqual([a["via"] for a in sent], ["influx", "file", "command", "email"])
        self.assertEqual([a["failed"] for a in sent], [0, 0, 0, 0])

        self.assertEqual(self.file_lines(), [told["line"]])
        self.check_signature(told["line"])
        time, _, signature = told["line"].split(" ")
        with open(self.path("kept.txt"), encoding="ascii") as f:
            self.assertEqual(f.read(), f"two words {told['anchor']} {time} {told['anchor']} {time} "
                                       f"test {signature}\n")
        self.assertIn("said: kept it", server.err())
        self.check_letters(told["line"])
        stored = self.influx.query("SELECT head, seq, signature FROM self WHERE part = 'anchor'",
                                   "plume")["series"][0]["values"]
        self.assertEqual(stored[0][1:], [digest, int(seq), signature])

        server.stop_cleanly()
        lines = self.file_lines()
        self.assertEqual(len(lines), 2)
        self.check_signature(lines[1])
        self.assertEqual(len(self.sink.letters), 2)
        entries = journal(server.data, "anchor")
        self.assertEqual({e["outcome"] for e in entries}, {"sent"})
        self.assertEqual(sorted(e["via"] for e in entries if e["seq"] == int(seq)),
                         ["command", "email", "file", "influx"])
        anchors = [told["anchor"], lines[1].split(" ")[1]]
        for anchor in anchors:
            done = support.run("verify", "--data", server.data, "--anchor", anchor)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.check_rewritten(told["anchor"])

    def check_rewritten(self, anchor):
        """Another record of the same plant, whole in itself and as long."""
        config = {**self.config(), "anchors": []}
        other = self.start(support.Server, config, name="other", data=self.path("other"))
        support.wait_until(lambda: other.health() and self.ctl(other, "status")["seq"] >
                           int(anchor.split(":")[0]), 30, "the other record is as long")
        other.stop_cleanly()
        self.assertEqual(support.verify(other.data).returncode, 0)
        done = support.run("verify", "--data", other.data, "--anchor", anchor)
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(re.search("anchor", done.stdout + done.stderr))

    def test_what_fails_is_said_counted_and_does_not_hold_up_a_stop(self):
        config = self.config()
        config["anchors"] = [
            {"via": "file", "path": "no/such/directory/anchors.txt"},
            {"via": "command", "run": ["/bin/sh", "-c", "echo broken >&2; exit 3"]},
            {"via": "command", "run": ["/no/such/program"]},
            {"via": "command", "run": ["/bin/sh", "-c", "sleep 100"], "timeout_s": 1},
            {"via": "email", "smtp": "smtp://127.0.0.1:1", "tls": "none", "from": "a@b",
             "to": ["c@d"]}]
        server = self.start(support.Server, config)
        support.wait_until(lambda: self.ctl(server, "status")["seq"] > 0, 10, "there is a head")
        self.ctl(server, "anchor")
        anchors = support.wait_until(lambda: self.all_failed(server), 10, "every anchor failed")
        self.assertIn("No such file", anchors[0]["last_error"])
        self.assertIn("exit status 3: broken", anchors[1]["last_error"])
        self.assertIn("cannot be started", anchors[2]["last_error"])
        self.assertIn("too long", anchors[3]["last_error"])
        self.assertTrue(anchors[4]["last_error"])
        self.assertTrue(all(a["behind"] for a in anchors))
        support.wait_until(lambda: server.metric("plumewatch_anchors_behind") == 5 and
                           server.metric("plumewatch_anchors_failed_total") >= 5, 5,
                           "the metrics tell")
        server.stop_cleanly()
        failed = [e for e in journal(server.data, "anchor") if e["outcome"] == "failed"]
        self.assertGreaterEqual(len(failed), 5)

    def test_only_an_sm2_key_without_a_pass_phrase_is_taken(self):
        config = support.write_config(self.dir, self.config())
        self.assertEqual(support.run("check", "--config", config).returncode, 0)
        keys = [(["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "another kind"),
                (["-algorithm", "SM2", "-aes256", "-pass", "pass:word"], "pass phrase")]
        for arguments, why in keys:
            self.openssl("genpkey", *arguments, "-out", self.key)
            done = support.run("check", "--config", config)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(why, done.stdout + done.stderr)

    def test_a_reload_changes_anchors_and_letters_go_over_tls(self):
        certificate = make_certificate(self.dir)
        sink = MailSink(certificate)
        self.addCleanup(sink.close)
        config = self.config()
        letter = {"via": "email", "smtp": f"smtp://127.0.0.1:{sink.port}", "from": "plant@example.org",
                  "to": ["a@example.org"]}
        config["anchors"] = [letter]
        server = self.start(support.Server, config)
        support.wait_until(lambda: self.ctl(server, "status")["seq"] > 0, 10, "there is a head")
        self.ctl(server, "anchor")
        support.wait_until(lambda: self.all_failed(server), 10, "the certificate is not trusted")
        self.assertEqual(sink.letters, [])
        letter["tls_ca_file"] = "server.pem"
        support.write_config(self.dir, config)
        self.ctl(server, "reload")
        support.wait_until(lambda: sink.letters, 10, "the letter goes out with the new settings")
        self.assertIn("Subject: Plumewatch test: anchor ", sink.letters[0]["text"])
        support.wait_until(lambda: not self.ctl(server, "status")["anchors"][0]["behind"], 10,
                           "the server knows that it was taken")
        server.stop_cleanly()

    def test_the_head_goes_out_by_itself_at_each_full_period(self):
        config = self.config()
        config["server"]["anchor_every_s"] = 10
        config["anchors"] = [{"via": "file", "path": "anchors.txt"}]
        server = self.start(support.Server, config)
        begun = datetime.now(timezone.utc)
        support.wait_until(lambda: os.path.exists(self.path("anchors.txt")) and
                           len(self.file_lines()) >= 2, 60, "two heads went out unasked")
        times = [datetime.fromisoformat(line.split(" ")[0].replace("Z", "+00:00"))
                 for line in self.file_lines()[:2]]
        self.assertLess(times[0] - begun, timedelta(seconds=12))
        for time in times:
            self.assertLess(time.timestamp() % 10, 3)
        self.assertAlmostEqual((times[1] - times[0]).total_seconds(), 10, delta=3)
        first, second = (line.split(" ")[1] for line in self.file_lines()[:2])
        self.assertLess(int(first.split(":")[0]), int(second.split(":")[0]))
        server.stop_cleanly()
        for anchor in (first, second):
            done = support.run("verify", "--data", server.data, "--anchor", anchor)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def all_failed(self, server):
        anchors = self.ctl(server, "status")["anchors"]
        return anchors if all(a["failed"] for a in anchors) else None


if __name__ == "__main__":
    unittest.main()
