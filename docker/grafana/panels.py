"""What dashboards are made of: queries, panels, variables, and the grid they lie on.

Colours and words are those of the status page: grey is normal, colour is only for what is wrong, and
unknown is hatched grey, never drawn as closed or as zero."""

import csv
import os

SOURCE = {"type": "influxdb", "uid": "plumewatch"}
GREY, DARK, UNKNOWN = "#6F7982", "#1F2F3D", "#B4BDC5"
P1, P2, P3, BLUE = "#C62835", "#F0A030", "#C9B037", "#1F5FA8"
SERIES = ["#1F2F3D", "#00689F", "#A34700", "#00735A"]
SILENT_MS = 150000  # states are written each minute: after two and a half nobody knows
COLUMNS = 24

FACTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "config", "factors")


def influxql(query, alias="", fmt="time_series", ref="A"):
    target = {"refId": ref, "query": query, "rawQuery": True, "resultFormat": fmt,
              "datasource": SOURCE}
    if alias:
        target["alias"] = alias
    return target


def steps(*pairs):
    """Thresholds: (from, colour), the first from None."""
    return {"mode": "absolute", "steps": [{"value": at, "color": colour} for at, colour in pairs]}


PLAIN = steps((None, GREY))


def words(table):
    """A value mapping: {value: (text, colour)}."""
    return {"type": "value", "options": {
        str(value): {"text": text, "color": colour, "index": i}
        for i, (value, (text, colour)) in enumerate(table.items())}}


def missing(text, colour=UNKNOWN):
    return {"type": "special", "options": {"match": "null+nan",
                                           "result": {"text": text, "color": colour, "index": 99}}}


def factor_names():
    """Codes of gases as people call them."""
    with open(os.path.join(FACTORS, "2017.csv"), encoding="utf-8") as f:
        return {row["code"]: row["name_zh"] for row in csv.DictReader(f) if row["class"] == "gas"}


FLAGS = words({"N": ("N 正常 normal", "#C9CED3"), "F": ("F 停运 stopped", GREY),
               "M": ("M 维护 maintenance", BLUE), "S": ("S 手工 hand-set", BLUE),
               "C": ("C 校准 calibration", BLUE), "D": ("D 故障 fault", P2),
               "T": ("T 超量程 over range", P2), "B": ("B 通讯中断 link lost", P2),
               "H": ("H 有效数据不足 too few data", P2)})
STATES = words({"0": ("关闭/停 closed, off", "#C9CED3"), "1": ("开启/运行 open, run", BLUE),
                "2": ("动作/空转 moving, idle", P3), "3": ("故障 fault", P2),
                "9": ("未知 unknown", UNKNOWN)})
BYPASS_STATES = words({"0": ("关闭 closed", "#C9CED3"), "1": ("开启 OPEN", P1),
                       "2": ("疑似/关闭中 suspected, closing", P2), "3": ("故障 fault", P2),
                       "9": ("未知 unknown", UNKNOWN)})
YES_NO = words({"true": ("是 yes", GREY), "false": ("否 no", P2)})
ONLINE = words({"1": ("在线 online", "#C9CED3"), "0": ("离线 OFFLINE", P2)})
KINDS = words({kind: (f"{zh} {kind}", DARK) for kind, zh in (
    ("limit", "小时超标"), ("limit-forecast", "预计超标"), ("bypass", "旁路开启"),
    ("bypass-unwatched", "旁路无有效监视"), ("bypass-standby", "备用处置设施"),
    ("flare-event", "火炬排放"), ("flare-pilot", "长明灯熄灭"),
    ("flare-combustion", "燃烧热值不足"), ("flare-velocity", "出口流速超限"),
    ("flare-routine", "疑似日常使用火炬"), ("flare-meter", "火炬计量异常"),
    ("treatment-off", "治理设施未运行"), ("treatment-parameter", "治理参数异常"),
    ("plan-broken", "减排措施未落实"), ("total", "总量预警"), ("integrity", "数据完整性线索"),
    ("link", "通讯中断"), ("device", "设备故障"), ("transmission", "传输率不足"),
    ("system", "系统"))})


def _defaults(unit, decimals, thresholds, mappings, custom, no_value):
    defaults = {"thresholds": thresholds or PLAIN, "mappings": mappings or [],
                "color": {"mode": "thresholds"}, "noValue": no_value}
    if unit:
        defaults["unit"] = unit
    if decimals is not None:
        defaults["decimals"] = decimals
    if custom:
        defaults["custom"] = custom
    return defaults


def panel(kind, title, description, targets, options, *, unit="", decimals=None, thresholds=None,
          mappings=None, custom=None, overrides=None, transformations=None,
          no_value="— 无数据 no data"):
    made = {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "targets": targets, "options": options,
            "fieldConfig": {"defaults": _defaults(unit, decimals, thresholds, mappings, custom,
                                                  no_value),
                            "overrides": overrides or []}}
    if transformations:
        made["transformations"] = transformations
    return made


def stat(title, description, query, **more):
    options = {"graphMode": "area", "colorMode": "value", "justifyMode": "auto", "textMode": "auto",
               "wideLayout": True, "showPercentChange": False,
               "percentChangeColorMode": "standard", "orientation": "auto",
               "reduceOptions": {"calcs": ["lastNotNull"], "values": False}}
    return panel("stat", title, description, [influxql(query)], options, **more)


LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
TOOLTIP = {"mode": "multi", "sort": "none"}


