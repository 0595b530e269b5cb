"""Alarms: raised by findings, acknowledged and shelved by people, the same over a kill."""

import json
import unittest

import support
from support import Case, Server, Simulator, device, plan_signal, wait_until


def plant(port):
    signals = {"so2": {"table": "holding", "address": 0}, "nox": {"table": "holding", "address": 1}}
    config = support.config({"l": port}, [device("meter", "l", 1, signals, every_ms=250)])
    outlet = {"id": "DA001", "name": "焦炉烟囱",
              "inputs": {"a21026": {"signal": "meter.so2", "min_samples": 1},
                         "a21002": {"signal": "meter.nox", "min_samples": 1}},
              "limits": [{"factor": factor, "period": "realtime", "basis": "measured", "max": 35,
                          "on_delay_s": 1, "off_delay_s": 1} for factor in ("a21026", "a21002")]}
    config["sites"] = [{"id": "test", "outlets": [outlet]}]
    return config


class Alarms(Case):
    def ctl(self, server, *words):
        done = support.run("ctl", "--data", server.data, *words)
        answer = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        return done.returncode, answer, done.stdout + done.stderr

    def alarms(self, server):
        return {a["number"]: a for a in self.ctl(server, "alarms")[1]["alarms"]}

    def test_an_alarm_is_acknowledged_by_somebody_and_kept_over_a_kill(self):
        units = [{"unit": 1, "signals": [plan_signal(0, 52), plan_signal(1, 60)]}]
        sim = self.start(Simulator, support.one_slave(units))
        described = plant(sim.ports()[0])
        server = self.start(Server, described)
        wait_until(lambda: len(self.alarms(server)) == 2, 60, "both limits raise an alarm")
        before = self.alarms(server)
        self.assertEqual({a["state"] for a in before.values()}, {"unacknowledged"})
        self.assertEqual({a["zh"] for a in before.values()}, {"排放超标"})
        code, _, why = self.ctl(server, "shelve", "1", "30", "valve")
        self.assertEqual(code, 1)
        self.assertIn("cannot be shelved", why)
        self.assertEqual(self.ctl(server, "comment", "1")[0], 64)
        self.assertEqual(self.ctl(server, "ack", "99")[0], 1)
        self.assertEqual(self.ctl(server, "ack", "1", "已通知车间")[0], 0)
        self.assertEqual(self.ctl(server, "comment", before[2]["id"], "降负荷")[0], 0)
        self.check_over_a_kill(server, described)

    def check_over_a_kill(self, server, described):
        before = self.alarms(server)
        server.kill()
        again = self.start(Server, described, data=server.data)
        after = self.alarms(again)
        self.assertEqual(after, before)
        self.assertEqual(after[1]["state"], "acknowledged")
        self.assertEqual(after[1]["why"], "已通知车间")
        self.assertIn("uid:", after[2]["who"])
        self.assertEqual(self.ctl(again, "ack", "1")[0], 1)
        self.assertEqual(self.ctl(again, "ack", "2")[0], 0)
        again.stop_cleanly()
        self.assertEqual(support.verify(server.data).returncode, 0)


if __name__ == "__main__":
    unittest.main()
