"""Bad input from people: arguments, configurations, data directories that must not be touched."""

import glob
import json
import os
import subprocess
import unittest

import support
from support import Case, plan_signal

SUBCOMMANDS = {
    "run": ["--config"], "check": ["--config"], "plan": ["--config"], "sim": ["--plan"],
    "verify": ["--data"], "rebuild": ["--data"], "export": ["--data", "--what"], "schema": [],
}


class Arguments(Case):
    def refused(self, *arguments):
        done = support.run(*arguments)
        self.assertEqual(done.returncode, 64, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertIn("usage: plumewatch", done.stderr, arguments)
        self.assertEqual(done.stdout, "", arguments)
        return done.stderr

    def test_unknown_command_prints_all(self):
        self.refused()
        text = self.refused("runn")
        for command in SUBCOMMANDS:
            self.assertIn(command, text)

    def test_bad_arguments_of_every_command(self):
        for command, required in SUBCOMMANDS.items():
            self.refused(command, "--no-such-option")
            self.refused(command, "a-word-too-much")
            for option in required:
                others = [part for other in required if other != option
                          for part in (other, "raw" if other == "--what" else self.dir)]
                self.refused(command, *others)
                self.refused(command, *others, option)  # without its value
            self.assertIn(f"usage: plumewatch {command}", self.refused(command, "--no-such-option"))

    def test_values_out_of_their_range(self):
        config = support.write_config(self.dir, support.config({}, []))
        for arguments in (
                ("run", "--config", config, "--seconds", "0"),
                ("run", "--config", config, "--seconds", "ten"),
                ("run", "--config", config, "--log", "loud"),
                ("export", "--data", self.dir, "--what", "everything"),
                ("export", "--data", self.dir, "--what", "raw", "--format", "xml"),
                ("export", "--data", self.dir, "--what", "raw", "--from", "yesterday"),
                ("export", "--data", self.dir, "--what", "raw", "--timezone", "Europe/Berlin")):
            self.refused(*arguments)

    def test_version_and_help(self):
        done = support.run("version")
        self.assertEqual((done.returncode, done.stdout.split()[0]), (0, "plumewatch"))
        self.assertEqual(support.run("help").returncode, 0)


class Files(Case):
    def test_check_tells_every_error_with_its_place(self):
        path = os.path.join(self.dir, "bad.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write('{\n  "plumewatch": 1,\n  "links": [ { "id": "plc", "tcp": "127.0.0.1" } ],\n'
                    '  "devices": [\n    { "id": "d", "link": "plx", "unit": 999,\n'
                    '      "signals": { "a": { "table": "holding", "adress": 3 } } }\n  ]\n}\n')
        done = support.run("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        text = done.stdout + done.stderr
        for line, pointer in ((3, "/links/0/tcp"), (5, "/devices/0/link"), (5, "/devices/0/unit"),
                              (6, "/devices/0/signals/a/adress")):
            self.assertIn(f"{path}:{line}: {pointer}: ", text)
        self.assertIn("plc", text.split("/devices/0/link: ")[1].splitlines()[0])
        self.assertEqual(support.run("run", "--config", path, "--data",
                                     os.path.join(self.dir, "data")).returncode, 65)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "data")))

    def test_check_passes_the_demo_plant(self):
        done = support.run("check", "--config",
                           os.path.join(support.SOURCE, "config/examples/demo.json"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_missing_files_are_named(self):
        for arguments, status in ((("check", "--config", "/nonexistent.json"), 1),
                                  (("plan", "--config", "/nonexistent.json"), 1),
                                  (("run", "--config", "/nonexistent.json"), 65),
                                  (("sim", "--plan", "/nonexistent.json"), 65)):
            done = support.run(*arguments)
            self.assertEqual(done.returncode, status, arguments)
            self.assertIn("/nonexistent.json", done.stdout + done.stderr)

    def test_bad_plan_of_the_simulator(self):
        path = os.path.join(self.dir, "plan.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(support.one_slave([{"unit": 1, "signals": [plan_signal(0, 1, "holdin")]}]), f)
        done = support.run("sim", "--plan", path)
        self.assertEqual(done.returncode, 65)
        self.assertIn(f"{path}: /slaves/0/units/0/signals/0/table: found holdin", done.stderr)

    def test_taken_port_of_the_simulator(self):
        sim = self.start(support.Simulator, support.one_slave([]))
        path = os.path.join(self.dir, "second.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"slaves": [{"listen": sim.addresses[0]}]}, f)
        done = support.run("sim", "--plan", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(sim.addresses[0], done.stderr)


class DataDirectory(Case):
    """A start that must not go on, and must not change what is there."""

    def setUp(self):
        super().setUp()
        self.sim = self.start(support.Simulator, support.one_slave(
            [{"unit": 1, "signals": [plan_signal(0, 7, count=4)]}]))
        self.config = support.config({"l": self.sim.ports()[0]}, [support.device(
            "d", "l", 1, {f"s{a}": {"table": "holding", "address": a} for a in range(4)},
            every_ms=50)])
        self.data = os.path.join(self.dir, "data")

    def record_something(self):
        server = self.start(support.Server, self.config, data=self.data)
        support.wait_until(lambda: server.health()["record"]["raw_lines"] > 10, 20, "ten lines")
        server.stop_cleanly()

    def contents(self):
        found = {}
        for folder, _, files in os.walk(self.data):
            for name in files:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):  # the control socket
                    continue
                with open(path, "rb") as f:
                    found[path] = f.read()
        return found

    def refused(self, *words, config=None, unchanged=True):
        """A start on the directory ends by itself, says why, and leaves everything as it is."""
        before = self.contents()
        path = support.write_config(self.dir, config or self.config, "refused")
        done = subprocess.run([support.PROGRAM, "run", "--config", path, "--data", self.data,
                               "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0, done.stderr)
        self.assertLess(done.returncode, 128, done.stderr)
        self.assertGreater(done.returncode, 0, done.stderr)
        self.assertNotIn("AddressSanitizer", done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        if unchanged:
            self.assertEqual(self.contents(), before)

    def test_in_use(self):
        server = self.start(support.Server, self.config, data=self.data)
        self.refused(self.data, "in use", unchanged=False)
        self.assertTrue(server.alive())
        self.assertIsNotNone(server.health())
        done = support.run("rebuild", "--data", self.data)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("in use", done.stdout + done.stderr)
        server.stop_cleanly()

    def test_of_another_plant(self):
        self.record_something()
        other = json.loads(json.dumps(self.config))
        other["server"]["plant"] = "other"
        self.refused(self.data, '"test"', '"other"', config=other)

    def test_of_a_newer_version(self):
        self.record_something()
        path = os.path.join(self.data, "plumewatch.json")
        with open(path, encoding="utf-8") as f:
            identity = json.load(f)
        identity["format"] = 99
        with open(path, "w", encoding="utf-8") as f:
            json.dump(identity, f)
        self.refused(path, "newer version")

    def test_corrupt_segment(self):
        self.record_something()
        self.record_something()
        segment = glob.glob(os.path.join(self.data, "archive", "*", "*", "*.gz"))[0]
        with open(segment, "r+b") as f:
            size = os.path.getsize(segment)
            f.seek(size // 2)
            byte = f.read(1)[0]
            f.seek(size // 2)
            f.write(bytes([byte ^ 0xFF]))
        self.refused(segment, f"plumewatch rebuild --data {self.data}")
        # And the named command repairs, saying what is gone.
        done = support.run("rebuild", "--data", self.data, "--accept-gap")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.record_something()

    def test_corrupt_database(self):
        self.record_something()
        path = os.path.join(self.data, "plumewatch.db")
        for suffix in ("-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.remove(path + suffix)
        with open(path, "r+b") as f:
            f.write(b"no longer a database, " * 100)
        self.record_something()
        with open(path + ".damaged-1", "rb") as f:
            self.assertTrue(f.read().startswith(b"no longer a database"))
        self.assertEqual(support.verify(self.data).returncode, 0)


if __name__ == "__main__":
    unittest.main()
