#include "acq/detect/channel.h"

#include "acq/plant/thresholds.h"

#include <math.h>

static const double highest_learned =
    3; /* a learned threshold is at most so many times the set one */
static const double sigmas = 3;
static const double base_of_rated = 0.5; /* treatment's usual power before it is learned */
static const double fan_memory_ms = 600000;
static const double fan_new_normal_ms = 3600000;
static const double set_point_moved = 0.02;

void channel_init(struct channel_state *c)
{
    *c = (struct channel_state){.value = (double)NAN,
                                .open_at = (double)NAN,
                                .reference = (double)NAN,
                                .set_point = (double)NAN,
                                .worst = (double)NAN};
}

bool channel_is_fresh(const struct channel_state *c, const struct plant_evidence *e, int which,
                      struct machine_now now)
{
    return e->signal[which] != PLANT_NONE && c->level_at[which] != 0 &&
           now.at_ms - c->level_at[which] <= (int64_t)e->stale_ms;
}

static double load_of_main(const struct channel_state *c, const struct plant *plant,
                           const struct plant_evidence *e)
{
    const struct plant_equipment *load = &plant->equipment[e->equipment];
    return c->level[1] * load->kw / load->rated_kw;
}

/* A pitot tube's pressure goes with the square of the flow. */
static double main_flow(const struct channel_state *c, const struct plant *plant,
                        const struct plant_evidence *e)
{
    double value = c->level[0] > 0 ? c->level[0] : 0;
    return plant->inputs[e->input].source == MEASURE_DYNAMIC ? sqrt(value) : value;
}

double channel_expected(const struct channel_state *c, const struct plant *plant,
                        const struct plant_evidence *e)
{
    const struct learned_bin *b = learned_find(&c->usual, load_of_main(c, plant, e));
    return b ? b->mean : (double)NAN;
}

struct reading_of {
    enum channel_word word; /* CHANNEL_BETWEEN: look at value */
    double value, open_at, closed_at;
};

static struct reading_of plain(enum channel_word word)
{
    return (struct reading_of){word, (double)NAN, (double)NAN, (double)NAN};
}

/* Against the channel's own thresholds. */
static struct reading_of held(const struct plant_evidence *e, double value)
{
    return (struct reading_of){CHANNEL_BETWEEN, value, e->open_at, e->closed_at};
}

static struct reading_of read_switch(struct channel_state *c, const struct plant_evidence *e,
                                     struct machine_now now)
{
    bool has[2];
    bool on[2];
    for (int i = 0; i < 2; i++) {
        has[i] = e->signal[i] != PLANT_NONE;
        on[i] = c->level[i] >= 0.5;
        if (has[i] && !channel_is_fresh(c, e, i, now))
            return plain(CHANNEL_UNKNOWN);
    }
    bool neither = has[0] && has[1] && !on[0] && !on[1];
    if (!neither)
        c->neither_at = 0;
    else if (c->neither_at == 0)
        c->neither_at = now.at_ms;
    if (has[0] && has[1] && on[0] && on[1])
        return plain(CHANNEL_FAULT);
    if (neither && now.at_ms - c->neither_at > (int64_t)e->travel_s * 1000)
        return plain(CHANNEL_FAULT);
    bool is_closed = has[1] ? on[1] : !on[0];
    return plain(is_closed ? CHANNEL_CLOSED : CHANNEL_OPEN);
}

static struct reading_of read_velocity(const struct channel_state *c,
                                       const struct plant_evidence *e)
{
    struct reading_of r = held(e, fabs(c->level[0]));
    const struct learned_bin *b = learned_find(&c->usual, 0);
    if (!b)
        return r;
    double noise = b->mean + sigmas * sqrt(b->variance);
    double most = highest_learned * e->open_at;
    noise = noise < most ? noise : most;
    if (noise > r.open_at) {
        r.closed_at = noise * e->closed_at / e->open_at;
        r.open_at = noise;
    }
    return r;
}

