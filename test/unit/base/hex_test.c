#include "base/hex.h"

#include <string.h>

#include "test/unit/base/suites.h"

/* Every byte there is. */
START_TEST(each_byte)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";

    for (int c = 0; c < 256; c++) {
        const char *found = c != 0 ? strchr(digits, c) : NULL;

        ck_assert_int_eq(hex_value((char)c), found ? (int)(found - digits) % 16 : -1);
    }
}
END_TEST

Suite *hex_suite(void)
{
    Suite *suite = suite_create("hex");
    TCase *tcase = tcase_create("hex");

    tcase_add_test(tcase, each_byte);
    suite_add_tcase(suite, tcase);
    return suite;
}
