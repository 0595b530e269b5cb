"""The record on a disk that runs full: a small tmpfs, which only root can mount."""

import contextlib
import os
import subprocess
import unittest

import support
from support import Case, Server, Simulator, config, device, plan_signal, wait_until

DISK_MIB = 40
BALLAST_MIB = 8
SIGNALS = 120
UNITS = 16


def mount(path):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", path],
                          capture_output=True, text=True, check=False)


def describe(port):
    signals = {f"s{i:03}": {"table": "holding", "address": i, "type": "uint16"}
               for i in range(SIGNALS)}
    devices = [device(f"d{u}", "l", u, signals, every_ms=50) for u in range(1, UNITS + 1)]
    described = config({"l": port}, devices, sites=[{"id": "demo"}])
    described["server"]["ballast_mib"] = BALLAST_MIB
    return described


@unittest.skipIf(os.geteuid() != 0, "only root can mount a small disk")
class FullDiskTest(Case):
    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.dir, "disk")
        os.mkdir(self.disk)
        done = mount(self.disk)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs can be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        units = [{"unit": u, "signals": [plan_signal(i, 1000 + i) for i in range(SIGNALS)]}
                 for u in range(1, UNITS + 1)]
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": units}]})
        self.server = self.start(Server, describe(simulator.ports()[0]),
                                 data=os.path.join(self.disk, "data"))

    def record(self):
        return self.server.health()["record"]

    def reasons(self):
        return [reason["code"] for reason in self.server.health()["reasons"]]

    def ballast_mib(self):
        with contextlib.suppress(OSError):
            return os.stat(f"{self.server.data}/ballast").st_blocks / 2048
        return -1

    def fill(self):
        """Takes whatever is free, again and again, since the ballast is given up meanwhile."""
        with open(f"{self.disk}/filler", "ab", buffering=0) as f, contextlib.suppress(OSError):
            while True:
                f.write(bytes(4096))
        return "disk-refuses" in self.reasons()

    def test_a_full_disk_costs_counted_lines_and_nothing_else(self):
        wait_until(lambda: self.ballast_mib() == BALLAST_MIB, 20, "there is ballast")
        wait_until(lambda: self.record()["commits"] > 2, 30, "commits are made")
        wait_until(self.fill, 60, "the disk refuses")
        self.assertEqual(self.ballast_mib(), BALLAST_MIB / 2)
        before = self.record()["last_seq"]
        wait_until(lambda: self.fill() and self.record()["lost_lines"] > 50, 180, "lines are lost")
        self.assertEqual(self.record()["last_seq"], before)
        os.remove(f"{self.disk}/filler")
        wait_until(lambda: self.record()["last_seq"] > before + 1, 30, "commits are made again")
        wait_until(lambda: self.ballast_mib() == BALLAST_MIB, 40, "the ballast is back")
        wait_until(lambda: "disk-low" not in self.reasons(), 20, "the disk is good again")
        lost = self.record()["lost_lines"]
        wait_until(lambda: self.server.health()["findings_open"] == 0, 30, "the alarm is over")
        self.server.stop_cleanly()
        done = support.verify(self.server.data)
        self.assertEqual(done.returncode, 0, done.stdout)
        journal = subprocess.run(f"cat {self.server.data}/archive/*/*/*.gz | zcat | grep "
                                 "'^{\"type\":\"loss\"'", shell=True, capture_output=True,
                                 text=True, check=True)
        told = sum(line["lines"] for line in support.json_lines(journal.stdout))
        self.assertEqual(told, lost)
        found = {(row["kind"], row["state"]) for row in support.export(self.server.data,
                                                                      "findings")}
        self.assertIn(("system", "closed"), found)
        self.assertNotIn(("system", "open"), found)

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.disk], check=True)

    def test_a_read_only_disk_refuses_a_start_and_nothing_is_changed(self):
        """Under a running server the kernel refuses this remount; that case has a file layer's test."""
        wait_until(lambda: self.record()["commits"] > 2, 30, "commits are made")
        self.server.stop_cleanly()
        self.remount("ro")
        refused = self.start(Server, describe(1), name="refused", data=self.server.data, wait=False)
        wait_until(lambda: not refused.alive(), 30, "the server refuses to start")
        self.assertNotEqual(refused.child.returncode, 0)
        self.assertIn("Read-only file system", refused.err())
        done = support.verify(self.server.data)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(support.export(self.server.data))
        self.remount("rw")
        again = self.start(Server, describe(1), name="again", data=self.server.data)
        again.stop_cleanly()
        self.assertEqual(support.verify(self.server.data).returncode, 0)

    def test_a_stop_on_a_full_disk_is_clean_and_whole(self):
        wait_until(lambda: self.ballast_mib() == BALLAST_MIB, 20, "there is ballast")
        wait_until(self.fill, 60, "the disk refuses")
        self.server.stop_cleanly()
        os.remove(f"{self.disk}/filler")
        done = support.verify(self.server.data)
        journal = subprocess.run(f"cat {self.server.data}/archive/*/*/*.gz | zcat | tail -n 3",
                                 shell=True, capture_output=True, text=True, check=True)
        self.assertIn('{"type":"stop"', journal.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
