/* Lines of texts that stand end to end, and the places inside them where two blocks may have been glued. */
#include "kernels.h"
#include "kinds.h"

#define FAR 200
#define LONG_TOKEN 40

/* Return the kind of each code point; the last row of the table is for all that it does not reach. */
KERNEL void look_up_kinds(const uint32_t *codes, int64_t n, const uint8_t *table, int64_t n_table, uint8_t *kinds)
{
    for (int64_t i = 0; i < n; i++)
        kinds[i] = table[(int64_t)codes[i] < n_table ? (int64_t)codes[i] : n_table - 1];
}

/* Take the white space off both ends of a span; one that holds nothing else is empty, at its end. */
static inline void strip_span(const uint8_t *kinds, int64_t *start, int64_t *end)
{
    while (*start < *end && kinds[*start] <= SPACE)
        ++*start;
    while (*start < *end && kinds[*end - 1] <= SPACE)
        --*end;
}

/* Strip spans of [n_chars], in place. */
KERNEL int64_t strip_spans(const uint8_t *kinds, int64_t n_chars, int64_t *starts, int64_t *ends, int64_t n_spans)
{
    if (!spans_fit(starts, ends, n_spans, 0, n_chars))
        return OUTSIDE;
    for (int64_t i = 0; i < n_spans; i++)
        strip_span(kinds, starts + i, ends + i);
    return 0;
}

/* Find what stands between line breaks and is more than white space; return how many lines there are.
 *
 * bounds: [n_texts + 1] where texts start, ascending. starts, ends, texts: room for (n_chars + 1) / 2.
 */
KERNEL int64_t find_lines(
    const uint8_t *kinds, int64_t n_chars, const int64_t *bounds, int64_t n_texts, int64_t *starts, int64_t *ends,
    int64_t *texts)
{
    int64_t n = 0, text = -1, before = n_chars;
    for (int64_t i = 0; i < n_chars; i++) {
        if (kinds[i] != BREAK)
            continue;
        int64_t start = before + 1, end = i;
        before = i;
        strip_span(kinds, &start, &end);
        if (start >= end)
            continue;
        while (text < n_texts && bounds[text + 1] <= start)
            text++;
        starts[n] = start;
        ends[n] = end;
        texts[n++] = text;
    }
    return n;
}

/* Count the line breaks between each line and the one before, a carriage return and a line feed as one; -1 for the first of
 * a text.
 *
 * starts, ends: [n_lines], one behind the other. texts: [n_lines] the number of the text of each. counts: [n_lines].
 */
KERNEL int64_t count_breaks(
    const uint32_t *codes, const uint8_t *kinds, int64_t n_chars, const int64_t *starts, const int64_t *ends,
    const int64_t *texts, int64_t n_lines, int64_t *counts)
{
    if (!spans_follow(starts, ends, n_lines, 0, n_chars))
        return OUTSIDE;
    for (int64_t line = 0; line < n_lines; line++) {
        counts[line] = -1;
        if (line == 0 || texts[line] != texts[line - 1])
            continue;
        int64_t n = 0;
        for (int64_t i = ends[line - 1]; i < starts[line]; i++)
            n += kinds[i] == BREAK && !(codes[i] == '\n' && i > 0 && codes[i - 1] == '\r');
        counts[line] = n;
    }
    return 0;
}

/* Tell what is no seam whatever else is around: decimals, marks that clearly open or close, compounds. */
static int is_ordinary(int further_before, int before, int behind, int further_behind)
{
    const int after_space = further_before <= SPACE, before_space = further_behind <= SPACE;
    if (further_before == DIGIT && behind == DIGIT && before != CLOSER)
        return 1;
    if ((before == QUOTE || before == OPENER) && (after_space || further_before == FRONT || further_before == OPENER))
        return 1;
    if (before == OPENER && further_before == QUOTE)
        return 1;
    if (before == APOSTROPHE && (further_before >= LOWER || after_space))
        return 1;
    if ((behind == CLOSER || behind == QUOTE || behind == APOSTROPHE) &&
        (before_space || further_behind < FRONT || further_behind == LOWER))
        return 1;
    if (before >= LOWER && behind == QUOTE && further_behind < UPPER)
        return 1;
    return behind == DASH && !(before_space || (before < LOWER && further_behind == UPPER));
}

/* Find where the kind of the characters changes as it may between blocks, with nothing between them.
 *
 * is_pair: [256] whether a place may be between two kinds, 16 * the one before + the one behind; none behind a line break.
 * places: room for n_chars.
 */
