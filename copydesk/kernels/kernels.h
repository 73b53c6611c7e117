/* What the kernels share. Lengths and offsets are int64_t, as in numpy. */
#ifndef COPYDESK_KERNELS_H
#define COPYDESK_KERNELS_H

#include <stdint.h>

#ifdef _WIN32
#define KERNEL __declspec(dllexport)
#else
#define KERNEL __attribute__((visibility("default")))
#endif

/* What a kernel returns where an index lies outside of the array it is for; nothing was read there. */
#define OUTSIDE (-1)

/* Tell whether 0 <= low <= starts[i] <= ends[i] <= high for all spans. */
static inline int spans_fit(const int64_t *starts, const int64_t *ends, int64_t n, int64_t low, int64_t high)
{
    int fit = 1;
    for (int64_t i = 0; i < n; i++)
        fit &= (starts[i] >= low) & (starts[i] <= ends[i]) & (ends[i] <= high);
    return fit;
}

/* Tell whether the spans also follow each other, so that together they are no longer than what they lie in. */
static inline int spans_follow(const int64_t *starts, const int64_t *ends, int64_t n, int64_t low, int64_t high)
{
    int follow = spans_fit(starts, ends, n, low, high);
    for (int64_t i = 1; i < n; i++)
        follow &= ends[i - 1] <= starts[i];
    return follow;
}

/* The last row of a table is for all code points that it does not reach. */
static inline uint32_t look_up(const uint32_t *table, int64_t n_table, uint32_t code)
{
    return table[(int64_t)code < n_table ? (int64_t)code : n_table - 1];
}

#endif
