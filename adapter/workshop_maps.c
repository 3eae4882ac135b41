#include "adapter/workshop_maps.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/own_families.h"
#include "base/log.h"
#include "kube/path.h"
#include "kube/watch.h"

enum { PATH_MAX_BYTES = 1024, MAP_KEYS_MAX = 32 };

/* One ConfigMap. */
struct told {
    char *name;
    struct workshop workshop; /* name NULL: it was refused */
    bool listed;              /* by the list that runs */
};

/* One namespace. */
struct place {
    struct workshop_maps *maps;
    char *name_space;
    struct kube_watch *watch;
    struct told *items;
    size_t len;
    bool settled; /* listed once, or failed */
    bool failing; /* the last word was a failure */
    bool full;    /* that there are too many was said */
};

struct workshop_maps {
    struct workshop_maps_options options;
    struct place *places;
    size_t n_places;
    struct zone zone;
    char **queues;
    size_t n_queues;
    atomic_uint_fast64_t known, refused;
};

/* --- all of them, for whoever plans --- */

static bool settled(const struct workshop_maps *maps)
{
    for (size_t i = 0; i < maps->n_places; i++)
        if (!maps->places[i].settled)
            return false;
    return true;
}

static int copy_workshop(const struct workshop *from, struct workshop_list *list)
{
    struct workshop copy = *from;

    copy.name = strdup(from->name);
    copy.queue = strdup(from->queue);
    list->items[list->len++] = copy;
    return copy.name && copy.queue ? 0 : -1;
}

static int copy_all(const struct workshop_maps *maps, struct workshop_list *list)
{
    size_t most = 0;

    for (size_t i = 0; i < maps->n_places; i++)
        most += maps->places[i].len;
    list->items = calloc(most + 1, sizeof(*list->items));
    if (!list->items)
        return -1;
    for (size_t i = 0; i < maps->n_places; i++)
        for (size_t j = 0; j < maps->places[i].len; j++) {
            const struct workshop *workshop = &maps->places[i].items[j].workshop;

            if (workshop->name && copy_workshop(workshop, list) < 0)
                return -1;
        }
    return 0;
}

static size_t count_told(const struct workshop_maps *maps)
{
    size_t n = 0;

    for (size_t i = 0; i < maps->n_places; i++)
        n += maps->places[i].len;
    return n;
}

static void publish(struct workshop_maps *maps)
{
    struct workshop_list list = {0};

    if (!settled(maps))
        return;
    if (copy_all(maps, &list) < 0) {
        log_error("the workshops of ConfigMaps stay as they were: out of memory", NULL);
        workshop_list_clear(&list);
        return;
    }
    atomic_store(&maps->known, list.len);
    atomic_store(&maps->refused, count_told(maps) - list.len);
    maps->options.changed(maps->options.context, list);
}

/* --- one ConfigMap --- */

static void told_clear(struct told *told)
{
    free(told->name);
    workshop_clear(&told->workshop);
    *told = (struct told){0};
}

static struct told *find(const struct place *place, const char *name)
{
    for (size_t i = 0; i < place->len; i++)
        if (strcmp(place->items[i].name, name) == 0)
            return &place->items[i];
    return NULL;
}

static void forget(struct place *place, struct told *told)
{
    size_t after = place->len - (size_t)(told - place->items) - 1;

    told_clear(told);
    memmove(told, told + 1, after * sizeof(*told));
    place->len--;
}

/* NULL: there are too many, or no memory. */
static struct told *add(struct place *place, const char *name)
{
    struct told *told;

    if (!place->items)
        place->items = calloc(WORKSHOP_MAPS_MAX, sizeof(*place->items));
    if (!place->items || place->len == WORKSHOP_MAPS_MAX) {
        if (!place->full)
            log_warn("there are too many ConfigMaps with workshops; the rest of them is ignored until some are deleted", "namespace",
                     place->name_space, NULL);
        place->full = true;
        return NULL;
    }
    told = &place->items[place->len];
    *told = (struct told){.name = strdup(name)};
    if (!told->name)
        return NULL;
    place->len++;
    return told;
}

