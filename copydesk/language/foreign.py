"""Blocks in another language than their document: evidence for the noise labeller, never a verdict."""

from typing import Annotated, Final

import polars as pl

from copydesk.language.voters import UNDETERMINED, ask_cld2, fold_text
from copydesk.schemas import BLOCKS, SCORE, TEXT, Contract, Languages

FOREIGN: Final = Contract(
    "foreign",
    {name: BLOCKS.columns[name] for name in BLOCKS.key}
    | {"language": TEXT, "is_foreign": pl.Boolean(), "confidence": SCORE},
    BLOCKS.key,
)
"""`language` is the block's own, `und` where it cannot tell; there, and where the document's is `und`, `is_foreign` is
null and `confidence` 0."""
Foreign = Annotated[pl.DataFrame, FOREIGN]

_MAX_CHARS: Final = 300
_MIN_BYTES: Final = 25
_BYTES_PER_CHAR: Final = 4
_CONFIDENCE: Final = ((100, 0.99), (60, 0.98), (_MIN_BYTES, 0.95))
"""How often CLD2, when confident, was right on sentences of so many bytes or more, neighbours taken for one."""

# Neighbours that CLD2 takes for one another: a block in one is no foreigner in a document in the other.
_NEIGHBOURS: Final = (("bs", "hr", "sr"), ("cs", "sk"), ("da", "nn", "no"), ("es", "gl"), ("id", "ms"))
_GROUP_OF: Final = {language: group[0] for group in _NEIGHBOURS for language in group}


def find_foreign_blocks(blocks: pl.DataFrame, languages: Languages) -> Foreign:
    """Tell for each block whether it is in another language than its document.

    Only CLD2 is asked, some 20 microseconds a block, equal texts once, and only blocks of 25 bytes of letters or more
    that it is confident of; of the rest nothing is said.

    Args:
        blocks: any table with document_id, block_index and text; all columns of `SIGNALS` or `BLOCKS` will do.
        languages: the language of each document.
    """
    answers = pl.DataFrame(
        [(text, *_ask(text)) for text in blocks["text"].unique(maintain_order=True)],
        schema={"text": TEXT, "language": TEXT, "confidence": SCORE},
        orient="row",
    )
    documents = languages.select("document_id", document_language="language")
    joined = (
        blocks.select(*BLOCKS.key, "text")
        .join(answers, on="text", how="left", maintain_order="left")
        .join(documents, on="document_id", how="left", maintain_order="left")
    )
    own, document = pl.col("language"), pl.col("document_language")
    tells = (own != UNDETERMINED) & (document != UNDETERMINED)
    return FOREIGN.check(
        joined.with_columns(
            is_foreign=pl.when(tells).then(own.replace(_GROUP_OF) != document.replace(_GROUP_OF)),
            confidence=pl.when(tells).then("confidence").otherwise(0.0),
        )
    )


def _ask(text: str) -> tuple[str, float]:
    if len(text) * _BYTES_PER_CHAR < _MIN_BYTES:
        return UNDETERMINED, 0.0
    answer = ask_cld2(fold_text(text[:_MAX_CHARS]), guess=False)
    confidence = next((right for n_bytes, right in _CONFIDENCE if answer.n_bytes >= n_bytes), 0.0)
    return (answer.language, confidence) if answer.is_confident and confidence else (UNDETERMINED, 0.0)
