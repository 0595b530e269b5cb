#include "acq/core/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t num_format_int(int64_t value, char out[NUM_INT_SIZE])
{
    char digits[NUM_INT_SIZE];
    size_t n = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    size_t len = 0;
    if (value < 0)
        out[len++] = '-';
    while (n)
        out[len++] = digits[--n];
    out[len] = '\0';
    return len;
}

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Most readings have few decimals. value * 10^k being a whole number below 2^53 that divides back
 * to value proves that its k decimals read back to the same double; the least such k is the
 * shortest text, as two shorter decimals would have to round to the same double too. */
static size_t format_decimals(double value, char out[NUM_DOUBLE_SIZE])
{
    double magnitude = fabs(value);
    if (!(magnitude >= 1e-4 && magnitude < 1e9))
        return 0;
    for (int k = 0; k <= 15; k++) {
        double scaled = nearbyint(magnitude * powers_of_ten[k]);
        if (scaled >= 9007199254740992.0)
            break;
        if (scaled / powers_of_ten[k] != magnitude)
            continue;
        char digits[NUM_INT_SIZE];
        size_t n = num_format_int((int64_t)scaled, digits);
        size_t len = 0;
        if (value < 0)
            out[len++] = '-';
        size_t decimals = (size_t)k;
        if (n <= decimals) {
            out[len++] = '0';
        } else {
            memcpy(out + len, digits, n - decimals);
            len += n - decimals;
        }
        if (decimals) {
            out[len++] = '.';
            for (size_t i = n; i < decimals; i++)
                out[len++] = '0';
            size_t tail = n < decimals ? n : decimals;
            memcpy(out + len, digits + n - tail, tail);
            len += tail;
        }
        out[len] = '\0';
        return len;
    }
    return 0;
}

size_t num_format_double(double value, char out[NUM_DOUBLE_SIZE])
{
    pw_require(isfinite(value));
    size_t len = value == 0 ? 0 : format_decimals(value, out);
    for (int precision = 15; len == 0 && precision <= 17; precision++) {
        int n = snprintf(out, NUM_DOUBLE_SIZE, "%.*g", precision, value);
        if (precision == 17 || strtod(out, NULL) == value)
            len = (size_t)n;
    }
    return len;
}

/* Correct without printing: m = value * 10^k has 9 digits before its point and at least 22 bits
 * behind it, so nearbyint(m) is right unless the product lies on a tie; fma() then tells on which
 * side of the tie the exact product lies. m / 10^k is correctly rounded as both are exact. */
double num_normalise_9(double value)
{
    double magnitude = fabs(value);
    if (magnitude == 0 || !isfinite(value))
        return value;
    if (magnitude < 1e-13 || magnitude >= 1e9) {
        char text[NUM_DOUBLE_SIZE];
        snprintf(text, sizeof text, "%.8e", value);
        return strtod(text, NULL);
    }
    int k = 8 - (int)floor(log10(magnitude));
    if (k > 22)
        k = 22;
    double product = magnitude * powers_of_ten[k];
    if (product >= 1e9 && k > 0)
        product = magnitude * powers_of_ten[--k];
    else if (product < 1e8 && k < 22)
        product = magnitude * powers_of_ten[++k];
    double whole = nearbyint(product);
    double distance = product - whole;
    if (fabs(distance) == 0.5) {
        double error = fma(magnitude, powers_of_ten[k], -product);
        double below = floor(product);
        if (error > 0)
            whole = below + 1;
        else if (error < 0)
            whole = below;
    }
    return copysign(whole / powers_of_ten[k], value);
}

static int is_json_number(const char *text, size_t len)
{
    size_t i = 0;
    if (i < len && text[i] == '-')
        i++;
    size_t digits = strspn(text + i, "0123456789");
    if (digits == 0 || (digits > 1 && text[i] == '0'))
        return 0;
    i += digits;
    if (text[i] == '.') {
        digits = strspn(text + ++i, "0123456789");
        if (digits == 0)
            return 0;
        i += digits;
    }
    if (text[i] == 'e' || text[i] == 'E') {
        i++;
        if (text[i] == '+' || text[i] == '-')
            i++;
        digits = strspn(text + i, "0123456789");
        if (digits == 0)
            return 0;
        i += digits;
    }
    return i == len;
}

int num_parse_double(const char *text, size_t len, double *out)
{
    char copy[64];
    if (len == 0 || len >= sizeof copy || memchr(text, '\0', len))
        return PW_ESYNTAX;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (!is_json_number(copy, len))
        return PW_ESYNTAX;
    double value = strtod(copy, NULL);
    if (!isfinite(value))
        return PW_ESYNTAX;
    *out = value;
    return 0;
}