KERNEL int64_t find_glued(const uint8_t *kinds, int64_t n_chars, const uint8_t *is_pair, int64_t *places)
{
    int64_t n = 0;
    for (int64_t i = 1; i < n_chars; i++) {
        const int before = kinds[i - 1], behind = kinds[i];
        if (!is_pair[(before << 4 | behind) & 255])
            continue;
        const int further_before = kind_at(kinds, n_chars, i - 2), further_behind = kind_at(kinds, n_chars, i + 1);
        if (is_ordinary(further_before, before, behind, further_behind))
            continue;
        /* In AFPLe the seam is before the last capital. */
        const int is_behind_capital = before == UPPER && behind == LOWER;
        if (!is_behind_capital || further_before == UPPER)
            places[n++] = i - is_behind_capital;
    }
    return n;
}

/* Find hashtags and copyright signs behind a space, and dashes as in front of list items. places: room for n_chars. */
KERNEL int64_t find_signs(const uint32_t *codes, const uint8_t *kinds, int64_t n_chars, int64_t *places)
{
    int64_t n = 0;
    for (int64_t i = 1; i < n_chars; i++) {
        if ((kinds[i] != FRONT && kinds[i] != DASH) || kinds[i - 1] != SPACE)
            continue;
        const int further = kind_at(kinds, n_chars, i + 2);
        const int is_item = kind_at(kinds, n_chars, i + 1) == SPACE &&
                            (further == UPPER || further == QUOTE || further == FRONT || further == OPENER);
        if (kinds[i] == FRONT ? codes[i] == '#' || codes[i] == 0xA9 : (codes[i] == '-' || codes[i] == '*') && is_item)
            places[n++] = i;
    }
    return n;
}

/* Find the capitals behind a small letter. places: room for n_chars. */
KERNEL int64_t find_humps(const uint8_t *kinds, int64_t n_chars, int64_t *places)
{
    int64_t n = 0;
    for (int64_t i = 1; i < n_chars; i++) {
        places[n] = i;
        n += kinds[i] == UPPER && kinds[i - 1] == LOWER;
    }
    return n;
}

/* Return where an address starts in a run of characters without white space; `end` if there is none. */
static int64_t find_address(const uint32_t *codes, int64_t start, int64_t end, int64_t n_chars)
{
    int64_t web = end;
    for (int64_t i = start; i < end; i++) {
        if (codes[i] == '@')
            return start - 1;
        const int is_scheme = codes[i] == ':' && i + 1 < n_chars && codes[i + 1] == '/';
        const int is_host = codes[i] == '.' && i >= 2 && codes[i - 1] == 'w' && codes[i - 2] == 'w';
        if (web == end && (is_scheme || is_host))
            web = i;
    }
    return web;
}

/* Tell which offsets lie in a web or mail address. Fast where they ascend. */
KERNEL int64_t find_inside_addresses(
    const uint32_t *codes, const uint8_t *kinds, int64_t n_chars, const int64_t *offsets, int64_t n, uint8_t *inside)
{
    int64_t start = 0, end = 0, address = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = offsets[i];
        if (at < 0 || at >= n_chars)
            return OUTSIDE;
        inside[i] = 0;
        if (kinds[at] <= SPACE)
            continue;
        if (at < start || at >= end) {
            for (start = at; start > 0 && kinds[start - 1] > SPACE;)
                start--;
            for (end = at; end < n_chars && kinds[end] > SPACE;)
                end++;
            address = find_address(codes, start, end, n_chars);
        }
        inside[i] = address < at;
    }
    return 0;
}

/* Return how far a white space is, looking from `at` in steps of `step`, LONG_TOKEN at most. */
static inline int64_t reach_space(const uint8_t *kinds, int64_t n_chars, int64_t at, int64_t step)
{
    int64_t n = 0;
    while (n < LONG_TOKEN && kind_at(kinds, n_chars, at + n * step) > SPACE)
        n++;
    return n;
}

/* Measure how far the ends of sentences and of tokens are from places, and how many marks are open there.
 *
 * at, line_start, line_end: [n]; line_start <= at <= line_end, and all of them ascend.
 * found: [6, n] how far back the last stop is and the one before it, how far on the next one, all of them FAR at most and in
 * the line; how many more marks open than close in the FAR characters of the line before; how far white space is before
 * and behind, LONG_TOKEN at most.
 */
