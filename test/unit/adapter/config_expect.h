/* config_expect.h - parses a configuration and compares every word of what is told about it. */
#ifndef TEST_UNIT_ADAPTER_CONFIG_EXPECT_H
#define TEST_UNIT_ADAPTER_CONFIG_EXPECT_H

#include <stddef.h>

/* told: the lines without "f:" in front, "" when the text is right. */
void expect_told(const char *text, size_t len, const char *told);

/* A line that makes any of our texts complete: line 1, so that what is tested begins on line 2. */
#define CODER "coder: {url: http://c, tokenFile: t}\n"

#endif
