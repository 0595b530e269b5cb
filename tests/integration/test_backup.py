"""`backup` and `restore` as an operator uses them, beside a running server."""

import filecmp
import glob
import os
import signal
import subprocess
import time
import unittest

import support
from support import Case, Server, Simulator, config, device, plan_signal, wait_until


class BackupTest(Case):
    def setUp(self):
        super().setUp()
        units = [{"unit": 1, "signals": [plan_signal(i, 400 + i) for i in range(20)]}]
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": units}]})
        signals = {f"s{i}": {"table": "holding", "address": i, "type": "uint16"}
                   for i in range(20)}
        self.described = config({"cems": simulator.ports()[0]},
                                [device("cems", "cems", 1, signals, every_ms=50)],
                                sites=[{"id": "demo"}])
        self.server = self.start(Server, self.described)
        self.data = self.server.data
        self.to = os.path.join(self.dir, "copies", "plant")
        self.wait_for_commits(5)

    def commits(self):
        return self.server.health()["record"]["last_seq"]

    def wait_for_commits(self, count):
        before = self.commits()
        wait_until(lambda: self.commits() >= before + count, 30, "commits are made")

    def back_up(self):
        done = support.run("backup", "--data", self.data, "--to", self.to)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_backup_beside_the_running_server_restores_to_an_equal_record(self):
        self.assertIn("1 segments copied, 0 were there already", self.back_up())
        self.wait_for_commits(3)
        self.server.stop_cleanly()
        self.back_up()
        self.assertIn("0 segments copied, 1 were there already", self.back_up())
        into = os.path.join(self.dir, "restored")
        done = support.run("restore", "--from", self.to, "--data", into)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("SQLite equals the journal", done.stdout)
        self.assertEqual(support.export(into), support.export(self.data))
        for path in glob.glob(f"{self.data}/archive/*/*/*.gz"):
            self.assertTrue(filecmp.cmp(path, path.replace(self.data, into), shallow=False))
        text, = glob.glob(f"{self.to}/config/*.json")
        with open(text, encoding="utf-8") as f, open(self.server.config_path,
                                                     encoding="utf-8") as given:
            self.assertIn(given.read().strip(), f.read())
        again = self.start(Server, self.described, name="again", data=into)
        again.stop_cleanly()
        self.assertEqual(support.verify(into).returncode, 0)

    def test_a_backup_made_while_commits_run_is_a_whole_record(self):
        self.back_up()
        into = os.path.join(self.dir, "restored")
        done = support.run("restore", "--from", self.to, "--data", into)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        rows = support.export(into)
        self.assertGreater(len(rows), 20)
        self.server.stop_cleanly()
        self.assertEqual(support.export(self.data)[:len(rows)], rows)

    def test_a_damaged_backup_and_a_full_directory_are_refused(self):
        self.server.stop_cleanly()
        self.back_up()
        done = support.run("restore", "--from", self.to, "--data", self.data)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is not empty", done.stdout)
        path, = glob.glob(f"{self.to}/archive/*/*/*.gz")
        with open(path, "r+b") as f:
            f.seek(200)
            byte = f.read(1)[0]
            f.seek(200)
            f.write(bytes([byte ^ 1]))
        done = support.run("restore", "--from", self.to, "--data", os.path.join(self.dir, "x"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("BROKEN segment", done.stdout)
        self.back_up()  # puts the right bytes back
        done = support.run("restore", "--from", self.to, "--data", os.path.join(self.dir, "y"))
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_killed_backup_goes_on(self):
        self.server.stop_cleanly()
        for _ in range(5):
            child = subprocess.Popen([support.PROGRAM, "backup", "--data", self.data, "--to",
                                      self.to], stdout=subprocess.DEVNULL)
            time.sleep(0.01)
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.back_up()
        done = support.run("restore", "--from", self.to, "--data", os.path.join(self.dir, "z"))
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_copy_of_another_plant_is_not_overwritten(self):
        self.server.stop_cleanly()
        self.back_up()
        with open(f"{self.to}/plumewatch.json", encoding="utf-8") as f:
            text = f.read()
        with open(f"{self.to}/plumewatch.json", "w", encoding="utf-8") as f:
            f.write(text.replace('"test"', '"other"'))
        done = support.run("backup", "--data", self.data, "--to", self.to)
        self.assertEqual(done.returncode, 1)
        self.assertIn('plant "other"', done.stdout)

    def test_verify_beside_the_running_server_costs_no_commit(self):
        """Commits go on at their pace while verify runs again and again."""
        seconds = 3
        start = self.commits()
        time.sleep(seconds)
        alone = self.commits() - start
        deadline = time.monotonic() + seconds
        start = self.commits()
        while time.monotonic() < deadline:
            self.assertEqual(support.verify(self.data).returncode, 0)
        beside = self.commits() - start
        self.assertGreaterEqual(beside, alone * 0.8)
        self.assertEqual(self.server.health()["record"]["lost_lines"], 0)


if __name__ == "__main__":
    unittest.main()
