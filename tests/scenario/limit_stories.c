#include "tests/scenario/limit_stories.h"

/* A mean is told some seconds after its period; late samples are waited for. */
enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    TOLD_S = 20,
    SETTLE_S = 90,
    DUE_HOUR = HOUR_S + TOLD_S,
    DUE_DAY = DAY_S + TOLD_S,
    DUE_REALTIME = 30 + 10,
    DUE_FORECAST = 5 * MINUTE_S + 3 * MINUTE_S + TOLD_S /* its window, its duration */
};

#define HOUR_PART "DA001/a21026/hour/0"
#define DAY_PART "DA001/a21026/day/1"
#define REALTIME_PART "DA001/a21002/realtime/2"
#define LIBRARY_PART "DA001/a34013/hour/3"

static void due(struct sim *s, const char *kind, const char *part, int64_t from_s, int64_t to_s,
                int64_t by_s)
{
    sim_truth(s, &(struct sim_truth){.kind = kind,
                                     .object = "DA001",
                                     .part = part,
                                     .once = true,
                                     .from_s = from_s,
                                     .to_s = to_s,
                                     .delay_max_s = by_s});
}

static void due_hour(struct sim *s, int64_t hour_s)
{
    due(s, "limit", HOUR_PART, hour_s, hour_s + HOUR_S - 120, DUE_HOUR);
}

static void due_forecast(struct sim *s, int64_t from_s, int64_t to_s)
{
    due(s, "limit-forecast", HOUR_PART, from_s, to_s, DUE_FORECAST);
}

static void due_realtime(struct sim *s, int64_t from_s, int64_t to_s)
{
    due(s, "limit", REALTIME_PART, from_s, to_s, DUE_REALTIME);
}

static void hold(struct limit_plant *p, const struct sim *s, enum limit_thing thing, int64_t from_s,
                 int64_t to_s, double value)
{
    limit_plant_turn(p, s, &(struct limit_turn){thing, from_s, to_s, value, value});
}

/* One finding of the limit, and a forecast in each of its hours. */
static void steadily(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + 3 * HOUR_S, 45);
    due_hour(s, h);
    for (int i = 0; i < 3; i++)
        due_forecast(s, h + i * HOUR_S, h + (i + 1) * HOUR_S - 120);
}

static void barely(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + HOUR_S, 39);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

static void nearly(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + 3 * HOUR_S, 28);
}

static void by_a_short_burst(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 5, 35) * MINUTE_S;
    hold(p, s, THING_SO2, at_s, at_s + 6 * MINUTE_S, 280);
    due_hour(s, h);
    due_forecast(s, at_s, at_s + 6 * MINUTE_S);
}

/* A minute does not make an hour. */
static void a_minute_of_burst(struct limit_plant *p, struct sim *s, int64_t h)
{
    for (int i = 0; i < 4; i++) {
        int64_t at_s = h + (5 + 12 * i) * MINUTE_S + sim_between(s, 0, 60);
        hold(p, s, THING_SO2, at_s, at_s + 40, 90);
    }
}

static void with_45_minutes(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 12, 40) * MINUTE_S;
    hold(p, s, THING_SO2, h, h + HOUR_S, 45);
    limit_plant_silence(p, s, at_s, at_s + 15 * MINUTE_S);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

/* It was heading beyond while it could still be judged. */
static void with_44_minutes(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 12, 40) * MINUTE_S;
    hold(p, s, THING_SO2, h, h + HOUR_S, 45);
    limit_plant_silence(p, s, at_s, at_s + 16 * MINUTE_S);
    due_forecast(s, h, h + HOUR_S - 120);
}

static void calibrating(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 0, 3000);
    sim_fault(s, p->signal[STACK_SO2], FAULT_CALIBRATING, at_s, at_s + 1500, 300);
}

static void calibrating_by_a_mark(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 0, 3000);
    sim_mark(s, "DA001", "calibration", at_s - 30, at_s, at_s + 1500);
    sim_fault(s, p->signal[STACK_SO2], FAULT_FIXED, at_s, at_s + 1500, 300);
}

static void calibrating_while_exceeding(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + HOUR_S, 45);
    sim_fault(s, p->signal[STACK_SO2], FAULT_CALIBRATING, h + 1500, h + 2100, 5);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

