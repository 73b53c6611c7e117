/* Kinds of characters of blocks: the bits of `Kind` in copydesk/noise/characters.py. */
#ifndef COPYDESK_BLOCKS_H
#define COPYDESK_BLOCKS_H

#include <stdint.h>

enum {
    UPPER = 1 << 0,
    LOWER = 1 << 1,
    LETTER = 1 << 2,
    DIGIT = 1 << 3,
    SPACE = 1 << 4,
    UNSPACED = 1 << 5,
    FULL_STOP = 1 << 10,
    AT = 1 << 14,
    SLASH = 1 << 21,
    ALPHABETIC = 1 << 22,
};

/* Make a key of a key and a code point, or of two of either: `mix_keys` in copydesk/noise/vocabulary.py. */
static inline uint64_t mix(uint64_t key, uint64_t code)
{
    const uint64_t mixed = (key ^ code) * UINT64_C(0x9E3779B97F4A7C15);
    return mixed ^ mixed >> 29;
}

#endif
