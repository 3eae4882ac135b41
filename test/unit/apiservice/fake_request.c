#include "test/unit/apiservice/fake_request.h"

#include <strings.h>

static const char *find_header(const struct request *request, const char *name)
{
    const struct fake_header *header = request->connection;

    while (header->name && strcasecmp(header->name, name) != 0)
        header++;
    return header->name ? header->value : NULL;
}

static void each_header(const struct request *request, request_header_visitor *visit, void *context)
{
    for (const struct fake_header *header = request->connection; header->name; header++)
        visit(context, header->name, header->value);
}

struct request fake_request(const char *method, const char *target, const struct fake_header *headers)
{
    union { /* connection is the server's own, and not const */
        const struct fake_header *is;
        void *as;
    } context = {.is = headers};

    return (struct request){
        .method = method, .target = target, .header = find_header, .each_header = each_header, .connection = context.as};
}
