/* Oblivious decision trees: every node of a level asks the same question. */
#include "kernels.h"

/* So many rows of all features stay in the second-level cache. */
#define BLOCK_ROWS 256
#define MAX_DEPTH 16
/* So many outputs are added at once. */
#define LANES 4

/* `depth` is a constant where this is inlined, so that the loop over levels unrolls and the one over rows vectorises. */
static inline __attribute__((always_inline)) void find_leaves(
    const float *features, int64_t stride, int64_t n_rows, const int32_t *columns, const float *borders, int depth,
    int32_t *leaves)
{
    const float *values[MAX_DEPTH];
    for (int level = 0; level < depth; level++)
        values[level] = features + columns[level] * stride;
    for (int64_t row = 0; row < n_rows; row++) {
        int32_t leaf = 0;
        for (int level = 0; level < depth; level++)
            leaf |= (int32_t)(values[level][row] > borders[level]) << level;
        leaves[row] = leaf;
    }
}

static inline void add_leaf(const uint32_t *restrict leaf, int64_t n_outputs, uint32_t *restrict sums)
{
    for (int64_t output = 0; output < n_outputs; output += LANES)
        for (int lane = 0; lane < LANES; lane++)
            sums[output + lane] += leaf[output + lane];
}

/* Add the leaves that rows fall into, tree by tree, a block of rows at a time.
 *
 * features: [n_features, n_rows].
 * columns, borders: [n_trees, depth]; columns below n_features, depth up to MAX_DEPTH.
 * leaves: [n_trees, 2**depth, n_outputs], n_outputs 1 or a multiple of LANES.
 * sums: [n_rows, n_outputs], zeros at first; wraps around as whole numbers do.
 */
KERNEL void sum_leaves(
    const float *features, int64_t n_rows, const int32_t *columns, const float *borders,
    const uint32_t *leaves, int64_t n_trees, int64_t depth, int64_t n_outputs, uint32_t *sums)
{
    int32_t found[BLOCK_ROWS];
    for (int64_t first = 0; first < n_rows; first += BLOCK_ROWS) {
        const int64_t n = n_rows - first < BLOCK_ROWS ? n_rows - first : BLOCK_ROWS;
        uint32_t *block = sums + first * n_outputs;
        for (int64_t tree = 0; tree < n_trees; tree++) {
            const int32_t *asked = columns + tree * depth;
            const float *than = borders + tree * depth;
            const uint32_t *values = leaves + (tree << depth) * n_outputs;
            if (depth == 6)
                find_leaves(features + first, n_rows, n, asked, than, 6, found);
            else if (depth == 4)
                find_leaves(features + first, n_rows, n, asked, than, 4, found);
            else
                find_leaves(features + first, n_rows, n, asked, than, (int)depth, found);
            if (n_outputs == 1)
                for (int64_t row = 0; row < n; row++)
                    block[row] += values[found[row]];
            else
                for (int64_t row = 0; row < n; row++)
                    add_leaf(values + found[row] * n_outputs, n_outputs, block + row * n_outputs);
        }
    }
}