def trend(title, description, targets, *, custom=None, **more):
    """Lines that break where nothing was measured."""
    lines = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 0, "showPoints": "auto",
             "spanNulls": False, "insertNulls": False}
    lines.update(custom or {})
    made = panel("timeseries", title, description, targets,
                 {"legend": LEGEND, "tooltip": TOOLTIP}, custom=lines, **more)
    made["fieldConfig"]["defaults"]["color"] = {"mode": "palette-classic"}
    return made


def dashed(name, colour):
    """A line that is a bound, not a measurement."""
    return {"matcher": {"id": "byRegexp", "options": name}, "properties": [
        {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}},
        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [6, 4]}},
        {"id": "custom.showPoints", "value": "never"}]}


def coloured(name, colour):
    return {"matcher": {"id": "byName", "options": name}, "properties": [
        {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}


def timeline(title, description, targets, mapping, silent_ms=SILENT_MS, **more):
    """Bands that end where nobody says any more what the state is."""
    options = {"showValue": "auto", "rowHeight": 0.8, "mergeValues": True, "alignValue": "left",
               "legend": LEGEND, "tooltip": {"mode": "single", "sort": "none"}, "perPage": 20}
    return panel("state-timeline", title, description, targets, options,
                 mappings=[mapping, missing("未知 unknown")],
                 custom={"lineWidth": 0, "fillOpacity": 80, "spanNulls": False,
                         "insertNulls": silent_ms}, **more)


def table(title, description, targets, *, columns=None, sort="", **more):
    """columns: {field: (heading, {property: value})} for what is not shown as it comes."""
    overrides = [{"matcher": {"id": "byName", "options": field},
                  "properties": [{"id": "displayName", "value": heading}] +
                                [{"id": key, "value": value} for key, value in properties.items()]}
                 for field, (heading, properties) in (columns or {}).items()]
    options = {"frameIndex": 0, "showHeader": True, "cellHeight": "sm", "sortBy": []}
    if sort:
        options["sortBy"] = [{"displayName": sort, "desc": True}]
    return panel("table", title, description, targets, options, overrides=overrides,
                 custom={"align": "auto", "inspect": False}, **more)


def named_factors():
    return {"mappings": [words({code: (f"{name} {code}", DARK)
                                for code, name in factor_names().items()})]}


def shared(share):
    """Thresholds of a share of a limit in per cent: coloured from 90 on."""
    return {"unit": "percent", "decimals": share, "thresholds": steps((None, GREY), (90, P3),
                                                                     (100, P1)),
            "custom.cellOptions": {"type": "color-text"}}


def variable(name, label, query, multi=False):
    made = {"type": "query", "name": name, "label": label, "query": query, "datasource": SOURCE,
            "refresh": 2, "sort": 1, "multi": multi, "includeAll": multi, "hide": 0,
            "skipUrlSync": False, "options": []}
    if multi:
        made.update(allValue=".*",
                    current={"selected": True, "text": "All", "value": "$__all"})
    return made


SITE = variable("site", "场站 Site", 'SHOW TAG VALUES WITH KEY = "site"', multi=True)
OUTLET = variable("outlet", "排口 Outlet",
                  'SHOW TAG VALUES FROM "minute" WITH KEY = "outlet" WHERE "site" =~ /^$site$/')
FACTOR = variable("factor", "因子 Factor",
                  'SHOW TAG VALUES FROM "minute" WITH KEY = "factor" WHERE "outlet" =~ /^$outlet$/')


def finding_marks(kinds=".*"):
    """Findings as they are raised, drawn over every trend and timeline."""
    return {"name": "问题 Findings", "enable": True, "hide": False, "iconColor": P1,
            "datasource": SOURCE,
            "target": {"refId": "Findings", "datasource": SOURCE, "fromAnnotations": True, "textColumn": "kind",
                       "tagsColumn": "object,factor", "rawQuery": True,
                       "query": 'SELECT "kind", "object", "factor", "id" FROM "finding" WHERE '
                                f'"state" = \'open\' AND "site" =~ /^$site$/ AND '
                                f'"kind" =~ /^({kinds})$/ AND $timeFilter'}}


def _lay(rows):
    """Rows of (height, [(width, panel), ...]) onto the grid, with ids in reading order."""
    panels, y = [], 0
    for height, cells in rows:
        x = 0
        for width, made in cells:
            made = dict(made, id=len(panels) + 1, gridPos={"h": height, "w": width, "x": x, "y": y})
            panels.append(made)
            x += width
        if x > COLUMNS:
            raise ValueError(f"a row is {x} columns wide")
        y += height
    return panels


def dashboard(uid, title, description, rows, variables=(), marks=None, start="now-24h"):
    everything = {"type": "dashboards", "asDropdown": True, "includeVars": True, "keepTime": True,
                  "tags": ["plumewatch"], "title": "看板 Dashboards", "tooltip": "",
                  "icon": "external link", "targetBlank": False, "url": ""}
    return {"uid": f"plumewatch-{uid}", "title": title, "description": description,
            "tags": ["plumewatch"], "timezone": "Asia/Shanghai", "schemaVersion": 39,
            "editable": False, "graphTooltip": 1, "refresh": "1m",
            "time": {"from": start, "to": "now"}, "links": [everything],
            "templating": {"list": list(variables)},
            "annotations": {"list": [marks] if marks else []}, "panels": _lay(rows)}
