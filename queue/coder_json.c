#include "queue/coder_json.h"

#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"

static int uuid_from(const char *name, const char *text, struct uuid *out, struct error *err)
{
    if (!uuid_parse(text, out))
        return error_set(err, ERROR_INVALID, "%s: expected UUID, got other text", name);
    return 0;
}

static int stamp_from(const char *name, const char *text, int64_t *out, struct error *err)
{
    if (!timestamp_parse(text, out))
        return error_set(err, ERROR_INVALID, "%s: expected RFC 3339 time stamp, got other text", name);
    return 0;
}

static int text_required(const json_t *object, const char *name, const char **out, struct error *err)
{
    const char *text = NULL;

    if (json_text_required(object, name, &text, err) < 0)
        return -1;
    if (text[0] == '\0')
        return error_set(err, ERROR_INVALID, "%s: empty", name);
    *out = text;
    return 0;
}

int coder_uuid_required(const json_t *object, const char *name, struct uuid *out, struct error *err)
{
    const char *text = NULL;
    struct uuid uuid;

    if (text_required(object, name, &text, err) < 0 || uuid_from(name, text, &uuid, err) < 0)
        return -1;
    if (uuid_is_nil(&uuid))
        return error_set(err, ERROR_INVALID, "%s: the nil UUID", name);
    *out = uuid;
    return 0;
}

int coder_uuid_optional(const json_t *object, const char *name, struct uuid *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, name, &text, err) < 0)
        return -1;
    if (text && text[0] != '\0')
        return uuid_from(name, text, out, err);
    *out = (struct uuid){0};
    return 0;
}

int coder_stamp_required(const json_t *object, const char *name, int64_t *out_unix_ms, struct error *err)
{
    const char *text = NULL;

    if (text_required(object, name, &text, err) < 0)
        return -1;
    return stamp_from(name, text, out_unix_ms, err);
}

bool coder_stamp_is_zero(const char *text)
{
    static const char go_zero_day[] = "0001-01-01T";

    return text[0] == '\0' || strncmp(text, go_zero_day, strlen(go_zero_day)) == 0;
}

int coder_stamp_optional(const json_t *object, const char *name, int64_t *out_unix_ms, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, name, &text, err) < 0)
        return -1;
    if (text && !coder_stamp_is_zero(text))
        return stamp_from(name, text, out_unix_ms, err);
    *out_unix_ms = 0;
    return 0;
}

int coder_tags_optional(const json_t *object, struct tags *out, struct error *err)
{
    if (tags_decode(json_object_get(object, "tags"), out, err) < 0)
        return error_wrap(err, "tags");
    return 0;
}
