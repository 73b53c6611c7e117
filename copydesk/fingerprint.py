"""What the rows of a document depend on besides its source: code, rules, model, expectations and settings."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from copydesk.settings import Settings
from copydesk.validate import find_expectations

_PACKAGE: Final = Path(__file__).parent
_DIGEST_BYTES: Final = 8
_OTHER_MODULES: Final = frozenset(
    (
        "__init__",
        "changes",
        "cleaning",
        "cli",
        "cli_clean",
        "cli_dataset",
        "cli_progress",
        "cli_run",
        "diff",
        "drift",
        "explain",
        "fingerprint",
        "manifest",
        "partitions",
        "publish",
        "quarantine",
        "report",
        "run_log",
        "tables",
        "versions",
    )
)
"""Modules of the package that decide nothing about what a row holds. One that is forgotten here only costs time."""
_RULES: Final = "rules"
_EXPECTATIONS: Final = "expectations"
_DELIVERY_SUITE: Final = "delivery.json"
_CODE_SUFFIX: Final = ".py"

Fingerprint = Mapping[str, str]


def describe_pipeline(settings: Settings) -> Fingerprint:
    """Return what decides the rows of a document: a digest for each part of the pipeline, the value of each setting.

    Keys are code, rules, model (and other data of the package), expectations, and settings as `noise.mode`.
    """
    values = {
        f"{group.name}.{setting.name}": str(getattr(getattr(settings, group.name), setting.name))
        for group in fields(settings)
        if group.name != "dataset"
        for setting in fields(getattr(settings, group.name))
    }
    return _digest_package() | values


def combine_parts(pipeline: Fingerprint) -> str:
    """Return one short digest of all parts."""
    return _digest(repr(sorted(pipeline.items())).encode())


def name_changes(former: Fingerprint, current: Fingerprint) -> list[str]:
    """Return the names of the parts that differ, in order."""
    return sorted(name for name in {*former, *current} if former.get(name) != current.get(name))


@cache
def _digest_package() -> dict[str, str]:
    contents: dict[str, list[bytes]] = {"code": [], _RULES: [], "model": [], _EXPECTATIONS: []}
    for part, path in _list_files():
        contents[part] += [path.name.encode(), path.read_bytes()]
    return {part: _digest(*chunks) for part, chunks in contents.items()}


def _list_files() -> Iterator[tuple[str, Path]]:
    for path in sorted(_PACKAGE.rglob("*")):
        place = path.relative_to(_PACKAGE)
        if not path.is_file() or place.parts[0] == _EXPECTATIONS or "__pycache__" in place.parts:
            continue
        if place.parts[0] == _RULES:
            yield _RULES, path
        elif path.suffix != _CODE_SUFFIX:
            yield "model", path
        elif len(place.parts) > 1 or path.stem not in _OTHER_MODULES:
            yield "code", path
    for path in sorted(find_expectations().glob("*.json")):
        if path.name != _DELIVERY_SUITE:
            yield _EXPECTATIONS, path


def _digest(*chunks: bytes) -> str:
    hashed = blake2b(digest_size=_DIGEST_BYTES)
    for chunk in chunks:
        hashed.update(b"%d:" % len(chunk))
        hashed.update(chunk)
    return hashed.hexdigest()
