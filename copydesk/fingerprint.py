"""What the rows of a document depend on besides its source: code, rules, model, expectations and settings."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from copydesk import validate
from copydesk.settings import Settings

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
        "remote_versions",
        "report",
        "run_log",
        "staging",
        "steps",
        "summary",
        "tables",
        "terminal",
        "versions",
    )
)
"""Modules of the package that decide nothing about what a row holds. One that is forgotten here only costs time."""
_RULES: Final = "rules"
_EXPECTATIONS: Final = "expectations"
_DELIVERY_SUITE: Final = "delivery.json"
_CODE_SUFFIXES: Final = frozenset((".py", ".c", ".h"))
_COMPILED: Final = frozenset((".so", ".dylib", ".dll", ".tmp"))
"""What is compiled from the code, and differs between compilers."""

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
    suites = (path for path in sorted(validate.find_expectations().glob("*.json")) if path.name != _DELIVERY_SUITE)
    return _digest_package() | {_EXPECTATIONS: _digest_files(suites)} | values


@cache
def describe_installation() -> str:
    """Return one digest of all code of this package and of all packages that are installed: what staged tables mean.

    A run that died is only taken up by a run whose installation is the same.
    """
    code = [path for path in sorted(_PACKAGE.rglob("*")) if path.suffix in _CODE_SUFFIXES]
    installed = {path.name for place in sys.path for path in Path(place).glob("*.dist-info")}
    return _digest(sys.version.encode(), _digest_files(code).encode(), *(name.encode() for name in sorted(installed)))


def combine_parts(pipeline: Fingerprint) -> str:
    """Return one short digest of all parts."""
    return _digest(repr(sorted(pipeline.items())).encode())


def name_changes(former: Fingerprint, current: Fingerprint) -> list[str]:
    """Return the names of the parts that differ, in order."""
    return sorted(name for name in {*former, *current} if former.get(name) != current.get(name))


@cache  # as long as a process keeps the rules and the model it has once loaded
def _digest_package() -> dict[str, str]:
    parts: dict[str, list[Path]] = {"code": [], _RULES: [], "model": []}
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and (part := _find_part(path.relative_to(_PACKAGE))):
            parts[part].append(path)
    return {part: _digest_files(paths) for part, paths in parts.items()}


def _find_part(place: Path) -> str | None:
    """Tell what part of the pipeline a file of the package belongs to."""
    folder = place.parts[0]
    if folder == _RULES:
        return _RULES
    if folder == _EXPECTATIONS or "__pycache__" in place.parts:
        return None
    if place.suffix in _COMPILED:
        return None
    if place.suffix not in _CODE_SUFFIXES:
        return "model"
    return None if len(place.parts) == 1 and place.stem in _OTHER_MODULES else "code"


def _digest_files(paths: Iterable[Path]) -> str:
    return _digest(*(content for path in paths for content in (path.name.encode(), path.read_bytes())))


def _digest(*chunks: bytes) -> str:
    hashed = blake2b(digest_size=_DIGEST_BYTES)
    for chunk in chunks:
        hashed.update(b"%d:" % len(chunk))
        hashed.update(chunk)
    return hashed.hexdigest()