static bool knows_queue(const struct workshop_maps *maps, const char *queue)
{
    for (size_t i = 0; i < maps->n_queues; i++)
        if (strcmp(maps->queues[i], queue) == 0)
            return true;
    return false;
}

static int read_entries(const json_t *config_map, struct workshop_entry entries[MAP_KEYS_MAX], size_t *n, struct error *err)
{
    json_t *entry_values = json_object_get(config_map, "data"), *value;
    const char *key;

    json_object_foreach (entry_values, key, value) {
        if (*n == MAP_KEYS_MAX || !json_is_string(value))
            return error_set(err, ERROR_INVALID, "data: expected at most %d texts", MAP_KEYS_MAX);
        entries[(*n)++] = (struct workshop_entry){key, json_string_value(value)};
    }
    return 0;
}

static int read_workshop(const struct workshop_maps *maps, const char *name, const json_t *config_map, struct workshop *out,
                         struct error *err)
{
    CLEANUP(workshop_clear) struct workshop workshop = {0};
    struct workshop_entry entries[MAP_KEYS_MAX];
    struct workshop_map map = {.name = name, .entries = entries, .zone = &maps->zone};

    if (read_entries(config_map, entries, &map.n, err) < 0 || workshop_read(&map, &workshop, err) < 0)
        return -1;
    if (!knows_queue(maps, workshop.queue))
        return error_set(err, ERROR_INVALID, "queue: '%s' is no queue of the adapter's configuration", workshop.queue);
    *out = workshop;
    workshop = (struct workshop){0};
    return 0;
}

/* What was read of an older form of the ConfigMap goes, also when the newer one cannot be read: its author sees that in the metric,
 * and would be deceived by a workshop that still counts as it stood. */
static void take(struct place *place, const char *name, const json_t *config_map)
{
    struct told *told = find(place, name);
    struct error err = {0};

    if (!told)
        told = add(place, name);
    if (!told)
        return;
    told->listed = true;
    workshop_clear(&told->workshop);
    if (read_workshop(place->maps, name, config_map, &told->workshop, &err) < 0)
        log_warn("a ConfigMap with a workshop is refused; it asks for no provisioners", "namespace", place->name_space, "configmap", name,
                 "error", err.text, NULL);
}

/* --- one namespace --- */

static void on_list_begin(void *context)
{
    struct place *place = context;

    for (size_t i = 0; i < place->len; i++)
        place->items[i].listed = false;
}

static void on_event(void *context, const struct kube_event *event)
{
    struct place *place = context;
    const char *name = json_string_value(json_object_get(json_object_get(event->object, "metadata"), "name"));
    struct told *told = name ? find(place, name) : NULL;

    place->failing = false;
    if (!name)
        return;
    if (event->type != KUBE_DELETED)
        take(place, name, event->object);
    else if (told)
        forget(place, told);
    if (event->type != KUBE_LISTED)
        publish(place->maps);
}

static void on_list_end(void *context)
{
    struct place *place = context;

    for (size_t i = place->len; i-- > 0;)
        if (!place->items[i].listed)
            forget(place, &place->items[i]);
    place->full = place->full && place->len == WORKSHOP_MAPS_MAX;
    place->failing = false;
    place->settled = true;
    publish(place->maps);
}

static void on_failed(void *context, const struct error *err)
{
    struct place *place = context;

    if (!place->failing)
        log_warn("workshops of a namespace cannot be followed; what is known of them stays", "namespace", place->name_space, "error",
                 err->text, "advice",
                 err->code == ERROR_FORBIDDEN ? "give the adapter's account the right to list and watch configmaps in that namespace"
                                              : "it is tried again by itself",
                 NULL);
    place->failing = true;
    if (place->settled)
        return;
    place->settled = true;
    publish(place->maps);
}

