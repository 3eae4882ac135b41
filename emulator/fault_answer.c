#include "emulator/fault_answer.h"

#include <string.h>

#include "emulator/coder_api.h"

static const char login_page[] = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n";
static const char gateway_page[] = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><center><h1>502 Bad Gateway</h1></center>\n"
                                   "<hr><center>nginx</center>\n</body>\n</html>\n";

static void rate_limited(int64_t rate_limit, struct answer *answer)
{
    coder_answer_rate_limited(answer, rate_limit);
    answer_header(answer, "X-Ratelimit-Remaining", "0");
}

bool fault_replaces(const struct fault *fault, int64_t rate_limit, struct answer *answer)
{
    switch ((enum fault_kind)fault->kind) {
    case FAULT_DOWN: answer->end = ANSWER_DROP; return true;
    case FAULT_RATE_LIMIT: rate_limited(rate_limit, answer); return true;
    case FAULT_HTML: answer_text(answer, 200, "text/html; charset=utf-8", login_page); return true;
    case FAULT_BAD_GATEWAY: answer_text(answer, 502, "text/html", gateway_page); return true;
    case FAULT_TOKEN_REVOKED: coder_answer_signed_out(answer, true); return true;
    case FAULT_ERROR_500: coder_answer_broken(answer, "pq: canceling statement due to user request"); return true;
    case FAULT_FORBIDDEN: coder_answer_not_found(answer); return true;
    case FAULT_SLOW:
    case FAULT_TRUNCATED:
    case FAULT_CUT:
    case FAULT_WRONG_TYPE:
    case FAULT_KINDS:
    default: return false;
    }
}

/* Makes the first status a number: the JSON stays valid, the words of the old one become blanks. A list without elements gets one. */
static void spoil_type(struct answer *answer)
{
    static const char member[] = "\"status\":\"";
    char *at = answer->body.len > 0 ? strstr(answer->body.data, member) : NULL;

    if (!at) {
        answer_json(answer, answer->status);
        (void)buffer_add_text(&answer->body, "[{\"id\":7,\"status\":7}]\n");
        return;
    }
    at += strlen(member) - 1;
    *at++ = '7';
    while (*at != '"')
        *at++ = ' ';
    *at = ' ';
}

static void cut_json(struct answer *answer)
{
    answer->body.len /= 2;
    if (answer->body.data)
        answer->body.data[answer->body.len] = '\0';
}

void fault_spoils(const struct fault *fault, struct answer *answer)
{
    switch ((enum fault_kind)fault->kind) {
    case FAULT_SLOW: answer->delay_ms = fault->delay_ms; return;
    case FAULT_TRUNCATED: cut_json(answer); return;
    case FAULT_CUT: answer->end = ANSWER_CUT; return;
    case FAULT_WRONG_TYPE: spoil_type(answer); return;
    case FAULT_DOWN:
    case FAULT_RATE_LIMIT:
    case FAULT_HTML:
    case FAULT_BAD_GATEWAY:
    case FAULT_TOKEN_REVOKED:
    case FAULT_ERROR_500:
    case FAULT_FORBIDDEN:
    case FAULT_KINDS:
    default: return;
    }
}
