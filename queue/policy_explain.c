#include "queue/policy_explain.h"

#include <inttypes.h>

#include "base/duration.h"
#include "queue/hpa.h"

int64_t policy_hpa_replicas(const struct policy_answer *answer, double hpa_tolerance, int64_t current)
{
    struct hpa_spec spec = hpa_spec_default(answer->parts[POLICY_MIN], answer->parts[POLICY_MAX], 1000);
    int64_t proposed;

    if (current == 0)
        return 0; /* scaled to zero by hand: the HPA is off */
    spec.up.tolerance = hpa_tolerance;
    proposed = hpa_propose(&spec, current, answer->served * 1000);
    if (proposed < spec.min)
        return spec.min;
    return proposed > spec.max ? spec.max : proposed;
}

/* Whole seconds: the rest of a poll interval is noise. */
static int64_t held_for_s(const struct policy_answer *answer)
{
    return (answer->held_until_ms - answer->now_ms + 999) / 1000;
}

static void tell_decision(const struct policy_answer *answer, struct buffer *out)
{
    char held[DURATION_TEXT_MAX];

    duration_format(held_for_s(answer) * 1000, held);
    switch (answer->decided_by) {
    case POLICY_ACTIVE: (void)buffer_printf(out, "; %" PRId64 " running builds keep theirs", answer->active); break;
    case POLICY_SCALE_DOWN_AFTER: (void)buffer_printf(out, "; held at %" PRId64 " for %s more", answer->wanted, held); break;
    case POLICY_START:
        (void)buffer_printf(out, "; held at the %" PRId64 " that are connected since the start, for %s more", answer->wanted, held);
        break;
    case POLICY_BUSY_ORDINAL:
        (void)buffer_printf(out, "; held at %" PRId64 " while the StatefulSet's pod %" PRId64 " works", answer->wanted, answer->wanted - 1);
        break;
    case POLICY_MIN: (void)buffer_printf(out, "; raised to the minimum, %" PRId64, answer->wanted); break;
    case POLICY_MAX: (void)buffer_printf(out, "; cut to the maximum, %" PRId64, answer->wanted); break;
    case POLICY_WORKSHOP:
    case POLICY_TARGET_WAIT:
    case POLICY_LEARNED_PROFILE:
    case POLICY_AUTOSTART: (void)buffer_printf(out, "; %s wants %" PRId64, policy_part_name(answer->decided_by), answer->wanted); break;
    case POLICY_DEMAND:
    case POLICY_HEADROOM:
    case POLICY_PARTS:
    default: break;
    }
}

void policy_explain(const struct policy_answer *answer, int64_t hpa_replicas, struct buffer *out)
{
    int64_t demand = answer->parts[POLICY_DEMAND];

    (void)buffer_printf(out, "%" PRId64 " waiting, %" PRId64 " running", answer->waiting, answer->active);
    if (demand != answer->waiting + answer->active)
        (void)buffer_printf(out, " (%" PRId64 " with prebuilds weighted)", demand);
    (void)buffer_printf(out, ", headroom %" PRId64 " -> %" PRId64, answer->headroom, answer->parts[POLICY_HEADROOM]);
    tell_decision(answer, out);
    (void)buffer_printf(out, answer->wanted == answer->parts[POLICY_HEADROOM] ? ", served as %" PRId64 : "; served as %" PRId64,
                        answer->served);
    if (hpa_replicas >= 0)
        (void)buffer_printf(out, "; HPA would set %" PRId64, hpa_replicas);
}

/* The summary needs no escapes: it is made of our own words and numbers. */
void policy_explain_json(const struct policy_answer *answer, int64_t hpa_replicas, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"summary\":\"");
    policy_explain(answer, hpa_replicas, out);
    (void)buffer_printf(out, "\",\"wanted\":%" PRId64 ",\"served\":%" PRId64 ",\"decidedBy\":\"%s\"", answer->wanted, answer->served,
                        policy_part_name(answer->decided_by));
    if (hpa_replicas >= 0)
        (void)buffer_printf(out, ",\"hpaWouldSet\":%" PRId64, hpa_replicas);
    else
        (void)buffer_add_text(out, ",\"hpaWouldSet\":null");
    (void)buffer_printf(out, ",\"waiting\":%" PRId64 ",\"active\":%" PRId64, answer->waiting, answer->active);
    if (answer->held_until_ms > 0)
        (void)buffer_printf(out, ",\"heldForSeconds\":%" PRId64, held_for_s(answer));
    else
        (void)buffer_add_text(out, ",\"heldForSeconds\":null");
    (void)buffer_add_text(out, ",\"parts\":{");
    for (enum policy_part part = 0; part < POLICY_PARTS; part++)
        (void)buffer_printf(out, "%s\"%s\":%" PRId64, part > 0 ? "," : "", policy_part_name(part), answer->parts[part]);
    (void)buffer_add_text(out, "}}");
}
