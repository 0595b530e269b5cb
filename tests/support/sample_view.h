/* A plausible view of a small plant, with one of everything that a page or a test looks for: a
 * device that does not answer, a value out of range, an open finding, a target that is behind. */
#ifndef TESTS_SUPPORT_SAMPLE_VIEW_H
#define TESTS_SUPPORT_SAMPLE_VIEW_H

#include "acq/core/err.h"
#include "acq/serve/view.h"

#include <math.h>
#include <string.h>

enum { SAMPLE_VIEW_DEVICES = 4, SAMPLE_VIEW_SIGNALS = 13 };

struct sample_signal {
    const char *id, *name, *unit;
    double value;
    quality quality;
};

static inline void sample_view_device(struct serve_view *v, size_t d, const char *id,
                                      const char *link, uint32_t unit, uint32_t count,
                                      const struct sample_signal *signals)
{
    struct serve_device *device = &v->devices[d];
    device->id = serve_view_text(v, id);
    device->link = serve_view_text(v, link);
    device->unit = unit;
    device->every_ms = 1000;
    device->last_ms = v->now_ms - 400;
    device->first_signal = d ? v->devices[d - 1].first_signal + v->devices[d - 1].signal_count : 0;
    device->signal_count = count;
    device->readings = 3600;
    device->requests = 3605;
    device->good = 3590;
    device->late = 3;
    device->timeouts = 10;
    device->exceptions = 2;
    device->missed_cycles = 1;
    for (uint32_t i = 0; i < count; i++) {
        struct serve_signal *s = &v->signals[device->first_signal + i];
        s->id = serve_view_text(v, signals[i].id);
        s->name = serve_view_text(v, signals[i].name);
        s->unit = serve_view_text(v, signals[i].unit);
        s->value = signals[i].value;
        s->quality = signals[i].quality;
        s->time_ms = device->last_ms;
        if (!quality_is_good(s->quality))
            device->quality = s->quality;
    }
}

static inline void sample_view_devices(struct serve_view *v)
{
    const quality over = quality_make(QUALITY_OVER_RANGE, 0);
    const quality timeout = quality_make(QUALITY_TIMEOUT, 0);
    const struct sample_signal cems[] = {
        {"so2", "二氧化硫", "mg/m3", 41.27, QUALITY_GOOD},
        {"nox", "氮氧化物", "mg/m3", 98.4, QUALITY_GOOD},
        {"o2", "氧含量", "%", 8.02, QUALITY_GOOD},
        {"temperature", "烟气温度", "degC", 182.6, QUALITY_GOOD},
        {"velocity", "烟气流速", "m/s", 41.2, over},
    };
    const struct sample_signal plc[] = {
        {"bp_open", "旁路开到位", "", 0, QUALITY_GOOD},
        {"bp_position", "旁路阀位", "%", 0.4, QUALITY_GOOD},
        {"rto_temperature", "RTO 炉膛温度", "degC", 817.33, QUALITY_GOOD},
    };
    const struct sample_signal meter[] = {
        {"power", "有功功率", "kW", 412.508, QUALITY_GOOD},
        {"energy", "有功电能", "kWh", 182736.12, QUALITY_GOOD},
        {"voltage", "电压", "V", 398.6, QUALITY_GOOD},
    };
    const struct sample_signal silent[] = {
        {"power", "有功功率", "kW", NAN, timeout},
        {"energy", "有功电能", "kWh", NAN, timeout},
    };
    sample_view_device(v, 0, "cems-1", "cems", 1, 5, cems);
    sample_view_device(v, 1, "plc", "plc", 1, 3, plc);
    sample_view_device(v, 2, "meter-line", "meters", 1, 3, meter);
    sample_view_device(v, 3, "meter-rto", "meters", 2, 2, silent);
    v->devices[3].last_ms = v->now_ms - 1400;
    v->devices[3].backoff_skips = 6;
}

