"""Training samples for the cutter: texts of which every seam is known.

Labelled residual texts; pages as they are, where no line holds a seam; pages, and sentences of many languages, glued
here, some with furniture put between sentences; pages that a parser glued, aligned with a rendering that it did not.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.rules import load_rule_book
from copydesk.text.cut import measure_lines, read_lines
from copydesk.text.lexicon import read_lexicon
from copydesk.text.sheets import Offsets
from training.folds import find_fold
from training.samples import find_group, find_site, read_records

Record = dict[str, Any]
IsSeam = Callable[[int], bool | None]
Answered = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]

_MAX_CHARS: Final = 20_000
_BATCH: Final = 100
_CONTEXT: Final = 14
_RESIDUAL_WEIGHT: Final = 6.0
_WHOLE_WEIGHT: Final = 3.0
_SHORT_WEIGHT: Final = 2.0
_MAX_FURNITURE: Final = 80
_QUOTATION_MARKS: Final = (
    *(
        ("“", "”"),
        ("„", "“"),
        ("»", "«"),
        ("«", "»"),
        ("«\u00a0", "\u00a0»"),
        ("« ", " »"),
        ('"', '"'),
        ("”", "”"),
        ("‘", "’"),
    ),
)
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?]) (?=[A-ZÀ-ÝА-Я])")


class Glued(NamedTuple):
    """A text to learn from: whether an offset is a seam (None where that is not known), its fold and its weight."""

    text: str
    is_seam: IsSeam
    fold: int
    weight: float


@dataclass(frozen=True, slots=True)
class SeamSamples:
    """Places: features, whether each is a seam, the fold of its site or language, and its weight."""

    features: NDArray[np.float32]
    is_seam: NDArray[np.bool_]
    fold: NDArray[np.int64]
    weight: NDArray[np.float64]


def read_seam_samples(corpus: Path) -> SeamSamples:
    """Read and glue the corpus's texts and measure their places."""
    parts = [measure_glued(batch) for batch in batch_texts(_read_texts(corpus))]
    return SeamSamples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def batch_texts(texts: Iterator[Glued]) -> Iterator[list[Glued]]:
    """Yield lists of `_BATCH` texts."""
    batch: list[Glued] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def measure_glued(texts: Sequence[Glued]) -> Answered:
    """Return the places of the texts with the truth, without those of which it is not known."""
    measured = measure_lines(read_lines([text.text for text in texts]), read_lexicon(load_rule_book()))
    owner = measured.sheet.find_texts(measured.places)
    return answer_places(texts, owner, measured.places - measured.sheet.starts[owner], measured.features)


def answer_places(texts: Sequence[Glued], owner: Offsets, offsets: Offsets, features: NDArray[np.float32]) -> Answered:
    """Return features, truth, fold and weight of offsets in texts, by the text's number, where the truth is known."""
    places = zip(owner.tolist(), offsets.tolist(), strict=True)
    truth = [texts[number].is_seam(offset) for number, offset in places]
    known = np.array([answer is not None for answer in truth], dtype=bool)
    fold, weight = np.array([text.fold for text in texts]), np.array([text.weight for text in texts])
    return features[known], np.array(truth)[known].astype(bool), fold[owner[known]], weight[owner[known]]


