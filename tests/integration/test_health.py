"""`plumewatch health`, as a container or a watchdog asks: what it says of a server that works, that
hangs, that is gone, and of something else on its port."""

import http.server
import signal
import threading
import unittest

from support import Case, Server, Simulator, config, device, free_port, plan_signal, run


class HealthTest(Case):
    def ask(self, port):
        return run("health", "--address", f"127.0.0.1:{port}", seconds=30)

    def start_server(self):
        simulator = self.start(Simulator, {"slaves": [{"listen": "127.0.0.1:0", "units": [
            {"unit": 1, "signals": [plan_signal(0, 7)]}]}]})
        return self.start(Server, config({"bus": simulator.ports()[0]}, [
            device("one", "bus", 1, {"v": {"table": "holding", "address": 0, "type": "uint16"}})]))

    def test_a_running_server_is_good_and_a_hung_one_is_not(self):
        server = self.start_server()
        answer = self.ask(server.port)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("published", answer.stdout)
        server.send(signal.SIGSTOP)
        try:
            answer = self.ask(server.port)
        finally:
            server.send(signal.SIGCONT)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("plumewatch health: ", answer.stderr)

    def test_nobody_there_is_bad(self):
        answer = self.ask(free_port())
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(answer.stdout, "")

    def test_another_server_on_the_port_is_bad(self):
        class Other(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b'{"status":"ok"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        other = http.server.HTTPServer(("127.0.0.1", 0), Other)
        self.addCleanup(other.server_close)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        self.addCleanup(other.shutdown)
        self.assertEqual(self.ask(other.server_port).returncode, 1)

    def test_an_address_that_is_none_is_bad(self):
        self.assertEqual(run("health", "--address", "not an address").returncode, 1)
        self.assertEqual(run("health", "--port", "1").returncode, 64)


if __name__ == "__main__":
    unittest.main()
