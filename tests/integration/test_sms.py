"""Messages to people through gateways that nobody here wrote: Kannel with its fake SMSC, and an SMPP
centre by the npm package smpp. Needs kannel, kannel-extras, node and npm; the package is installed
once per build directory."""

import json
import os
import random
import shutil
import subprocess
import time
import unittest

import support
from test_alarms import plant
from test_influx import journal

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(os.path.dirname(os.path.abspath(support.PROGRAM)), "sms-peers")
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
KILLS = int(os.environ.get("PW_SMS_KILLS", "5"))
MESSAGES = int(os.environ.get("PW_SMS_MESSAGES", "100"))


def install_peers():
    """The node packages, where this build keeps them."""
    os.makedirs(PEERS, exist_ok=True)
    shutil.copy(os.path.join(HERE, "sms", "package.json"), PEERS)
    if not os.path.isdir(os.path.join(PEERS, "node_modules", "smpp")):
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock",
                        "--loglevel=error"], cwd=PEERS, check=True, timeout=120)
    return os.path.join(PEERS, "node_modules")


class Centre(support.Process):
    """An SMPP message centre."""

    def __init__(self, directory, name="smsc", port=None, password="bar"):
        self.port = port or support.free_port()
        super().__init__(directory, name, ["node", os.path.join(HERE, "sms", "smsc.js"),
                                           install_peers(), str(self.port), password])
        support.wait_until(lambda: "ready" in self.out(), 30, "the centre listens")

    def taken(self):
        return support.json_lines(self.out())


def smpp_gateway(directory, name, port, password="bar", **more):
    path = os.path.join(directory, f"{name}.password")
    with open(path, "w", encoding="utf-8") as f:
        f.write(password)
    return {"id": name, "kind": "smpp", "connect": f"127.0.0.1:{port}", "user": "foo",
            "password_file": path, "from": "10690001", "retry_first_s": 1, "retry_max_s": 1,
            "timeout_s": 2, "pause_s": 1, "down_after_s": 1, **more}


def configuration(*gateways):
    return {"plumewatch": 1, "server": {"plant": "test", "commit_min_ms": 20,
                                        "commit_max_ms": 100}, "gateways": list(gateways)}


def status(server):
    done = support.run("ctl", "--data", server.data, "status")
    return json.loads(done.stdout) if done.returncode == 0 else None


def notify(server, to, text, *via):
    done = support.run("ctl", "--data", server.data, "notify", to, text, *via)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)["key"]


def states(data):
    """By key: the states of a message in the order of the journal, each with its line."""
    found = {}
    for line in journal(data, "message"):
        found.setdefault(line["key"], []).append(line)
    return found


