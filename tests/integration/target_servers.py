"""Time-series servers beside Debian's influxd (support.Influx): Debian's VictoriaMetrics, and a
small strict server with the answers of InfluxDB 2 and 3, which misbehaves when it is told to."""

import gzip
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import support


def make_certificate(directory):
    """A certificate for 127.0.0.1 that vouches for itself, and its key, in one file."""
    path = os.path.join(directory, "server.pem")
    key = os.path.join(directory, "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path],
                   check=True, capture_output=True)
    return path


def server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.replace(".pem", ".key"))
    return context


class VictoriaMetrics(support.Process):
    """With its store below `directory`; may be started again on it after SIGTERM."""

    def __init__(self, directory, name="victoria", port=None):
        self.port = port or support.free_port()
        super().__init__(directory, name, [
            "/usr/bin/victoria-metrics", f"-storageDataPath={directory}/{name}.store",
            f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=100y",
            "-memory.allowedBytes=256MB", "-search.latencyOffset=0s"])
        support.wait_until(self.is_ready, 30, "victoria-metrics answers")

    def is_ready(self):
        self.check_alive()
        return support.get(f"{self.url()}/health") == "OK"

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def values(self):
        """{(metric, device, time): value} of every raw measurement."""
        support.get(f"{self.url()}/internal/force_flush", 30)
        query = urllib.parse.urlencode({"match[]": '{__name__=~"raw_.*"}'})
        with urllib.request.urlopen(f"{self.url()}/api/v1/export?{query}", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        found = {}
        for series in map(json.loads, lines):
            name = series["metric"]["__name__"], series["metric"]["device"]
            for value, instant in zip(series["values"], series["timestamps"]):
                found[(*name, instant)] = value
        return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.server.strict.take(self)

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else body)


class StrictServer:
    """`api` is v2 or v3. `trouble` names what it does instead of storing: 401, 404, 413, 429, 500,
    422, "cut" (closes in the middle of a body), "hang"; None: nothing. `refuse` says which lines it
    does not take. Requests that a real server would refuse are kept in `complaints`."""

    def __init__(self, api, token="secret", flush_s=0.0, port=0, certificate=None):
        self.api, self.token, self.flush_s = api, token, flush_s
        self.trouble = None
        self.refuse = lambda line: False
        self.lock = threading.Lock()
        self.lines, self.complaints, self.answers = {}, [], {}
        self.requests = 0
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.httpd.daemon_threads = True
        self.httpd.strict = self
        self.scheme = "https" if certificate else "http"
        if certificate:
            self.httpd.socket = server_context(certificate).wrap_socket(
                self.httpd.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def target(self, token_file, **more):
        if self.api == "v2":
            place = {"bucket": "plume", "org": "plant"}
        else:
            place = {"database": "plume"}
        return {"id": f"strict-{self.api}", "url": self.url(), "api": self.api,
                "token_file": token_file, "retry_max_s": 1, "hold_s": 1, **place, **more}

    def complain(self, handler, what):
        self.complaints.append(f"{handler.path}: {what}")
        handler.answer(400, json.dumps({"error": what}).encode())

    def expected(self):
        if self.api == "v2":
            return "/api/v2/write", {"bucket": ["plume"], "org": ["plant"], "precision": ["ms"]}
        return "/api/v3/write_lp", {"db": ["plume"], "precision": ["millisecond"],
                                    "accept_partial": ["true"]}

    def take(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        scheme = "Token" if self.api == "v2" else "Bearer"
        length = int(handler.headers["Content-Length"])
        trouble = self.trouble
        with self.lock:
            self.requests += 1
            self.answers[trouble] = self.answers.get(trouble, 0) + 1
        if trouble == "cut":
            handler.rfile.read(min(length // 2, 20))
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        body = handler.rfile.read(length)
        if (url.path, urllib.parse.parse_qs(url.query)) != self.expected():
            self.complain(handler, "path or parameters")
        elif handler.headers["Authorization"] != f"{scheme} {self.token}" or trouble == 401:
            handler.answer(401)
        elif trouble == "hang":
            time.sleep(3)
        elif trouble == 429:
            handler.answer(429, b"too much", [("Retry-After", "1")])
        elif trouble == 413:
            self.take_small(handler, body)
        elif trouble:
            handler.answer(trouble, json.dumps({"error": f"scripted {trouble}"}).encode())
        else:
            self.store(handler, body)

    def text_of(self, handler, body):
        if handler.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        return body.decode()

    def take_small(self, handler, body):
        if self.text_of(handler, body).count("\n") > 2:
            handler.answer(413, b"max request size exceeded")
        else:
            self.store(handler, body)

    def store(self, handler, body):
        lines = self.text_of(handler, body).split("\n")
        if lines.pop() != "" or not lines:
            self.complain(handler, "an empty body, or a last line without its end")
            return
        bad = [(n, line) for n, line in enumerate(lines, 1) if self.refuse(line)]
        time.sleep(self.flush_s)
        if not (bad and self.api == "v2"):
            with self.lock:
                for line in lines:
                    if not self.refuse(line):
                        self.lines[line] = self.lines.get(line, 0) + 1
        self.tell(handler, bad)

    def tell(self, handler, bad):
        if not bad:
            handler.answer(204)
        elif self.api == "v2":
            text = "\n".join(f"unable to parse '{line}': scripted" for _, line in bad)
            handler.answer(400, json.dumps({"code": "invalid", "message": text}).encode())
        else:
            data = [{"error_message": "scripted", "line_number": n, "original_line": line}
                    for n, line in bad]
            handler.answer(400, json.dumps({"error": "partial write of line protocol occurred",
                                            "data": data}).encode())

    def rows(self):
        """{(device, time): {field: value}}, as test_influx.rows_at()."""
        with self.lock:
            lines = list(self.lines)
        found = {}
        for line in lines:
            if not line.startswith("raw_"):
                continue
            head, fields, instant = line.split(" ")
            values = {}
            for field in fields.split(","):
                name, value = field.split("=")
                values[name] = value.strip('"') if '"' in value else float(value.rstrip("i"))
            found.setdefault((head.split("device=")[1], int(instant)), {}).update(values)
        return found


def fill_archive(directory, commits, devices, bodies=None):
    """A record of the plant "test" as of so many seconds, written at once."""
    program = os.environ["FILL_ARCHIVE"]
    more = [bodies] if bodies else []
    subprocess.run([program, directory, str(commits), str(devices), *more], check=True, timeout=600)
