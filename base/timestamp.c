#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct civil {
    int year, month, day, hour, minute, second;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar (years from 0). */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool civil_to_unix_ms(const struct civil *c, int64_t *out)
{
    if (c->year < 1970 || c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_in_month(c->year, c->month))
        return false;
    if (c->hour > 23 || c->minute > 59 || c->second > 60)
        return false;
    *out = ((days_from_civil(c->year, c->month, c->day) * 24 + c->hour) * 60 + c->minute) * 60 + c->second;
    *out *= 1000;
    return true;
}

/* Exactly count digits at *text; moves *text behind them. */
static bool take_digits(const char **text, int count, int *out)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        char c = (*text)[i];

        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *text += count;
    *out = value;
    return true;
}

static bool take_char(const char **text, const char *any_of)
{
    if (**text == '\0' || !strchr(any_of, **text))
        return false;
    (*text)++;
    return true;
}

static bool take_date_time(const char **text, struct civil *c)
{
    return take_digits(text, 4, &c->year) && take_char(text, "-") && take_digits(text, 2, &c->month) && take_char(text, "-") &&
           take_digits(text, 2, &c->day) && take_char(text, "Tt ") && take_digits(text, 2, &c->hour) && take_char(text, ":") &&
           take_digits(text, 2, &c->minute) && take_char(text, ":") && take_digits(text, 2, &c->second);
}

/* ".123456789": milliseconds, the rest cut. No dot is 0. */
static bool take_fraction(const char **text, int *out_ms)
{
    int scale = 100, digit = 0, count = 0;

    *out_ms = 0;
    if (!take_char(text, "."))
        return true;
    for (; **text >= '0' && **text <= '9'; count++) {
        (void)take_digits(text, 1, &digit);
        *out_ms += digit * scale;
        scale /= 10;
    }
    return count >= 1 && count <= 9;
}

static bool take_offset(const char **text, int64_t *out_ms)
{
    int hours = 0, minutes = 0, sign = 1;

    *out_ms = 0;
    if (take_char(text, "Zz"))
        return true;
    if (**text == '-')
        sign = -1;
    if (!take_char(text, "+-") || !take_digits(text, 2, &hours) || !take_char(text, ":") || !take_digits(text, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *out_ms = (int64_t)sign * (hours * 60 + minutes) * 60000;
    return true;
}

/* The years 1970 to 9999: an offset or a leap second may lead out of them. */
static bool is_in_range(int64_t unix_ms)
{
    return unix_ms >= 0 && unix_ms <= INT64_C(253402300799999);
}

bool timestamp_parse(const char *text, int64_t *out_unix_ms)
{
    struct civil c = {0};
    int64_t base = 0, offset = 0;
    int fraction = 0;

    if (!take_date_time(&text, &c) || !take_fraction(&text, &fraction) || !take_offset(&text, &offset) || *text != '\0')
        return false;
    if (!civil_to_unix_ms(&c, &base) || !is_in_range(base + fraction - offset))
        return false;
    *out_unix_ms = base + fraction - offset;
    return true;
}

static void to_tm(int64_t unix_ms, struct tm *out)
{
    time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));

    memset(out, 0, sizeof(*out));
    if (!gmtime_r(&seconds, out))
        memset(out, 0, sizeof(*out));
}

static void format_seconds(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX])
{
    struct tm tm;

    to_tm(unix_ms, &tm);
    if (strftime(out, TIMESTAMP_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        out[0] = '\0';
}

void timestamp_format(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX])
{
    format_seconds(unix_ms, out);
    (void)strncat(out, "Z", TIMESTAMP_TEXT_MAX - strlen(out) - 1);
}

void timestamp_format_millis(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX])
{
    size_t used;

    format_seconds(unix_ms, out);
    used = strlen(out);
    (void)snprintf(out + used, TIMESTAMP_TEXT_MAX - used, ".%03dZ", (int)((unix_ms % 1000 + 1000) % 1000));
}

static bool take_month_name(const char **text, int *out)
{
    for (size_t i = 0; i < ARRAY_LEN(month_names); i++) {
        if (strncmp(*text, month_names[i], 3) == 0) {
            *text += 3;
            *out = (int)i + 1;
            return true;
        }
    }
    return false;
}

bool timestamp_parse_http_date(const char *text, int64_t *out_unix_ms)
{
    struct civil c = {0};
    int64_t unix_ms = 0;

    if (strlen(text) != 29 || text[3] != ',' || text[4] != ' ')
        return false;
    text += 5; /* the name of the day says nothing new */
    if (!take_digits(&text, 2, &c.day) || !take_char(&text, " ") || !take_month_name(&text, &c.month) || !take_char(&text, " "))
        return false;
    if (!take_digits(&text, 4, &c.year) || !take_char(&text, " ") || !take_digits(&text, 2, &c.hour) || !take_char(&text, ":"))
        return false;
    if (!take_digits(&text, 2, &c.minute) || !take_char(&text, ":") || !take_digits(&text, 2, &c.second))
        return false;
    if (strcmp(text, " GMT") != 0 || !civil_to_unix_ms(&c, &unix_ms) || !is_in_range(unix_ms))
        return false;
    *out_unix_ms = unix_ms;
    return true;
}

void timestamp_format_http_date(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX])
{
    struct tm tm;

    to_tm(unix_ms, &tm);
    (void)snprintf(out, TIMESTAMP_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[tm.tm_wday], tm.tm_mday % 100,
                   month_names[tm.tm_mon], (tm.tm_year + 1900) % 10000, tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
}