class SmppTest(support.Case):

    def begin(self, *gateways):
        server = self.start(support.Server, configuration(*gateways))
        support.wait_until(lambda: status(server), 20, "the server answers")
        return server

    def messages(self, server, name):
        return status(server)["messages"][name]

    def wait_for(self, server, name, count):
        support.wait_until(lambda: self.messages(server, name) >= count, 40,
                           f"{name} reaches {count}")

    def test_texts_arrive_and_receipts_come_back(self):
        centre = self.start(Centre)
        server = self.begin(smpp_gateway(self.dir, "sms", centre.port))
        notify(server, "+8613800138000", "超标：一号炉 SO2 85.3mg/m³")
        notify(server, "+8613800130003", "throttled once")
        notify(server, "+8613800130006", "its receipt comes first")
        notify(server, "+8613800138001", "告" * 100)
        self.wait_for(server, "delivered", 4)
        taken = centre.taken()
        self.assertIn({"to": "8613800138000", "text": "超标：一号炉 SO2 85.3mg/m³", "udh": ""}, taken)
        parts = [m for m in taken if m["to"] == "8613800138001"]
        self.assertEqual(["告" * 67, "告" * 33], [m["text"] for m in parts])
        self.assertEqual(1, status(server)["gateways"][0]["busy"])
        support.wait_until(lambda: server.metric("plumewatch_messages_delivered_total") == 4, 10,
                           "the metrics tell the same")
        server.stop_cleanly()

    def test_a_person_acknowledges_by_a_message(self):
        centre = self.start(Centre)
        sim = self.start(support.Simulator, support.one_slave(
            [{"unit": 1, "signals": [support.plan_signal(0, 52), support.plan_signal(1, 5)]}]))
        described = plant(sim.ports()[0])
        described["gateways"] = [smpp_gateway(self.dir, "sms", centre.port)]
        described["people"] = [{"id": "duty", "name": "值班", "phone": "+8613800130008"}]
        described["routes"] = [{"id": "all", "to": ["duty"], "via": ["sms"]}]
        server = self.start(support.Server, described)

        def acknowledged():
            done = support.run("ctl", "--data", server.data, "alarms")
            alarms = json.loads(done.stdout)["alarms"] if done.returncode == 0 else []
            return [a for a in alarms if a["state"] == "acknowledged"]

        alarm = support.wait_until(acknowledged, 60, "the alarm is acknowledged")[0]
        self.assertEqual(alarm["who"], "person:duty")
        self.assertIn("回复ACK 1", centre.taken()[0]["text"])
        self.assertEqual([line["text"] for line in journal(server.data, "inbound")], ["ACK 1"])
        server.stop_cleanly()

    def test_a_link_that_drops_sends_again_and_says_so(self):
        centre = self.start(Centre)
        server = self.begin(smpp_gateway(self.dir, "sms", centre.port))
        key = notify(server, "+8613800130005", "lost on the way")
        self.wait_for(server, "delivered", 1)
        self.assertEqual(2, len(centre.taken()))
        self.assertEqual(1, self.messages(server, "again"))
        self.assertTrue(key)
        server.stop_cleanly()

    def test_a_wrong_password_is_a_finding_until_it_is_right(self):
        centre = self.start(Centre)
        server = self.begin(smpp_gateway(self.dir, "sms", centre.port, password="wrong"))
        support.wait_until(lambda: any(f["object"] == "sms" for f in self.findings(server)), 30,
                           "the finding")
        self.assertIn("0x0e", status(server)["gateways"][0]["last_error"])
        notify(server, "+8613800138000", "waits")
        with open(os.path.join(self.dir, "sms.password"), "w", encoding="utf-8") as f:
            f.write("bar")
        self.assertEqual(0, support.run("ctl", "--data", server.data, "reload").returncode)
        self.wait_for(server, "delivered", 1)
        support.wait_until(lambda: status(server)["open_findings"] == 0, 30, "the finding closes")
        server.stop_cleanly()

    @staticmethod
    def findings(server):
        return json.loads(support.get(server.url("/api/v1/findings")) or "{}").get("findings", [])

    def test_a_stuck_gateway_makes_way_for_the_next(self):
        stuck = self.start(Centre, name="stuck")
        good = self.start(Centre, name="good")
        stuck.send(10)  # SIGUSR1
        server = self.begin(smpp_gateway(self.dir, "first", stuck.port, tries=1, timeout_s=1),
                            smpp_gateway(self.dir, "second", good.port))
        notify(server, "+8613800138000", "over the second")
        self.wait_for(server, "delivered", 1)
        self.assertEqual(1, len(good.taken()))
        server.stop_cleanly()

    def test_what_waits_goes_out_when_the_gateway_is_back(self):
        port = support.free_port()
        server = self.begin(smpp_gateway(self.dir, "sms", port))
        for i in range(5):
            notify(server, "+8613800138000", f"waits {i}")
        support.wait_until(lambda: not status(server)["gateways"][0]["up"], 10, "it is down")
        self.assertEqual(5, self.messages(server, "waiting"))
        centre = self.start(Centre, port=port)
        self.wait_for(server, "delivered", 5)
        self.assertEqual(5, len(centre.taken()))
        server.stop_cleanly()

    def test_killed_at_any_instant_nothing_is_lost(self):
        seed = int(os.environ.get("PW_SEED", "7"))
        chance = random.Random(seed)
        centre = self.start(Centre)
        settings = smpp_gateway(self.dir, "sms", centre.port)
        server = self.begin(settings)
        sent = []
        for round_ in range(KILLS):
            for i in range(MESSAGES // KILLS):
                sent.append(notify_text(server, round_, i))
            time.sleep(chance.random() * 0.3)  # the instant of the kill is the subject
            server.kill()
            server = self.begin(settings)
        support.wait_until(lambda: self.messages(server, "waiting") == 0, 60, "all are out")
        server.stop_cleanly()
        texts = [m["text"] for m in centre.taken()]
        self.assertEqual([], [text for text in sent if text not in texts], f"lost; seed {seed}")
        twice = {text for text in texts if texts.count(text) > 1}
        marked = {line["text"] for lines in states(server.data).values() for line in lines
                  if line["again"]}
        self.assertEqual(set(), twice - marked, f"sent twice and not marked; seed {seed}")
        self.assertEqual(0, support.verify(server.data).returncode)


def notify_text(server, round_, i):
    text = f"message {round_} {i}"
    notify(server, "+8613800130007", text)
    return text


KANNEL = """group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = adm
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = "{dir}/bearerbox.log"
store-type = file
store-location = "{dir}/store"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = "{dir}/smsbox.log"

group = sendsms-user
username = gw
password = secret
max-messages = 5
concatenation = true
user-allow-ip = 127.0.0.1

group = sms-service
keyword = default
text = "no"
max-messages = 0
"""


class KannelTest(support.Case):

    def start_kannel(self):
        names = ("admin", "box", "smsc", "send")
        ports = dict(zip(names, support.free_ports(len(names))))
        path = os.path.join(self.dir, "kannel.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(KANNEL.format(dir=self.dir, **ports))
        self.start(support.Process, "bearerbox", ["/usr/sbin/bearerbox", path])
        support.wait_until(
            lambda: support.get(f"http://127.0.0.1:{ports['admin']}/status.txt"), 20, "bearerbox")
        self.start(support.Process, "smsbox", ["/usr/sbin/smsbox", path])
        fake = self.start(support.Process, "fakesmsc",
                          [FAKESMSC, "-H", "127.0.0.1", "-r", str(ports["smsc"]), "-m", "1",
                           "13900000000 10690001 text hello"])
        support.wait_until(lambda: "message 1" in fake.out() + fake.err(), 20, "the fake centre")
        return ports, fake

    def gateway(self, port, password):
        path = os.path.join(self.dir, "kannel.password")
        with open(path, "w", encoding="utf-8") as f:
            f.write(password)
        return {"id": "kannel", "kind": "kannel", "user": "gw", "password_file": path,
                "url": f"http://127.0.0.1:{port}/cgi-bin/sendsms", "from": "10690001",
                "retry_first_s": 1, "retry_max_s": 1, "pause_s": 1, "down_after_s": 1}

    def test_a_chinese_text_goes_through_kannel(self):
        ports, fake = self.start_kannel()
        server = self.start(support.Server, configuration(self.gateway(ports["send"], "wrong")))
        support.wait_until(lambda: status(server), 20, "the server answers")
        notify(server, "13800000001", "二号炉恢复")
        support.wait_until(lambda: status(server)["gateways"][0]["refused"] > 0, 30, "the refusal")
        self.assertIn("Authorization failed", status(server)["gateways"][0]["last_error"])
        self.gateway(ports["send"], "secret")
        self.assertEqual(0, support.run("ctl", "--data", server.data, "reload").returncode)
        support.wait_until(lambda: status(server)["messages"]["accepted"] == 1, 30, "it is taken")
        hex_text = "".join(f"%{b:02X}" for b in "二号炉恢复".encode("utf-16-be"))
        support.wait_until(lambda: hex_text_in(fake, hex_text), 20, "the text at the fake centre")
        server.stop_cleanly()


def hex_text_in(fake, hex_text):
    """fakesmsc writes printable octets as they are."""
    shown = "".join(chr(int(h, 16)) if chr(int(h, 16)).isalnum() else "%" + h
                    for h in hex_text.split("%")[1:])
    log = (fake.out() + fake.err()).upper()
    return "13800000001" in log and shown.upper() in log


if __name__ == "__main__":
    unittest.main()