static int follow(struct place *place, struct error *err)
{
    static const struct kube_watch_handler handler = {on_list_begin, on_event, on_list_end, on_failed};
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES);
    struct kube_collection collection = {.label_selector = WORKSHOP_LABEL};

    (void)buffer_add_text(&path, "/api/v1/namespaces");
    path_add_segment(&path, place->name_space);
    (void)buffer_add_text(&path, "/configmaps");
    if (buffer_failed(&path))
        return error_set(err, ERROR_INVALID, "workshopNamespaces: '%s' is no namespace", place->name_space);
    collection.path = buffer_text(&path);
    place->watch = kube_watch_new(place->maps->options.client, &collection, &handler, place, err);
    return place->watch ? 0 : -1;
}

static void places_free(struct place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        kube_watch_free(places[i].watch);
        for (size_t j = 0; j < places[i].len; j++)
            told_clear(&places[i].items[j]);
        free(places[i].items);
        free(places[i].name_space);
    }
    free(places);
}

/* --- the configuration --- */

static void forget_queues(struct workshop_maps *maps)
{
    for (size_t i = 0; i < maps->n_queues; i++)
        free(maps->queues[i]);
    free(maps->queues);
    maps->queues = NULL;
    maps->n_queues = 0;
}

static int copy_queues(struct workshop_maps *maps, const struct config *config, struct error *err)
{
    forget_queues(maps);
    maps->queues = calloc(config->n_queues + 1, sizeof(*maps->queues));
    while (maps->queues && maps->n_queues < config->n_queues) {
        char *copy = strdup(config->queues[maps->n_queues].name);

        if (!copy)
            return error_no_memory(err);
        maps->queues[maps->n_queues++] = copy;
    }
    return maps->queues ? 0 : error_no_memory(err);
}

/* What a namespace told before stands until its new list is there. */
static void inherit(struct place *to, struct place *old, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(old[i].name_space, to->name_space) == 0) {
            to->items = old[i].items;
            to->len = old[i].len;
            old[i].items = NULL;
            old[i].len = 0;
        }
}

static int follow_all(struct workshop_maps *maps, const struct config *config, struct error *err)
{
    struct place *old = maps->places;
    size_t n_old = maps->n_places;
    int status = 0;

    maps->n_places = 0;
    maps->places = calloc(config->workshop_namespaces.len + 1, sizeof(*maps->places));
    for (size_t i = 0; maps->places && status == 0 && i < config->workshop_namespaces.len; i++) {
        struct place *place = &maps->places[maps->n_places++];

        *place = (struct place){.maps = maps, .name_space = strdup(config->workshop_namespaces.items[i])};
        if (!place->name_space) {
            maps->n_places--;
            status = error_no_memory(err);
            break;
        }
        inherit(place, old, n_old);
        status = follow(place, err);
    }
    places_free(old, n_old);
    return maps->places ? status : error_no_memory(err);
}

void workshop_maps_configure(struct workshop_maps *maps, const struct config *config)
{
    struct error err = {0};

    zone_clear(&maps->zone);
    if (zone_load(config->time_zone, &maps->zone, &err) < 0)
        log_error("workshops' times without an offset are taken for UTC", "error", err.text, NULL);
    if (copy_queues(maps, config, &err) < 0 || follow_all(maps, config, &err) < 0)
        log_error("workshops of ConfigMaps are not followed", "error", err.text, NULL);
    if (maps->n_places == 0)
        publish(maps);
}

struct workshop_maps *workshop_maps_new(const struct workshop_maps_options *options, struct error *err)
{
    struct workshop_maps *maps = calloc(1, sizeof(*maps));

    if (!maps) {
        (void)error_no_memory(err);
        return NULL;
    }
    maps->options = *options;
    return maps;
}

void workshop_maps_free(struct workshop_maps *maps)
{
    if (!maps)
        return;
    places_free(maps->places, maps->n_places);
    forget_queues(maps);
    zone_clear(&maps->zone);
    free(maps);
}

void workshop_maps_expose(void *context, struct exposition *exposition)
{
    struct workshop_maps *maps = context;
    static const struct metric_label good = {"state", "in_force"}, bad = {"state", "refused"};

    own_family_begin(exposition, OWN_WORKSHOP_CONFIGMAPS);
    exposition_sample(exposition, "", &good, 1, (double)atomic_load(&maps->known));
    exposition_sample(exposition, "", &bad, 1, (double)atomic_load(&maps->refused));
}
