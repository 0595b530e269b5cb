"""排口: how much now, over the limit or not, why are values missing, how much of the permit is used?"""

from panels import (FACTOR, FLAGS, OUTLET, P1, SERIES, SITE, YES_NO, coloured, dashboard, dashed,
                    finding_marks, influxql, named_factors, table, timeline, trend)

OF = '"outlet" =~ /^$outlet$/ AND "factor" =~ /^$factor$/ AND $timeFilter'
OWN = f'"source" = \'own\' AND {OF}'
BY_TIME = 'GROUP BY time($__interval) fill(null)'


def means(period, title, description):
    return table(
        title, description,
        [influxql('SELECT "parts", "good", "avg", "min", "max", "corrected", "cou", "flag", "valid", '
                  f'"revision" FROM "{period}" WHERE {OWN} ORDER BY time DESC LIMIT 200', fmt="table")],
        columns={"Time": ("时段起 Start", {"unit": "dateTimeAsIso"}), "parts": ("应得 Due", {}),
                 "good": ("实得 Received", {}), "avg": ("实测 Measured", {"decimals": 2}),
                 "min": ("最小 Min", {"decimals": 2}), "max": ("最大 Max", {"decimals": 2}),
                 "corrected": ("折算 O₂-corrected", {"decimals": 2}),
                 "cou": ("排放量 kg Mass", {"decimals": 3}),
                 "flag": ("标志 Flag", {"mappings": [FLAGS]}),
                 "valid": ("有效 Valid", {"mappings": [YES_NO]}), "revision": ("修订 Revision", {})})


YEAR = f'FROM "total" WHERE "period" = \'year\' AND {OF} GROUP BY time(1d) fill(none)'
TONS = trend(
    "年累计排放量与许可量",
    "Tons of this year, day by day: measured, and what stands for missing hours apart; the permit dashed. "
    "Nothing is drawn for a factor without a mass.",
    [influxql(f'SELECT last("cou") / 1000 AS "t" {YEAR}', "实测 measured"),
     influxql(f'SELECT last("cou_substituted") / 1000 AS "t" {YEAR}', "替代值 substituted", ref="B"),
     influxql(f'SELECT last("permit") / 1000 AS "t" {YEAR}', "许可 permit", ref="C")],
    unit="suffix: t", decimals=3, overrides=[coloured("实测 measured", SERIES[0]),
                                             coloured("替代值 substituted", SERIES[1]),
                                             dashed("/^许可/", P1)])

BOARD = dashboard(
    "outlet", "2 排口",
    "One outlet and factor: measured and corrected against the limit, flags, means, tons.",
    [(10, [(24, trend(
        "浓度与限值", "Minute means, measured and O₂-corrected, with the limits of this factor (dashed). "
        "A line breaks where nothing counted.",
        [influxql(f'SELECT mean("avg") FROM "minute" WHERE {OWN} {BY_TIME}', "实测 measured"),
         influxql(f'SELECT mean("corrected") FROM "minute" WHERE {OWN} {BY_TIME}', "折算 corrected",
                  ref="B"),
         influxql(f'SELECT last("max") FROM "limit" WHERE {OF} GROUP BY time($__interval), "period", '
                  '"basis" fill(null)', "限值 limit $tag_period $tag_basis", ref="C")],
        decimals=2, overrides=[coloured("实测 measured", SERIES[0]),
                               coloured("折算 corrected", SERIES[1]), dashed("/^限值/", P1)]))]),
     (4, [(24, timeline("标志", "The flag of each minute (HJ 212); a gap: no minute was told.",
                        [influxql(f'SELECT last("flag") FROM "minute" WHERE {OWN} '
                                  'GROUP BY time($__interval) fill(none)', "标志 flag")], FLAGS))]),
     (6, [(12, trend("每分钟有效样本", "Samples that counted in a minute, beside those that were due.",
                     [influxql(f'SELECT mean("good") FROM "minute" WHERE {OWN} {BY_TIME}',
                               "实得 received"),
                      influxql(f'SELECT mean("parts") FROM "minute" WHERE {OWN} {BY_TIME}', "应得 due",
                               ref="B")], decimals=0,
                     overrides=[dashed("/^应得/", SERIES[0])])),
          (12, table("缺数原因", "Which signals last had no good value, and why: the instrument's word.",
                     [influxql('SELECT last(/_why$/) FROM /^raw_/ WHERE $timeFilter GROUP BY "device"',
                               fmt="table")],
                     columns={"Time": ("时间 Time", {"unit": "dateTimeAsIso"}),
                              "device": ("设备 Device", {})}))]),
     (9, [(24, means("hour", "小时均值", "Hourly means, newest first, with what they were made of."))]),
     (8, [(12, means("day", "日均值", "Daily means, newest first.")),
          (12, TONS)]),
     (8, [(24, table("修订", "Periods that were told again, with the reason.",
                     [influxql('SELECT "revision", "reason", "avg", "corrected", "good", "parts" FROM '
                               f'"hour", "day", "month" WHERE {OF} AND "revision" > 0 '
                               'ORDER BY time DESC LIMIT 100', fmt="table")],
                     columns={"Time": ("时段起 Start", {"unit": "dateTimeAsIso"}),
                              "factor": ("因子 Factor", named_factors()),
                              "revision": ("修订 Revision", {}), "reason": ("原因 Reason", {}),
                              "avg": ("实测 Measured", {"decimals": 2}),
                              "corrected": ("折算 O₂-corrected", {"decimals": 2}),
                              "good": ("实得 Received", {}), "parts": ("应得 Due", {})}))])],
    [SITE, OUTLET, FACTOR], finding_marks())
