"""Repairing texts whose encoding went wrong before they reached us, where that is certain.

White space, soft hyphens, zero-width characters and bidi marks stay as they are: the cleaner reads past them, and
paragraphs are published without them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

_PAGES: Final = ("latin-1", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "iso8859-2")
# Guessed from too little: in these, a quotation mark before a capital is a letter too.
_UNCERTAIN: Final = frozenset(("macroman", "cp437"))
_CONTEXT: Final = 8
_SHORTEST: Final = 2
_CLOSING: Final = frozenset("\xa0”“„’‘‚»«›‹…–—°™®€")
_MIN_DOUBTFUL: Final = 4
# Of the control characters of Latin-1, where Windows-1252 has signs, those that stand for quotation marks, dashes and
# the like. The letters among them may as well come from a Macintosh: they stay.
_SIGNS: Final = {
    code: bytes([code]).decode("cp1252") for code in b"\x80\x82\x84\x8b\x8c\x91\x92\x93\x94\x95\x96\x97\x99\x9b\x9c"
}
_CONTROL: Final = re.compile("[\x80-\x84\x86-\x9f]")
_CONTROL_BYTES: Final = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_LONE_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1b]")


class RepairedText(NamedTuple):
    """A text, and the names of what was repaired in it."""

    text: str
    repairs: tuple[str, ...]


def repair_text(text: str) -> RepairedText:
    """Return a text without the traces of wrong decoding that can be undone with certainty.

    Repairs: "surrogates": halves of a character were joined, or became U+FFFD where one is missing; "nul": NUL
    characters were taken out; "mojibake": UTF-8 that was read as another encoding; "c1_controls": quotation marks,
    dashes and the like that stood there as control characters. A text without these is returned as it is.
    """
    repairs: list[str] = []
    for name, repair in _REPAIRS.items():
        repaired = repair(text)
        if repaired != text:
            repairs.append(name)
            text = repaired
    return RepairedText(text, tuple(repairs))


def join_surrogates(text: str) -> str:
    """Return a text that can be encoded: each pair of surrogates one character, each single one U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return text


def _remove_nuls(text: str) -> str:
    return text.replace("\0", "")


def _undo_mojibake(text: str) -> str:
    if text.isascii() or not _is_certain(_find_broken(text)):
        return text
    return "\n".join(map(_fix_line, text.split("\n")))


def _find_broken(text: str) -> list[str]:
    """Return the sequences that look like one character of UTF-8 read as something else.

    ftfy tells this well, but slowly: it is asked only where characters stand together that could come from one.
    """
    suspects = list(_SUSPECT.finditer(text))
    if not suspects:
        return []
    from ftfy.badness import is_bad  # noqa: PLC0415  (slow to import)

    return [match[0] for match in suspects if is_bad(text[max(0, match.start() - _CONTEXT) : match.end() + _CONTEXT])]


def _is_certain(broken: Sequence[str]) -> bool:
    """Tell whether sequences are no text: a capital before a quotation mark ("AMANHÃ”") looks like one, too."""
    n_doubtful = sum(len(sequence) == _SHORTEST and sequence[-1] in _CLOSING for sequence in broken)
    return len(broken) > n_doubtful or n_doubtful >= _MIN_DOUBTFUL


def _fix_line(line: str) -> str:
    """Return a line with its mojibake undone, where ftfy finds UTF-8 in it and nothing is lost on the way."""
    if line.isascii() or not _find_broken(line):
        return line
    from ftfy import TextFixerConfig, fix_encoding_and_explain  # noqa: PLC0415

    fixed, steps = fix_encoding_and_explain(line, TextFixerConfig(fix_c1_controls=False, replace_lossy_sequences=False))
    is_utf_8 = all(step.parameter != "windows-1252" for step in steps or () if step.action == "decode")
    is_utf_8 &= _UNCERTAIN.isdisjoint(step.parameter for step in steps or ())
    loses = len(_LONE_CONTROL.findall(fixed)) > len(_LONE_CONTROL.findall(line))
    return fixed if is_utf_8 and not loses else line


def _restore_signs(text: str) -> str:
    if text.isascii() or not _CONTROL_BYTES.search(text.encode()):  # twice as fast as to search the text
        return text
    return text.translate(_SIGNS) if all(ord(char) in _SIGNS for char in _CONTROL.findall(text)) else text


def _compile_suspect() -> re.Pattern[str]:
    """Return what finds the characters that the bytes of one character of UTF-8 become in a code page."""
    following = _class_bytes(range(0x80, 0xC0))
    two, three, four = (_class_bytes(leads) for leads in (range(0xC2, 0xE0), range(0xE0, 0xF0), range(0xF0, 0xF5)))
    any_lead = f"[{two[1:-1]}{three[1:-1]}{four[1:-1]}]"
    return re.compile(f"{any_lead}{following}(?:(?<={two}.)|{following}(?:(?<={three}..)|{following}))", re.DOTALL)


def _class_bytes(codes: range) -> str:
    chars = {char for page in _PAGES for char in bytes(codes).decode(page, errors="ignore")}
    return f"[{''.join(sorted(map(re.escape, chars)))}]"


_SUSPECT: Final = _compile_suspect()
_REPAIRS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "surrogates": join_surrogates,
        "nul": _remove_nuls,
        "mojibake": _undo_mojibake,
        "c1_controls": _restore_signs,
    }
)
