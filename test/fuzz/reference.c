#include "test/fuzz/reference.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

/* --- JSON --- */

static size_t depth_of(json_t *value)
{
    size_t deepest = 0, i;
    const char *key;
    json_t *child;

    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    json_array_foreach (value, i, child)
        deepest = depth_of(child) > deepest ? depth_of(child) : deepest;
    json_object_foreach (value, key, child)
        deepest = depth_of(child) > deepest ? depth_of(child) : deepest;
    return deepest + 1;
}

json_t *reference_array(const uint8_t *data, size_t size)
{
    json_t *whole = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

    /* One level more is the array itself. */
    if (json_is_array(whole) && depth_of(whole) <= JSON_DEPTH_MAX + 1)
        return whole;
    json_decref(whole);
    return NULL;
}

bool reference_text(const json_t *object, const char *name, const char **out)
{
    const json_t *value = json_object_get(object, name);

    *out = json_is_string(value) ? json_string_value(value) : "";
    return !value || json_is_null(value) || json_is_string(value);
}

/* --- Values --- */

bool reference_uuid(const char *text, struct uuid *out)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    char digits[33] = "";

    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
        if (form[i] != '-')
            digits[strlen(digits)] = text[i];
    }
    for (size_t i = 0; i < UUID_BYTES; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};

        out->bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return true;
}

/* Whether the text begins with the form, in which 0 stands for a digit and T for what may part date and time. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; form++, text++) {
        if (*text == '\0')
            return false;
        if (*form == '0' ? !isdigit((unsigned char)*text) : *form == 'T' ? !strchr("Tt ", *text) : *text != *form)
            return false;
    }
    return true;
}

/* Behind the seconds: what a dot and one to nine digits mean in milliseconds; *text moves behind them. */
static bool read_fraction(const char **text, int *out_ms)
{
    char digits[] = "000000000";
    size_t len;

    *out_ms = 0;
    if (**text != '.')
        return true;
    len = strspn(*text + 1, "0123456789");
    if (len < 1 || len > 9)
        return false;
    memcpy(digits, *text + 1, len);
    *out_ms = (int)(strtol(digits, NULL, 10) / 1000000);
    *text += len + 1;
    return true;
}

static bool read_offset(const char *text, int *out_minutes)
{
    int hours, minutes;

    *out_minutes = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    if ((text[0] != '+' && text[0] != '-') || !has_form(text + 1, "00:00") || strlen(text) != 6)
        return false;
    hours = (text[1] - '0') * 10 + text[2] - '0';
    minutes = (text[4] - '0') * 10 + text[5] - '0';
    *out_minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

bool reference_stamp(const char *text, int64_t *out_unix_ms)
{
    static const int64_t least = 0, most = INT64_C(253402300799999); /* the years 1970 to 9999 */
    struct tm tm = {0}, same;
    int milliseconds, offset_minutes, leap;
    int64_t seconds;

    if (!has_form(text, "0000-00-00T00:00:00"))
        return false;
    tm.tm_year = (int)strtol(text, NULL, 10) - 1900;
    tm.tm_mon = (int)strtol(text + 5, NULL, 10) - 1;
    tm.tm_mday = (int)strtol(text + 8, NULL, 10);
    tm.tm_hour = (text[11] - '0') * 10 + text[12] - '0';
    tm.tm_min = (int)strtol(text + 14, NULL, 10);
    tm.tm_sec = (int)strtol(text + 17, NULL, 10);
    text += strlen("0000-00-00T00:00:00");
    if (!read_fraction(&text, &milliseconds) || !read_offset(text, &offset_minutes))
        return false;
    leap = tm.tm_sec == 60;
    tm.tm_sec -= leap;
    same = tm;
    seconds = timegm(&same); /* moves what does not exist to what does */
    if (same.tm_year != tm.tm_year || same.tm_mon != tm.tm_mon || same.tm_mday != tm.tm_mday || same.tm_hour != tm.tm_hour ||
        same.tm_min != tm.tm_min || same.tm_sec != tm.tm_sec)
        return false;
    *out_unix_ms = (seconds + leap - (int64_t)offset_minutes * 60) * 1000 + milliseconds;
    return tm.tm_year >= 70 && *out_unix_ms >= least && *out_unix_ms <= most;
}

bool reference_uuid_member(const json_t *object, const char *name, struct uuid *out)
{
    const char *text;

    *out = (struct uuid){0};
    return reference_text(object, name, &text) && (text[0] == '\0' || reference_uuid(text, out));
}

bool reference_stamp_member(const json_t *object, const char *name, int64_t *out_unix_ms)
{
    const char *text;

    *out_unix_ms = 0;
    if (!reference_text(object, name, &text))
        return false;
    return text[0] == '\0' || strstr(text, "0001-01-01T") == text || reference_stamp(text, out_unix_ms);
}

/* --- Tags --- */

/* With scope and owner, which are always there. */
static size_t count_tags(const json_t *tags)
{
    return json_object_size(tags) + !json_object_get(tags, "scope") + !json_object_get(tags, "owner");
}

bool reference_tags_are_valid(const json_t *element)
{
    json_t *tags = json_object_get(element, "tags"), *value;
    const char *key;

    if (!tags || json_is_null(tags))
        return true;
    json_object_foreach (tags, key, value)
        if (!json_is_string(value))
            return false;
    return json_is_object(tags) && count_tags(tags) <= TAGS_MAX;
}

bool reference_tags_are(const json_t *element, const struct tags *tags)
{
    const json_t *expected = json_object_get(element, "tags");

    if (tags->len != count_tags(expected))
        return false;
    for (size_t i = 0; i < tags->len; i++) {
        const char *key = tags->pairs[i].key, *text = json_string_value(json_object_get(expected, key));

        if (!text)
            text = strcmp(key, "scope") == 0 ? "organization" : strcmp(key, "owner") == 0 ? "" : NULL;
        if (!text || strcmp(text, tags->pairs[i].value) != 0)
            return false;
        if (i > 0 && strcmp(tags->pairs[i - 1].key, key) >= 0)
            return false;
    }
    return true;
}
