/* Kinds of characters for finding lines, words and seams: `Kind` in copydesk/text/characters.py. */
#ifndef COPYDESK_KINDS_H
#define COPYDESK_KINDS_H

#include <stdint.h>

enum {
    BREAK = 0,
    SPACE = 1,
    STOP = 3,
    MARK = 4,
    FRONT = 5,
    OPENER = 6,
    CLOSER = 7,
    QUOTE = 8,
    APOSTROPHE = 9,
    DASH = 10,
    LOWER = 12,
    UPPER = 13,
    DIGIT = 15,
};

/* Return the kind at an offset; beyond the ends of a sheet there are line breaks. */
static inline int kind_at(const uint8_t *kinds, int64_t n_chars, int64_t offset)
{
    return offset >= 0 && offset < n_chars ? kinds[offset] : BREAK;
}

#endif
