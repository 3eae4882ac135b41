#include "apiservice/principal.h"

#include <string.h>

void principal_clear(struct principal *principal)
{
    arena_clear(&principal->arena);
    principal->user = (struct kube_user){0};
}

void principal_set_anonymous(struct principal *principal)
{
    static const char *const groups[] = {GROUP_UNAUTHENTICATED};

    principal->user = (struct kube_user){.name = USER_ANONYMOUS, .groups = {groups, ARRAY_LEN(groups)}};
}

static struct text_list copy_list(struct arena *arena, const struct text_list *list)
{
    const char **items = arena_alloc(arena, list->len * sizeof(*items));

    for (size_t i = 0; items && i < list->len; i++)
        items[i] = arena_text(arena, list->items[i]);
    return (struct text_list){items, items ? list->len : 0};
}

void principal_copy(struct principal *principal, const struct kube_user *user)
{
    struct arena *arena = &principal->arena;
    struct kube_extra *extra = arena_alloc(arena, user->n_extra * sizeof(*extra));

    for (size_t i = 0; extra && i < user->n_extra; i++) {
        extra[i].key = arena_text(arena, user->extra[i].key);
        extra[i].values = copy_list(arena, &user->extra[i].values);
    }
    principal->user = (struct kube_user){
        .name = arena_text(arena, user->name),
        .uid = user->uid ? arena_text(arena, user->uid) : NULL,
        .groups = copy_list(arena, &user->groups),
        .extra = extra,
        .n_extra = extra ? user->n_extra : 0,
    };
}

void principal_add_authenticated(struct principal *principal)
{
    struct kube_user *user = &principal->user;
    const char **groups;

    if (strcmp(user->name, USER_ANONYMOUS) == 0 || user_is_in(user, GROUP_AUTHENTICATED) || user_is_in(user, GROUP_UNAUTHENTICATED))
        return;
    groups = arena_alloc(&principal->arena, (user->groups.len + 1) * sizeof(*groups));
    if (!groups)
        return; /* the arena is failed */
    for (size_t i = 0; i < user->groups.len; i++)
        groups[i] = user->groups.items[i];
    groups[user->groups.len] = GROUP_AUTHENTICATED;
    user->groups = (struct text_list){groups, user->groups.len + 1};
}

char *arena_lower(struct arena *arena, const char *text)
{
    static char nothing[1];
    char *copy = arena_text(arena, text);

    for (char *c = copy; c && *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy ? copy : nothing;
}

bool user_is_in(const struct kube_user *user, const char *group)
{
    for (size_t i = 0; i < user->groups.len; i++)
        if (strcmp(user->groups.items[i], group) == 0)
            return true;
    return false;
}

static void add_text(struct buffer *out, const char *text)
{
    (void)buffer_append(out, text ? text : "", (text ? strlen(text) : 0) + 1);
}

static void add_list(struct buffer *out, const struct text_list *list)
{
    (void)buffer_append(out, &list->len, sizeof(list->len));
    for (size_t i = 0; i < list->len; i++)
        add_text(out, list->items[i]);
}

/* Every text ends with its NUL, every list begins with its length. */
void user_write_key(const struct kube_user *user, struct buffer *out)
{
    add_text(out, user->name);
    add_text(out, user->uid);
    add_list(out, &user->groups);
    (void)buffer_append(out, &user->n_extra, sizeof(user->n_extra));
    for (size_t i = 0; i < user->n_extra; i++) {
        add_text(out, user->extra[i].key);
        add_list(out, &user->extra[i].values);
    }
}
