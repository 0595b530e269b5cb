"""问题与告警: what was found, when, how long, how often?"""

from panels import (KINDS, SITE, dashboard, influxql, named_factors, stat, table, trend)

OF = '"site" =~ /^$site$/ AND $timeFilter'

BOARD = dashboard(
    "findings", "4 问题与告警",
    "Findings: what was found, when, for how long, how often. Leads to verify on site, no verdicts.",
    [(4, [(8, stat("新增问题", "Findings raised in the time shown.",
                   f'SELECT count("id") FROM "finding" WHERE "state" = \'open\' AND {OF}', decimals=0,
                   no_value="0")),
          (8, stat("已结问题", "Findings closed in the time shown.",
                   f'SELECT count("id") FROM "finding" WHERE "state" = \'closed\' AND {OF}',
                   decimals=0, no_value="0")),
          (8, stat("最长持续", "The longest of those that closed.",
                   f'SELECT max("duration_s") FROM "finding" WHERE {OF}', unit="dtdurations"))]),
     (8, [(24, trend("每日新增", "Findings raised per day, by kind.",
                     [influxql('SELECT count("id") FROM "finding" WHERE "state" = \'open\' AND '
                               f'{OF} GROUP BY time(1d), "kind" fill(none)', "$tag_kind")], decimals=0,
                     custom={"drawStyle": "bars", "fillOpacity": 60,
                             "stacking": {"mode": "normal", "group": "A"}}))]),
     (14, [(24, table("问题列表", "Every finding as it was raised and as it closed, newest first.",
                      [influxql('SELECT "kind", "object", "factor", "state", "duration_s", "id" FROM '
                                f'"finding" WHERE {OF} ORDER BY time DESC LIMIT 500', fmt="table")],
                      columns={"Time": ("时间 Time", {"unit": "dateTimeAsIso"}),
                               "kind": ("类型 Kind", {"mappings": [KINDS]}),
                               "object": ("对象 Object", {}),
                               "factor": ("因子 Factor", named_factors()),
                               "state": ("状态 State", {}),
                               "duration_s": ("持续 Duration", {"unit": "dtdurations"}),
                               "id": ("编号 Id", {})}))])],
    [SITE], start="now-7d")
