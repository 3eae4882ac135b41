#include "apiservice/health.h"

#include <assert.h>
#include <string.h>

#include "apiservice/status.h"
#include "base/escape.h"
#include "base/log.h"

static const char *const kind_names[HEALTH_KINDS] = {"healthz", "livez", "readyz"};

struct report {
    const struct target *target;
    struct buffer text;                   /* one line a check */
    bool excluded[TARGET_PARAMETERS_MAX]; /* parameters that named a check */
    bool failed;
};

static bool ping(void *context UNUSED, char *reason UNUSED, size_t size UNUSED)
{
    return true;
}

static bool not_shutting_down(void *context, char *reason UNUSED, size_t size UNUSED)
{
    const struct health *health = context;

    return !atomic_load_explicit(&health->shutting_down, memory_order_acquire);
}

/* Lines up ping, the caller's checks of that kind and shutdown. Returns their number. */
static size_t gather(struct health *health, enum health_kind kind, struct health_check out[HEALTH_CHECKS_MAX + 2])
{
    size_t n = 0;

    assert(health->n_checks <= HEALTH_CHECKS_MAX);
    out[n++] = (struct health_check){.name = "ping", .check = ping};
    for (size_t i = 0; i < health->n_checks; i++)
        if (kind == HEALTH_READYZ || health->checks[i].liveness)
            out[n++] = health->checks[i];
    if (kind == HEALTH_READYZ)
        out[n++] = (struct health_check){.name = "shutdown", .check = not_shutting_down, .context = health};
    return n;
}

static bool is_excluded(struct report *report, const char *name)
{
    bool found = false;

    for (size_t i = 0; i < report->target->n_parameters; i++) {
        if (strcmp(report->target->parameters[i].name, "exclude") == 0 && strcmp(report->target->parameters[i].value, name) == 0)
            found = report->excluded[i] = true;
    }
    return found;
}

/* One line when a caller's check begins to fail, one when it passes again. */
static void tell_change(struct health *health, const struct health_check *check, bool passes, const char *reason)
{
    for (size_t i = 0; i < health->n_checks; i++) {
        if (health->checks[i].check != check->check || health->checks[i].context != check->context)
            continue;
        if (atomic_exchange(&health->failing[i], !passes) != passes)
            continue;
        if (passes)
            log_info("health check passes again", "check", check->name, NULL);
        else
            log_warn("health check fails", "check", check->name, "reason", reason, NULL);
    }
}

static bool run(struct health *health, const struct health_check *check)
{
    char reason[HEALTH_REASON_MAX] = "";
    bool passes = check->check(check->context, reason, sizeof(reason));

    tell_change(health, check, passes, reason);
    return passes;
}

static void report_check(struct health *health, struct report *report, const struct health_check *check)
{
    if (is_excluded(report, check->name)) {
        (void)buffer_printf(&report->text, "[+]%s excluded: ok\n", check->name);
    } else if (run(health, check)) {
        (void)buffer_printf(&report->text, "[+]%s ok\n", check->name);
    } else {
        (void)buffer_printf(&report->text, "[-]%s failed: reason withheld\n", check->name);
        report->failed = true;
    }
}

static void report_unknown_exclusions(struct report *report)
{
    const char *before = "warn: some health checks cannot be excluded: no matches for ";

    for (size_t i = 0; i < report->target->n_parameters; i++) {
        const struct target_parameter *parameter = &report->target->parameters[i];

        if (strcmp(parameter->name, "exclude") != 0 || report->excluded[i])
            continue;
        (void)buffer_add_text(&report->text, before);
        escape_json_string(&report->text, parameter->value, strnlen(parameter->value, 64));
        before = ", ";
    }
    if (before[0] == ',')
        (void)buffer_add_char(&report->text, '\n');
}

static void respond_plain(int status, struct response *response)
{
    response->status = status;
    response->content_type = "text/plain; charset=utf-8";
    response_add_header(response, "X-Content-Type-Options", "nosniff");
}

static void respond_single(struct health *health, const struct health_check *check, struct response *response)
{
    bool passes = run(health, check);

    respond_plain(passes ? 200 : 500, response);
    (void)buffer_add_text(&response->body, passes ? "ok" : "internal server error: reason withheld\n");
}

static void respond_all(const struct report *report, const char *kind, struct response *response)
{
    respond_plain(report->failed ? 500 : 200, response);
    if (!report->failed && !target_parameter(report->target, "verbose")) {
        (void)buffer_add_text(&response->body, "ok");
        return;
    }
    response->body.failed = response->body.failed || buffer_failed(&report->text); /* a part of it says nothing */
    (void)buffer_append(&response->body, buffer_text(&report->text), report->text.len);
    (void)buffer_printf(&response->body, "%s check %s\n", kind, report->failed ? "failed" : "passed");
}

void health_respond(struct health *health, enum health_kind kind, const char *single, const struct target *target,
                    struct response *response)
{
    struct health_check checks[HEALTH_CHECKS_MAX + 2];
    size_t n = gather(health, kind, checks);
    struct report report = {.target = target, .text = BUFFER_INIT(RESPONSE_BODY_MAX)};

    for (size_t i = 0; single && i < n; i++) {
        if (strcmp(checks[i].name, single) == 0) {
            respond_single(health, &checks[i], response);
            return;
        }
    }
    if (single) {
        status_respond(&(struct status){.code = 404, .message = STATUS_NO_SUCH_RESOURCE, .details = STATUS_DETAILS_EMPTY}, response);
        return;
    }
    for (size_t i = 0; i < n; i++)
        report_check(health, &report, &checks[i]);
    report_unknown_exclusions(&report);
    respond_all(&report, kind_names[kind], response);
    buffer_clear(&report.text);
}
