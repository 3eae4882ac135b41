/* The man page: a usage becomes troff, and nothing in it becomes a request. */
#include <check.h>
#include <string.h>

#include "adapter/command_man.h"
#include "test/unit/adapter/suites.h"

static const struct {
    const char *usage, *page;
} cases[] = {
    {"Usage: adapter plan\n", ".SS x\n.nf\nadapter plan\n.fi\n"},
    {"Usage: adapter plan --a\n               --b\n", ".SS x\n.nf\nadapter plan \\-\\-a\n        \\-\\-b\n.fi\n"},
    {"Usage: a\n\nSays so.\nAnd more.\n", ".SS x\n.nf\na\n.fi\n.PP\nSays so.\nAnd more.\n"},
    {"Usage: a\n\n.so /etc/passwd\n'br\n\\fB\n", ".SS x\n.nf\na\n.fi\n.PP\n\\&.so /etc/passwd\n\\&'br\n\\efB\n"},
    {"Usage: a\n\n  -n, --name N  its name\n                goes on\n  --all\n",
     ".SS x\n.nf\na\n.fi\n.TP\n\\fB\\-n, \\-\\-name N\\fR\nits name\ngoes on\n.TP\n\\fB\\-\\-all\\fR\n"},
    {"Usage: a\n\n  --from FILE  reads\n                 kubectl get\n               and ends\n",
     ".SS x\n.nf\na\n.fi\n.TP\n\\fB\\-\\-from FILE\\fR\nreads\n.nf\nkubectl get\n.fi\nand ends\n"},
    {"Usage: a\n\n  --x  y\n\nAfter.\n    b c\n", ".SS x\n.nf\na\n.fi\n.TP\n\\fB\\-\\-x\\fR\ny\n.PP\nAfter.\n.nf\nb c\n.fi\n"},
    {"Usage: \n", ".SS x\n.nf\n\n.fi\n"},
    {"Usage: a\nb\n       c d\n", ".SS x\n.nf\na\nb\nc d\n.fi\n"},
    {"Usage: a\n\n  --x   \n  text\n", ".SS x\n.nf\na\n.fi\n.TP\n\\fB\\-\\-x\\fR\ntext\n"},
    {"Usage: a\n\n  --x  ", ".SS x\n.nf\na\n.fi\n.TP\n\\fB\\-\\-x\\fR\n"},
    {"", ".SS x\n.nf\n.fi\n"},
};

START_TEST(man_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);

    command_man_section("x", cases[_i].usage, &out);
    ck_assert_str_eq(buffer_text(&out), cases[_i].page);
}
END_TEST

/* A page begins with its title, and its sections come in their order. */
START_TEST(frame)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    static const char *const parts[] = {".TH CODER-METRICS-ADAPTER 1", "\n.SH NAME\n", "\n.SH COMMANDS\n", ".SH EXIT STATUS\n",
                                        "\n.SH FILES\n"};
    const char *at;

    command_man_head(&out);
    command_man_tail(&out);
    at = buffer_text(&out);
    ck_assert_int_eq(strncmp(at, parts[0], strlen(parts[0])), 0);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        at = strstr(at, parts[i]);
        ck_assert_msg(at != NULL, "%s", parts[i]);
    }
}
END_TEST

Suite *command_man_suite(void)
{
    Suite *suite = suite_create("command_man");
    TCase *tcase = tcase_create("usage");

    tcase_add_loop_test(tcase, man_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, frame);
    suite_add_tcase(suite, tcase);
    return suite;
}
