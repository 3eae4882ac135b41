/* hex.h - one hexadecimal digit. Pure. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

int hex_value(char c); /* 0 to 15, small or capital; -1: it is none, as the end of a text is not */

#endif
