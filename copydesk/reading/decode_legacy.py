"""Decoding code pages: what the source names, and what a detector finds, weighed against each other.

The detector is chardetng, Firefox's (https://hsivonen.fi/chardetng/). On sentences in 40 languages and the code pages
that fit them it is right far more often than cchardet or charset-normalizer (docs/formats.md).
"""

import codecs
import re
from typing import Final, NamedTuple

_SAMPLE_BYTES: Final = 1_000_000
_SAMPLE_CHARS: Final = 20_000
_HEAD_BYTES: Final = 4_096
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.:-]{1,30}")
_STATED_IN_MARKUP: Final = re.compile(
    rb"""<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]{2,31})""", re.IGNORECASE
)
# As browsers do: the larger encoding for the smaller (https://encoding.spec.whatwg.org/#names-and-labels).
_LARGER: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "koi8-r": "koi8-u",
}
_KNOWN: Final = frozenset(
    [f"cp{number}" for number in (866, 874, 932, 949, *range(1250, 1259))]
    + [f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
    + ["koi8-u", "mac-roman", "mac-cyrillic", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp"]
)
# What servers say of any text: no hint at all.
_SAID_OF_ALL: Final = "cp1252"
# Letters of another alphabet within a word, and capitals after small letters in alphabets that hardly have that.
_FAR: Final = "\u0370-\u1fff\u2e80-\ud7ff\uff66-\uffdc"
_STRANGE: Final = re.compile(f"[a-z][{_FAR}][a-z]|[{_FAR}][a-z\u00c0-\u024f][{_FAR}]|[α-ωа-џ][Α-ΩА-Я]")
_NAMES: Final = {codec: f"windows-{codec[2:]}" for codec in _KNOWN if codec.startswith("cp125")} | {
    codec: codec.replace("iso8859", "iso-8859") for codec in _KNOWN if codec.startswith("iso8859")
}
_MAX_STRANGE: Final = 0.15
_MAX_BROKEN: Final = 0.02
_REPLACED: Final = "\ufffd"


class LegacyText(NamedTuple):
    """A text and the name of the code page it was in, one that Python knows too."""

    text: str
    encoding: str


class _Reading(NamedTuple):
    n_broken: int
    n_strange: int
    is_text: bool
    decoded: LegacyText


def decode_legacy(content: bytes, declared: str | None = None) -> LegacyText | None:
    """Return the text of bytes in a code page, or None where no code page makes text of them.

    Of the encodings that the source, the markup or the detector name, the one that gives the fewest broken
    characters is taken, then the fewest strange sequences of characters; the earlier named where both are equal.
    What a large text's first 20,000 characters, and the first megabyte, tell holds for all of it.
    """
    import chardetng_py  # noqa: PLC0415  (most documents are UTF-8)

    in_markup = _STATED_IN_MARKUP.search(content, 0, _HEAD_BYTES)
    names = [declared or "", in_markup[1].decode("ascii", errors="ignore") if in_markup else ""]
    stated = [codec for codec in map(_find_codec, names) if codec and codec != _SAID_OF_ALL]
    detected = _find_codec(chardetng_py.detect(content[:_SAMPLE_BYTES])) or _SAID_OF_ALL
    readings = [_read_as(content, codec) for codec in dict.fromkeys([*stated, detected])]
    fitting = [reading for reading in readings if reading.is_text]
    return min(fitting, key=lambda reading: reading[:2]).decoded if fitting else None


def _find_codec(name: str) -> str | None:
    """Return Python's name of an encoding, or None for what is no code page: codecs also unpack and rewrite."""
    label = "cp874" if name.lower() == "windows-874" else name.removesuffix("-I")
    try:
        codec = codecs.lookup(label).name if _NAME.fullmatch(label) else ""
    except LookupError:
        return None
    codec = _LARGER.get(codec, codec)
    return codec if codec in _KNOWN else None


def _read_as(content: bytes, codec: str) -> _Reading:
    from ftfy.badness import badness  # noqa: PLC0415  (slow to import)

    text = content.decode(codec, errors="replace")
    sample = "\n".join(line for line in text.split("\n") if not line.isascii())[:_SAMPLE_CHARS]
    n_broken = text.count(_REPLACED)
    n_strange = badness(sample) + len(_STRANGE.findall(sample))
    is_text = n_broken <= _MAX_BROKEN * count_foreign(text) and n_strange <= _MAX_STRANGE * count_foreign(sample)
    return _Reading(n_broken, n_strange, is_text, LegacyText(text, _NAMES.get(codec, codec)))


def count_foreign(text: str) -> int:
    """Return the number of characters beyond ASCII."""
    return len(text) - len(text.encode("ascii", errors="ignore"))
