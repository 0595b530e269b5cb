#include "acq/plant/measure.h"

#include "protocols/hj212/factor.h"

#include <stddef.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct {
    const char *factor;
    const char *unit;
    const char *units;
} measures[MEASURE_COUNT] = {
    [MEASURE_OTHER] = {"", "", ""},
    [MEASURE_CONCENTRATION] = {"", "mg/m3", "\"mg/m3\", \"ug/m3\", \"g/m3\", \"ppm\" or \"ppb\""},
    [MEASURE_FLOW] = {"a00000", "m3/s",
                      "\"m3/s\", \"m3/h\", \"m3/min\", or \"m/s\" of a velocity, \"kPa\", \"Pa\", "
                      "\"hPa\" or \"mbar\" of a pitot tube"},
    [MEASURE_VELOCITY] = {"a01011", "m/s", "\"m/s\" or \"km/h\""},
    [MEASURE_TEMPERATURE] = {"a01012", "degC", "\"degC\", \"°C\", \"℃\" or \"K\""},
    [MEASURE_STATIC] = {"a01013", "kPa", "\"kPa\", \"Pa\", \"hPa\" or \"mbar\""},
    [MEASURE_MOISTURE] = {"a01014", "%", "\"%\", \"vol%\" or \"1\""},
    [MEASURE_DYNAMIC] = {"a01017", "kPa", "\"kPa\", \"Pa\", \"hPa\" or \"mbar\""},
    [MEASURE_OXYGEN] = {"a19001", "%", "\"%\", \"vol%\" or \"1\""},
    [MEASURE_AMBIENT] = {"i23001", "kPa", "\"kPa\", \"Pa\", \"hPa\" or \"mbar\""},
};

static const struct {
    const char *text;
    enum measure of; /* of the pressures: static, of the shares: oxygen */
    bool is_ppm;
    double scale, offset;
} units[] = {
    {"mg/m3", MEASURE_CONCENTRATION, false, 1, 0},
    {"mg/m³", MEASURE_CONCENTRATION, false, 1, 0},
    {"ug/m3", MEASURE_CONCENTRATION, false, 1e-3, 0},
    {"ug/m³", MEASURE_CONCENTRATION, false, 1e-3, 0},
    {"µg/m³", MEASURE_CONCENTRATION, false, 1e-3, 0},
    {"g/m3", MEASURE_CONCENTRATION, false, 1e3, 0},
    {"g/m³", MEASURE_CONCENTRATION, false, 1e3, 0},
    {"ppm", MEASURE_CONCENTRATION, true, 1, 0},
    {"umol/mol", MEASURE_CONCENTRATION, true, 1, 0},
    {"ppb", MEASURE_CONCENTRATION, true, 1e-3, 0},
    {"m3/s", MEASURE_FLOW, false, 1, 0},
    {"m³/s", MEASURE_FLOW, false, 1, 0},
    {"m3/h", MEASURE_FLOW, false, 1.0 / 3600, 0},
    {"m³/h", MEASURE_FLOW, false, 1.0 / 3600, 0},
    {"m3/min", MEASURE_FLOW, false, 1.0 / 60, 0},
    {"m/s", MEASURE_VELOCITY, false, 1, 0},
    {"km/h", MEASURE_VELOCITY, false, 1 / 3.6, 0},
    {"degC", MEASURE_TEMPERATURE, false, 1, 0},
    {"°C", MEASURE_TEMPERATURE, false, 1, 0},
    {"℃", MEASURE_TEMPERATURE, false, 1, 0},
    {"K", MEASURE_TEMPERATURE, false, 1, -273.15},
    {"kPa", MEASURE_STATIC, false, 1, 0},
    {"Pa", MEASURE_STATIC, false, 1e-3, 0},
    {"hPa", MEASURE_STATIC, false, 0.1, 0},
    {"mbar", MEASURE_STATIC, false, 0.1, 0},
    {"%", MEASURE_OXYGEN, false, 1, 0},
    {"vol%", MEASURE_OXYGEN, false, 1, 0},
    {"1", MEASURE_OXYGEN, false, 100, 0},
};

