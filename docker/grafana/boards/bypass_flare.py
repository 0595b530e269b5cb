"""旁路与火炬: open or not, on what grounds, for how long; how does the flare burn?"""

from panels import (BYPASS_STATES, GREY, P1, SITE, STATES, dashboard, finding_marks, influxql, steps, table,
                    timeline, trend)

OF = '"site" =~ /^$site$/ AND $timeFilter'
EACH = 'GROUP BY time($__interval), "object" fill(none)'
BLOCKS = 'GROUP BY time(15m), "outlet" fill(none)'
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
     (8, [(12, trend("火炬燃烧热值", "Net heating value of the vent gas and of the combustion zone, in blocks of "
                     "15 minutes on the clock; below the dashed 10.06 MJ/m³ combustion is in doubt.",
                     [influxql(f'SELECT last("nhv_vg") FROM "flare" WHERE {OF} {BLOCKS}',
                               "$tag_outlet 排放气 vent gas"),
                      influxql(f'SELECT last("nhv_cz") FROM "flare" WHERE {OF} {BLOCKS}',
                               "$tag_outlet 燃烧区 combustion zone", ref="B")],
                     unit="suffix: MJ/m³", decimals=2,
                     thresholds=steps((None, "transparent"), (10.06, GREY)),
                     custom={"thresholdsStyle": {"mode": "dashed"}, "drawStyle": "points",
                             "pointSize": 6})),
          (12, trend("火炬排放量与出口流速", "Vent gas of each block, and the mean velocity at the tip.",
                     [influxql(f'SELECT last("vent_m3") FROM "flare" WHERE {OF} {BLOCKS}',
                               "$tag_outlet 排放气 m³ vent gas"),
                      influxql(f'SELECT last("tip_velocity") FROM "flare" WHERE {OF} {BLOCKS}',
                               "$tag_outlet 出口流速 m/s tip velocity", ref="B")], decimals=1,
                     custom={"drawStyle": "bars", "fillOpacity": 60}))]),
     (8, [(24, table("火炬 15 分钟块", "Each block: minutes of flaring and of proven pilot, heating values, mass "
                     "released, and what was judged. A block that judges nothing says so.",
                     [influxql('SELECT "outlet", "verdict", "valid", "judged", "flaring_min", "pilot_min", '
                               '"vent_m3", "steam_kg", "nhv_vg", "nhv_cz", "tip_velocity", "released_kg" '
                               f'FROM "flare" WHERE {OF} ORDER BY time DESC LIMIT 96', fmt="table")],
                     columns={"Time": ("块起 Block", {"unit": "dateTimeAsIso"}),
                              "outlet": ("火炬 Flare", {}), "verdict": ("判定 Verdict", {}),
                              "valid": ("有效 Valid", {}), "judged": ("已判定 Judged", {}),
                              "flaring_min": ("排放 min Flaring", {"decimals": 1}),
                              "pilot_min": ("长明灯 min Pilot", {"decimals": 1}),
                              "vent_m3": ("排放气 m³ Vent", {"decimals": 0}),
                              "steam_kg": ("蒸汽 kg Steam", {"decimals": 0}),
                              "nhv_vg": ("排放气热值 NHV vent", {"decimals": 2}),
                              "nhv_cz": ("燃烧区热值 NHV zone", {"decimals": 2}),
                              "tip_velocity": ("出口流速 m/s Tip", {"decimals": 1}),
                              "released_kg": ("放散量 kg Released", {"decimals": 1})}))]),
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
