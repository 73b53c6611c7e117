"""Blocks in another language than their document: evidence for the noise labeller, never a verdict."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.language.voters import UNDETERMINED, ask_cld2, fold_text
from copydesk.schemas import Blocks, Languages

_MAX_CHARS: Final = 300
_MIN_BYTES: Final = 25
# CLD2 counts a space before and behind a text, too.
_SPACES: Final = 2
_CONFIDENCE: Final = ((100, 0.99), (60, 0.98), (_MIN_BYTES, 0.95))
"""How often CLD2, when confident, was right on sentences of so many bytes or more, neighbours taken for one."""

# Neighbours that CLD2 takes for one another: a block in one is no foreigner in a document in the other.
_NEIGHBOURS: Final = (("bs", "hr", "sr"), ("cs", "sk"), ("da", "nn", "no"), ("es", "gl"), ("id", "ms"))
_GROUP_OF: Final = {language: group[0] for group in _NEIGHBOURS for language in group}


def find_foreign_blocks(blocks: Blocks, languages: Languages) -> NDArray[np.float32]:
    """Return for each block how sure it is that it is in another language than its document: 0 to 1.

    Only CLD2 is asked, some 20 microseconds a block, equal texts once, and only of blocks of 25 bytes of letters to
    300 characters: a headline among paragraphs. Where it is not confident, or the document's language is not known, a
    block is no foreigner.

    Args:
        blocks: the blocks of documents.
        languages: the language of each document.
    """
    size = pl.col("text").str
    may_tell = (size.len_chars() <= _MAX_CHARS) & (size.len_bytes() + _SPACES >= _MIN_BYTES)
    asked = blocks.select(may_tell).to_series()
    owners, texts = (blocks[name].filter(asked).to_list() for name in ("document_id", "text"))
    answers = dict(_ask_texts(dict.fromkeys(texts)))
    documents = {key: _GROUP_OF.get(own, own) for key, own in languages.select("document_id", "language").iter_rows()}
    sure = np.zeros(blocks.height, dtype=np.float32)
    for row, owner, text in zip(np.flatnonzero(asked.to_numpy()).tolist(), owners, texts, strict=True):
        answer = answers.get(text)
        if answer and documents[owner] not in (answer[0], UNDETERMINED):
            sure[row] = answer[1]
    return sure


def _ask_texts(texts: Iterable[str]) -> Iterator[tuple[str, tuple[str, float]]]:
    """Yield each text of which CLD2 is confident, with its language, or the group of it, and how sure that is."""
    for text in texts:
        language, n_bytes, is_confident = ask_cld2(fold_text(text), guess=False)
        if is_confident and n_bytes >= _MIN_BYTES:
            confidence = next(right for least, right in _CONFIDENCE if n_bytes >= least)
            yield text, (_GROUP_OF.get(language, language), confidence)
