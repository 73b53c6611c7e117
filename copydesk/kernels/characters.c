/* The characters of blocks: counts, words, n-grams. */
#include "blocks.h"
#include "kernels.h"
#include "sort.h"

/* The rows of the counts that are not of a kind alone. */
enum { IN_LOWER, CAPITAL_WORDS, SHORT_WORDS, LONG_WORDS, ADDRESSES, SLASHES };

#define SHORT_WORD 3
#define LONG_WORD 25
#define TAIL 4

#define LONG_LETTERS 5
#define HEAD_LETTERS 6
#define TAIL_LETTERS 3

#define MAX_COUNTED 16

/* Return the number in `table` of each code point. */
KERNEL void look_up_codes(const uint32_t *codes, int64_t n, const uint32_t *table, int64_t n_table, uint32_t *numbers)
{
    for (int64_t i = 0; i < n; i++)
        numbers[i] = look_up(table, n_table, codes[i]);
}

static inline int is_address(uint32_t kind, uint32_t before, uint32_t behind)
{
    return (kind & before & SLASH) || (kind & AT) || ((kind & FULL_STOP) && (before & LETTER) && (behind & LOWER));
}

/* Count one word, from behind the space at `space` up to the space at `end`. */
static inline void count_word(const uint32_t *kinds, int64_t space, int64_t end, int64_t *counts, int64_t n_blocks)
{
    const int64_t length = end - space - 1;
    counts[SHORT_WORDS * n_blocks] += length <= SHORT_WORD && (kinds[space + 1] & LOWER);
    counts[LONG_WORDS * n_blocks] += length >= LONG_WORD;
}

/* Count the characters of one block that are of `n_counted` kinds and no small letters, and what is written with all. */
static void count_block(
    const uint32_t *kinds, int64_t start, int64_t end, const int64_t *bits, int64_t n_counted, int64_t n_blocks,
    int64_t *of_kind, int64_t *counts)
{
    int64_t found[MAX_COUNTED] = {0}, n_spaces = 0, n_lower = 0, space = start - 1;
    for (int64_t i = start; i < end; i++) {
        const uint32_t kind = kinds[i];
        if (kind & LOWER) {
            n_lower++;
            continue;
        }
        if (kind & SPACE) {
            count_word(kinds, space, i, counts, n_blocks);
            space = i;
            if (kind == SPACE) {
                n_spaces++;
                continue;
            }
        }
        const uint32_t before = kinds[i - 1], behind = kinds[i + 1];
        for (int64_t k = 0; k < n_counted; k++)
            found[k] += kind >> bits[k] & 1;
        counts[CAPITAL_WORDS * n_blocks] += (kind & UPPER) && (before & SPACE);
        counts[ADDRESSES * n_blocks] += is_address(kind, before, behind);
        counts[SLASHES * n_blocks] += (kind & SLASH) && (before & behind & SPACE);
    }
    count_word(kinds, space, end, counts, n_blocks);
    counts[IN_LOWER * n_blocks] = n_lower;
    for (int64_t k = 0; k < n_counted; k++)
        of_kind[k * n_blocks] = found[k] + (((uint32_t)SPACE >> bits[k] & 1) ? n_spaces : 0);
}

/* Count the characters of blocks, a space before, between and behind them.
 *
 * kinds: [n_chars]. starts, ends: [n_blocks], at least one character away from either end.
 * bits: [n_counted] the number of the bit of each kind that is counted.
 * of_kind: [n_counted, n_blocks]. counts: [6, n_blocks], zeros at first. first: [n_blocks]. tail: [TAIL, n_blocks].
 */
KERNEL int64_t count_characters(
    const uint32_t *kinds, int64_t n_chars, const int64_t *starts, const int64_t *ends, int64_t n_blocks,
    const int64_t *bits, int64_t n_counted, int64_t *of_kind, int64_t *counts, uint32_t *first, uint32_t *tail)
{
    if (!spans_fit(starts, ends, n_blocks, 1, n_chars - 1) || n_counted > MAX_COUNTED)
        return OUTSIDE;
    for (int64_t block = 0; block < n_blocks; block++) {
        const int64_t start = starts[block], end = ends[block];
        count_block(kinds, start, end, bits, n_counted, n_blocks, of_kind + block, counts + block);
        first[block] = kinds[start];
        for (int64_t i = 0; i < TAIL; i++)
            tail[i * n_blocks + block] = end - 1 - i >= start ? kinds[end - 1 - i] : 0;
    }
    return 0;
}

