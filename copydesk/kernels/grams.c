/* Adding up what the n-grams of texts say for each language: `copydesk/language/profiles.py`. */
#include "kernels.h"

#define MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)
#define SPACE 1

static inline int64_t choose_slot(int64_t key, int64_t bits)
{
    return (int64_t)((uint64_t)key * MULTIPLIER >> (64 - bits));
}

/* Number the keys, all different, from 1 in a table of 2**bits slots, more than there are keys; the rest stays 0. */
KERNEL int64_t fill_slots(const int64_t *keys, int64_t n_keys, int32_t *slots, int64_t bits)
{
    if (bits < 1 || bits > 30 || n_keys >= (int64_t)1 << bits)
        return OUTSIDE;
    const int64_t last = ((int64_t)1 << bits) - 1;
    for (int64_t i = 0; i < n_keys; i++) {
        int64_t slot = choose_slot(keys[i], bits);
        while (slots[slot])
            slot = (slot + 1) & last;
        slots[slot] = (int32_t)(i + 1);
    }
    return 0;
}

/* Add the gains of one n-gram to the sums, if it is known. */
static inline void add_gains(
    int64_t key, const int64_t *keys, const int32_t *slots, int64_t bits, const float *gains, int64_t n_languages,
    float *sums)
{
    const int64_t last = ((int64_t)1 << bits) - 1;
    int64_t slot = choose_slot(key, bits);
    while (slots[slot] && keys[slots[slot] - 1] != key)
        slot = (slot + 1) & last;
    if (!slots[slot])
        return;
    const float *gained = gains + (slots[slot] - 1) * n_languages;
    for (int64_t i = 0; i < n_languages; i++)
        sums[i] += gained[i];
}

/* Add up the gains of the n-grams of one to three letters of each text, one after the other.
 *
 * rows, letters, is_capital, is_start: [n_chars] the text, its letter's number, whether that is a capital, whether it is
 * the space in front of a text. keys: [n_keys], `slots` filled from them. gains: [n_keys, n_languages].
 * sums: [n_texts, n_languages], 0 at first.
 */
KERNEL int64_t sum_grams(
    const int64_t *rows, const int64_t *letters, const uint8_t *is_capital, const uint8_t *is_start, int64_t n_chars,
    int64_t base, const int64_t *keys, int64_t n_keys, const int32_t *slots, int64_t bits, const float *gains,
    int64_t n_languages, float *sums, int64_t n_texts)
{
    if (bits < 1 || bits > 30 || n_keys >= (int64_t)1 << bits)
        return OUTSIDE;
    for (int64_t i = 0; i < n_chars; i++)
        if (rows[i] < 0 || rows[i] >= n_texts)
            return OUTSIDE;
    for (int64_t i = 1; i < n_chars; i++) {
        if (is_start[i] || (is_capital[i] && is_capital[i - 1]))
            continue;
        const int64_t letter = letters[i], before = letters[i - 1], first = i > 1 ? letters[i - 2] : SPACE;
        float *own = sums + rows[i] * n_languages;
        const int64_t pair = before * base + letter;
        if (letter != SPACE)
            add_gains(letter, keys, slots, bits, gains, n_languages, own);
        if (letter != SPACE || before != SPACE)
            add_gains(pair, keys, slots, bits, gains, n_languages, own);
        if (before != SPACE)
            add_gains(first * base * base + pair, keys, slots, bits, gains, n_languages, own);
    }
    return 0;
}
