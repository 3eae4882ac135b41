#include "emulator/demo_reading.h"

#include <string.h>

#include "base/json.h"

enum { DIGITS_MAX = 12 };

/* A Quantity as our numbers come: whole, with "m" for thousandths or "k" for thousands. */
static bool read_quantity(const char *text, int64_t *out_milli)
{
    size_t digits = strspn(text, "0123456789");
    const char *suffix = text + digits;
    int64_t value = 0, scale = strcmp(suffix, "m") == 0 ? 1 : strcmp(suffix, "k") == 0 ? 1000000 : 1000;

    if (digits == 0 || digits > DIGITS_MAX || (*suffix != '\0' && scale == 1000))
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    *out_milli = value * scale;
    return true;
}

static int read_items(const json_t *items, int64_t *out_milli, struct error *err)
{
    int64_t sum = 0;
    size_t index;
    const json_t *item;

    json_array_foreach (items, index, item) {
        const char *text = NULL;
        int64_t value = 0;

        if (json_text_required(item, "value", &text, err) < 0)
            return error_wrap(err, "items[%zu]", index);
        if (!read_quantity(text, &value))
            return error_set(err, ERROR_INVALID, "items[%zu]: value is no Quantity", index);
        if (__builtin_add_overflow(sum, value, &sum))
            return error_set(err, ERROR_LIMIT, "items[%zu]: the sum is too large", index);
    }
    *out_milli = sum;
    return 0;
}

int demo_read_value(const char *body, size_t len, int64_t *out_milli, struct error *err)
{
    json_auto_t *list = NULL;
    const json_t *items = NULL;
    const char *kind = NULL;

    if (json_read(body, len, &list, err) < 0)
        return -1;
    if (!json_is_object(list))
        return error_set(err, ERROR_INVALID, "expected an object, got %s", json_type_name(list));
    if (json_text_required(list, "kind", &kind, err) < 0 || json_array_optional(list, "items", &items, err) < 0)
        return -1;
    if (strcmp(kind, "ExternalMetricValueList") != 0 || json_array_size(items) == 0)
        return error_set(err, ERROR_INVALID, "expected an ExternalMetricValueList with items");
    return read_items(items, out_milli, err);
}
