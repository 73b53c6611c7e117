"""Archives: the files in a .zip or .tar, one after the other, never written to disk.

Names are only shown, never used as paths. What is no plain file in its place is refused.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO, Final, NamedTuple, cast

from copydesk.reading.records import BadRecord, refuse

_MAX_HEADER_BYTES: Final = 1_000_000
_MAX_LIST_BYTES: Final = 50_000_000
"""Of a .zip, whose list of contents is held as a whole: half a million files."""
_LIST_END: Final = b"PK\x05\x06"
_LARGE_END: Final = b"PK\x06\x06"
_TAIL_BYTES: Final = 22 + 65_535 + 20 + 56
_ENCRYPTED: Final = 0x1
_OFFICE: Final = frozenset(("[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"))
_LONG_HEADERS: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class Member(NamedTuple):
    """A file in an archive, to be read before the next one is asked for."""

    name: str
    file: BinaryIO


def list_zip(file: BinaryIO) -> Iterator[Member | BadRecord]:
    """Yield the files in a .zip; folders and hidden files are left out.

    Raises:
        UnreadableSourceError: it is broken, or no archive of pages.
    """
    if (n_bytes := _measure_list(file)) > _MAX_LIST_BYTES:
        detail = f"its list of contents takes {n_bytes:,} bytes (limit {_MAX_LIST_BYTES:,}); a .tar may be of any size"
        raise refuse("too_large", detail)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError) as error:
        raise refuse("broken", f"is a damaged .zip: {error}") from error
    entries = archive.infolist()
    if any(entry.filename in _OFFICE for entry in entries):
        raise refuse("binary", "is an office document, book or program, not an archive of pages")
    for entry in entries:
        if entry.is_dir() or _is_hidden(entry.filename):
            continue
        if problem := _find_zip_problem(entry) or _find_name_problem(entry.filename):
            yield problem
            continue
        try:
            yield Member(entry.filename, cast("BinaryIO", archive.open(entry)))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError) as error:
            yield BadRecord("broken", f"cannot be unpacked: {error}", entry.filename)


def _measure_list(file: BinaryIO) -> int:
    """Return how many bytes a .zip says its list of contents takes (APPNOTE 4.3.14 and 4.3.16)."""
    end = file.seek(0, 2)
    file.seek(max(end - _TAIL_BYTES, 0))
    tail = file.read()
    file.seek(0)
    for mark, start, stop in ((_LARGE_END, 40, 48), (_LIST_END, 12, 16)):
        if (at := tail.rfind(mark)) >= 0:
            return int.from_bytes(tail[at + start : at + stop], "little")
    raise refuse("broken", "breaks off before its list of contents: as a .zip it can be read no more")


def list_tar(file: BinaryIO) -> Iterator[Member | BadRecord]:
    """Yield the files in a .tar; folders and hidden files are left out.

    Raises:
        UnreadableSourceError: it is broken, from here on.
    """
    try:
        archive = tarfile.open(fileobj=file, mode="r|", tarinfo=_TarEntry)  # noqa: SIM115  (closed with the source)
        while (entry := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember each
            if entry.isdir() or _is_hidden(entry.name):
                continue
            if problem := _find_tar_problem(entry) or _find_name_problem(entry.name):
                yield problem
            elif opened := archive.extractfile(entry):
                yield Member(entry.name, cast("BinaryIO", opened))
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise refuse("broken", f"is a .tar that breaks off or is damaged: {error}") from error


class _TarEntry(tarfile.TarInfo):
    """An entry whose long names and notes are not read into memory whatever their size, nor one that leads back."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _LONG_HEADERS and self.size > _MAX_HEADER_BYTES):
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return cast("tarfile.TarInfo", super()._proc_member(archive))  # type: ignore[misc]  # made to be overridden


def _find_zip_problem(entry: zipfile.ZipInfo) -> BadRecord | None:
    kind = entry.external_attr >> 28
    if kind not in (0, 0o10):  # as in a mode: a plain file, or not told
        return BadRecord("link", "is a link or device, which is never followed", entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        return BadRecord("encrypted", "is encrypted", entry.filename)
    return None


def _find_tar_problem(entry: tarfile.TarInfo) -> BadRecord | None:
    if not entry.isreg():
        return BadRecord("link", "is a link or device, which is never followed", entry.name)
    if entry.issparse():
        return BadRecord("bomb", "is stored with gaps of any size", entry.name)
    return None


def _find_name_problem(name: str) -> BadRecord | None:
    parts = PureWindowsPath(name).parts
    if ".." in parts or PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        return BadRecord("unsafe_name", "its name leads out of the archive", name)
    return None


def _is_hidden(name: str) -> bool:
    parts = PureWindowsPath(name).parts  # either slash
    return any(part.startswith(".") and part != ".." for part in parts) or parts[:1] == ("__MACOSX",)