static struct reading_of read_concentration(const struct channel_state *c,
                                            const struct plant_evidence *e)
{
    struct reading_of r = held(e, c->level[0]);
    const struct learned_bin *b = learned_find(&c->usual, 0);
    if (!isnan(e->open_at))
        return r;
    if (!b)
        return plain(CHANNEL_UNKNOWN);
    r.open_at = fmax(2 * e->lod, 5 * b->mean);
    r.closed_at = fmin(fmax(2 * b->mean, e->lod), r.open_at);
    return r;
}

/* Without gas a closed damper has no difference of pressures either. */
static struct reading_of read_pressure(const struct channel_state *c,
                                       const struct plant_evidence *e,
                                       const struct channel_world *w)
{
    if (w->production == OBJECT_OFF || w->production == OBJECT_MOVING)
        return plain(CHANNEL_BETWEEN);
    const struct learned_bin *b = learned_find(&c->usual, isnan(w->load) ? 0 : w->load);
    double base = isnan(e->base) ? (b ? b->mean : 0) : e->base;
    if (w->production != OBJECT_ON || base <= 0)
        return plain(CHANNEL_UNKNOWN);
    return held(e, 1 - c->level[0] / base);
}

static struct reading_of read_temperature(const struct channel_state *c,
                                          const struct plant_evidence *e, struct machine_now now)
{
    if (!channel_is_fresh(c, e, 1, now) || !channel_is_fresh(c, e, 2, now))
        return plain(CHANNEL_UNKNOWN);
    double span = c->level[1] - c->level[2];
    if (span < e->span_k)
        return plain(CHANNEL_BETWEEN);
    return held(e, (c->level[0] - c->level[2]) / span);
}

static struct reading_of read_main_flow(const struct channel_state *c, const struct plant *plant,
                                        const struct plant_evidence *e,
                                        const struct channel_world *w, struct machine_now now)
{
    if (w->production == OBJECT_OFF || w->production == OBJECT_MOVING)
        return plain(CHANNEL_BETWEEN);
    double expected = channel_expected(c, plant, e);
    if (w->production != OBJECT_ON || !channel_is_fresh(c, e, 1, now) || !(expected > 0))
        return plain(CHANNEL_UNKNOWN);
    return held(e, main_flow(c, plant, e) / expected);
}

static struct reading_of read_power(const struct channel_state *c, const struct plant *plant,
                                    const struct plant_evidence *e, const struct channel_world *w)
{
    const struct plant_equipment *t = &plant->equipment[e->equipment];
    const struct learned_bin *b = learned_find(&c->usual, isnan(w->load) ? 0 : w->load);
    double usual = b ? b->mean : base_of_rated * t->rated_kw;
    if (!isnan(e->base))
        usual = e->base;
    if (w->production == OBJECT_OFF || w->production == OBJECT_MOVING)
        return plain(CHANNEL_BETWEEN);
    if (w->production != OBJECT_ON || usual <= 0)
        return plain(CHANNEL_UNKNOWN);
    return held(e, c->level[0] * t->kw / usual);
}

static struct reading_of read_fan(const struct channel_state *c, const struct plant_evidence *e)
{
    if (isnan(c->reference) || c->reference <= 0)
        return plain(CHANNEL_BETWEEN);
    return held(e, c->level[0] / c->reference - 1);
}

static struct reading_of read_channel(struct channel_state *c, const struct plant *plant,
                                      const struct plant_evidence *e, const struct channel_world *w,
                                      struct machine_now now)
{
    if (e->channel == CHANNEL_LIMIT_SWITCH)
        return read_switch(c, e, now);
    if (!channel_is_fresh(c, e, 0, now))
        return plain(CHANNEL_UNKNOWN);
    switch (e->channel) {
    case CHANNEL_VELOCITY:
        return read_velocity(c, e);
    case CHANNEL_CONCENTRATION:
        return read_concentration(c, e);
    case CHANNEL_PRESSURE:
        return read_pressure(c, e, w);
    case CHANNEL_TEMPERATURE:
        return read_temperature(c, e, now);
    case CHANNEL_MAIN_FLOW:
        return read_main_flow(c, plant, e, w, now);
    case CHANNEL_TREATMENT_POWER:
        return read_power(c, plant, e, w);
    case CHANNEL_FAN:
        return read_fan(c, e);
    default:
        return held(e, c->level[0]);
    }
}

