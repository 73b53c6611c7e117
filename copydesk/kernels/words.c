/* Words of texts that stand end to end, and hashes of what stands between two offsets. */
#include <string.h>

#include "kernels.h"
#include "kinds.h"

#define BASE UINT64_C(0x9E3779B97F4A7C15)
#define MIX UINT64_C(0xD6E8FEB86659FD93)
#define FILTER_BITS 16
/* For fewer hashes making the filter costs more than it spares. */
#define FEW_HASHES 64
#define LONGEST_FURNITURE_BEFORE 3

/* The letters and digits of a sheet: how many stand before each offset, [n_chars + 1]; the hashes of all up to each, and the
 * inverses of powers, [n]. */
typedef struct {
    const int32_t *n_before;
    const uint64_t *prefix;
    const uint64_t *inverses;
    int64_t n;
} Letters;

/* Find the words, and hash all letters up to each; return how many words there are.
 *
 * codes, kinds: [n_chars]. starts, ends: room for (n_chars + 1) / 2. n_before, prefix: [n_chars + 1].
 */
KERNEL int64_t find_words(
    const uint32_t *codes, const uint8_t *kinds, int64_t n_chars, const uint32_t *folds, int64_t n_folds,
    int64_t *starts, int64_t *ends, int32_t *n_before, uint64_t *prefix)
{
    int64_t n = 0, n_letters = 0;
    uint64_t sum = 0, power = 1;
    prefix[0] = 0;
    for (int64_t i = 0; i < n_chars;) {
        for (; i < n_chars && kinds[i] < LOWER; i++)
            n_before[i] = (int32_t)n_letters;
        if (i == n_chars)
            break;
        starts[n] = i;
        for (; i < n_chars && kinds[i] >= LOWER; i++) {
            n_before[i] = (int32_t)n_letters;
            sum += look_up(folds, n_folds, codes[i]) * power;
            power *= BASE;
            prefix[++n_letters] = sum;
        }
        ends[n++] = i;
    }
    n_before[n_chars] = (int32_t)n_letters;
    return n;
}

static inline uint64_t hash_span(const Letters *letters, int64_t start, int64_t end)
{
    const int64_t first = letters->n_before[start], last = letters->n_before[end];
    if (first < 0 || first >= letters->n || last < 0 || last >= letters->n)
        return 0;
    uint64_t hash = (letters->prefix[last] - letters->prefix[first]) * letters->inverses[first];
    hash ^= hash >> 29;
    return hash * MIX;
}

/* Hash what stands between offsets. n_before: [n_chars + 1]. prefix, inverses: [n_hashes]. */
KERNEL int64_t hash_spans(
    const int32_t *n_before, int64_t n_chars, const uint64_t *prefix, const uint64_t *inverses, int64_t n_hashes,
    const int64_t *starts, const int64_t *ends, int64_t n_spans, uint64_t *hashes)
{
    const Letters letters = {n_before, prefix, inverses, n_hashes};
    for (int64_t i = 0; i < n_spans; i++)
        if (starts[i] < 0 || starts[i] > n_chars || ends[i] < 0 || ends[i] > n_chars)
            return OUTSIDE;
    for (int64_t i = 0; i < n_spans; i++)
        hashes[i] = hash_span(&letters, starts[i], ends[i]);
    return 0;
}

