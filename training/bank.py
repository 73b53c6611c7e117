"""The noise bank: page furniture of our own wording, in many languages, by label.

`training/noise_bank/<language>.toml` holds an array of lines for each noise label, and one named `content`: lines of
articles that sound like furniture and are none.
"""

import random
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from copydesk.labels import Label
from training.folds import find_fold

CONTENT: Final = "content"
_OTHERWISE: Final = "en"
_FOREIGN: Final = 0.1

Lines = Mapping[tuple[str, str, int], Sequence[str]]


def read_bank() -> Lines:
    """Return the lines by language, label and fold: each belongs to one, so that none is judged by who knows it."""
    lines: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for path in sorted(resources.files("training").joinpath("noise_bank").iterdir(), key=lambda path: path.name):
        for label, wordings in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for line in wordings:
                lines[path.name.removesuffix(".toml"), label, find_fold(line)].append(line)
    return dict(lines)


@dataclass(frozen=True, slots=True)
class Bank:
    """Draws lines for one document.

    Attributes:
        lines: all lines, from `read_bank`.
        fold: the fold of the document's site.
        language: the document's language.
        width: characters of the document's wrapped lines; 0 where they are not wrapped.
        draw: where chance comes from.
    """

    lines: Lines
    fold: int
    language: str
    width: int
    draw: random.Random

    def draw_line(self, label: str) -> str | None:
        """Return a line of a label, English where the bank does not know the language; None where it has none.

        Lists of headlines are at times in another language than their page.
        """
        is_foreign = label == Label.RECOMMENDATION and self.draw.random() < _FOREIGN
        language = self.draw.choice(sorted({known for known, _, _ in self.lines})) if is_foreign else self.language
        lines = self.lines.get((language, label, self.fold)) or self.lines.get((_OTHERWISE, label, self.fold))
        if not lines:
            return None
        line = self.draw.choice(lines)
        return self.wrap_text(line)

    def draw_lines(self, labels: Sequence[str], n: int) -> list[tuple[str, str]]:
        """Return `n` lines at most, with their labels, drawn from `labels`."""
        chosen = [self.draw.choice(labels) for _ in range(n)]
        lines = [(label, self.draw_line(label)) for label in chosen]
        return [(label, line) for label, line in lines if line]

    def wrap_text(self, text: str) -> str:
        """Return the text as it stands in the document: with hard line breaks where that has wrapped lines."""
        if not self.width:
            return text
        return "\n".join(textwrap.wrap(text, self.width, break_long_words=False, break_on_hyphens=False))
