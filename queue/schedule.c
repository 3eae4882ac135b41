#include "queue/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "queue/coder_json.h"

void schedule_clear(struct schedule *schedule)
{
    free(schedule->items);
    tag_sets_clear(&schedule->tag_sets);
    *schedule = (struct schedule){0};
}

struct schedule schedule_move(struct schedule *schedule)
{
    struct schedule moved = *schedule;

    *schedule = (struct schedule){0};
    return moved;
}

/* --- a page --- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* False: it does not start soon, or cannot be understood. */
static bool read_start(const json_t *workspace, int64_t now_unix_ms, struct schedule_start *out)
{
    const json_t *build = json_object_get(workspace, "latest_build");
    struct error ignored = {0};

    if (coder_stamp_optional(workspace, "next_start_at", &out->at_unix_ms, &ignored) < 0 ||
        coder_uuid_required(workspace, "organization_id", &out->organization, &ignored) < 0)
        return false;
    if (out->at_unix_ms < now_unix_ms - SCHEDULE_AFTER_MS || out->at_unix_ms > now_unix_ms + SCHEDULE_HORIZON_MS)
        return false;
    return strcmp(text_of(build, "transition"), "start") != 0;
}

static int add_start(struct schedule *schedule, const struct schedule_start *start, struct error *err)
{
    size_t capacity = schedule->capacity ? schedule->capacity * 2 : 64;
    struct schedule_start *larger;

    if (schedule->len == schedule->capacity) {
        larger = reallocarray(schedule->items, capacity, sizeof(*larger));
        if (!larger)
            return error_no_memory(err);
        schedule->items = larger;
        schedule->capacity = capacity;
    }
    schedule->items[schedule->len++] = *start;
    return 0;
}

static int add_workspace(struct schedule *schedule, const json_t *workspace, int64_t now_unix_ms, struct error *err)
{
    struct schedule_start start = {0};
    struct tags tags = {0};
    struct error why = {0};

    if (schedule->len >= SCHEDULE_STARTS_MAX || !read_start(workspace, now_unix_ms, &start))
        return 0;
    if (coder_tags_optional(json_object_get(json_object_get(workspace, "latest_build"), "job"), &tags, &why) < 0)
        return why.code == ERROR_MEMORY ? error_no_memory(err) : 0;
    if (tag_sets_add(&schedule->tag_sets, &tags, &start.tag_set, err) < 0)
        return -1;
    return add_start(schedule, &start, err);
}

int schedule_add_page(struct schedule *schedule, const struct buffer *body, int64_t now_unix_ms, size_t *out_workspaces, struct error *err)
{
    CLEANUP(json_decrefp) json_t *document = NULL;
    const json_t *workspaces = NULL, *workspace;
    size_t i;

    if (json_read(buffer_text(body), body->len, &document, err) < 0)
        return -1;
    workspaces = json_object_get(document, "workspaces");
    if (!json_is_array(workspaces))
        return error_set(err, ERROR_INVALID, "workspaces: expected array, got %s", json_type_name(workspaces));
    json_array_foreach (workspaces, i, workspace)
        if (add_workspace(schedule, workspace, now_unix_ms, err) < 0)
            return -1;
    *out_workspaces = json_array_size(workspaces);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct schedule_start *first = a, *second = b;

    return (first->at_unix_ms > second->at_unix_ms) - (first->at_unix_ms < second->at_unix_ms);
}

void schedule_sort(struct schedule *schedule)
{
    if (schedule->len > 0)
        qsort(schedule->items, schedule->len, sizeof(*schedule->items), by_time);
}

/* --- a crowd --- */

/* The most specific pool that can run it, as for a job that waits (model_routes.h). */
static bool runs_in(const struct schedule_view *view, const struct tags *tags)
{
    size_t best = view->n_specs;

    for (size_t i = 0; i < view->n_specs; i++)
        if (tags_can_run(&view->specs[i]->tags, tags) && (best == view->n_specs || view->specs[i]->tags.len < view->specs[best]->tags.len))
            best = i;
    return best == view->queue;
}

/* Which tag sets are of the queue: worked out once for each. NULL: no memory, so that nothing is raised. */
static bool *sets_of(const struct schedule *schedule, const struct schedule_view *view)
{
    bool *sets = calloc(schedule->tag_sets.len + 1, sizeof(*sets));

    for (uint32_t i = 0; sets && i < schedule->tag_sets.len; i++)
        sets[i] = runs_in(view, &schedule->tag_sets.items[i]);
    return sets;
}

struct window {
    const struct schedule *schedule;
    const struct schedule_view *view;
    const bool *sets;
    int64_t from_unix_ms, to_unix_ms;
};

static bool counts(const struct window *window, const struct schedule_start *start)
{
    return start->at_unix_ms >= window->from_unix_ms && start->at_unix_ms <= window->to_unix_ms && window->sets[start->tag_set] &&
           uuid_equal(&start->organization, window->view->organization);
}

/* Two fingers go along the starts: from the first of a crowd to its last. */
static int64_t largest_crowd(const struct window *window)
{
    const struct schedule_start *starts = window->schedule->items;
    int64_t crowd = 0, most = 0;
    size_t first = 0;

    for (size_t last = 0; last < window->schedule->len; last++) {
        if (!counts(window, &starts[last]))
            continue;
        crowd++;
        for (; starts[first].at_unix_ms <= starts[last].at_unix_ms - SCHEDULE_AT_ONCE_MS; first++)
            crowd -= counts(window, &starts[first]);
        most = crowd > most ? crowd : most;
    }
    return most;
}

int64_t schedule_crowd(const struct schedule *schedule, const struct schedule_view *view, int64_t now_unix_ms)
{
    bool *sets = schedule->len > 0 ? sets_of(schedule, view) : NULL;
    const struct window window = {schedule, view, sets, now_unix_ms - SCHEDULE_AFTER_MS, now_unix_ms + SCHEDULE_LEAD_MS};
    int64_t crowd = sets ? largest_crowd(&window) : 0;

    free(sets);
    return crowd;
}