/* Make a key of a word of at least one letter: the first letters, the last ones, the length. */
static inline uint64_t key_word(const uint32_t *codes, int64_t start, int64_t end, const uint32_t *folds, int64_t n_folds)
{
    uint64_t key = (uint64_t)(end - start);
    for (int64_t i = 0; i < HEAD_LETTERS; i++)
        key = mix(key, look_up(folds, n_folds, codes[start + i < end ? start + i : end - 1]));
    for (int64_t i = 1; i <= TAIL_LETTERS; i++)
        key = mix(key, look_up(folds, n_folds, codes[end - i]));
    return key;
}

/* Make a key of each word; `starts` lie TAIL_LETTERS before `ends` at least. */
KERNEL int64_t key_words(
    const uint32_t *codes, int64_t n_chars, const int64_t *starts, const int64_t *ends, int64_t n_words,
    const uint32_t *folds, int64_t n_folds, uint64_t *keys)
{
    if (!spans_fit(starts, ends, n_words, 0, n_chars))
        return OUTSIDE;
    for (int64_t i = 0; i < n_words; i++)
        if (ends[i] - starts[i] < TAIL_LETTERS)
            return OUTSIDE;
    for (int64_t i = 0; i < n_words; i++)
        keys[i] = key_word(codes, starts[i], ends[i], folds, n_folds);
    return 0;
}

/* Find words of LONG_LETTERS or more, and every two neighbours of scripts without spaces; return how many there are.
 *
 * codes, kinds: [n_chars]. starts, ends: [n_blocks], one behind the other. rows, keys: room for n_chars.
 */
KERNEL int64_t find_long_words(
    const uint32_t *codes, const uint32_t *kinds, int64_t n_chars, const int64_t *starts, const int64_t *ends,
    int64_t n_blocks, const uint32_t *folds, int64_t n_folds, int64_t *rows, uint64_t *keys)
{
    if (!spans_follow(starts, ends, n_blocks, 0, n_chars))
        return OUTSIDE;
    int64_t n = 0;
    for (int64_t block = 0; block < n_blocks; block++) {
        int64_t run = starts[block];
        for (int64_t i = starts[block]; i <= ends[block]; i++) {
            const uint32_t kind = i < ends[block] ? kinds[i] : 0;
            if ((kind & (LETTER | UNSPACED)) == LETTER)
                continue;
            if (i - run >= LONG_LETTERS) {
                rows[n] = block;
                keys[n++] = key_word(codes, run, i, folds, n_folds);
            }
            run = i + 1;
            if ((kind & UNSPACED) && run < ends[block] && (kinds[run] & UNSPACED)) {
                rows[n] = block;
                keys[n++] = mix(codes[i], codes[run]);
            }
        }
    }
    return n;
}

#define SHORT_MULTIPLIER UINT32_C(0x27D4EB2F)
#define LONG_MULTIPLIER UINT32_C(0x85EBCA77)
#define BUCKET_BITS 16

static inline uint32_t choose_bucket(uint32_t hash, uint32_t multiplier)
{
    const uint32_t mixed = hash * multiplier;
    return (mixed ^ mixed >> 13) >> (32 - BUCKET_BITS);
}

/* Give the buckets of the 3-grams and of the 5-grams that start at each code point, as if zeros followed.
 *
 * scratch: [n + 4].
 */