static inline void sample_view_links(struct serve_view *v)
{
    static const char *const ids[] = {"cems", "plc", "meters"};
    for (size_t i = 0; i < 3; i++)
        v->links[i] = (struct serve_link){.id = serve_view_text(v, ids[i]),
                                          .state = SERVE_LINK_CONNECTED,
                                          .connects = 1,
                                          .bytes_in = 123456,
                                          .bytes_out = 43210};
    v->links[1].state = SERVE_LINK_DOWN;
}

static inline void sample_view_targets(struct serve_view *v)
{
    v->targets[0] = (struct serve_target){.id = serve_view_text(v, "local"),
                                          .kind = serve_view_text(v, "influx"),
                                          .state = SERVE_TARGET_OK,
                                          .sent_lines = 61234,
                                          .requests = 3601,
                                          .last_error = "",
                                          .last_ok_ms = v->now_ms - 900};
    v->targets[1] =
        (struct serve_target){.id = serve_view_text(v, "county"),
                              .kind = serve_view_text(v, "influx"),
                              .state = SERVE_TARGET_UNREACHABLE,
                              .sent_lines = 20000,
                              .requests = 1204,
                              .quarantined = 2,
                              .backlog_commits = 2401,
                              .last_error = serve_view_text(v, "connect: connection refused"),
                              .last_ok_ms = v->now_ms - 2401000};
}

/* SO2 as it should be, dust with a bad link, oxygen of too few minutes, a flow that nobody told. */
static inline void sample_view_outlets(struct serve_view *v)
{
    const struct serve_mean hour = {.start_ms = v->now_ms - 3600000,
                                    .avg = 28.125,
                                    .corrected = 35.155,
                                    .amount = 11.128825,
                                    .is_corrected = true,
                                    .has_amount = true,
                                    .flag = 'N',
                                    .valid = true,
                                    .parts = 60,
                                    .good = 60,
                                    .source = "own"};
    v->outlets[0] = (struct serve_outlet){.id = "DA001",
                                          .name = serve_view_text(v, "焦炉烟囱"),
                                          .site = "demo",
                                          .means_from = "station-else-own",
                                          .series_count = 4};
    v->series[0] = (struct serve_factor){.factor = "a21026",
                                         .name_zh = "二氧化硫",
                                         .name_en = "sulfur dioxide",
                                         .unit = "mg/m3",
                                         .unit_amount = "kg",
                                         .fraction = 2,
                                         .hour = hour,
                                         .day = hour};
    v->series[0].day.start_ms = v->now_ms - 40 * 3600000LL;
    v->series[0].day.valid = false;
    v->series[0].day.good = 19;
    v->series[0].day.parts = 24;
    v->series[1] = v->series[0];
    v->series[1].factor = "a34013";
    v->series[1].name_zh = "烟尘";
    v->series[1].name_en = "particulate matter";
    v->series[1].fraction = 1;
    v->series[1].hour.avg = v->series[1].hour.corrected = v->series[1].hour.amount = (double)NAN;
    v->series[1].hour.flag = 'B';
    v->series[1].hour.valid = false;
    v->series[1].hour.good = 0;
    v->series[2] = (struct serve_factor){.factor = "a19001",
                                         .name_zh = "氧气含量",
                                         .name_en = "oxygen content",
                                         .unit = "%",
                                         .unit_amount = "",
                                         .fraction = 2,
                                         .hour = hour};
    v->series[2].hour.avg = 8.025;
    v->series[2].hour.is_corrected = v->series[2].hour.has_amount = false;
    v->series[2].hour.valid = false;
    v->series[2].hour.good = 40;
    v->series[3] = (struct serve_factor){.factor = "a00000",
                                         .name_zh = "废气",
                                         .name_en = "waste gas (flow)",
                                         .unit = "m3/s",
                                         .unit_amount = "m3",
                                         .fraction = 1};
}