static const struct {
    const char *factor;
    double g_mol;
} molar[] = {
    {"a05001", 44.010}, {"a05002", 16.043}, {"a21001", 17.031}, {"a21002", 46.005},
    {"a21003", 30.006}, {"a21004", 46.005}, {"a21005", 28.010}, {"a21018", 20.006},
    {"a21022", 70.906}, {"a21024", 36.461}, {"a21026", 64.06},  {"a21028", 34.081},
    {"a24046", 62.50},  {"a24088", 12},     {"a25002", 78.11},  {"a25003", 92.14},
    {"a25005", 106.17}, {"a25038", 104.15}, {"a31001", 30.03},
};

static const struct {
    const char *factor;
    double kg;
} equivalents[] = {
    {"a21001", 9.09}, {"a21002", 0.95}, {"a21005", 16.7}, {"a21024", 10.75}, {"a21026", 0.95},
    {"a21028", 0.29}, {"a25002", 0.05}, {"a25003", 0.18}, {"a25005", 0.27},  {"a34013", 2.18},
};

/* a05 and a20 to a39: what is told in mg/m3 (HJ 212 table B.2), oxygen apart. */
static bool is_concentration(const char *factor)
{
    return strlen(factor) == 6 && strspn(factor + 1, "0123456789") == 5 && factor[0] == 'a' &&
           (strncmp(factor, "a05", 3) == 0 || factor[1] == '2' || factor[1] == '3');
}

enum measure measure_of(const char *factor)
{
    for (int m = 0; m < MEASURE_COUNT; m++)
        if (measures[m].factor[0] && strcmp(measures[m].factor, factor) == 0)
            return (enum measure)m;
    return is_concentration(factor) ? MEASURE_CONCENTRATION : MEASURE_OTHER;
}

const char *measure_factor(enum measure measure)
{
    return measures[measure].factor;
}

const char *measure_unit(enum measure measure)
{
    return measures[measure].unit;
}

const char *measure_units(enum measure measure)
{
    return measures[measure].units;
}

static enum measure as_unit(enum measure measure)
{
    switch (measure) {
    case MEASURE_DYNAMIC:
    case MEASURE_AMBIENT:
        return MEASURE_STATIC;
    case MEASURE_MOISTURE:
        return MEASURE_OXYGEN;
    default:
        return measure;
    }
}

int measure_find_unit(enum measure measure, const char *text, struct measure_unit *out)
{
    for (size_t i = 0; i < COUNT(units); i++) {
        if (strcmp(units[i].text, text) != 0)
            continue;
        enum measure of = units[i].of == as_unit(measure) ? measure : MEASURE_OTHER;
        if (measure == MEASURE_FLOW && units[i].of == MEASURE_VELOCITY)
            of = MEASURE_VELOCITY;
        if (measure == MEASURE_FLOW && units[i].of == MEASURE_STATIC)
            of = MEASURE_DYNAMIC;
        if (of == MEASURE_OTHER)
            return PW_EINVAL;
        *out = (struct measure_unit){of, units[i].is_ppm, units[i].scale, units[i].offset};
        return 0;
    }
    return PW_EINVAL;
}

double measure_molar_g_mol(const char *factor)
{
    for (size_t i = 0; i < COUNT(molar); i++)
        if (strcmp(molar[i].factor, factor) == 0)
            return molar[i].g_mol;
    return 0;
}

double measure_equivalent_kg(const char *factor)
{
    for (size_t i = 0; i < COUNT(equivalents); i++)
        if (strcmp(equivalents[i].factor, factor) == 0)
            return equivalents[i].kg;
    return 0;
}

static const struct hj212_factor *find_factor(const char *code)
{
    return hj212_factor_find(HJ212_EDITION_AUTO, (struct hj212_text){code, strlen(code)});
}

const char *measure_name_zh(const char *code)
{
    const struct hj212_factor *f = find_factor(code);
    return f && f->name_zh[0] ? f->name_zh : code;
}

const char *measure_name_en(const char *code)
{
    const struct hj212_factor *f = find_factor(code);
    return f && f->name_en[0] ? f->name_en : code;
}
