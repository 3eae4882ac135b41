#include "adapter/token_findings.h"

#include <string.h>

#include "base/json.h"
#include "queue/schedule.h"

enum { ROLES_MAX_BYTES = 1024 };

/* "owner, auditor"; true when the site's Owner is among them. */
static bool write_roles(const json_t *user, struct buffer *out)
{
    const json_t *roles = json_object_get(user, "roles"), *role;
    bool owner = false;
    size_t i;

    json_array_foreach (roles, i, role) {
        const char *name = json_string_value(json_object_get(role, "name"));

        (void)buffer_printf(out, "%s%s", i > 0 ? ", " : "", name ? name : "?");
        owner = owner || (name && strcmp(name, "owner") == 0);
    }
    if (json_array_size(roles) == 0)
        (void)buffer_add_text(out, "none");
    return owner;
}

/* A token with scopes may not say it, and need not. */
static void tell_unknown(const struct error *err, struct findings *out)
{
    finding_add(out, err->code == ERROR_FORBIDDEN ? FINDING_OK : FINDING_WARNING, "coder", NULL, "whose the token is cannot be read: %s",
                err->text);
}

void token_findings_user(const struct buffer *body, const struct error *err, struct findings *out)
{
    CLEANUP(json_decrefp) json_t *user = NULL;
    CLEANUP(buffer_clear) struct buffer roles = BUFFER_INIT(ROLES_MAX_BYTES);
    struct error why = *err;
    const char *name = NULL;

    if (why.code != ERROR_NONE || json_read(buffer_text(body), body->len, &user, &why) < 0 ||
        json_text_required(user, "username", &name, &why) < 0) {
        tell_unknown(&why, out);
        return;
    }
    if (write_roles(user, &roles))
        finding_add(out, FINDING_WARNING, "coder", NULL,
                    "the token is that of user %s with the site's role Owner: it may do far more than is needed, and lives 7 days at most "
                    "by default; make one for a user with a role in the organizations alone",
                    name);
    else
        finding_add(out, FINDING_OK, "coder", NULL, "the token is that of user %s, roles of the site: %s", name, buffer_text(&roles));
}

void token_findings_workspaces(const struct buffer *body, const struct error *err, struct findings *out)
{
    CLEANUP(schedule_clear) struct schedule schedule = {0};
    struct error why = *err;
    size_t n = 0;

    if (why.code != ERROR_NONE || schedule_add_page(&schedule, body, 0, &n, &why) < 0)
        finding_add(out, FINDING_ERROR, "coder", NULL, "autostart raises nothing: %s", why.text);
    else
        finding_add(out, FINDING_OK, "coder", NULL, "the token may list workspaces, for autostart");
}
