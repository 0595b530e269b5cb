"""总览: is anything wrong now, where, how bad; is the data whole; who is silent?"""

from panels import (ONLINE, P1, P2, P3, GREY, SITE, dashboard, finding_marks, influxql, named_factors,
                    shared, stat, steps, table, timeline, trend)

WARN = steps((None, GREY), (1, P2))

SHARES = table(
    "限值占比 Share of the limit",
    "Each limit of each outlet: what the last minute reached of it, on the limit's own basis. The "
    "worst stands first. A limit that judges nothing yet (nobody confirmed it) says so.",
    [influxql('SELECT last("now_share") AS "share", "now", "max", "judges" FROM "limit" WHERE '
              '"site" =~ /^$site$/ AND $timeFilter GROUP BY "outlet", "factor", "period", "basis"',
              fmt="table")],
    columns={"Time": ("时间 Time", {"unit": "dateTimeAsIso"}), "outlet": ("排口 Outlet", {}),
             "factor": ("因子 Factor", named_factors()), "period": ("时段 Period", {}),
             "basis": ("口径 Basis", {}), "share": ("占限值 % of limit", shared(0)),
             "now": ("当前分钟 This minute", {"decimals": 2}), "max": ("限值 Limit", {"decimals": 2}),
             "judges": ("判定 Judged", {})},
    sort="占限值 % of limit")

HOURS = table(
    "最近小时均值 Last hourly means",
    "The last full hour of each outlet and factor. Without a value: how many of the minutes that were "
    "due counted, and with which flag.",
    [influxql('SELECT last("parts") AS "due", "good", "avg", "corrected", "flag", "valid" FROM "hour" '
              'WHERE "source" = \'own\' AND "site" =~ /^$site$/ AND $timeFilter '
              'GROUP BY "outlet", "factor"', fmt="table")],
    columns={"Time": ("小时 Hour (start)", {"unit": "dateTimeAsIso"}), "outlet": ("排口 Outlet", {}),
             "factor": ("因子 Factor", named_factors()), "due": ("应得 Due", {}),
             "good": ("实得 Received", {}), "avg": ("实测 Measured", {"decimals": 2}),
             "corrected": ("折算 O₂-corrected", {"decimals": 2}), "flag": ("标志 Flag", {}),
             "valid": ("有效 Valid", {})})

BOARD = dashboard(
    "overview", "1 总览",
    "Overview: what is wrong now, where and how bad; whether the data is whole; who is silent.",
    [(4, [
        (5, stat("未结问题", "Findings that are open now.",
                 'SELECT last("open") FROM "self" WHERE "part" = \'server\' AND $timeFilter',
                 thresholds=WARN, decimals=0)),
        (5, stat("最大限值占比", "The worst share of a limit that judges, of the last minutes.",
                 'SELECT max("now_share") FROM "limit" WHERE "site" =~ /^$site$/ AND "judges" = true '
                 'AND time > now() - 5m', unit="percent", decimals=0,
                 thresholds=steps((None, GREY), (90, P3), (100, P1)))),
        (5, stat("离线设备", "Devices that did not answer when last asked, and stations that are silent.",
                 'SELECT sum("off") FROM (SELECT 1 - last("online") AS "off" FROM "self" WHERE '
                 '"part" = \'device\' AND time > now() - 5m GROUP BY "object")',
                 thresholds=WARN, decimals=0)),
        (5, stat("数据完整率", "Samples that counted, of those that were due, over the time shown.",
                 'SELECT 100 * sum("good") / sum("parts") FROM "minute" WHERE "source" = \'own\' AND '
                 '"site" =~ /^$site$/ AND $timeFilter', unit="percent", decimals=1,
                 thresholds=steps((None, P2), (90, GREY)))),
        (4, stat("丢失行数", "Lines lost since the start of the server: 0, or somebody must look.",
                 'SELECT last("lost_lines") FROM "self" WHERE "part" = \'record\' AND $timeFilter',
                 thresholds=steps((None, GREY), (1, P1)), decimals=0))]),
     (9, [(24, SHARES)]),
     (9, [(24, HOURS)]),
     (8, [(12, trend("各排口限值占比", "Share of the limit, minute by minute, of every limit that judges.",
                     [influxql('SELECT max("now_share") FROM "limit" WHERE "site" =~ /^$site$/ AND '
                               '"judges" = true AND $timeFilter GROUP BY time($__interval), "outlet", '
                               '"factor", "period" fill(null)',
                               alias="$tag_outlet $tag_factor $tag_period")], unit="percent",
                     thresholds=steps((None, "transparent"), (100, P1)),
                     custom={"thresholdsStyle": {"mode": "line"}})),
          (12, timeline("设备在线", "Each device, minute by minute; a gap is unknown, not online.",
                        [influxql('SELECT last("online") FROM "self" WHERE "part" = \'device\' AND '
                                  '$timeFilter GROUP BY time($__interval), "object" fill(none)',
                                  alias="$tag_object")], ONLINE))])],
    [SITE], finding_marks())
