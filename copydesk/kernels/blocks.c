/* What is told of a block's text as a whole: does it hold a date, how often does it stand in its document. */
#include <string.h>

#include "blocks.h"
#include "kernels.h"
#include "sort.h"

enum { YEAR, CLOCK, DATE };

#define SHORTEST_MONTH 3
#define LONGEST_MONTH 10

/* A block in a text; nothing is seen beyond its ends. */
typedef struct {
    const uint32_t *codes;
    const uint32_t *kinds;
    int64_t start;
    int64_t end;
} Block;

static inline int is_inside(const Block *block, int64_t i) { return i >= block->start && i < block->end; }

static inline int is_code(const Block *block, int64_t i, uint32_t code)
{
    return is_inside(block, i) && block->codes[i] == code;
}

static inline int is_digit(const Block *block, int64_t i) { return is_inside(block, i) && block->kinds[i] & DIGIT; }

static inline int is_letter(const Block *block, int64_t i) { return is_inside(block, i) && block->kinds[i] & ALPHABETIC; }

static inline int is_separator(const Block *block, int64_t i)
{
    return is_code(block, i, '.') || is_code(block, i, '/') || is_code(block, i, '-');
}

static int is_year(const Block *block, int64_t i)
{
    const int is_century = (is_code(block, i, '1') && is_code(block, i + 1, '9')) ||
                           (is_code(block, i, '2') && is_code(block, i + 1, '0'));
    return is_century && is_digit(block, i + 2) && is_digit(block, i + 3);
}

/* 12:30, 12h30, seen from its middle */
static int is_clock(const Block *block, int64_t i)
{
    return (is_code(block, i, ':') || is_code(block, i, 'h')) && is_digit(block, i - 1) && is_digit(block, i + 1) &&
           is_digit(block, i + 2);
}

/* 1.2.2020, 1/12/20, seen from the first separator */
static int is_numeric_date(const Block *block, int64_t i)
{
    if (!is_separator(block, i) || !is_digit(block, i - 1) || !is_digit(block, i + 1))
        return 0;
    const int64_t second = is_digit(block, i + 2) ? i + 3 : i + 2;
    return is_separator(block, second) && is_digit(block, second + 1) && is_digit(block, second + 2);
}

/* 1. May 2020, 1 Sept., 2020, seen from the first space */
static int is_day_first(const Block *block, int64_t i)
{
    if (!is_digit(block, i - 1) && !(is_code(block, i - 1, '.') && is_digit(block, i - 2)))
        return 0;
    int64_t behind = i + 1;
    while (behind <= i + LONGEST_MONTH && is_letter(block, behind))
        behind++;
    if (behind - i - 1 < SHORTEST_MONTH)
        return 0;
    behind += is_code(block, behind, '.');
    behind += is_code(block, behind, ',');
    return is_code(block, behind, ' ') && is_year(block, behind + 1);
}

/* May 1, 2020, seen from the first space */
static int is_month_first(const Block *block, int64_t i)
{
    if (!is_letter(block, i - 1) || !is_letter(block, i - 2) || !is_letter(block, i - 3) || !is_digit(block, i + 1))
        return 0;
    const int64_t behind = is_digit(block, i + 2) ? i + 3 : i + 2;
    return is_code(block, behind, ',') && is_code(block, behind + 1, ' ') && is_year(block, behind + 2);
}

/* Tell which blocks hold a year, a time of day, a date.
 *
 * codes, kinds: [n_chars]. starts, ends: [n_blocks]. found: [3, n_blocks].
 */
KERNEL int64_t find_dates(
    const uint32_t *codes, const uint32_t *kinds, int64_t n_chars, const int64_t *starts, const int64_t *ends,
    int64_t n_blocks, uint8_t *found)
{
    if (!spans_fit(starts, ends, n_blocks, 0, n_chars))
        return OUTSIDE;
    for (int64_t i = 0; i < n_blocks; i++) {
        const Block block = {codes, kinds, starts[i], ends[i]};
        int year = 0, clock = 0, date = 0;
        for (int64_t at = block.start; at < block.end; at++) {
            if (codes[at] == ' ')
                date = date || is_day_first(&block, at) || is_month_first(&block, at);
            else if (!(kinds[at] & LETTER) || codes[at] == 'h') {
                year = year || is_year(&block, at);
                clock = clock || is_clock(&block, at);
                date = date || is_numeric_date(&block, at);
            }
        }
        found[YEAR * n_blocks + i] = (uint8_t)year;
        found[CLOCK * n_blocks + i] = (uint8_t)clock;
        found[DATE * n_blocks + i] = (uint8_t)date;
    }
    return 0;
}

static uint64_t hash_bytes(const uint8_t *bytes, int64_t n, uint64_t hash)
{
    for (uint64_t word; n > 0; bytes += sizeof word, n -= (int64_t)sizeof word) {
        word = 0;
        memcpy(&word, bytes, n < (int64_t)sizeof word ? (size_t)n : sizeof word);
        hash = mix(hash, word);
    }
    return hash;
}

/* Count how often each block's text stands in its document.
 *
 * utf8: [n_bytes]. from, to: [n_blocks] where each block lies in it. document: [n_blocks] any number of its document.
 * keys, rows, key_scratch, row_scratch: [n_blocks], to work with. counts: [n_blocks].
 */
KERNEL int64_t count_copies(
    const uint8_t *utf8, int64_t n_bytes, const int64_t *from, const int64_t *to, int64_t n_blocks,
    const int64_t *document, uint64_t *keys, int64_t *rows, uint64_t *key_scratch, int64_t *row_scratch,
    int64_t *counts)
{
    if (!spans_fit(from, to, n_blocks, 0, n_bytes))
        return OUTSIDE;
    for (int64_t i = 0; i < n_blocks; i++) {
        keys[i] = hash_bytes(utf8 + from[i], to[i] - from[i], mix((uint64_t)document[i], (uint64_t)(to[i] - from[i])));
        rows[i] = i;
    }
    sort_keys(keys, rows, n_blocks, key_scratch, row_scratch);
    for (int64_t first = 0, end; first < n_blocks; first = end) {
        for (end = first; end < n_blocks && keys[end] == keys[first];)
            end++;
        for (int64_t i = first; i < end; i++)
            counts[rows[i]] = end - first;
    }
    return 0;
}
