#include "queue/profile.h"

#include "queue/erlang.h"

static const int64_t hour_ms = 3600000;
static const int64_t five_minutes_ms = 300000;
static const int64_t longest_pause_ms = 600000;
static const int64_t enough_of_an_hour_ms = 2700000;
static const int64_t ahead_ms = 900000;
static const float newest_counts = 0.3F; /* after five weeks a change has made its way */

static void learn_hour(struct profile *profile)
{
    float *known = &profile->jobs[profile->hour], seen = (float)profile->jobs_busiest;
    uint8_t *weeks = &profile->weeks[profile->hour];

    if (profile->watched_ms < enough_of_an_hour_ms)
        return; /* a part of an hour would pull the average down */
    *known = *weeks > 0 ? *known + newest_counts * (seen - *known) : seen;
    if (*weeks < UINT8_MAX)
        (*weeks)++;
}

static void begin_hour(struct profile *profile, int hour, int64_t now_unix_ms)
{
    profile->hour = hour;
    profile->watching = true;
    profile->last_unix_ms = now_unix_ms;
    profile->watched_ms = 0;
    profile->five_minutes = now_unix_ms / five_minutes_ms;
    profile->jobs_now = 0;
    profile->jobs_busiest = 0;
}

/* Polls are at most minutes apart; a longer silence was not watched. */
static void count_time(struct profile *profile, int64_t passed_ms)
{
    if (passed_ms <= 0)
        return;
    if (passed_ms <= longest_pause_ms)
        profile->watched_ms += passed_ms;
    profile->last_unix_ms += passed_ms;
}

static void count_jobs(struct profile *profile, int64_t jobs)
{
    int64_t five_minutes = profile->last_unix_ms / five_minutes_ms;

    if (five_minutes != profile->five_minutes)
        profile->jobs_now = 0;
    profile->five_minutes = five_minutes;
    profile->jobs_now += jobs;
    if (profile->jobs_now > PROFILE_JOBS_MAX)
        profile->jobs_now = PROFILE_JOBS_MAX;
    if (profile->jobs_now > profile->jobs_busiest)
        profile->jobs_busiest = profile->jobs_now;
}

void profile_add(struct profile *profile, const struct zone *zone, int64_t now_unix_ms, int64_t jobs)
{
    int hour = zone_hour_of_week(zone, now_unix_ms / 1000);
    int64_t passed_ms = now_unix_ms - profile->last_unix_ms;

    if (!profile->watching) {
        begin_hour(profile, hour, now_unix_ms);
        return;
    }
    count_time(profile, passed_ms);
    if (passed_ms >= 0 && (hour != profile->hour || passed_ms > hour_ms)) {
        learn_hour(profile);
        begin_hour(profile, hour, now_unix_ms);
    }
    count_jobs(profile, jobs);
}

static double known_jobs(const struct profile *profile, int hour)
{
    return profile->weeks[hour] >= PROFILE_WEEKS_MIN ? (double)profile->jobs[hour] : 0;
}

double profile_jobs(const struct profile *profile, const struct zone *zone, int64_t now_unix_ms)
{
    double now = known_jobs(profile, zone_hour_of_week(zone, now_unix_ms / 1000));
    double soon = known_jobs(profile, zone_hour_of_week(zone, (now_unix_ms + ahead_ms) / 1000));

    return now > soon ? now : soon;
}

unsigned profile_weeks(const struct profile *profile)
{
    unsigned weeks = 0;

    for (size_t i = 0; i < PROFILE_HOURS; i++)
        weeks += profile->weeks[i];
    return weeks;
}

void profile_note_run(struct profile *profile, const struct policy_load *load)
{
    if (load->run_samples >= POLICY_SAMPLES_MIN)
        profile->run_s = (float)load->mean_run_s;
}

int64_t profile_floor(const struct profile *profile, double jobs, int64_t target_wait_ms, int64_t most)
{
    double per_second = jobs * 1000 / (double)five_minutes_ms, run_s = (double)profile->run_s;
    double target_s = target_wait_ms > 0 ? (double)target_wait_ms / 1000 : run_s;

    return run_s > 0 ? erlang_servers(per_second * run_s, run_s, target_s, most) : 0;
}
