"""The C sources and the library compiled from them. `hatch_build.py` runs this file, so only the standard library."""

import sys
from hashlib import blake2b
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent
_SUFFIXES: Final = {"darwin": ".dylib", "win32": ".dll"}
LIBRARY: Final = f"kernels{_SUFFIXES.get(sys.platform, '.so')}"
"""The name of the library; it lies beside its sources."""


def list_sources() -> list[Path]:
    """Return the C sources, in order."""
    return sorted(path for path in _FOLDER.iterdir() if path.suffix in {".c", ".h"})


def digest_sources() -> str:
    """Return what the library is stamped with: it must be compiled from the sources that lie beside it."""
    hashed = blake2b(digest_size=8)
    for path in list_sources():
        hashed.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return hashed.hexdigest()


def find_library() -> Path:
    """Return the place of the library."""
    return _FOLDER / LIBRARY