/* Between the thresholds it looks like what it looked like. */
static enum channel_word judge(const struct plant_evidence *e, enum channel_word before,
                               const struct reading_of *r, uint8_t *out_firm)
{
    bool is_falling = channel_defaults(e->channel)->is_falling;
    *out_firm = true;
    if (r->word != CHANNEL_BETWEEN || isnan(r->value))
        return r->word;
    double beyond = is_falling ? r->open_at - r->value : r->value - r->open_at;
    double back = is_falling ? r->value - r->closed_at : r->closed_at - r->value;
    if (beyond > 0)
        return CHANNEL_OPEN;
    if (back >= 0)
        return CHANNEL_CLOSED;
    *out_firm = false;
    return before == CHANNEL_OPEN || before == CHANNEL_CLOSED ? before : CHANNEL_BETWEEN;
}

static int64_t delay_ms(const struct plant_evidence *e, enum channel_word word)
{
    switch (word) {
    case CHANNEL_OPEN:
    case CHANNEL_FAULT:
        return (int64_t)e->on_delay_s * 1000;
    case CHANNEL_CLOSED:
        return (int64_t)e->off_delay_s * 1000;
    case CHANNEL_BETWEEN:
    case CHANNEL_UNKNOWN:
        break;
    }
    return 0;
}

static bool is_worse(const struct plant_evidence *e, const struct channel_state *c)
{
    if (isnan(c->value))
        return false;
    if (isnan(c->worst))
        return true;
    return channel_defaults(e->channel)->is_falling ? c->value < c->worst : c->value > c->worst;
}

static void begin_word(struct channel_state *c, enum channel_word word, int64_t time_ms,
                       struct machine_now now)
{
    if (word == CHANNEL_CLOSED || word == CHANNEL_BETWEEN)
        c->shut_ms = time_ms;
    c->word = (uint8_t)word;
    c->word_at = now.at_ms;
    c->word_ms = time_ms;
}

/* A word has lasted when values say so, not when none came since. */
static int64_t seen_at(const struct channel_state *c, const struct plant_evidence *e,
                       struct machine_now now)
{
    bool has_first = e->signal[0] != PLANT_NONE;
    bool has_second = e->channel == CHANNEL_LIMIT_SWITCH && e->signal[1] != PLANT_NONE;
    if (c->word != CHANNEL_OPEN && c->word != CHANNEL_CLOSED)
        return now.at_ms;
    if (!has_first || !has_second)
        return c->level_at[has_first ? 0 : 1];
    return c->level_at[0] < c->level_at[1] ? c->level_at[0] : c->level_at[1];
}

bool channel_settle(struct channel_state *c, const struct plant *plant,
                    const struct plant_evidence *e, const struct channel_world *w, int64_t time_ms,
                    struct machine_now now)
{
    struct reading_of r = read_channel(c, plant, e, w, now);
    enum channel_word word = judge(e, (enum channel_word)c->word, &r, &c->is_firm);
    c->value = r.value;
    c->open_at = r.open_at;
    if (word != (enum channel_word)c->word)
        begin_word(c, word, time_ms, now);
    if (c->word == CHANNEL_OPEN && is_worse(e, c))
        c->worst = c->value;
    if (c->says == c->word || seen_at(c, e, now) - c->word_at < delay_ms(e, word))
        return false;
    c->says = c->word;
    if (c->says == CHANNEL_OPEN)
        c->open_ms = c->word_ms;
    return true;
}

