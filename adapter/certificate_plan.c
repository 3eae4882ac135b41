#include "adapter/certificate_plan.h"

enum {
    SETTLING_MOST_MS = 60 * 1000, /* every API server has seen caBundle by then */
    CLOCKS_DIFFER_MS = 3600 * 1000,
};

int64_t certificate_settling_ms(int64_t lifetime_ms)
{
    return lifetime_ms / 10 < SETTLING_MOST_MS ? lifetime_ms / 10 : SETTLING_MOST_MS;
}

static struct certificate_plan step_to(enum certificate_step step, const char *why)
{
    return (struct certificate_plan){.step = step, .why = why};
}

static struct certificate_plan wait_for(int64_t ms, const char *why)
{
    return (struct certificate_plan){.step = CERTIFICATE_WAIT, .wait_ms = ms > 0 ? ms : 0, .why = why};
}

/* There is none to serve with. */
static struct certificate_plan replace(const struct certificate_facts *facts)
{
    if (own_pair_is_good(&facts->next, facts->now_unix_ms))
        return step_to(CERTIFICATE_SWITCH, "the serving certificate is no good, the next one is");
    if (!facts->serving.there)
        return step_to(CERTIFICATE_ISSUE, "there is no serving certificate");
    if (!facts->serving.whole)
        return step_to(CERTIFICATE_ISSUE, facts->serving.why);
    return step_to(CERTIFICATE_ISSUE, "the serving certificate is not valid at this time");
}

static struct certificate_plan finish_renewal(const struct certificate_facts *facts)
{
    int64_t left = certificate_settling_ms(facts->lifetime_ms) - facts->settled_ms;

    if (facts->registration == REGISTRATION_UNKNOWN)
        return wait_for(facts->serving.ends_unix_ms - facts->now_unix_ms, "the APIService has not been read");
    if (left > 0)
        return wait_for(left, "the next certificate's CA becomes known");
    return step_to(CERTIFICATE_SWITCH, "the next certificate's CA is known");
}

static struct certificate_plan keep(const struct certificate_facts *facts)
{
    int64_t left = facts->serving.ends_unix_ms - facts->now_unix_ms;
    int64_t until_due = left - facts->lifetime_ms / 3, until_untidy = facts->bundle_first_end_unix_ms - facts->now_unix_ms;

    if (!facts->serving.named)
        return step_to(CERTIFICATE_PREPARE, "the serving certificate lacks a name of the Service");
    if (left > facts->lifetime_ms + CLOCKS_DIFFER_MS)
        return step_to(CERTIFICATE_PREPARE, "the serving certificate would be valid for longer than configured");
    if (until_due <= 0)
        return step_to(CERTIFICATE_PREPARE, "two thirds of the serving certificate's lifetime are over");
    return wait_for(until_due < until_untidy ? until_due : until_untidy, "all is well");
}

struct certificate_plan certificate_plan(const struct certificate_facts *facts)
{
    if (!facts->leads)
        return wait_for(INT64_MAX, "another replica leads");
    if (!facts->secret_known || !facts->secret_exists)
        return wait_for(INT64_MAX, "the Secret is not there");
    if (!own_pair_is_good(&facts->serving, facts->now_unix_ms))
        return replace(facts);
    if (facts->next.there && !own_pair_is_good(&facts->next, facts->now_unix_ms))
        return step_to(CERTIFICATE_TIDY, "the next certificate is no good");
    if (!facts->bundle_tidy)
        return step_to(CERTIFICATE_TIDY, "ca.crt holds a CA that has expired, or what is not a CA");
    if (facts->registration == REGISTRATION_OURS && !facts->published)
        return step_to(CERTIFICATE_PUBLISH, "caBundle differs from ca.crt");
    return facts->next.there ? finish_renewal(facts) : keep(facts);
}

/* --- problems --- */

static const struct {
    const char *name, *text;
} problems[] = {
    [CERTIFICATE_SECRET_MISSING] = {"secret_missing",
                                    "the Secret for the certificate is missing; make it, empty, or set serving.certFile and keyFile"},
    [CERTIFICATE_NO_GOOD] = {"no_certificate", "the Secret holds no valid serving certificate; the replica that leads makes one"},
    [CERTIFICATE_REGISTRATION_MISSING] = {"registration_missing",
                                          "there is no APIService v1beta1.external.metrics.k8s.io: no HPA can reach the adapter; make it"},
    [CERTIFICATE_REGISTRATION_FOREIGN] = {"registration_foreign",
                                          "the APIService v1beta1.external.metrics.k8s.io leads to another service and is left as it is; "
                                          "change its spec.service, or remove one of the two metrics servers"},
    [CERTIFICATE_REGISTRATION_INSECURE] = {"registration_insecure",
                                           "the APIService v1beta1.external.metrics.k8s.io has insecureSkipTLSVerify, beside which no "
                                           "caBundle may stand; remove it"},
    [CERTIFICATE_READ_FAILED] = {"read_failed", "the Secret or the APIService cannot be read"},
    [CERTIFICATE_WRITE_FAILED] = {"write_failed", "the Secret or the APIService cannot be written"},
};
_Static_assert(sizeof(problems) / sizeof(problems[0]) == CERTIFICATE_PROBLEMS, "a row for each problem");

static unsigned problem_if(bool is, enum certificate_problem problem)
{
    return is ? 1U << problem : 0;
}

unsigned certificate_problems(const struct certificate_facts *facts)
{
    unsigned found = 0;

    if (facts->secret_known) {
        found |= problem_if(!facts->secret_exists, CERTIFICATE_SECRET_MISSING);
        found |= problem_if(facts->secret_exists && !own_pair_is_good(&facts->serving, facts->now_unix_ms), CERTIFICATE_NO_GOOD);
    }
    if (facts->leads) {
        found |= problem_if(facts->registration == REGISTRATION_MISSING, CERTIFICATE_REGISTRATION_MISSING);
        found |= problem_if(facts->registration == REGISTRATION_FOREIGN, CERTIFICATE_REGISTRATION_FOREIGN);
        found |= problem_if(facts->registration == REGISTRATION_INSECURE, CERTIFICATE_REGISTRATION_INSECURE);
    }
    return found;
}

const char *certificate_problem_name(enum certificate_problem problem)
{
    return problems[problem].name;
}

const char *certificate_problem_text(enum certificate_problem problem)
{
    return problems[problem].text;
}