/* Air is drawn through: 8 mg/m3 would be 150 when corrected. */
static void much_oxygen(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_OXYGEN, h, h + 2 * HOUR_S, 20.2);
    hold(p, s, THING_SO2, h + 120, h + 2 * HOUR_S - 60, 150);
    sim_fault(s, p->signal[STACK_OXYGEN], FAULT_FIXED, h, h + 2 * HOUR_S + 120, 20.2);
}

static void oxygen_below_the_border(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_OXYGEN, h, h + HOUR_S, 17.5);
    hold(p, s, THING_SO2, h, h + HOUR_S, 48);
    p->wander[THING_OXYGEN] = 0;
    sim_fault(s, p->signal[STACK_OXYGEN], FAULT_FIXED, h, h + HOUR_S, 17.5);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

static void a_day(struct limit_plant *p, struct sim *s, int64_t h)
{
    (void)h;
    hold(p, s, THING_SO2, DAY_S, 2 * DAY_S, 28.5);
    due(s, "limit", DAY_PART, DAY_S, 2 * DAY_S - 120, DUE_DAY);
}

static void at_once(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 0, 3000);
    hold(p, s, THING_NOX, at_s, at_s + 600, 130);
    due_realtime(s, at_s, at_s + 600);
}

static void too_short_at_once(struct limit_plant *p, struct sim *s, int64_t h)
{
    for (int i = 0; i < 20; i++)
        hold(p, s, THING_NOX, h + i * 150, h + i * 150 + 25, 130);
}

static void within_the_deadband(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_NOX, h, h + 1800, 130);
    hold(p, s, THING_NOX, h + 300, h + 900, 96);
    due_realtime(s, h, h + 1800);
}

static void back_too_short(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_NOX, h, h + 1800, 130);
    for (int i = 1; i < 6; i++)
        hold(p, s, THING_NOX, h + i * 300, h + i * 300 + 45, 60);
    due_realtime(s, h, h + 1800);
}

/* A mg/m3 a minute: it shows after some 18 minutes. */
static void foreseen(struct limit_plant *p, struct sim *s, int64_t h)
{
    limit_plant_turn(p, s, &(struct limit_turn){THING_SO2, h, h + HOUR_S, 18, 78});
    due_hour(s, h);
    due_forecast(s, h + 18 * MINUTE_S, h + HOUR_S - 120);
}

static void averted(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + sim_between(s, 5, 20) * MINUTE_S;
    hold(p, s, THING_SO2, at_s, at_s + 14 * MINUTE_S, 55);
    hold(p, s, THING_SO2, at_s + 14 * MINUTE_S, h + HOUR_S, 12);
    due_forecast(s, at_s, at_s + 14 * MINUTE_S);
}

/* Minutes of air are valid though not corrected, so the hour is judged; so is the next one, which
 * comes right in time. */
static void after_a_start(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_OXYGEN, h - 7200, h + 1200, 20.9);
    hold(p, s, THING_LOAD, h - 7200, h + 1200, 0.1);
    hold(p, s, THING_SO2, h + 1200, h + HOUR_S + 900, 50);
    hold(p, s, THING_SO2, h + HOUR_S + 900, h + 2 * HOUR_S, 15);
    due_hour(s, h);
    due_forecast(s, h + 1200, h + HOUR_S - 120);
    due_forecast(s, h + HOUR_S, h + HOUR_S + 900);
}

static void over_range(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + HOUR_S, 60);
    sim_fault(s, p->signal[STACK_SO2], FAULT_OVER_RANGE, h + 1200, h + 1800, 300);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

/* What is above the range is no number: the hour has none. */
static void over_range_for_long(struct limit_plant *p, struct sim *s, int64_t h)
{
    sim_fault(s, p->signal[STACK_SO2], FAULT_OVER_RANGE, h + 600, h + 2400, 300);
}

static void silence_between(struct limit_plant *p, struct sim *s, int64_t h)
{
    int64_t at_s = h + 1200 + sim_between(s, 0, 600);
    hold(p, s, THING_SO2, h, h + HOUR_S, 50);
    limit_plant_silence(p, s, at_s, at_s + 480);
    due_hour(s, h);
    due_forecast(s, h, h + HOUR_S - 120);
}

/* What the station could not send makes the hour valid, and one beyond the limit. */
static void late_data(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h + 300, h + 3300, 60);
    sim_hold(s, h + 300, h + 3300, 2400);
    due(s, "limit", HOUR_PART, h, h + HOUR_S - 120, 3300 + 2400 + SETTLE_S);
}