/* now_ms is UTC. */
static inline struct serve_view *sample_view_new(int64_t now_ms)
{
    struct serve_view *v = serve_view_new(&(struct serve_counts){.links = 3,
                                                                 .devices = SAMPLE_VIEW_DEVICES,
                                                                 .signals = SAMPLE_VIEW_SIGNALS,
                                                                 .targets = 2,
                                                                 .findings = 1,
                                                                 .totals = 1,
                                                                 .states = 2,

                                                                 .unknown = 1,
                                                                 .stations = 1,
                                                                 .outlets = 1,
                                                                 .series = 4});
    pw_require(v != NULL);
    v->version = serve_view_text(v, "0.1.0");
    v->plant = serve_view_text(v, "demo");
    v->name = serve_view_text(v, "示范焦化厂");
    v->zone_offset_min = 480;
    v->state = SERVE_RUNNING;
    v->totals[0] = (struct serve_total){.site = "demo",
                                        .outlet = "DA001",
                                        .factor = "a21026",
                                        .period = "month",
                                        .start_ms = now_ms - 86400000,
                                        .until_ms = now_ms,
                                        .measured_kg = 240.5,
                                        .substituted_kg = 21,
                                        .effective_rate = 0.9375,
                                        .compliance_rate = NAN,
                                        .permit_kg = 1000,
                                        .substituted_hours = 2};
    v->stations[0] = (struct serve_station){
        .id = "gc-1",
        .mn = "MN1",
        .packets = 1441,
        .asked = 3,
        .today = {{.expected = 96, .have = 90, .lost = 2}, {.expected = 16, .have = 16}},
        .missing = {4},
        .lost = {2},
    };
    v->unknown[0] = (struct serve_unknown){.mn = "STRANGER",
                                           .link = "stations",
                                           .packets = 41,
                                           .set_aside = 32,
                                           .first_ms = now_ms - 60000,
                                           .last_ms = now_ms - 1000};
    v->now_ms = now_ms;
    v->started_ms = now_ms - 3605000;
    v->record = (struct serve_record){.last_seq = 3605,
                                      .raw_lines = 14420,
                                      .derived_lines = 120,
                                      .journal_lines = 9,
                                      .bytes_plain = 2345678,
                                      .bytes_stored = 345678,
                                      .commits = 3605,
                                      .sync_last_us = 210,
                                      .sync_max_us = 4321,
                                      .queue_bytes = 512,
                                      .projected_seq = 3605};
    memset(v->record.head, 'a', 64);
    v->counters = (struct serve_counters){
        .readings = 14420, .samples = 46865, .bad_samples = 131, .findings = 7};
    sample_view_links(v);
    sample_view_devices(v);
    sample_view_targets(v);
    sample_view_outlets(v);
    v->states[0] = (struct serve_object_state){.site = "demo",
                                               .object = "line-1",
                                               .state = "run",
                                               .code = 1,
                                               .since_ms = now_ms - 60000,
                                               .confidence = (double)NAN,
                                               .power_kw = 163};
    v->states[1] = (struct serve_object_state){.site = "demo",
                                               .object = "BP001",
                                               .state = "suspect",
                                               .code = 2,
                                               .since_ms = now_ms - 5000,
                                               .confidence = 0.86,
                                               .power_kw = (double)NAN};
    v->findings[0] = (struct serve_finding){.id = serve_view_text(v, "0123456789abcdef"),
                                            .kind = serve_view_text(v, "limit"),
                                            .site = serve_view_text(v, "demo"),
                                            .object = serve_view_text(v, "DA001"),
                                            .factor = serve_view_text(v, "a21026"),
                                            .signal = serve_view_text(v, "cems-1.so2"),
                                            .class_word = "",
                                            .zh = serve_view_text(v, "焦炉烟囱（DA001）超标"),
                                            .en = serve_view_text(v, "exceedance at DA001"),
                                            .priority = 2,
                                            .start_ms = now_ms - 17000,
                                            .value = 41.27,
                                            .threshold = 35};
    return v;
}

#endif
