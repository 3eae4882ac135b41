#include "apiservice/version.h"

#include <string.h>

#include "base/escape.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void add_member(struct buffer *out, const char *name, const char *value, size_t len)
{
    (void)buffer_printf(out, "%s\n  \"%s\": ", out->len > 1 ? "," : "", name);
    escape_json_string(out, value, len);
}

/* Go's name of this machine's architecture, as every other component of a cluster gives it. */
static const char *platform(void)
{
#if defined(__x86_64__)
    return "linux/amd64";
#elif defined(__aarch64__)
    return "linux/arm64";
#else
    return "linux";
#endif
}

int version_make(const struct build_version *version, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);
    size_t major_len = strcspn(version->version, ".");
    const char *minor = version->version + major_len + (version->version[major_len] == '.');
    CLEANUP(buffer_clear) struct buffer git_version = BUFFER_INIT(256);

    (void)buffer_printf(&git_version, "v%s", version->version);
    (void)buffer_add_char(&body, '{');
    add_member(&body, "major", version->version, major_len);
    add_member(&body, "minor", minor, strcspn(minor, ".-+"));
    add_member(&body, "gitVersion", buffer_text(&git_version), git_version.len);
    add_member(&body, "gitCommit", version->git_commit, strlen(version->git_commit));
    add_member(&body, "gitTreeState", "", 0);
    add_member(&body, "buildDate", "", 0);
    add_member(&body, "goVersion", "", 0);
    add_member(&body, "compiler", COMPILER, strlen(COMPILER));
    add_member(&body, "platform", platform(), strlen(platform()));
    (void)buffer_add_text(&body, "\n}\n");
    return document_make(&body, "application/json", out, err);
}