/* Return the first of ascending hashes that is not below `hash`; n if all are. */
static inline int64_t find_place(const uint64_t *hashes, int64_t n, uint64_t hash)
{
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Ascending hashes, and a bit for each value of the first bits that occurs: most hashes are none of them. */
typedef struct {
    const uint64_t *hashes;
    int64_t n;
    uint64_t bits[1 << (FILTER_BITS - 6)];
} Members;

static void collect_members(Members *members, const uint64_t *hashes, int64_t n)
{
    members->hashes = hashes;
    members->n = n;
    memset(members->bits, 0, sizeof members->bits);
    for (int64_t i = 0; i < n; i++) {
        const uint64_t head = hashes[i] >> (64 - FILTER_BITS);
        members->bits[head >> 6] |= UINT64_C(1) << (head & 63);
    }
}

/* Return the place of a hash among the members, -1 if it is none. */
static inline int64_t find_member(const Members *members, uint64_t hash)
{
    const uint64_t head = hash >> (64 - FILTER_BITS);
    if (!(members->bits[head >> 6] >> (head & 63) & 1))
        return -1;
    const int64_t place = find_place(members->hashes, members->n, hash);
    return place < members->n && members->hashes[place] == hash ? place : -1;
}

/* Tell which hashes are among the members, which ascend. */
KERNEL void find_members(const uint64_t *hashes, int64_t n, const uint64_t *members, int64_t n_members, uint8_t *found)
{
    if (n < FEW_HASHES) {
        for (int64_t i = 0; i < n; i++) {
            const int64_t place = find_place(members, n_members, hashes[i]);
            found[i] = place < n_members && members[place] == hashes[i];
        }
        return;
    }
    Members known;
    collect_members(&known, members, n_members);
    for (int64_t i = 0; i < n; i++)
        found[i] = find_member(&known, hashes[i]) >= 0;
}

/* Find the words whose hash, `step` times the number of their text added, is a wanted one; return how many there are.
 *
 * starts, ends: [n_words], one behind the other. bounds: [n_texts + 1] where texts start, ascending; no word stands before.
 * wanted: ascending. words, which: room for n_words.
 */
KERNEL int64_t find_wanted(
    const int32_t *n_before, int64_t n_chars, const uint64_t *prefix, const uint64_t *inverses, int64_t n_hashes,
    const int64_t *starts, const int64_t *ends, int64_t n_words, const int64_t *bounds, int64_t n_texts, uint64_t step,
    const uint64_t *wanted, int64_t n_wanted, int64_t *words, int64_t *which)
{
    const Letters letters = {n_before, prefix, inverses, n_hashes};
    if (!spans_follow(starts, ends, n_words, 0, n_chars))
        return OUTSIDE;
    Members known;
    collect_members(&known, wanted, n_wanted);
    int64_t n = 0, text = 0;
    for (int64_t word = 0; word < n_words; word++) {
        while (text + 1 < n_texts && bounds[text + 1] <= starts[word])
            text++;
        const uint64_t hash = hash_span(&letters, starts[word], ends[word]) + (uint64_t)text * step;
        const int64_t place = find_member(&known, hash);
        if (place >= 0) {
            words[n] = word;
            which[n++] = place;
        }
    }
    return n;
}

static int is_in_line(const uint8_t *kinds, int64_t start, int64_t end)
{
    return !memchr(kinds + start, BREAK, (size_t)(end - start));
}

/* The words of a sheet, and what is asked of them. */
typedef struct {
    const uint8_t *kinds;
    int64_t n_chars;
    const int64_t *starts;
    const int64_t *ends;
    int64_t n_words;
    Letters letters;
    Members whole;
    Members two_words;
} Furniture;

/* Tell whether a word, and the one behind it, are the first two of furniture. */
static int opens_furniture(const Furniture *in, int64_t word)
{
    const int64_t end = in->ends[word + 1 < in->n_words ? word + 1 : word], start = in->starts[word];
    return find_member(&in->two_words, hash_span(&in->letters, start, end)) >= 0 && is_in_line(in->kinds, start, end);
}

/* Tell whether a word alone is furniture, behind a sentence and before a capital. */
static int is_alone(const Furniture *in, int64_t word)
{
    const int64_t start = in->starts[word], end = in->ends[word];
    const int64_t behind = end + 1 < in->n_chars ? end + 1 : in->n_chars - 1;
    return kind_at(in->kinds, in->n_chars, start - 2) == STOP && in->kinds[behind] == UPPER &&
           find_member(&in->whole, hash_span(&in->letters, start, end)) >= 0;
}

/* Tell whether a few words that end before this one are furniture, and more than the end of a sentence. */
static int follows_furniture(const Furniture *in, int64_t word)
{
    const int64_t end = in->starts[word];
    for (int64_t n_words = 1; n_words <= LONGEST_FURNITURE_BEFORE; n_words++) {
        const int64_t start = in->starts[word >= n_words ? word - n_words : 0];
        const int before = kind_at(in->kinds, in->n_chars, start - 1);
        const int further = kind_at(in->kinds, in->n_chars, start - 2);
        if (in->kinds[start] == UPPER && (before != SPACE || further == STOP) &&
            find_member(&in->whole, hash_span(&in->letters, start, end)) >= 0 && is_in_line(in->kinds, start, end))
            return 1;
    }
    return 0;
}

/* Find the capitals behind a space where furniture starts or ends; return how many there are.
 *
 * kinds: [n_chars]. starts, ends: [n_words], one behind the other, none of them empty. whole, two_words: ascending hashes.
 * found: room for n_words.
 */
KERNEL int64_t find_furniture(
    const int32_t *n_before, int64_t n_chars, const uint64_t *prefix, const uint64_t *inverses, int64_t n_hashes,
    const uint8_t *kinds, const int64_t *starts, const int64_t *ends, int64_t n_words, const uint64_t *whole, int64_t n_whole,
    const uint64_t *two_words, int64_t n_two_words, int64_t *found)
{
    Furniture in = {.kinds = kinds, .n_chars = n_chars, .starts = starts, .ends = ends, .n_words = n_words};
    if (!spans_follow(starts, ends, n_words, 0, n_chars))
        return OUTSIDE;
    in.letters = (Letters){n_before, prefix, inverses, n_hashes};
    collect_members(&in.whole, whole, n_whole);
    collect_members(&in.two_words, two_words, n_two_words);
    int64_t n = 0;
    for (int64_t word = 0; word < n_words; word++) {
        if (starts[word] >= n_chars || kinds[starts[word]] != UPPER || kind_at(kinds, n_chars, starts[word] - 1) != SPACE)
            continue;
        if (opens_furniture(&in, word) || is_alone(&in, word) || follows_furniture(&in, word))
            found[n++] = starts[word];
    }
    return n;
}
