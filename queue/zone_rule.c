#include "queue/zone_rule.h"

#include <ctype.h>
#include <string.h>

static const int32_t hour_s = 3600;
static const int64_t day_s = 86400;

/* --- the text --- */

static bool take_char(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

static bool take_number(const char **text, int least, int most, int *out)
{
    int value = 0;

    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text) && value <= most; (*text)++)
        value = value * 10 + (**text - '0');
    if (value < least || value > most)
        return false;
    *out = value;
    return true;
}

/* "CET" or "<+0330>". The name is of no use to us. */
static bool skip_name(const char **text)
{
    const char *start = *text;

    if (take_char(text, '<')) {
        while (isalnum((unsigned char)**text) || **text == '+' || **text == '-')
            (*text)++;
        return take_char(text, '>');
    }
    while (isalpha((unsigned char)**text))
        (*text)++;
    return *text - start >= 3;
}

/* "[+-]hh[:mm[:ss]]" */
static bool take_time(const char **text, int most_hours, int32_t *out_s)
{
    int hours = 0, minutes = 0, seconds = 0, sign = 1;

    if (take_char(text, '-'))
        sign = -1;
    else
        (void)take_char(text, '+');
    if (!take_number(text, 0, most_hours, &hours))
        return false;
    if (take_char(text, ':') && !take_number(text, 0, 59, &minutes))
        return false;
    if (take_char(text, ':') && !take_number(text, 0, 59, &seconds))
        return false;
    *out_s = sign * (hours * hour_s + minutes * 60 + seconds);
    return true;
}

static bool take_day(const char **text, struct zone_change *out)
{
    if (take_char(text, 'M')) {
        out->form = ZONE_BY_WEEKDAY;
        return take_number(text, 1, 12, &out->month) && take_char(text, '.') && take_number(text, 1, 5, &out->week) &&
               take_char(text, '.') && take_number(text, 0, 6, &out->weekday);
    }
    if (take_char(text, 'J')) {
        out->form = ZONE_BY_DAY_WITHOUT_LEAP;
        return take_number(text, 1, 365, &out->day);
    }
    out->form = ZONE_BY_DAY;
    return take_number(text, 0, 365, &out->day);
}

static bool take_change(const char **text, struct zone_change *out)
{
    out->time_s = 2 * hour_s;
    return take_char(text, ',') && take_day(text, out) && (!take_char(text, '/') || take_time(text, 167, &out->time_s));
}

/* POSIX counts west of Greenwich, we count east. */
static bool take_zone(const char **text, int32_t *offset_s)
{
    int32_t west_s = 0;

    if (!skip_name(text) || !take_time(text, 24, &west_s))
        return false;
    *offset_s = -west_s;
    return true;
}

static bool take_summer(const char **text, struct zone_rule *rule)
{
    int32_t west_s = 0;

    if (!skip_name(text))
        return false;
    rule->summer_s = rule->standard_s + hour_s;
    if (**text != ',') {
        if (!take_time(text, 24, &west_s))
            return false;
        rule->summer_s = -west_s;
    }
    return take_change(text, &rule->to_summer) && take_change(text, &rule->to_standard);
}

bool zone_rule_parse(const char *text, struct zone_rule *out)
{
    struct zone_rule rule = {0};

    if (!take_zone(&text, &rule.standard_s))
        return false;
    rule.summer_s = rule.standard_s;
    if (*text != '\0' && !take_summer(&text, &rule))
        return false;
    if (*text != '\0')
        return false;
    *out = rule;
    return true;
}

/* --- the calendar --- */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_to_year(int64_t year)
{
    int64_t before = year - 1;

    return 365 * (year - 1970) + floor_divide(before, 4) - floor_divide(before, 100) + floor_divide(before, 400) - 477;
}

static int64_t year_of(int64_t days)
{
    int64_t year = 1970 + floor_divide(days * 400, 146097); /* at most one too far or too near */

    while (days < days_to_year(year))
        year--;
    while (days >= days_to_year(year + 1))
        year++;
    return year;
}

static int64_t days_to_month(int64_t year, int month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

    return days_to_year(year) + before[month - 1] + (month > 2 && is_leap(year));
}

static int64_t day_by_weekday(const struct zone_change *change, int64_t year)
{
    int64_t first = days_to_month(year, change->month);
    int64_t next = change->month == 12 ? days_to_year(year + 1) : days_to_month(year, change->month + 1);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t weeks = change->week - 1, day = first + (change->weekday - weekday + 7) % 7 + 7 * weeks;

    return day < next ? day : day - 7; /* the fifth that is not there: the last */
}

/* The moment in that year, in local time before the change. */
static int64_t change_local_s(const struct zone_change *change, int64_t year)
{
    int64_t day = days_to_year(year) + change->day;

    if (change->form == ZONE_BY_WEEKDAY)
        day = day_by_weekday(change, year);
    else if (change->form == ZONE_BY_DAY_WITHOUT_LEAP)
        day += (is_leap(year) && change->day >= 60) - 1;
    return day * day_s + change->time_s;
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t unix_s)
{
    int64_t year, to_summer_s, to_standard_s;
    bool summer;

    if (rule->summer_s == rule->standard_s)
        return rule->standard_s;
    year = year_of(floor_divide(unix_s + rule->standard_s, day_s));
    to_summer_s = change_local_s(&rule->to_summer, year) - rule->standard_s;
    to_standard_s = change_local_s(&rule->to_standard, year) - rule->summer_s;
    if (to_summer_s < to_standard_s)
        summer = unix_s >= to_summer_s && unix_s < to_standard_s;
    else /* south of the equator the year begins in summer */
        summer = unix_s >= to_summer_s || unix_s < to_standard_s;
    return summer ? rule->summer_s : rule->standard_s;
}
