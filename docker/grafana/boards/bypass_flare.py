"""旁路与火炬: open or not, on what grounds, for how long; how does the flare burn?"""

from panels import (BYPASS_STATES, P1, SITE, STATES, dashboard, finding_marks, influxql, steps, table,
                    timeline, trend)

OF = '"site" =~ /^$site$/ AND $timeFilter'
EACH = 'GROUP BY time($__interval), "object" fill(none)'
KINDS = "bypass.*|flare.*|bleeder"

BOARD = dashboard(
    "bypass-flare", "3 旁路与火炬",
    "Bypasses and flares: state, confidence, what drives it, events. Unknown is shown as unknown.",
    [(8, [(24, timeline(
        "旁路状态", "Each bypass as the evidence says. A band ends where nobody knows any more: a gap is "
        "unknown, never closed.",
        [influxql('SELECT last("code") FROM "state" WHERE "confidence" >= 0 AND '
                  f'{OF} {EACH}', "$tag_object")], BYPASS_STATES))]),
     (7, [(12, trend("开启置信度", "Fused confidence that the bypass is open, 0 to 1.",
                     [influxql(f'SELECT max("confidence") FROM "state" WHERE {OF} {EACH}',
                               "$tag_object")], decimals=2,
                     thresholds=steps((None, "transparent"), (0.9, P1)),
                     custom={"thresholdsStyle": {"mode": "line"}, "lineInterpolation": "stepAfter",
                             "insertNulls": 150000})),
          (12, timeline("设施运行状态", "Production and treatment units, from their power.",
                        [influxql('SELECT last("code") FROM "state" WHERE "power_kw" >= 0 AND '
                                  f'{OF} {EACH}', "$tag_object")], STATES))]),
     (7, [(24, trend("设施功率", "Active power of production and treatment units.",
                     [influxql(f'SELECT mean("power_kw") FROM "state" WHERE {OF} {EACH}',
                               "$tag_object")], unit="kwatt", decimals=1,
                     custom={"insertNulls": 150000}))]),
     (8, [(24, table("事件", "Bypass and flare findings: raised and closed, duration, mass released.",
                     [influxql('SELECT "kind", "object", "state", "class", "confidence", "duration_s", '
                               f'"released_kg", "id" FROM "finding" WHERE "kind" =~ /^({KINDS})$/ AND '
                               f'{OF} ORDER BY time DESC LIMIT 100', fmt="table")],
                     columns={"Time": ("时间 Time", {"unit": "dateTimeAsIso"}),
                              "kind": ("类型 Kind", {}), "object": ("对象 Object", {}),
                              "state": ("状态 State", {}), "class": ("申报 Class", {}),
                              "confidence": ("置信 Confidence", {"decimals": 2}),
                              "duration_s": ("持续 Duration", {"unit": "dtdurations"}),
                              "released_kg": ("放散量 kg Released", {"decimals": 1}),
                              "id": ("编号 Id", {})}))])],
    [SITE], finding_marks(KINDS))
