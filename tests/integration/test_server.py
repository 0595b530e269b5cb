"""The running server as its operator meets it: readiness, reload, control socket, declarations,
restart over a kill, clean stop."""

import json
import os
import signal
import socket
import subprocess
import time
import unittest

import support
from support import Case, Server, Simulator, config, device, plan_signal, wait_until


def outlet(**limit):
    return {"id": "DA001", "inputs": {"a21026": {"signal": "cems.so2"}},
            "limits": [{"factor": "a21026", "period": "realtime", "on_delay_s": 1, "off_delay_s": 1,
                        **limit}]}


def plant(port, second_port=None, **limit):
    signals = {"so2": {"table": "holding", "address": 0, "type": "uint16", "scale": 0.1},
               "o2": {"table": "holding", "address": 1, "type": "uint16", "scale": 0.1}}
    links = {"cems": port}
    devices = [device("cems", "cems", 1, signals, every_ms=200)]
    if second_port:
        links["meter"] = second_port
        devices.append(device("meter", "meter", 1, {"power": {"table": "holding", "address": 0}},
                              every_ms=200))
    return config(links, devices, sites=[{"id": "demo", "outlets": [outlet(**limit)]}])


def two_slaves():
    units = [{"unit": 1, "signals": [plan_signal(0, 400), plan_signal(1, 80)]}]
    return {"slaves": [{"listen": "127.0.0.1:0", "units": units},
                       {"listen": "127.0.0.1:0", "units": units}]}


def ctl(server, *words):
    done = support.run("ctl", "--data", server.data, *words)
    return done.returncode, (json.loads(done.stdout) if done.stdout.startswith("{") else None), done


