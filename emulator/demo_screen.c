#include "emulator/demo_screen.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"

enum { ROW_MAX = 1024, COMPARISON_MAX = 4096, FAILURE_MAX = 64 * 1024 };

/* At once, also when stdout is a pipe. */
static void print(const struct buffer *text)
{
    (void)fwrite(buffer_text(text), 1, text->len, stdout);
    (void)fflush(stdout);
}

static void print_header(const struct demo_screen *screen)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(ROW_MAX);

    demo_write_header(screen->colours, &text);
    print(&text);
}

void demo_show_begin(const struct demo_screen *screen, const struct demo_begin *begin)
{
    (void)printf(
        "%lld people are about to start a workspace at once; %lld provisioners are there. Coder is played at http://127.0.0.1:%d,\n"
        "the adapter serves at https://127.0.0.1:%d, an HPA scales from %lld to %lld on the demand it reads there.\n"
        "Time runs %g times as fast. As in a cluster, the HPA waits five minutes before it scales down. To look meanwhile:\n\n"
        "  kubectl --kubeconfig /dev/null --token none --server https://127.0.0.1:%d --certificate-authority %s \\\n"
        "    get --raw '%s'\n\n",
        (long long)begin->users, (long long)begin->replicas_min, begin->coder_port, begin->serving_port, (long long)begin->replicas_min,
        (long long)begin->replicas_max, begin->speed, begin->serving_port, begin->ca_file, begin->path);
    print_header(screen);
}

void demo_show_row(const struct demo_screen *screen, const struct demo_row *row)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(ROW_MAX);

    demo_write_row(row, screen->colours, &text);
    print(&text);
}

void demo_show_comparison(const struct demo_comparison *comparison)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(COMPARISON_MAX);

    demo_write_comparison(comparison, &text);
    print(&text);
}

void demo_show_next(const struct demo_screen *screen, int64_t rest_ms)
{
    (void)printf("\nIt goes on until Ctrl-C; the next workshop begins in %lld emulated seconds.\n\n", (long long)(rest_ms / 1000));
    print_header(screen);
}

void demo_show_failure(const struct demo_folder *folder, const struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(FAILURE_MAX);

    (void)buffer_add_text(&text, "coder-emulator: demo: ");
    escape_controls(&text, err->text, strlen(err->text));
    (void)buffer_add_text(&text, "\n");
    if (*folder->path != '\0')
        demo_read_log_tail(folder, &text);
    (void)fputs(buffer_text(&text), stderr);
}
