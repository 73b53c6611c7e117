/* Sorting in time proportional to the number of keys, whatever they are. */
#ifndef COPYDESK_SORT_H
#define COPYDESK_SORT_H

#include <stdint.h>

#define DIGIT_BITS 11
#define N_DIGITS 6

/* Sort keys, and the rows that belong to them, so that rows of one key stay in their order. scratch: as much again. */
static inline void sort_keys(uint64_t *keys, int64_t *rows, int64_t n, uint64_t *key_scratch, int64_t *row_scratch)
{
    static const uint64_t mask = (1 << DIGIT_BITS) - 1;
    for (int digit = 0; digit < N_DIGITS; digit++) {
        int64_t places[1 << DIGIT_BITS] = {0}, before = 0;
        for (int64_t i = 0; i < n; i++)
            places[keys[i] >> (digit * DIGIT_BITS) & mask]++;
        for (int64_t value = 0; value <= (int64_t)mask; value++) {
            const int64_t count = places[value];
            places[value] = before;
            before += count;
        }
        for (int64_t i = 0; i < n; i++) {
            const int64_t place = places[keys[i] >> (digit * DIGIT_BITS) & mask]++;
            key_scratch[place] = keys[i];
            row_scratch[place] = rows[i];
        }
        uint64_t *const sorted_keys = key_scratch;
        int64_t *const sorted_rows = row_scratch;
        key_scratch = keys;
        row_scratch = rows;
        keys = sorted_keys;
        rows = sorted_rows;
    }
}

#endif