KERNEL void hash_ngrams(
    const uint32_t *codes, int64_t n, const uint32_t *folds, int64_t n_folds, uint32_t *restrict scratch,
    uint32_t *restrict of_three, uint32_t *restrict of_five)
{
    for (int64_t i = 0; i < n; i++) {
        const uint32_t spread = look_up(folds, n_folds, codes[i]) * UINT32_C(0x9E3779B1);
        scratch[i] = spread ^ spread >> 15;
    }
    for (int64_t i = n; i < n + 4; i++)
        scratch[i] = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t three = (scratch[i] * 31 + scratch[i + 1]) * 31 + scratch[i + 2];
        const uint32_t five = (three * 31 + scratch[i + 3]) * 31 + scratch[i + 4];
        of_three[i] = choose_bucket(three, SHORT_MULTIPLIER);
        of_five[i] = choose_bucket(five, LONG_MULTIPLIER);
    }
}

/* Sum the weights of the buckets of each span. weights: [2**BUCKET_BITS], buckets: [n_buckets] below that. */
KERNEL int64_t sum_weights(
    const uint32_t *buckets, int64_t n_buckets, const int64_t *starts, const int64_t *ends, int64_t n_spans,
    const int32_t *weights, int64_t *sums)
{
    if (!spans_fit(starts, ends, n_spans, 0, n_buckets))
        return OUTSIDE;
    for (int64_t span = 0; span < n_spans; span++) {
        int64_t sum = 0;
        for (int64_t i = starts[span]; i < ends[span]; i++)
            sum += weights[buckets[i] & ((1 << BUCKET_BITS) - 1)];
        sums[span] = sum;
    }
    return 0;
}

/* Decode one code point of UTF-8 and step behind it; what is cut off at the end stands for itself, byte by byte. */
static inline uint32_t decode_code(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *byte = *at;
    const int n = *byte < 0xC0 ? 1 : *byte < 0xE0 ? 2 : *byte < 0xF0 ? 3 : 4;
    if (n == 1 || end - byte < n) {
        *at = byte + 1;
        return *byte;
    }
    uint32_t code = *byte & (0x7Fu >> n);
    for (int i = 1; i < n; i++)
        code = code << 6 | (byte[i] & 0x3Fu);
    *at = byte + n;
    return code;
}

/* Decode the first characters of blocks, and look up their kinds; return how many there are with the spaces around.
 *
 * utf8: [n_bytes]. from, to: [n_blocks] where each block lies in it. longest: so many characters of each are read.
 * table: [n_table] the kinds of each code point; the last row is for all others.
 * codes, kinds: [room], a space before, between and behind the blocks. starts, ends: [n_blocks].
 */
KERNEL int64_t read_blocks(
    const uint8_t *utf8, int64_t n_bytes, const int64_t *from, const int64_t *to, int64_t n_blocks, int64_t longest,
    const uint32_t *table, int64_t n_table, uint32_t *codes, uint32_t *kinds, int64_t room, int64_t *starts,
    int64_t *ends)
{
    int64_t n = 0;
    const uint32_t space = look_up(table, n_table, ' ');
    if (!spans_fit(from, to, n_blocks, 0, n_bytes) || room < 1)
        return OUTSIDE;
    codes[n] = ' ';
    kinds[n++] = space;
    for (int64_t block = 0; block < n_blocks; block++) {
        const int64_t n_most = to[block] - from[block] < longest ? to[block] - from[block] : longest;
        const uint8_t *at = utf8 + from[block], *end = utf8 + to[block];
        if (room - n < n_most + 1)
            return OUTSIDE;
        starts[block] = n;
        for (int64_t last = n + n_most; n < last && at < end; n++) {
            codes[n] = decode_code(&at, end);
            kinds[n] = look_up(table, n_table, codes[n]);
        }
        ends[block] = n;
        codes[n] = ' ';
        kinds[n++] = space;
    }
    return n;
}

#define OFTEN 2

/* Count for each row its different words, and how many of them stand in other rows: of prose, of more than OFTEN of prose, any.
 *
 * keys, rows: [n], rows ascending and below n_rows; both are sorted by key. scratch: [n] each.
 * is_prose: [n_rows]. counts: [4, n_rows], zeros at first.
 */
