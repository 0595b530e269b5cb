"""系统: does the server itself do its work: commits, queues, buses, losses?"""

from panels import (GREY, ONLINE, P1, P2, dashboard, influxql, stat, steps, timeline, trend)


def part(name):
    return f'"part" = \'{name}\' AND $timeFilter'


EACH = 'GROUP BY time($__interval), "object" fill(null)'
ALONE = 'GROUP BY time($__interval) fill(null)'


def rate(field, part_name, title, description, **more):
    """Per second, of a counter that begins anew with the server."""
    return trend(title, description,
                 [influxql(f'SELECT non_negative_derivative(last("{field}"), 1s) FROM "self" WHERE '
                           f'{part(part_name)} GROUP BY time($__interval), "object" fill(none)',
                           "$tag_object" if part_name != "record" else field)], decimals=2, **more)


BOARD = dashboard(
    "server", "5 系统",
    "The server itself: commits, queues, buses, targets, losses.",
    [(4, [(6, stat("丢失行数", "Lines lost since the start.",
                   f'SELECT last("lost_lines") FROM "self" WHERE {part("record")}',
                   thresholds=steps((None, GREY), (1, P1)), decimals=0)),
          (6, stat("提交错误", "Commits that failed since the start.",
                   f'SELECT last("commit_errors") FROM "self" WHERE {part("record")}',
                   thresholds=steps((None, GREY), (1, P2)), decimals=0)),
          (6, stat("目标积压", "Commits that targets have not confirmed.",
                   'SELECT sum("b") FROM (SELECT last("backlog") AS "b" FROM "self" WHERE '
                   f'{part("target")} GROUP BY "object")', thresholds=steps((None, GREY), (600, P2)),
                   decimals=0)),
          (6, stat("剩余空间", "Free bytes of the record's disk.",
                   f'SELECT last("free_bytes") FROM "self" WHERE {part("record")}', unit="bytes",
                   thresholds=steps((None, P2), (2e9, GREY))))]),
     (7, [(12, rate("commits", "record", "提交速率", "Durable commits per second.")),
          (12, trend("同步耗时", "The longest sync of the disk since the start.",
                     [influxql(f'SELECT last("sync_max_us") FROM "self" WHERE {part("record")} {ALONE}',
                               "最长 longest")], unit="µs"))]),
     (7, [(12, trend("目标积压", "Commits not confirmed, by target.",
                     [influxql(f'SELECT last("backlog") FROM "self" WHERE {part("target")} {EACH}',
                               "$tag_object")], decimals=0)),
          (12, trend("隔离与部分拒收", "Lines that a target refused, since the start.",
                     [influxql(f'SELECT last("quarantined") FROM "self" WHERE {part("target")} {EACH}',
                               "隔离 quarantined $tag_object"),
                      influxql(f'SELECT last("partial") FROM "self" WHERE {part("target")} {EACH}',
                               "拒收 dropped $tag_object", ref="B")], decimals=0))]),
     (7, [(12, rate("requests", "device", "请求速率", "Requests per second, by device.")),
          (12, rate("timeouts", "device", "超时速率", "Requests without an answer per second, by device."))]),
     (7, [(12, timeline("链路连接", "Each link; a gap is unknown, not connected.",
                        [influxql(f'SELECT last("connected") FROM "self" WHERE {part("link")} '
                                  'GROUP BY time($__interval), "object" fill(none)', "$tag_object")],
                        ONLINE)),
          (12, trend("错过的周期", "Cycles that were due while the one before was not settled.",
                     [influxql(f'SELECT last("missed") FROM "self" WHERE {part("device")} {EACH}',
                               "$tag_object")], decimals=0))])],
    start="now-6h")
