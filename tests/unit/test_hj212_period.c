/* What a station computed: each number in its unit, told once, a change as a revision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/hj212_desk_stand.h"

#include <math.h>

static const char plant_periods[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"
    "\"devices\":[{\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\","
    "\"ask\":{\"fill\":[]},\"signals\":{\"so2\":{\"factor\":\"a21026\",\"unit\":\"ug/m3\"},"
    "\"hg\":{\"factor\":\"a20058\"},\"flow\":{\"factor\":\"a00000\"},"
    "\"cod\":{\"factor\":\"w01018\"}}}]}";

static void add(struct strbuf *out, const char *name, double value)
{
    if (isnan(value))
        return;
    strbuf_addf(out, " %s=", name);
    strbuf_add_double(out, value);
}

static void on_period(void *ctx, const struct hj212_period *p)
{
    static const char *const names[] = {"realtime", "minute", "hour", "day"};
    struct stand *s = ctx;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct hj212_period_value *v = &p->values[i];
        const struct plant_device *d = &s->plant->devices[p->device];
        strbuf_addf(&s->said, "%s@%lld %s", names[p->series],
                    (long long)(p->start_ms - s->now.utc_ms),
                    s->plant->signals[d->first_signal + v->signal].id);
        add(&s->said, "min", v->min);
        add(&s->said, "avg", v->avg);
        add(&s->said, "max", v->max);
        add(&s->said, "zs", v->zs_avg);
        add(&s->said, "cou", v->amount);
        strbuf_addf(&s->said, " %c r%u\n", v->flag, (unsigned)v->revision);
    }
}

static int set_up(void **state)
{
    int err = stand_open(state, plant_periods);
    struct stand *s = *state;
    static struct hj212_desk_ops with_periods;
    with_periods = ops;
    with_periods.on_period = on_period;
    hj212_desk_free(s->desk);
    assert_int_equal(hj212_desk_new(s->plant, 0, &with_periods, s, &s->desk), 0);
    hj212_reader_init(&s->reader, &s->link, s->buffer, hj212_reader_size(&s->profile), s->work,
                      hj212_desk_find_peer, s->desk);
    return err;
}

#define DATA(cn, qn) "QN=202611240800000" qn ";ST=31;CN=" cn ";PW=1;MN=MN1;Flag=4;CP=&&"
#define AT(time) "DataTime=20261124" time ";"

static void each_series_and_member_is_told_in_the_signals_unit(void **state)
{
    struct stand *s = *state;
    take(s, DATA("2051", "01") AT("075000") "a21026-Min=1.1,a21026-Avg=1.2,a21026-Max=1.3,"
                                            "a21026-ZsAvg=2,a21026-Cou=0.5,a21026-Flag=N&&");
    expect(s, "packet 2051\nminute@-600000 so2 min=1100 avg=1200 max=1300 zs=2000 cou=0.5 N r0\n");
    take(s, DATA("2061", "02") AT("070000") "a00000-Cou=3600,a00000-Avg=1,a00000-Flag=D&&");
    expect(s, "packet 2061\nhour@-3600000 flow avg=1 cou=3600 D r0\n");
    take(s, DATA("2031", "03") "DataTime=20261123000000;w01018-Avg=40,w01018-Flag=N&&");
    expect(s, "packet 2031\nday@-115200000 cod avg=40 N r0\n");
}

static void amounts_become_kilograms(void **state)
{
    struct stand *s = *state;
    take(s, DATA("2061", "01") AT("070000") "a20058-Avg=3,a20058-Cou=250&&");
    expect(s, "packet 2061\nhour@-3600000 hg avg=3 cou=0.25 N r0\n");
}

static void the_same_again_is_not_told_and_another_value_is_a_revision(void **state)
{
    struct stand *s = *state;
    take(s, DATA("2061", "01") AT("070000") "a21026-Avg=1,a21026-Flag=N;w01018-Avg=5&&");
    strbuf_reset(&s->said);
    take(s, DATA("2061", "02") AT("070000") "a21026-Avg=1,a21026-Flag=N&&");
    expect(s, "packet 2061\n");
    take(s, DATA("2061", "03") AT("070000") "a21026-Avg=2,a21026-Flag=N;w01018-Avg=5&&");
    expect(s, "packet 2061 revision\nhour@-3600000 so2 avg=2000 N r1\n");
    take(s, DATA("2061", "04") AT("070000") "a21026-Avg=2,a21026-Flag=D&&");
    expect(s, "packet 2061\nhour@-3600000 so2 avg=2000 D r2\n");
}

static void what_is_no_number_is_left_out_and_never_zero(void **state)
{
    struct stand *s = *state;
    take(s, DATA("2061", "01") AT("070000") "a21026-Avg=--,a21026-Max=,a21026-Flag=D&&");
    expect(s, "packet 2061\nhour@-3600000 so2 D r0\n");
    take(s, DATA("2061", "02") "a21026-Avg=5&&");
    expect(s, "packet 2061\n");
    take(s, DATA("2061", "03") "DataTime=20350101000000;a21026-Avg=5&&");
    expect(s, "packet 2061\n");
    take(s, DATA("2061", "04") AT("060000") "zz9-Avg=5&&");
    expect(s, "packet 2061\n");
}

static void what_was_told_before_a_start_is_known(void **state)
{
    struct stand *s = *state;
    const char *segment = DATA("2061", "01") AT("070000") "a21026-Avg=1&&";
    struct hj212_packet *p = malloc(sizeof *p);
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), p), 0);
    hj212_desk_recall(s->desk, p, s->now.utc_ms);
    free(p);
    take(s, DATA("2061", "02") AT("070000") "a21026-Avg=1&&");
    expect(s, "packet 2061\n");
    take(s, DATA("2061", "03") AT("070000") "a21026-Avg=9&&");
    expect(s, "packet 2061 revision\nhour@-3600000 so2 avg=9000 N r1\n");
}

#define IN_STAND(f) cmocka_unit_test_setup_teardown(f, set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STAND(each_series_and_member_is_told_in_the_signals_unit),
        IN_STAND(amounts_become_kilograms),
        IN_STAND(the_same_again_is_not_told_and_another_value_is_a_revision),
        IN_STAND(what_is_no_number_is_left_out_and_never_zero),
        IN_STAND(what_was_told_before_a_start_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
