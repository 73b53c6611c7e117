"""Blocks in another language than their document: evidence for the noise labeller, never a verdict."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.language.voters import UNDETERMINED, Answer, ask_cld2, fold_text
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
    documents = dict(languages.select("document_id", "language").iter_rows())
    answers = {text: _ask(text) for text in dict.fromkeys(blocks["text"])}
    rows = blocks.select(pl.col("document_id", "text")).iter_rows()
    return np.array([_compare(answers[text], documents[key]) for key, text in rows], dtype=np.float32)


def _compare(answer: Answer, document: str) -> float:
    if UNDETERMINED in (answer.language, document):
        return 0.0
    is_foreign = _GROUP_OF.get(answer.language, answer.language) != _GROUP_OF.get(document, document)
    return answer.score if is_foreign else 0.0


def _ask(text: str) -> Answer:
    if len(text) > _MAX_CHARS or len(text.encode(errors="replace")) + _SPACES < _MIN_BYTES:
        return _NO_ANSWER
    answer = ask_cld2(fold_text(text), guess=False)
    confidence = next((right for n_bytes, right in _CONFIDENCE if answer.n_bytes >= n_bytes), 0.0)
    return Answer(answer.language, confidence) if answer.is_confident and confidence else _NO_ANSWER


_NO_ANSWER: Final = Answer(UNDETERMINED, 0.0)