def read_pages(corpus: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the site of each page of the corpus, and its text by renderer."""
    sites: dict[str, str] = {}
    pages: dict[str, dict[str, str]] = defaultdict(dict)
    for record in read_records(corpus / "pages_dev.jsonl.zst"):
        sites[record["id"]] = find_site(record["url"])
        pages[record["id"]][record["renderer"]] = record["raw_text"]
    return sites, pages


def _read_texts(corpus: Path) -> Iterator[Glued]:
    draw = random.Random(0)
    sites, pages = read_pages(corpus)
    for record in read_records(corpus / "residual_dev.jsonl.zst"):
        seams = {block["start"] for block in record["blocks"]}
        fold = find_fold(find_group(record, sites))
        yield Glued(record["raw_text"], seams.__contains__, fold, _RESIDUAL_WEIGHT)
    furniture = list_furniture()
    for page_id, renderings in pages.items():
        yield from _glue_page(renderings, find_fold(sites[page_id]), furniture, draw)
    yield from _glue_sentences(corpus, draw)


def list_furniture() -> list[str]:
    """Return what the rules give as examples of what they drop."""
    drops = {drop for rule in load_rule_book().rules for drop in rule.drops}
    return sorted(drop for drop in drops if len(drop) < _MAX_FURNITURE)


def _glue_page(renderings: dict[str, str], fold: int, furniture: Sequence[str], draw: random.Random) -> Iterator[Glued]:
    whole = {name: text[:_MAX_CHARS] for name, text in renderings.items()}
    for name, share in (("resiliparse", 0.3), ("inscriptis", 0.2), ("traf_recall", 0.6)):
        if name in whole and draw.random() < share:
            yield Glued(whole[name], frozenset[int]().__contains__, fold, _WHOLE_WEIGHT)
    if "resiliparse" in whole and draw.random() < 0.7:  # noqa: PLR2004
        text, seams = glue_lines(split_lines(whole["resiliparse"]), draw.choice([0, 0, 0.3]), 0, draw)
        yield Glued(text, seams.__contains__, fold, 1)
        yield Glued(whole["bs4_glue"], align_texts(whole["bs4_glue"], renderings["resiliparse"]), fold, 1)
    if "traf_recall" in whole:
        lines = split_lines(whole["traf_recall"])
        text, seams = glue_lines(lines, draw.choice([0, 0, 0.2, 0.4]), draw.choice([0, 0, 0.1]), draw)
        if draw.random() < 0.4:  # noqa: PLR2004
            text, seams = insert_furniture(text, seams, furniture, draw)
        yield Glued(text, seams.__contains__, fold, 1)
        first = draw.randrange(len(lines)) if lines else 0
        text, seams = glue_lines(lines[first : first + draw.randint(2, 4)], 0, 0, draw)
        yield Glued(text, seams.__contains__, fold, _SHORT_WEIGHT)


def _glue_sentences(corpus: Path, draw: random.Random) -> Iterator[Glued]:
    """Yield texts of sentences of one language each: paragraphs of one to three, now and then a heading."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in read_records(corpus / "languages_dev.jsonl.zst"):
        texts[record["kind"], record["lang"]].append(record["text"])
    for language in sorted({language for kind, language in texts if kind == "sentences"}):
        sentences = texts["sentences", language]
        draw.shuffle(sentences)
        rest = iter(sentences)
        while paragraphs := list(_make_paragraphs(rest, texts["word-pairs", language], draw)):
            marks = draw.choice(_QUOTATION_MARKS)
            paragraphs = [_quote(paragraph, marks, draw) for paragraph in paragraphs]
            text, seams = glue_lines(paragraphs, draw.choice([0, 0, 0, 0.3]), 0, draw)
            yield Glued(text, seams.__contains__, find_fold(language), 1)
            shortened = [
                _quote(_shorten(paragraph, draw), marks, draw) for paragraph in paragraphs[: draw.randint(2, 4)]
            ]
            text, seams = glue_lines(shortened, 0, 0, draw)
            yield Glued(text, seams.__contains__, find_fold(language), 1)
            if draw.random() < 0.3:  # noqa: PLR2004
                yield Glued(" ".join(paragraphs), frozenset[int]().__contains__, find_fold(language), _SHORT_WEIGHT)


def _make_paragraphs(sentences: Iterator[str], headings: Sequence[str], draw: random.Random) -> Iterator[str]:
    for _ in range(draw.randint(2, 12)):
        paragraph = [sentence for _, sentence in zip(range(draw.choice([1, 1, 2, 3])), sentences, strict=False)]
        if not paragraph:
            return
        if headings and draw.random() < 0.15:  # noqa: PLR2004
            yield draw.choice(headings).capitalize()
        yield " ".join(paragraph)


def _quote(paragraph: str, marks: tuple[str, str], draw: random.Random) -> str:
    """Put all of a paragraph, its start or its end between quotation marks; most stay as they are."""
    before, space, behind = paragraph.partition(" ")
    opens, closes = marks
    forms = [f"{opens}{paragraph}{closes}", f"{before}: {opens}{behind}{closes}", f"{opens}{before}{closes} {behind}"]
    return draw.choice(forms) if space and draw.random() < 0.35 else paragraph  # noqa: PLR2004


def _shorten(paragraph: str, draw: random.Random) -> str:
    return " ".join(paragraph.split()[: draw.randint(2, 6)]).rstrip(".,:;!?") + draw.choice([".", ".", "!", "?", " !"])


def split_lines(text: str) -> list[str]:
    """Return the lines that hold more than white space, without the white space at their ends."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def glue_lines(lines: Sequence[str], kept: float, spaced: float, draw: random.Random) -> tuple[str, set[int]]:
    """Glue lines; a share `kept` of the breaks stays and a share `spaced` becomes a space. Return text and seams."""
    separators = ["", *draw.choices(["\n", " ", ""], [kept, spaced, 1 - kept - spaced], k=max(0, len(lines) - 1))]
    parts = [separator + line for separator, line in zip(separators, lines, strict=False)]
    ends = accumulate((len(part) for part in parts), initial=0)
    starts = zip(ends, separators, strict=False)
    return "".join(parts), {start + len(separator) for start, separator in starts if start and separator != "\n"}


def insert_furniture(text: str, seams: set[int], furniture: Sequence[str], draw: random.Random) -> tuple[str, set[int]]:
    """Put furniture, with spaces around it, between some sentences; return the text and all of its seams."""
    spots = [match.start() for match in _BETWEEN_SENTENCES.finditer(text)]
    chosen = sorted(draw.sample(spots, min(len(spots), 1 + int(draw.choice([0.03, 0.1]) * len(spots)))))
    edges = [0, *chosen, len(text)]
    parts: list[str] = []
    moved: set[int] = set()
    position = 0
    for start, end in pairwise(edges):
        if start:
            item = " " + draw.choice(furniture)
            parts.append(item)
            moved |= {position + 1, position + len(item) + 1}
            position += len(item)
        parts.append(text[start:end])
        moved |= {seam - start + position for seam in seams if start < seam <= end}
        position += end - start
    return "".join(parts), moved


def align_texts(glued: str, structured: str) -> IsSeam:
    """Return the test for seams of a text of which another rendering has its lines.

    Where nothing stands between two characters there is a seam if anything stands between them in the other rendering;
    where a space stands, if a line break does.
    """
    places = [match.start() for match in re.finditer(r"\S", structured)]
    letters = "".join(structured[place] for place in places)
    gaps = [i for i in range(1, len(places)) if places[i] > places[i - 1] + 1]
    breaks = [i for i in gaps if "\n" in structured[places[i - 1] : places[i]]]
    by_gap, by_break = ({_read_context(letters, i) for i in found} for found in (gaps, breaks))
    glued_places = [match.start() for match in re.finditer(r"\S", glued)]
    glued_letters = "".join(glued[place] for place in glued_places)
    numbers = {place: i for i, place in enumerate(glued_places)}

    def is_seam(offset: int) -> bool | None:
        context = _read_context(glued_letters, numbers[offset])
        if context in (by_break if glued[offset - 1].isspace() else by_gap):
            return True
        return False if "".join(context) in letters else None

    return is_seam


def _read_context(letters: str, i: int) -> tuple[str, str]:
    return letters[max(0, i - _CONTEXT) : i], letters[i : i + _CONTEXT]
