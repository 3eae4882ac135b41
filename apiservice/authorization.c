#include "apiservice/authorization.h"

#include <string.h>
#include <strings.h>

#include "apiservice/discovery.h"
#include "apiservice/principal.h"
#include "apiservice/status.h"
#include "base/escape.h"

enum { MESSAGE_BYTES_MAX = 64 * 1024 };

/* The path as it was decoded, without a slash at its end. No segment has a slash in it. */
static const char *join_path(const struct target *target, struct arena *arena)
{
    size_t size = 2;
    char *path, *at;

    for (size_t i = 0; i < target->n_segments; i++)
        size += strlen(target->segments[i]) + 1;
    path = at = arena_alloc(arena, size);
    if (!path)
        return "/";
    for (size_t i = 0; i < target->n_segments; i++) {
        *at++ = '/';
        at = stpcpy(at, target->segments[i]);
    }
    if (at == path)
        *at = '/';
    return path;
}

/* --- resources --- */

struct segments {
    const char *const *items;
    size_t n;
};

static bool first_is(const struct segments *segments, const char *text)
{
    return segments->n > 0 && strcmp(segments->items[0], text) == 0;
}

static const char *take(struct segments *segments)
{
    segments->n--;
    return *segments->items++;
}

static const char *verb_of(const char *method)
{
    static const char *const verbs[][2] = {{"GET", "get"},    {"HEAD", "get"},    {"POST", "create"},
                                           {"PUT", "update"}, {"PATCH", "patch"}, {"DELETE", "delete"}};

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(method, verbs[i][0]) == 0)
            return verbs[i][1];
    return "";
}

/* Go's rule for booleans in a query: there is true, unless it says false or 0. */
static bool wants_watch(const struct target *target)
{
    const char *value = target_parameter(target, "watch");

    return value && strcasecmp(value, "false") != 0 && strcmp(value, "0") != 0;
}

static const char *verb_without_name(const char *verb, const struct target *target)
{
    if (strcmp(verb, "get") == 0)
        return wants_watch(target) ? "watch" : "list";
    return strcmp(verb, "delete") == 0 ? "deletecollection" : verb;
}

/* left: behind "namespaces". The names of two subresources of a namespace cannot be those of resources in it. */
static void read_namespace(struct segments *left, struct access_question *out)
{
    const struct segments behind = {left->items + 2, left->n > 2 ? left->n - 2 : 0};

    if (left->n < 2)
        return;
    out->namespace = left->items[1];
    if (behind.n > 0 && !first_is(&behind, "status") && !first_is(&behind, "finalize"))
        *left = behind;
}

static bool read_resource(const char *method, const struct target *target, struct segments left, struct access_question *out)
{
    bool verb_in_path = first_is(&left, "watch") || first_is(&left, "proxy");

    out->verb = verb_of(method);
    if (verb_in_path)
        out->verb = take(&left);
    if (left.n == 0)
        return false;
    if (first_is(&left, "namespaces"))
        read_namespace(&left, out);
    out->resource = left.items[0];
    if (left.n > 1)
        out->name = left.items[1];
    if (left.n > 2 && strcmp(out->verb, "proxy") != 0)
        out->subresource = left.items[2];
    if (!out->name && !verb_in_path)
        out->verb = verb_without_name(out->verb, target);
    return true;
}

bool authorization_question(const char *method, const struct target *target, struct arena *arena, struct access_question *out)
{
    struct segments left = {target->segments, target->n_segments};
    bool has_group = first_is(&left, "apis");

    *out = (struct access_question){.user = out->user};
    if (left.n >= (has_group ? 4U : 3U) && (has_group || first_is(&left, "api"))) {
        (void)take(&left);
        out->group = has_group ? take(&left) : "";
        out->version = take(&left);
        return read_resource(method, target, left, out);
    }
    if (left.n == 4 && first_is(&left, "explain")) {
        (void)take(&left);
        out->group = API_GROUP;
        out->version = API_VERSION;
        return read_resource(method, target, left, out);
    }
    out->path = join_path(target, arena);
    out->verb = arena_lower(arena, method);
    return true;
}

bool authorization_is_health(const struct target *target)
{
    static const char *const paths[] = {"healthz", "livez", "readyz"};

    for (size_t i = 0; target->n_segments == 1 && i < ARRAY_LEN(paths); i++)
        if (strcmp(target->segments[0], paths[i]) == 0)
            return true;
    return false;
}

bool authorization_is_free(const struct access_question *question)
{
    return user_is_in(question->user, GROUP_MASTERS);
}

void authorization_write_key(const struct access_question *question, struct buffer *out)
{
    const char *const texts[] = {question->verb,    question->path,     question->namespace,   question->group,
                                 question->version, question->resource, question->subresource, question->name};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *text = texts[i] ? texts[i] : "";

        (void)buffer_append(out, text, strlen(text) + 1);
    }
    user_write_key(question->user, out);
}

/* --- no --- */

/* As Go's %q, and then safe to stand in HTML. */
static void add_quoted(struct buffer *out, const char *text)
{
    CLEANUP(buffer_clear) struct buffer quoted = BUFFER_INIT(MESSAGE_BYTES_MAX);

    escape_go_string(&quoted, text, strlen(text));
    for (const char *at = buffer_text(&quoted); *at != '\0'; at++) {
        switch (*at) {
        case '&': (void)buffer_add_text(out, "&amp;"); break;
        case '<': (void)buffer_add_text(out, "&lt;"); break;
        case '>': (void)buffer_add_text(out, "&gt;"); break;
        default: (void)buffer_add_char(out, *at);
        }
    }
}

static void write_resource(const struct access_question *question, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer resource = BUFFER_INIT(MESSAGE_BYTES_MAX);

    (void)buffer_add_text(&resource, question->resource);
    if (question->subresource)
        (void)buffer_printf(&resource, "/%s", question->subresource);
    (void)buffer_printf(out, " cannot %s resource ", question->verb);
    add_quoted(out, buffer_text(&resource));
    (void)buffer_add_text(out, " in API group ");
    add_quoted(out, question->group);
    if (question->namespace) {
        (void)buffer_add_text(out, " in the namespace ");
        add_quoted(out, question->namespace);
    } else {
        (void)buffer_add_text(out, " at the cluster scope");
    }
}

/* "queue_depth.external.metrics.k8s.io is forbidden: User ... " */
static void write_message(const struct access_question *question, const char *reason, struct buffer *out)
{
    if (question->path) {
        (void)buffer_add_text(out, "forbidden: User ");
    } else {
        (void)buffer_printf(out, "%s%s%s", question->resource, question->group[0] != '\0' ? "." : "", question->group);
        if (question->name) {
            (void)buffer_add_char(out, ' ');
            add_quoted(out, question->name);
        }
        (void)buffer_add_text(out, " is forbidden: User ");
    }
    add_quoted(out, question->user->name);
    if (question->path) {
        (void)buffer_printf(out, " cannot %s path ", question->verb);
        add_quoted(out, question->path);
    } else {
        write_resource(question, out);
    }
    if (reason[0] != '\0')
        (void)buffer_printf(out, ": %s", reason);
}

void authorization_forbid(const struct access_question *question, const char *reason, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_BYTES_MAX);
    struct status status = {.code = 403, .details = question->path ? STATUS_DETAILS_EMPTY : STATUS_DETAILS_KIND};

    write_message(question, reason, &message);
    status.message = buffer_text(&message);
    status.name = question->name;
    status.group = question->group;
    status.kind = question->resource;
    status_respond(&status, response);
    response_add_header(response, "X-Content-Type-Options", "nosniff");
}
