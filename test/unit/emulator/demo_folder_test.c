#include "emulator/demo_folder.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "test/unit/emulator/suites.h"

START_TEST(the_folder_comes_and_goes)
{
    struct demo_folder folder = {0};
    struct stat status;
    struct error err = {0};
    char path[sizeof(folder.path)];

    ck_assert_msg(demo_folder_make(&folder, &err) == 0, "%s", err.text);
    memcpy(path, folder.path, sizeof(path));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0700);
    ck_assert_int_eq(demo_write_file(folder.token, "secret\n", 7, &err), 0);
    ck_assert_int_eq(stat(folder.token, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(demo_write_config(&folder, 1234, 5678, &err), 0);
    demo_folder_remove(&folder);
    ck_assert_int_eq(stat(path, &status), -1);
    demo_folder_remove(&folder); /* nothing is there any more: harmless */
}
END_TEST

static X509 *load(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate;

    ck_assert_ptr_nonnull(file);
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    ck_assert_ptr_nonnull(certificate);
    return certificate;
}

START_TEST(the_certificate_is_for_loopback)
{
    CLEANUP(demo_folder_remove) struct demo_folder folder = {0};
    struct error err = {0};
    X509 *certificate;

    ck_assert_int_eq(demo_folder_make(&folder, &err), 0);
    ck_assert_msg(demo_write_certificate(&folder, &err) == 0, "%s", err.text);
    certificate = load(folder.certificate);
    ck_assert_int_eq(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    ck_assert_int_eq(X509_check_ip_asc(certificate, "127.0.0.2", 0), 0);
    ck_assert_int_eq(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
    ck_assert_int_eq(X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0), 1);
    X509_free(certificate);
}
END_TEST

START_TEST(the_tail_of_the_log)
{
    CLEANUP(demo_folder_remove) struct demo_folder folder = {0};
    CLEANUP(buffer_clear) struct buffer tail = BUFFER_INIT(4096), log = BUFFER_INIT(4096);
    struct error err = {0};

    ck_assert_int_eq(demo_folder_make(&folder, &err), 0);
    demo_read_log_tail(&folder, &tail);
    ck_assert_uint_eq(tail.len, 0); /* no log */
    for (int i = 0; i < 20; i++)
        (void)buffer_printf(&log, "line %d\n", i);
    (void)buffer_add_text(&log, "the \033[31mend");
    ck_assert_int_eq(demo_write_file(folder.log, buffer_text(&log), log.len, &err), 0);
    demo_read_log_tail(&folder, &tail);
    ck_assert_ptr_null(strstr(tail.data, "line 12"));
    ck_assert_ptr_nonnull(strstr(tail.data, "  line 19\n"));
    ck_assert_ptr_nonnull(strstr(tail.data, "the \\x1b[31mend\n")); /* nothing of it reaches the terminal raw */
}
END_TEST

Suite *demo_folder_suite(void)
{
    Suite *suite = suite_create("demo_folder");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, the_folder_comes_and_goes);
    tcase_add_test(tcase, the_certificate_is_for_loopback);
    tcase_add_test(tcase, the_tail_of_the_log);
    suite_add_tcase(suite, tcase);
    return suite;
}