KERNEL int64_t measure_sentences(
    const uint8_t *kinds, int64_t n_chars, const int64_t *at, const int64_t *line_start, const int64_t *line_end,
    int64_t n, int64_t *found)
{
    if (!spans_fit(line_start, at, n, 0, n_chars) || !spans_fit(at, line_end, n, 0, n_chars))
        return OUTSIDE;
    int64_t from = 0, to = 0, next = 0, stops[2] = {-1, -1}, depth = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t here = at[i];
        if (i > 0 && here < at[i - 1])
            return OUTSIDE;
        const int64_t floor = line_start[i] > here - FAR ? line_start[i] : here - FAR;
        const int64_t ceiling = line_end[i] < here + FAR ? line_end[i] : here + FAR;
        if (floor < from || floor >= to || here < to) {
            from = to = floor;
            depth = 0;
            stops[0] = stops[1] = -1;
        }
        for (; from < floor; from++)
            depth -= (kinds[from] == OPENER || kinds[from] == FRONT) - (kinds[from] == CLOSER);
        for (; to < here; to++) {
            depth += (kinds[to] == OPENER || kinds[to] == FRONT) - (kinds[to] == CLOSER);
            if (kinds[to] == STOP) {
                stops[1] = stops[0];
                stops[0] = to;
            }
        }
        if (next < here)
            next = here;
        while (next < ceiling && kinds[next] != STOP)
            next++;
        found[i] = here - (stops[0] > floor ? stops[0] : floor);
        found[n + i] = here - (stops[1] > floor ? stops[1] : floor);
        found[2 * n + i] = (next < ceiling ? next : ceiling) - here;
        found[3 * n + i] = depth;
        found[4 * n + i] = reach_space(kinds, n_chars, here - 1, -1);
        found[5 * n + i] = reach_space(kinds, n_chars, here, 1);
    }
    return 0;
}

/* Count in each text the capitals right behind a stop, behind a small letter, behind a stop and a space; and its line breaks.
 *
 * bounds: [n_texts + 1] where texts start. counts: [4, n_texts].
 */
KERNEL int64_t count_capitals(
    const uint8_t *kinds, int64_t n_chars, const int64_t *bounds, int64_t n_texts, int64_t *counts)
{
    if (!spans_fit(bounds, bounds + 1, n_texts, 0, n_chars))
        return OUTSIDE;
    for (int64_t text = 0; text < n_texts; text++) {
        int64_t glued = 0, fused = 0, spaced = 0, n_breaks = 0;
        for (int64_t i = bounds[text]; i < bounds[text + 1]; i++) {
            n_breaks += kinds[i] == BREAK;
            if (kinds[i] != UPPER)
                continue;
            const int before = kind_at(kinds, n_chars, i - 1);
            glued += before == STOP;
            fused += before == LOWER;
            spaced += before == SPACE && kind_at(kinds, n_chars, i - 2) == STOP;
        }
        counts[text] = glued;
        counts[n_texts + text] = fused;
        counts[2 * n_texts + text] = spaced;
        counts[3 * n_texts + text] = n_breaks;
    }
    return 0;
}

/* The numbers of some quotation marks. */
typedef struct {
    int64_t straight;
    int64_t opening_guillemet;
    int64_t closing_guillemet;
    int64_t first_single;
} Marks;

/* Tell whether a mark opens (1), closes (-1) or may do either (0). */
static int read_role(int before, int behind, int mark, const Marks *marks)
{
    const int after_space = before <= SPACE, before_space = behind <= SPACE;
    if (after_space && before_space && mark == marks->closing_guillemet)
        return -1;
    if (after_space && before_space && mark == marks->opening_guillemet)
        return 1;
    if (!after_space && (before_space || behind == MARK))
        return -1;
    return (before == FRONT && mark == marks->straight) || (after_space && !before_space);
}

/* Find the quotation marks but for apostrophes; return how many there are.
 *
 * numbers: [n_numbers] the number of each mark, 0 for other characters; the last row for all that the table does not reach.
 * offsets, found, roles: room for n_chars.
 */
KERNEL int64_t find_quotes(
    const uint32_t *codes, const uint8_t *kinds, int64_t n_chars, const uint8_t *numbers, int64_t n_numbers,
    int64_t straight, int64_t opening_guillemet, int64_t closing_guillemet, int64_t first_single, int64_t *offsets,
    uint8_t *found, int8_t *roles)
{
    const Marks marks = {straight, opening_guillemet, closing_guillemet, first_single};
    int64_t n = 0;
    for (int64_t i = 0; i < n_chars; i++) {
        if (kinds[i] < OPENER || kinds[i] > APOSTROPHE)
            continue;
        const int mark = numbers[(int64_t)codes[i] < n_numbers ? (int64_t)codes[i] : n_numbers - 1];
        const int before = kind_at(kinds, n_chars, i - 1), behind = kind_at(kinds, n_chars, i + 1);
        if (!mark || (mark >= first_single && before >= LOWER && behind >= LOWER))
            continue;
        offsets[n] = i;
        found[n] = (uint8_t)mark;
        roles[n++] = (int8_t)read_role(before, behind, mark, &marks);
    }
    return n;
}
