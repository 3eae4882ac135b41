#include "apiservice/response_form.h"

#include <string.h>

#include "apiservice/gzip.h"
#include "apiservice/json_indent.h"
#include "apiservice/status.h"
#include "apiservice/wire_protobuf.h"
#include "apiservice/yaml_form.h"

#define JSON "application", "json", NULL, NULL, NULL, "application/json", RESPONSE_JSON
#define YAML "application", "yaml", NULL, NULL, NULL, "application/yaml", RESPONSE_YAML
#define PROTOBUF "application", "vnd.kubernetes.protobuf", NULL, NULL, NULL, WIRE_PROTOBUF_CONTENT_TYPE, RESPONSE_PROTOBUF
#define TABLE(version) "application", "json", "Table", "meta.k8s.io", version, "application/json", RESPONSE_JSON

/* What stands first is for those who accept anything. */
static const struct media_offer offers[] = {{JSON}, {YAML}, {PROTOBUF}, {TABLE("v1")}, {TABLE("v1beta1")}};
static const struct media_offer series_offers[] = {{JSON}, {YAML}, {TABLE("v1")}, {TABLE("v1beta1")}};

const struct media_offers response_offers_json = {offers, 1};
const struct media_offers response_offers_plain = {offers, 3};
const struct media_offers response_offers_metric = {offers, ARRAY_LEN(offers)};
const struct media_offers response_offers_series = {series_offers, ARRAY_LEN(series_offers)};

/* Go's strconv.ParseBool. */
static bool is_true(const char *text)
{
    static const char *const words[] = {"1", "t", "T", "true", "TRUE", "True"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool response_wants_pretty(const char *parameter, bool accept_says_so, const char *user_agent)
{
    if (parameter && parameter[0] != '\0')
        return is_true(parameter);
    if (accept_says_so)
        return true;
    return user_agent && (starts_with(user_agent, "curl") || starts_with(user_agent, "Wget") || starts_with(user_agent, "Mozilla/5.0"));
}

static enum response_form form_of(const struct request *request, const struct target *target, struct media_choice choice)
{
    const char *parameter = target_parameter(target, "pretty");

    if (choice.offer->form == RESPONSE_JSON && response_wants_pretty(parameter, choice.pretty, request->header(request, "User-Agent")))
        return RESPONSE_JSON_PRETTY;
    return choice.offer->form;
}

/* Names the types on offer, each once. */
static void refuse(struct media_offers from, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(1024);

    (void)buffer_add_text(&message, "only the following media types are accepted: ");
    for (size_t i = 0; i < from.n; i++)
        if (!from.items[i].as)
            (void)buffer_printf(&message, "%s%s", i > 0 ? ", " : "", from.items[i].content_type);
    status_respond_text(406, buffer_text(&message), response);
}

const struct media_offer *response_choose_form(const struct request *request, const struct target *target, struct media_offers from,
                                               struct response *response)
{
    struct media_choice choice = negotiate(request->header(request, "Accept"), from);

    if (choice.offer)
        response->form = form_of(request, target, choice);
    else
        refuse(from, response);
    return choice.offer;
}

void response_choose_form_of_errors(const struct request *request, const struct target *target, struct response *response)
{
    struct media_choice choice = negotiate(request->header(request, "Accept"), response_offers_plain);

    if (!choice.offer)
        choice.offer = &offers[0];
    response->form = form_of(request, target, choice);
}

static void replace_body(struct response *response, struct buffer *body)
{
    buffer_clear(&response->body);
    response->body = buffer_move(body);
}

static void write_for_people(struct response *response)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(RESPONSE_BODY_MAX);
    bool plain = strcmp(response->content_type, "application/json") == 0;

    if (response->form == RESPONSE_JSON_PRETTY) {
        json_indent(response->body.data, response->body.len, &body);
    } else if (plain) {
        yaml_form_of_json(response->body.data, response->body.len, &body);
        response->content_type = "application/yaml";
    } else {
        return;
    }
    replace_body(response, &body);
}

static void pack(struct response *response)
{
    CLEANUP(buffer_clear) struct buffer packed = BUFFER_INIT(RESPONSE_BODY_MAX);

    if (gzip_pack(response->body.data, response->body.len, &packed) < 0)
        return; /* unpacked will do */
    replace_body(response, &packed);
    response_add_header(response, "Content-Encoding", "gzip");
    response_add_header(response, "Vary", "Accept-Encoding");
}

void response_finish(struct response *response, const char *accept_encoding)
{
    bool json = response->content_type && starts_with(response->content_type, "application/json");

    if (json && response->body.len > 0 && (response->form == RESPONSE_JSON_PRETTY || response->form == RESPONSE_YAML))
        write_for_people(response);
    if (response->body.len > RESPONSE_GZIP_ABOVE && gzip_is_accepted(accept_encoding))
        pack(response);
}
