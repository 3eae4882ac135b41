/* server_peers_test.c - connections counted by address. */
#include "apiservice/server_peers.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

static struct peer_address v4(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    ck_assert_int_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return peer_address_of((const struct sockaddr *)&address);
}

static struct peer_address v6(const char *text)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};

    ck_assert_int_eq(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return peer_address_of((const struct sockaddr *)&address);
}

START_TEST(addresses_are_told_apart)
{
    const struct peer_address all[] = {v4("127.0.0.1"), v4("127.0.0.2"), v6("::1"), v6("2001:db8::1"), peer_address_of(NULL)};
    const struct peer_address mapped = v6("::ffff:127.0.0.1");

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        for (size_t j = 0; j < ARRAY_LEN(all); j++)
            ck_assert((memcmp(&all[i], &all[j], sizeof(all[i])) == 0) == (i == j));
    ck_assert_mem_eq(&mapped, &all[0], sizeof(mapped));
}
END_TEST

START_TEST(each_address_has_its_limit)
{
    struct server_peers *peers = server_peers_new(6, 2);
    const struct peer_address a = v4("127.0.0.1"), b = v6("::1");

    ck_assert(server_peers_enter(peers, &a));
    ck_assert(server_peers_enter(peers, &a));
    ck_assert(!server_peers_enter(peers, &a));
    ck_assert(server_peers_enter(peers, &b));
    server_peers_leave(peers, &a);
    ck_assert(server_peers_enter(peers, &a));
    ck_assert(!server_peers_enter(peers, &a));
    ck_assert(server_peers_enter(peers, &b));
    ck_assert(!server_peers_enter(peers, &b));
    server_peers_free(peers);
    server_peers_free(NULL);
}
END_TEST

START_TEST(without_a_limit_all_may_come)
{
    struct server_peers *peers = server_peers_new(3, 0);
    const struct peer_address a = v4("127.0.0.1");

    for (int i = 0; i < 100; i++)
        ck_assert(server_peers_enter(peers, &a));
    for (int i = 0; i < 101; i++)
        server_peers_leave(peers, &a); /* one too many is no harm */
    ck_assert(server_peers_enter(peers, &a));
    server_peers_free(peers);
}
END_TEST

Suite *server_peers_suite(void)
{
    Suite *suite = suite_create("server_peers");
    TCase *tcase = tcase_create("server_peers");

    tcase_add_test(tcase, addresses_are_told_apart);
    tcase_add_test(tcase, each_address_has_its_limit);
    tcase_add_test(tcase, without_a_limit_all_may_come);
    suite_add_tcase(suite, tcase);
    return suite;
}