static void late_data_within(struct limit_plant *p, struct sim *s, int64_t h)
{
    (void)p;
    sim_hold(s, h + 300, h + 3300, 2400);
}

/* Five minutes come again; what is left of the hour is enough. */
static void clock_put_back(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_SO2, h, h + HOUR_S + 300, 50);
    sim_step_clock(s, h + 600, -300);
    due_hour(s, h);
    /* What was foreseen is withdrawn with the minutes, and foreseen again. */
    due_forecast(s, h, h + 240);
    due_forecast(s, h + 361, h + HOUR_S - 120);
}

static void clock_put_forward(struct limit_plant *p, struct sim *s, int64_t h)
{
    (void)p;
    sim_step_clock(s, h + 600, 1800);
}

static void unconfirmed(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_DUST, h, h + 2 * HOUR_S, 40);
}

static void confirmed(struct limit_plant *p, struct sim *s, int64_t h)
{
    hold(p, s, THING_DUST, h, h + HOUR_S, 40);
    due(s, "limit", LIBRARY_PART, h, h + HOUR_S - 120, DUE_HOUR);
    due(s, "limit-forecast", LIBRARY_PART, h, h + HOUR_S - 120, DUE_FORECAST);
}

/* A permit that lasts for 11.6 hours of the usual. */
static void shares_of_the_permit(struct limit_plant *p, struct sim *s, int64_t h)
{
    static const char *const parts[] = {"DA001/a21026/total/80", "DA001/a21026/total/90",
                                        "DA001/a21026/total/100"};
    static const int hours[] = {9, 10, 11};
    (void)p;
    (void)h;
    for (int i = 0; i < 3; i++)
        due(s, "total", parts[i], hours[i] * HOUR_S, hours[i] * HOUR_S + HOUR_S - 120, DUE_HOUR);
}

static void load_swings(struct limit_plant *p, struct sim *s, int64_t h)
{
    for (int i = 0; i < 8; i++) {
        hold(p, s, THING_LOAD, h + i * 900, h + i * 900 + 450, 0.3);
        hold(p, s, THING_OXYGEN, h + i * 900, h + i * 900 + 450, 14);
        hold(p, s, THING_SO2, h + i * 900, h + i * 900 + 450, 25);
    }
}

static const struct limit_story stories[] = {
    {"steadily", 0, 4, steadily},
    {"barely", 0, 2, barely},
    {"nearly", 0, 4, nearly},
    {"by a short burst", 0, 2, by_a_short_burst},
    {"a minute of burst", 0, 2, a_minute_of_burst},
    {"with 45 minutes", 0, 2, with_45_minutes},
    {"with 44 minutes", 0, 2, with_44_minutes},
    {"calibrating", 0, 2, calibrating},
    {"calibrating by a mark", 0, 2, calibrating_by_a_mark},
    {"calibrating while exceeding", 0, 2, calibrating_while_exceeding},
    {"much oxygen", 0, 4, much_oxygen},
    {"oxygen below the border", 0, 2, oxygen_below_the_border},
    {"a day", 0, 48, a_day},
    {"at once", 0, 2, at_once},
    {"too short at once", 0, 2, too_short_at_once},
    {"within the deadband", 0, 2, within_the_deadband},
    {"back too short", 0, 2, back_too_short},
    {"foreseen", 0, 2, foreseen},
    {"averted", 0, 2, averted},
    {"after a start", 0, 3, after_a_start},
    {"over range", 0, 2, over_range},
    {"over range for long", 0, 2, over_range_for_long},
    {"silence between", 0, 2, silence_between},
    {"late data", 0, 4, late_data},
    {"late data within", 0, 4, late_data_within},
    {"clock put back", 0, 2, clock_put_back},
    {"clock put forward", 0, 2, clock_put_forward},
    {"unconfirmed", 0, 3, unconfirmed},
    {"confirmed", HAS_DUST_CONFIRMED, 2, confirmed},
    {"shares of the permit", HAS_SMALL_PERMIT, 12, shares_of_the_permit},
    {"load swings", 0, 3, load_swings},
};

const struct limit_story *limit_stories(unsigned *out_count)
{
    *out_count = sizeof stories / sizeof *stories;
    return stories;
}
