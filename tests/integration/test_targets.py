"""Delivery to several kinds of servers at once: Debian's InfluxDB 1.6.7 and VictoriaMetrics, and a
strict server with the answers of InfluxDB 2 and 3. Whatever each of them does, in the end each has
everything; and what was missed does not delay what comes."""

import json
import os
import signal
import threading
import time
import unittest

import support
from target_servers import StrictServer, VictoriaMetrics, fill_archive, make_certificate
from test_influx import journal, milliseconds, missing, rows_at

DEVICES = 3
WEEK_S = 7 * 24 * 3600


class Targets(support.Case):
    def setUp(self):
        super().setUp()
        self.sim = self.start(support.Simulator, support.one_slave(
            [{"unit": unit, "signals": [
                {"table": "holding", "address": address, "type": "float32",
                 "signal": {"kind": "sine", "mean": 100 * unit, "amplitude": 50,
                            "period_s": 7 + address}} for address in (0, 2)]}
             for unit in range(1, DEVICES + 1)]))
        with open(os.path.join(self.dir, "token"), "w", encoding="ascii") as f:
            f.write("secret\n")

    def strict(self, api, **more):
        server = StrictServer(api, **more)
        self.addCleanup(server.close)
        return server

    def config(self, targets, every_ms=200):
        devices = [support.device(f"d{unit}", "plc", unit, {
            f"s{address}": {"table": "holding", "address": address, "type": "float32"}
            for address in (0, 2)}, every_ms=every_ms) for unit in range(1, DEVICES + 1)]
        return support.config({"plc": self.sim.ports()[0]}, devices, influx=targets)

    def run_server(self, targets, **more):
        config = self.config(targets, **more)
        return self.start(support.Server, config)

    def status(self, server):
        done = support.run("ctl", "--data", server.data, "status")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {target["id"]: target for target in json.loads(done.stdout)["targets"]}

    def wait_for_rows(self, server, count):
        support.wait_until(lambda: len(support.export(server.data)) >= count, 60,
                           f"{count} rows are archived")

    def wait_until_strict_has_all(self, server, strict, seconds=30):
        archived = support.export(server.data)
        support.wait_until(lambda: not missing(archived, strict.rows()), seconds,
                           f"every row is at the {strict.api} server")

    def endure(self, strict, trouble, requests=2):
        """So much trouble, then none."""
        strict.trouble = trouble
        before = strict.answers.get(trouble, 0)
        support.wait_until(lambda: strict.answers.get(trouble, 0) >= before + requests, 20,
                           f"{requests} requests met with {trouble}")
        strict.trouble = None

    def run_through_everything(self, api, troubles):
        strict = self.strict(api)
        server = self.run_server([strict.target("token", timeout_ms=500)])
        self.wait_for_rows(server, 30)
        for trouble in troubles:
            self.endure(strict, trouble)
            self.wait_until_strict_has_all(server, strict)
        self.assertEqual(self.status(server)[f"strict-{api}"]["quarantined"], 0)
        strict.refuse = lambda line: line.startswith("raw_d2") and hash(line) % 3 == 0
        self.wait_for_rows(server, len(support.export(server.data)) + 60)
        support.wait_until(lambda: journal(server.data, "quarantine"), 10, "lines are in quarantine")
        server.stop_cleanly()
        self.check_quarantine(server, strict)
        self.assertEqual(strict.complaints, [])

    def check_quarantine(self, server, strict):
        """Every line of the record is either stored or in quarantine with its text."""
        refused = {entry["text"] for entry in journal(server.data, "quarantine")}
        self.assertTrue(all(line.startswith("raw_d2") for line in refused), refused)
        absent = missing(support.export(server.data), strict.rows())
        self.assertTrue({row["device"] for row in absent} <= {"d2"})
        named = {line.rsplit(" ", 1)[1] for line in refused}
        self.assertTrue({str(milliseconds(row["time"])) for row in absent} <= named)

    def test_v2_answers(self):
        self.run_through_everything("v2", [401, 404, 413, 429, 500, "cut", "hang"])

    def test_v3_answers(self):
        self.run_through_everything("v3", [401, 404, 413, 422, 429, 500, "cut", "hang"])

    def test_a_server_that_answers_once_a_second_is_kept_up_with(self):
        strict = self.strict("v3", flush_s=1.0)
        server = self.run_server([strict.target("token")], every_ms=500)
        self.wait_for_rows(server, 60)
        archived = support.export(server.data)
        support.wait_until(lambda: not missing(archived, strict.rows()), 10, "it has every row")
        server.stop_cleanly()

    def test_a_certificate_is_checked(self):
        certificate = make_certificate(self.dir)
        strict = self.strict("v2", certificate=certificate)
        trusting = strict.target("token", tls_ca_file=certificate)
        doubting = {**strict.target("token"), "id": "doubting"}
        server = self.run_server([trusting, doubting])
        self.wait_for_rows(server, 30)
        self.wait_until_strict_has_all(server, strict)
        states = support.wait_until(lambda: self.states_once(server, doubting="unreachable"), 10,
                                    "the other target is not trusted")
        self.assertIn("certificate", states["doubting"]["last_error"].lower())
        self.assertEqual(states["doubting"]["lines"], 0)
        server.stop_cleanly()

    def test_a_wrong_password_holds_until_it_is_right(self):
        influx = self.start(support.Influx, auth=True)
        influx.query("CREATE USER admin WITH PASSWORD 'right' WITH ALL PRIVILEGES")
        influx.login = {"u": "admin", "p": "right"}
        influx.query("CREATE DATABASE plume")
        password = os.path.join(self.dir, "password")
        with open(password, "w", encoding="ascii") as f:
            f.write("wrong\n")
        server = self.run_server([{"id": "one", "url": influx.url(), "database": "plume",
                                   "user": "admin", "password_file": "password", "hold_s": 1}])
        self.wait_for_rows(server, 30)
        states = support.wait_until(lambda: self.states_once(server, one="refused"), 10,
                                    "the target is refused")
        self.assertIn("HTTP 401", states["one"]["last_error"])
        with open(password, "w", encoding="ascii") as f:
            f.write("right\n")
        self.assertEqual(support.run("ctl", "--data", server.data, "reload").returncode, 0)
        archived = support.export(server.data)
        support.wait_until(lambda: not missing(archived, rows_at(influx)), 10, "every row is there")
        server.stop_cleanly()
        self.assertEqual(journal(server.data, "quarantine"), [])

    def states_once(self, server, **wanted):
        found = self.status(server)
        return found if all(found[name]["state"] == state for name, state in wanted.items()) else None

    def missing_at_victoria(self, archived, victoria):
        stored = victoria.values()
        return [row for row in archived if row["value"] is not None and stored.get(
            (f"raw_{row['device']}_{row['signal']}", row["device"],
             milliseconds(row["time"]))) != row["value"]]

    def break_influx(self, server, influx):
        """It has no database at first, then hangs for a while."""
        support.wait_until(lambda: self.status(server)["one"]["state"] == "refused", 20,
                           "InfluxDB misses its database")
        influx.query("CREATE DATABASE plume")
        support.wait_until(lambda: self.status(server)["one"]["lines"] > 20, 20, "it has lines")
        influx.send(signal.SIGSTOP)
        support.wait_until(lambda: self.status(server)["one"]["state"] == "unreachable", 20,
                           "InfluxDB hangs")
        influx.send(signal.SIGCONT)

    def test_three_targets_with_different_outages_are_each_complete(self):
        influx = self.start(support.Influx)
        victoria = self.start(VictoriaMetrics)
        strict = self.strict("v3", flush_s=0.1)
        server = self.run_server([
            {"id": "one", "url": influx.url(), "database": "plume", "retry_max_s": 1, "hold_s": 1,
             "timeout_ms": 500},
            {"id": "two", "url": victoria.url(), "api": "v2", "bucket": "any", "retry_max_s": 1},
            strict.target("token")])
        self.wait_for_rows(server, 60)
        victoria.stop()
        breaking = threading.Thread(target=self.break_influx, args=(server, influx))
        breaking.start()
        self.endure(strict, 500, 3)
        self.endure(strict, "cut", 2)
        self.wait_for_rows(server, len(support.export(server.data)) + 60)
        self.assertEqual(self.status(server)["two"]["state"], "unreachable")
        breaking.join()
        victoria = self.start(VictoriaMetrics, port=victoria.port)
        self.wait_for_rows(server, len(support.export(server.data)) + 30)
        support.wait_until(lambda: all(t["backlog"] <= 5 for t in self.status(server).values()), 30,
                           "every target has caught up")
        server.stop_cleanly()
        archived = support.export(server.data)
        self.assertEqual(missing(archived, strict.rows()), [])
        support.wait_until(lambda: not self.missing_at_victoria(archived, victoria), 15,
                           "VictoriaMetrics shows every value")
        self.assertEqual(missing(archived, rows_at(influx)), [])

    def test_a_backlog_is_drained_while_live_data_is_fresh(self):
        """A week of commits, one a second; PW_WEEK says which part of it (the default fits CI)."""
        commits = int(WEEK_S * float(os.environ.get("PW_WEEK", "0.002")))
        influx = self.start(support.Influx)
        influx.query("CREATE DATABASE plume")
        data = os.path.join(self.dir, "data")
        fill_archive(data, commits, 10)
        server = self.run_server([{"id": "one", "url": influx.url(), "database": "plume"}],
                                 every_ms=500)
        begun, oldest_s = time.monotonic(), 0.0
        while self.status(server)["one"]["backlog"] > 5:
            self.assertLess(time.monotonic() - begun, max(60, commits / 20))
            oldest_s = max(oldest_s, self.age_of_newest(influx))
        took_s = time.monotonic() - begun
        self.assertLess(oldest_s, 2)
        self.assertLess(took_s, commits / 5, "slower than five times real time")
        counted = "SELECT count(n) FROM self WHERE part = 'fill'"
        support.wait_until(lambda: influx.query(counted, "plume")["series"][0]["values"][0][1] ==
                           commits, 10, "every commit is there")
        counted = influx.query("SELECT count(s4) FROM /^raw_d/", "plume")
        self.assertEqual([series["values"][0][1] for series in counted["series"]], [commits] * 10)
        server.stop_cleanly()
        print(f"{commits} commits in {took_s:.1f} s, live data at most {oldest_s:.2f} s old")

    def age_of_newest(self, influx):
        """Of a live row; 0 until the first one is there."""
        answer = influx.query("SELECT last(s2) FROM raw_d1", "plume")
        if "series" not in answer:
            return 0.0
        newest = answer["series"][0]["values"][0][0] / 1000
        begun = os.path.getmtime(os.path.join(self.dir, "server.json"))
        return time.time() - newest if newest > begun + 1 else 0.0


if __name__ == "__main__":
    unittest.main()
