"""The HTTP side of the running server: what the API, the metrics and the page say beside what the
simulator did."""

import json
import os
import socket
import unittest
import urllib.error
import urllib.request

import support
from support import Case, Server, Simulator, config, device, get, plan_signal, wait_until

SO2 = {"table": "holding", "address": 0, "type": "uint16", "scale": 0.1, "unit": "mg/m3",
       "name": "二氧化硫"}
WEB = os.path.join(support.SOURCE, "acq", "web")


def two_units():
    return {"slaves": [{"listen": "127.0.0.1:0", "units": [
        {"unit": 1, "signals": [plan_signal(0, 412)]},
        {"unit": 2, "signals": [plan_signal(0, 7)], "faults": [{"kind": "silence"}]}]}]}


def plant(port, **more):
    signals = {"so2": SO2}
    return config({"bus": port}, [
        device("good", "bus", 1, signals, every_ms=200, timeout_ms=100),
        device("silent", "bus", 2, signals, every_ms=500, timeout_ms=50, retries=0)], **more)


def with_limit(maximum):
    return [{"id": "demo", "name": "示范厂", "outlets": [{
        "id": "DA001", "inputs": {"a21026": {"signal": "good.so2"}},
        "limits": [{"factor": "a21026", "period": "realtime", "max": maximum, "on_delay_s": 1}]}]}]


class ServeTest(Case):
    def start_plant(self, **more):
        self.simulator = self.start(Simulator, two_units())
        return self.start(Server, plant(self.simulator.ports()[0], **more),
                          arguments=("--web", WEB))

    def api(self, server, path):
        text = get(server.url("/api/v1/" + path))
        self.assertIsNotNone(text, path)
        return json.loads(text)

    def status(self, server, path, method="GET", headers=None):
        asked = urllib.request.Request(server.url(path), method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read()

    def test_devices_tell_values_and_reasons(self):
        server = self.start_plant()

        def both():
            devices = self.api(server, "devices?with=signals")["devices"]
            return devices if all("quality" in d for d in devices) else None
        good, silent = wait_until(both, 20, "both devices were read")
        self.assertEqual((good["id"], good["link"], good["unit"]), ("good", "bus", 1))
        self.assertEqual(good["quality"], "good")
        self.assertEqual(good["signals"][0]["value"], 41.2)
        self.assertEqual(good["signals"][0]["name"], "二氧化硫")
        self.assertRegex(good["signals"][0]["time"], r"^20\d\d-.*\+08:00$")
        self.assertEqual(silent["quality"], "timeout")
        self.assertIsNone(silent["signals"][0]["value"])
        self.assertEqual(silent["signals"][0]["quality"], "timeout")
        self.assertEqual(self.api(server, "devices/silent")["id"], "silent")
        self.assertEqual(self.api(server, "links")["links"][0]["state"], "connected")
        server.stop_cleanly()

    def test_metrics_agree_with_the_simulator(self):
        server = self.start_plant()
        name = 'plumewatch_device_requests_total{device="good"}'
        wait_until(lambda: (server.metric(name) or 0) >= 5, 20, "five requests")
        before = server.metric(name)
        total = [line for line in self.simulator.counts() if line["type"] == "total"][0]
        timeouts = 'plumewatch_device_results_total{device="silent",result="timeout"}'
        wait_until(lambda: server.metric(timeouts) >= 1, 20, "a timeout is counted")
        self.assertGreaterEqual(total["requests"], before)
        self.assertEqual(server.metric('plumewatch_link_up{link="bus"}'), 1)
        self.assertEqual(server.metric('plumewatch_device_good{device="good"}'), 1)
        self.assertEqual(server.metric('plumewatch_device_good{device="silent"}'), 0)
        self.assertGreater(server.metric("plumewatch_record_last_sequence"), 0)
        self.assertEqual(server.metric("plumewatch_record_lost_lines_total"), 0)
        server.stop_cleanly()

    def test_an_open_finding_is_listed(self):
        server = self.start_plant(sites=with_limit(35))
        found = wait_until(lambda: self.api(server, "findings?state=open")["findings"], 20,
                           "a finding is open")[0]
        self.assertEqual((found["kind"], found["object"], found["factor"]),
                         ("limit", "DA001", "a21026"))
        self.assertEqual((found["value"], found["threshold"]), (41.2, 35))
        self.assertEqual(server.health()["name"], "示范厂")
        server.stop_cleanly()

    def test_a_target_that_cannot_be_reached_degrades_health(self):
        port = support.free_port()
        server = self.start_plant(influx=[{"id": "far", "url": f"http://127.0.0.1:{port}",
                                           "database": "plumewatch"}])
        health = wait_until(lambda: (server.health() or {}).get("reasons") and server.health(), 30,
                            "health names a reason")
        self.assertEqual(health["status"], "degraded")
        self.assertEqual([r["code"] for r in health["reasons"]], ["target-unreachable"])
        target = self.api(server, "targets")["targets"][0]
        self.assertEqual((target["id"], target["kind"], target["state"]),
                         ("far", "influx", "unreachable"))
        self.assertNotEqual(target["last_error"], "")
        server.stop_cleanly()

    def test_the_page_is_served_and_nothing_else_of_the_disk(self):
        server = self.start_plant()
        status, headers, body = self.status(server, "/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("设备与实时数据", body.decode())
        tag = headers["ETag"]
        self.assertEqual(self.status(server, "/", headers={"If-None-Match": tag})[0], 304)
        for path in ("/app.js", "/text.js", "/view.js", "/style.css", "/favicon.svg"):
            self.assertEqual(self.status(server, path)[0], 200, path)
        for path in ("/../app/app.c", "/%2e%2e/app/app.c", "/..%2fapp%2fapp.c", "/.git/config"):
            self.assertEqual(self.status(server, path)[0], 404, path)
        self.assertEqual(self.status(server, "/api/v1/health", "DELETE")[0], 405)
        server.stop_cleanly()

    def test_clients_that_never_finish_hold_up_neither_requests_nor_readings(self):
        server = self.start_plant()
        slow = []
        for _ in range(40):
            s = socket.create_connection(("127.0.0.1", server.port))
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x")
            slow.append(s)
            self.addCleanup(s.close)
        name = "plumewatch_samples_total"
        before = server.metric(name)
        wait_until(lambda: server.metric(name) >= before + 20, 30, "twenty more samples")
        server.stop_cleanly()

    def test_a_port_in_use_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            path = support.write_config(self.dir, plant(1))
            done = support.run("run", "--config", path, "--data", os.path.join(self.dir, "data"),
                               "--listen", f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", done.stderr)


if __name__ == "__main__":
    unittest.main()