/* The current without a jump is followed slowly; one that stays becomes the usual one. */
static void follow_fan(struct channel_state *c, double before_at, struct machine_now now)
{
    double open_ms = (double)(now.at_ms - c->word_at);
    bool moved = !isnan(c->set_point) && c->level_at[1] != 0 &&
                 fabs(c->level[1] - c->set_point) > set_point_moved * fabs(c->set_point);
    if (isnan(c->reference) || moved || (c->word == CHANNEL_OPEN && open_ms > fan_new_normal_ms)) {
        c->reference = c->level[0];
        c->set_point = c->level_at[1] != 0 ? c->level[1] : (double)NAN;
        return;
    }
    if (isnan(c->set_point) && c->level_at[1] != 0)
        c->set_point = c->level[1];
    if (c->word == CHANNEL_OPEN)
        return;
    double share = ((double)now.at_ms - before_at) / fan_memory_ms;
    c->reference += (share < 1 ? share : 1) * (c->level[0] - c->reference);
}

/* Noise that is shorter than smooth_s is no evidence. */
static double smoothed(const struct channel_state *c, const struct plant_evidence *e, double value,
                       struct machine_now now)
{
    double past_ms = (double)(now.at_ms - c->level_at[0]);
    double memory_ms = 1000.0 * e->smooth_s;
    if (c->level_at[0] == 0 || past_ms >= memory_ms)
        return value;
    return c->level[0] + past_ms / memory_ms * (value - c->level[0]);
}

void channel_take(struct channel_state *c, const struct plant_evidence *e, int which, double value,
                  struct machine_now now)
{
    double before_at = (double)c->level_at[which];
    c->level[which] = which == 0 ? smoothed(c, e, value, now) : value;
    c->level_at[which] = now.at_ms;
    if (e->channel == CHANNEL_FAN && which == 0)
        follow_fan(c, before_at, now);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t channel_next_at(const struct channel_state *c, const struct plant_evidence *e)
{
    int64_t next = INT64_MAX;
    if (c->says != c->word)
        next = c->word_at + delay_ms(e, (enum channel_word)c->word);
    if (c->neither_at != 0 && c->word != CHANNEL_FAULT)
        next = least(next, c->neither_at + (int64_t)e->travel_s * 1000 + 1);
    for (int i = 0; i < EVIDENCE_SIGNALS && c->word != CHANNEL_UNKNOWN; i++)
        if (e->signal[i] != PLANT_NONE && c->level_at[i] != 0)
            next = least(next, c->level_at[i] + (int64_t)e->stale_ms + 1);
    return next;
}

void channel_learn(struct channel_state *c, const struct plant *plant,
                   const struct plant_evidence *e, const struct channel_world *w,
                   struct machine_now now)
{
    double load = isnan(w->load) ? 0 : w->load;
    bool runs = w->production == OBJECT_ON;
    if (c->word == CHANNEL_OPEN || c->word == CHANNEL_FAULT || !channel_is_fresh(c, e, 0, now))
        return;
    switch (e->channel) {
    case CHANNEL_VELOCITY:
        learned_add(&c->usual, 0, fabs(c->level[0]));
        break;
    case CHANNEL_CONCENTRATION:
        learned_add(&c->usual, 0, fmax(c->level[0], 0));
        break;
    case CHANNEL_PRESSURE:
        if (runs)
            learned_add(&c->usual, load, c->level[0]);
        break;
    case CHANNEL_MAIN_FLOW:
        if (runs && channel_is_fresh(c, e, 1, now))
            learned_add(&c->usual, load_of_main(c, plant, e), main_flow(c, plant, e));
        break;
    case CHANNEL_TREATMENT_POWER:
        if (runs)
            learned_add(&c->usual, load, c->level[0] * plant->equipment[e->equipment].kw);
        break;
    default:
        break;
    }
}

const char *channel_word_name(enum channel_word word)
{
    static const char *const names[] = {"unknown", "fault", "between", "closed", "open"};
    return names[word];
}
