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

/* floor(log10(magnitude)) or one less, from the binary exponent alone. magnitude is normal. */
static int decimal_exponent_at_least(double magnitude)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    unsigned biased = (unsigned)(bits >> 52);
    return (int)(biased * 315652u >> 20) - 308;
}

/* nearbyint() for 0 <= value < 2^51: the sum has no bit left for a fraction. */
static double round_half_even(double value)
{
    const double shift = 4503599627370496.0;
    return (value + shift) - shift;
}

/* magnitude * 10^*k, with the k that leaves `digits` digits before the point. */
static double scale_to_digits(double magnitude, int digits, int *k)
{
    *k = digits - 1 - decimal_exponent_at_least(magnitude);
    double product = magnitude * powers_of_ten[*k];
    return product >= powers_of_ten[digits] ? magnitude * powers_of_ten[--*k] : product;
}

static size_t write_decimals(uint64_t digits_value, int decimals, char *out)
{
    char digits[NUM_INT_SIZE];
    for (; decimals > 0 && digits_value % 10 == 0; decimals--)
        digits_value /= 10;
    size_t n = num_format_int((int64_t)digits_value, digits);
    size_t behind = (size_t)decimals;
    size_t len = 0;
    if (n <= behind) {
        out[len++] = '0';
    } else {
        memcpy(out, digits, n - behind);
        len = n - behind;
    }
    if (behind) {
        out[len++] = '.';
        for (size_t i = n; i < behind; i++)
            out[len++] = '0';
        size_t tail = n < behind ? n : behind;
        memcpy(out + len, digits + n - tail, tail);
        len += tail;
    }
    out[len] = '\0';
    return len;
}

/* Readings have 9 digits, means up to 15. A whole number below 2^53 over a power of ten up to 10^22
 * is correctly rounded, so when it gives the value back its digits do too; no two decimals of up to
 * 15 digits share a double, so without their trailing zeros they are the shortest. */
static size_t format_decimals(double value, char out[NUM_DOUBLE_SIZE])
{
    double magnitude = fabs(value);
    if (!(magnitude >= 1e-4 && magnitude < 1e9))
        return 0;
    for (int digits = 9; digits <= 15; digits += 6) {
        int k = 0;
        double whole = round_half_even(scale_to_digits(magnitude, digits, &k));
        if (whole / powers_of_ten[k] != magnitude)
            continue;
        size_t sign = value < 0;
        out[0] = '-';
        return sign + write_decimals((uint64_t)whole, k, out + sign);
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
 * behind it, so its rounding is right unless the product lies on a tie; fma() then tells on which
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
    int k = 0;
    double product = scale_to_digits(magnitude, 9, &k);
    double whole = round_half_even(product);
    if (fabs(product - whole) == 0.5) {
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