class ServerTest(Case):
    def start_plant(self, second=False, **limit):
        simulator = self.start(Simulator, two_slaves())
        ports = simulator.ports()
        self.described = plant(ports[0], ports[1] if second else None, **limit)
        return self.start(Server, self.described)

    def rewrite(self, server, described):
        with open(server.config_path, "w", encoding="utf-8") as f:
            json.dump(described, f)

    def findings(self, server):
        return support.export(server.data, "findings")

    def test_readiness_is_told_when_everything_stands(self):
        path = os.path.join(self.dir, "notify")
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(path)
        receiver.settimeout(20)
        self.addCleanup(receiver.close)
        simulator = self.start(Simulator, two_slaves())
        written = support.write_config(self.dir, plant(simulator.ports()[0], max=35))
        child = self.start(support.Process, "notified",
                           [support.PROGRAM, "run", "--config", written, "--data",
                            os.path.join(self.dir, "data"), "--listen", "127.0.0.1:0"],
                           {**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000000"})
        seen = [receiver.recv(200).decode()]
        self.assertEqual(seen[0], "READY=1")
        self.assertIn("port=", child.err())
        while "WATCHDOG=1" not in seen:
            seen.append(receiver.recv(200).decode())
        child.send(signal.SIGTERM)
        while "STOPPING=1" not in seen:
            seen.append(receiver.recv(200).decode())
        self.assertEqual(child.stop(), 0)

    def test_a_stop_is_clean_within_five_seconds_and_nothing_is_lost(self):
        server = self.start_plant(max=100)
        wait_until(lambda: server.health()["counters"]["readings"] > 5, 20, "readings")
        began = time.monotonic()
        server.stop_cleanly()
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(support.verify(server.data).returncode, 0)
        lines = subprocess.run(f"zcat {server.data}/archive/*/*/*.gz | grep -a '\"type\":\"stop\"'",
                               shell=True, capture_output=True, text=True, check=True).stdout
        samples = json.loads(lines)["samples"]
        self.assertEqual(len(support.export(server.data)), samples)

    def test_a_second_server_on_the_same_directory_is_refused(self):
        server = self.start_plant(max=100)
        done = support.run("run", "--config", server.config_path, "--data", server.data,
                           "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("in use", done.stderr)
        server.check_alive()

    def test_a_failed_reload_changes_nothing_and_says_why(self):
        server = self.start_plant(max=35)
        before = ctl(server, "status")[1]["config"]
        broken = plant(1, max="high")
        self.rewrite(server, broken)
        status, _, done = ctl(server, "reload")
        self.assertEqual(status, 1)
        self.assertIn("/sites/0/outlets/0/limits/0/max: found \"high\"", done.stderr)
        self.assertEqual(ctl(server, "status")[1]["config"], before)
        readings = server.health()["counters"]["readings"]
        wait_until(lambda: server.health()["counters"]["readings"] > readings + 3, 20, "it goes on")

    def test_what_only_a_restart_changes_is_refused_by_name(self):
        server = self.start_plant(max=35)
        self.described["server"]["commit_max_ms"] = 2000
        self.rewrite(server, self.described)
        status, _, done = ctl(server, "reload")
        self.assertEqual(status, 1)
        self.assertIn("server.commit_max_ms needs a restart", done.stderr)

    def test_a_reload_keeps_the_links_that_did_not_change(self):
        server = self.start_plant(second=True, max=100)
        wait_until(lambda: all(d["readings"] > 3 for d in ctl(server, "status")[1]["devices"]), 20,
                   "both devices answer")
        self.described["devices"][1]["every_ms"] = 100
        self.rewrite(server, self.described)
        server.send(signal.SIGHUP)
        wait_until(lambda: "reload   done" in server.err(), 20, "SIGHUP reloads")
        wait_until(lambda: ctl(server, "status")[1]["devices"][1]["readings"] > 3, 20,
                   "the changed device answers again")
        links = ctl(server, "status")[1]["links"]
        self.assertEqual([link["id"] for link in links], ["cems", "meter"])
        self.assertEqual(links[0]["connects"], 1)
        self.assertEqual(links[0]["disconnects"], 0)
        del self.described["devices"][1]
        del self.described["links"][1]
        self.rewrite(server, self.described)
        self.assertEqual(ctl(server, "reload")[0], 0)
        self.assertEqual(len(ctl(server, "status")[1]["links"]), 1)

    def test_a_changed_limit_closes_its_finding_as_reconfigured(self):
        server = self.start_plant(max=35)
        wait_until(lambda: server.health()["counters"]["findings"] == 1, 20, "the finding opens")
        self.described["sites"][0]["outlets"][0]["limits"][0]["max"] = 90
        self.rewrite(server, self.described)
        self.assertEqual(ctl(server, "reload")[0], 0)
        closed = wait_until(lambda: [f for f in self.findings(server) if f["state"] == "closed"],
                            20, "the finding is closed")
        self.assertEqual(closed[0]["reason"], "reconfigured")
        self.assertEqual(closed[0]["value"], 40)

    def test_an_open_finding_survives_a_kill(self):
        server = self.start_plant(max=35)
        wait_until(lambda: self.findings(server), 20, "the finding is durable")
        opened = self.findings(server)[0]
        server.kill()
        again = self.start(Server, self.described, data=server.data)
        self.assertIn("snapshot" if "snapshot=" in again.err() else "replaying", again.err())
        wait_until(lambda: again.health()["counters"]["readings"] > 10, 20, "readings")
        after = self.findings(again)
        self.assertEqual([(f["id"], f["state"]) for f in after], [(opened["id"], "open")])
        self.assertEqual(again.health()["counters"]["findings"], 0)
        shown = json.loads(support.get(again.url("/api/v1/findings?state=open")))
        self.assertIn(opened["id"], json.dumps(shown))
        again.stop_cleanly()
        self.assertEqual(support.verify(server.data).returncode, 0)

    def test_a_mark_silences_a_limit_and_is_kept_over_a_kill(self):
        server = self.start_plant(max=100)
        mark = {"kind": "mark", "object": "DA001", "factor": "a21026", "class": "maintenance",
                "start": "2026-01-01T00:00:00+08:00", "reason": "标准气体核查"}
        status, answer, _ = ctl(server, "declare", json.dumps(mark))
        self.assertEqual(status, 0)
        self.described["sites"][0]["outlets"][0]["limits"][0]["max"] = 35
        self.rewrite(server, self.described)
        self.assertEqual(ctl(server, "reload")[0], 0)
        server.kill()
        again = self.start(Server, self.described, data=server.data)
        declared = ctl(again, "status")[1]["declared"]
        self.assertEqual([d["id"] for d in declared], [answer["id"]])
        self.assertEqual(declared[0]["reason"], "标准气体核查")
        readings = again.health()["counters"]["readings"]
        wait_until(lambda: again.health()["counters"]["readings"] > readings + 15, 20, "readings")
        self.assertEqual(self.findings(again), [])
        self.assertEqual(ctl(again, "withdraw", answer["id"])[0], 0)
        self.assertEqual(ctl(again, "withdraw", answer["id"])[0], 1)
        wait_until(lambda: self.findings(again), 20, "without the mark the finding opens")

    def test_bad_declarations_say_what_is_wrong(self):
        server = self.start_plant(max=100)
        for body, said in [("{}", "/kind: found nothing"),
                           ('{"kind":"mark","object":"DA009","class":"x","start":"5","reason":"r"}',
                            "no outlet, device or equipment of that id"),
                           ("[1", "the request is no JSON object")]:
            status, _, done = ctl(server, "declare", body)
            self.assertEqual(status, 1)
            self.assertIn(said, done.stderr)

    def test_a_silent_client_does_not_hold_up_the_others(self):
        server = self.start_plant(max=100)
        path = os.path.join(server.data, "control.sock")
        silent = [socket.socket(socket.AF_UNIX) for _ in range(7)]
        for s in silent:
            s.connect(path)
        self.assertEqual(ctl(server, "status")[0], 0)
        for s in silent:
            s.close()
        self.assertEqual(oct(os.stat(path).st_mode & 0o777), "0o600")

    def test_no_server_is_exit_69(self):
        self.assertEqual(support.run("ctl", "--data", self.dir, "status").returncode, 69)


if __name__ == "__main__":
    unittest.main()