KERNEL int64_t count_shared_words(
    uint64_t *keys, int64_t *rows, int64_t n, uint64_t *key_scratch, int64_t *row_scratch, const uint8_t *is_prose,
    int64_t n_rows, int64_t *counts)
{
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= n_rows || (i > 0 && rows[i] < rows[i - 1]))
            return OUTSIDE;
    sort_keys(keys, rows, n, key_scratch, row_scratch);
    for (int64_t first = 0, end; first < n; first = end) {
        int64_t n_different = 0, n_prose = 0;
        for (end = first; end < n && keys[end] == keys[first]; end++)
            if (end == first || rows[end] != rows[end - 1]) {
                n_different++;
                n_prose += is_prose[rows[end]];
            }
        for (int64_t i = first; i < end; i++) {
            if (i > first && rows[i] == rows[i - 1])
                continue;
            const int64_t elsewhere = n_prose - is_prose[rows[i]];
            counts[rows[i]]++;
            counts[n_rows + rows[i]] += elsewhere > 0;
            counts[2 * n_rows + rows[i]] += elsewhere > OFTEN;
            counts[3 * n_rows + rows[i]] += n_different > 1;
        }
    }
    return 0;
}

/* Add up the hash of the characters that are of a kind in `chosen`, block by block: the sum up to and with each.
 *
 * codes, kinds: [n_chars]. starts, ends: [n_blocks], one behind the other. spread: a number for each code point.
 * lengths, first: [n_blocks] how many characters count, and how many stand before. sums: room for n_chars + 1, the first
 * of them 0. Returns how many characters count in all.
 */
KERNEL int64_t sum_letters(
    const uint32_t *codes, const uint32_t *kinds, int64_t n_chars, const int64_t *starts, const int64_t *ends,
    int64_t n_blocks, int64_t chosen, const uint64_t *spread, int64_t n_spread, int64_t base, int64_t *lengths,
    int64_t *first, uint64_t *sums)
{
    if (!spans_follow(starts, ends, n_blocks, 0, n_chars) || n_spread < 1)
        return OUTSIDE;
    int64_t n = 0;
    uint64_t power = 1, sum = 0;
    sums[0] = 0;
    for (int64_t block = 0; block < n_blocks; block++) {
        first[block] = n;
        for (int64_t i = starts[block]; i < ends[block]; i++) {
            if (!(kinds[i] & (uint32_t)chosen))
                continue;
            const int64_t code = codes[i];
            sum += spread[code < n_spread ? code : n_spread - 1] * power;
            power *= (uint64_t)base;
            sums[++n] = sum;
        }
        lengths[block] = n - first[block];
    }
    return n;
}

enum { SEPARATES = 1, SHORT_WORDED = 2 };
#define HEADLINE_LETTERS 4

/* Find the words of HEADLINE_LETTERS or more, and every two neighbours of words that start in a script with short ones;
 * return how many there are. A word ends where a character that separates words stands, also at the end of its block.
 *
 * codes, marks: [n_chars]. starts, ends: [n_blocks], one behind the other. rows, keys: room for n_chars.
 */
KERNEL int64_t find_headline_words(
    const uint32_t *codes, const uint32_t *marks, int64_t n_chars, const int64_t *starts, const int64_t *ends,
    int64_t n_blocks, const uint32_t *folds, int64_t n_folds, int64_t *rows, uint64_t *keys)
{
    if (!spans_follow(starts, ends, n_blocks, 0, n_chars) || n_folds < 1)
        return OUTSIDE;
    int64_t n = 0;
    for (int64_t block = 0; block < n_blocks; block++) {
        int64_t run = starts[block];
        for (int64_t i = run; i <= ends[block]; i++) {
            if (i < ends[block] && !(marks[i] & SEPARATES))
                continue;
            if (i > run && marks[run] & SHORT_WORDED) {
                for (int64_t k = run; k + 1 < i; k++, n++) {
                    rows[n] = block;
                    keys[n] = mix(codes[k], codes[k + 1]);
                }
            } else if (i - run >= HEADLINE_LETTERS) {
                rows[n] = block;
                keys[n++] = key_word(codes, run, i, folds, n_folds);
            }
            run = i + 1;
        }
    }
    return n;
}
