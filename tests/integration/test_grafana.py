"""Every query of every Grafana dashboard on a real InfluxDB (Debian's 1.6.7): filled by the demo plant,
which here lives through the end of a month, and empty. The wall clock of server and plant is moved by a
preloaded library (CLOCK_SHIFT), so that hours, days and the month close while the test looks."""

import datetime
import json
import os
import re
import shutil
import time
import unittest

import support

DEMO = os.path.join(support.SOURCE, "config", "examples")
BOARDS = os.path.join(support.SOURCE, "docker", "grafana", "dashboards")
SERIES_PAGE = os.path.join(support.SOURCE, "docs", "time-series.md")
MONTH_END = datetime.datetime(2026, 10, 31, 23, 59, 20,
                              tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
SECONDS_OF_LIFE = 115
FILL = {"$site": "demo", "$outlet": "DA001", "$factor": "a21026", "$__interval": "1m"}
# What a plant that lived two minutes rightly has none of.
MAY_BE_EMPTY = {"修订", "火炬燃烧热值", "火炬排放量与出口流速", "火炬 15 分钟块"}


def boards():
    for name in sorted(os.listdir(BOARDS)):
        with open(os.path.join(BOARDS, name), encoding="utf-8") as f:
            yield name, json.load(f)


def panel_queries():
    """(dashboard, panel, target) of everything a dashboard draws."""
    for name, board in boards():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield name, panel, target


def other_queries():
    for name, board in boards():
        for mark in board["annotations"]["list"]:
            yield f"{name}: {mark['name']}", mark["target"]["query"]
        for variable in board["templating"]["list"]:
            yield f"{name}: ${variable['name']}", variable["query"]


def fill(query, start_ms, end_ms):
    for name, value in FILL.items():
        query = query.replace(name, value)
    query = query.replace("now()", f"{end_ms}ms")
    return query.replace("$timeFilter", f"time >= {start_ms}ms AND time <= {end_ms}ms")


def wanted_columns(query):
    """The names of a table's columns, as its SELECT says them."""
    selected = re.match(r"SELECT (.*?) FROM ", query).group(1)
    return [re.search(r'"(\w+)"$', part.strip()).group(1) for part in selected.split(",")]


class Demo:
    """The plant of scripts/run on ports of its own, feeding an InfluxDB, with its clock moved."""

    def __init__(self, case, influx):
        self.shift_ms = int(MONTH_END.timestamp() * 1000) - int(time.time() * 1000)
        plan = self.moved("demo.sim.json")
        found = sorted(set(re.findall(r"127\.0\.0\.1:(\d{5})", plan + self.moved("demo.json"))))
        ports = dict(zip(found, support.free_ports(len(found))))
        shutil.copy(os.path.join(DEMO, "demo.pw"), case.dir)
        plan_path = self.write(case, "demo.sim.json", plan, ports)
        extra = json.dumps({"id": "local", "url": influx.url(), "database": "plumewatch"})
        config = self.moved("demo.json").replace('"links":', f'"influx": [{extra}],\n  "links":', 1)
        config_path = self.write(case, "demo.json", config, ports)
        self.sim = case.start(support.Process, "sim", [
            support.PROGRAM, "sim", "--plan", plan_path], environment=self.environment())
        support.wait_until(lambda: '"ready"' in self.sim.out(), 20, "the plant is ready")
        self.server = case.start(support.Process, "server", [
            support.PROGRAM, "run", "--config", config_path, "--data",
            os.path.join(case.dir, "data"), "--listen", "127.0.0.1:0"],
            environment=self.environment())

    def moved(self, name):
        with open(os.path.join(DEMO, name), encoding="utf-8") as f:
            return f.read()

    def write(self, case, name, text, ports):
        for old, new in ports.items():
            text = text.replace(f":{old}", f":{new}")
        path = os.path.join(case.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def environment(self):
        options = os.environ.get("ASAN_OPTIONS", "")
        return dict(os.environ, LD_PRELOAD=os.environ["CLOCK_SHIFT"],
                    CLOCK_SHIFT_MS=str(self.shift_ms),
                    ASAN_OPTIONS=f"{options}:verify_asan_link_order=0")

    def now_ms(self):
        return int(time.time() * 1000) + self.shift_ms


class Grafana(support.Case):
    def ask(self, query, database="plumewatch"):
        answer = self.influx.query(query, database)
        self.assertNotIn("error", answer, query)
        return answer.get("series", [])

    def has(self, measurement, end_ms):
        query = f'SELECT count("revision") FROM "{measurement}" WHERE time <= {end_ms}ms'
        return bool(self.influx.query(query, "plumewatch").get("series"))

    def check_lines(self, name, series, kinds):
        values = []
        for one in series:
            self.assertEqual(one["columns"][0], "time", name)
            self.assertEqual(len(one["columns"]), 2, name)
            values += [value for _, value in one["values"] if value is not None]
        self.assertTrue(values, f"{name}: no value")
        for value in values:
            self.assertIsInstance(value, kinds, name)

    def check_panel(self, name, panel, target, series):
        if panel["type"] == "table":
            self.assertTrue(series, f"{name}: no row")
            if "(/" not in target["query"]:
                for one in series:
                    self.assertEqual(one["columns"][1:], wanted_columns(target["query"]), name)
        elif panel["type"] == "state-timeline":
            self.check_lines(name, series, (int, float, str))
        else:
            self.check_lines(name, series, (int, float))

    def test_every_query_gives_what_its_panel_draws(self):
        self.influx = self.start(support.Influx)
        self.influx.query("CREATE DATABASE plumewatch")
        demo = Demo(self, self.influx)
        born_ms = demo.now_ms()
        start_ms = born_ms - 25 * 3600 * 1000

        def lived():
            demo.server.check_alive()
            return demo.now_ms() > born_ms + SECONDS_OF_LIFE * 1000 and \
                self.has("month", demo.now_ms())

        support.wait_until(lived, 300, "the plant lived through the end of its month")
        end_ms = demo.now_ms()
        for name, panel, target in panel_queries():
            with self.subTest(name=name, panel=panel["title"], query=target["query"]):
                series = self.ask(fill(target["query"], start_ms, end_ms))
                if series or panel["title"] not in MAY_BE_EMPTY:
                    self.check_panel(f"{name}: {panel['title']}", panel, target, series)
        for name, query in other_queries():
            with self.subTest(name=name, query=query):
                self.assertTrue(self.ask(fill(query, start_ms, end_ms)), name)

    def test_an_empty_database_is_no_error(self):
        self.influx = self.start(support.Influx)
        self.influx.query("CREATE DATABASE empty")
        queries = [(name, target["query"]) for name, _, target in panel_queries()]
        for name, query in queries + list(other_queries()):
            with self.subTest(name=name, query=query):
                self.assertEqual(self.ask(fill(query, 0, 1000), "empty"), [])

    def test_queries_name_only_what_is_written(self):
        with open(SERIES_PAGE, encoding="utf-8") as f:
            written = set(re.findall(r"`([^`]+)`", f.read()))
        queries = [(name, target["query"]) for name, _, target in panel_queries()]
        for name, query in queries + list(other_queries()):
            made_here = set(re.findall(r'AS "(\w+)"', query))
            for word in re.findall(r'"(\w+)"', query):
                with self.subTest(name=name, query=query, word=word):
                    self.assertIn(word, written | made_here)


if __name__ == "__main__":
    unittest.main()
