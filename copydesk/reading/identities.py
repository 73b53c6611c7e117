"""The identity of records: an id that stays when the text does not."""

from hashlib import blake2b
from typing import Final

import numpy as np

_ID_BYTES: Final = 12
_DIGEST_BYTES: Final = 8
_RECENT: Final = 100_000


def make_document_id(source_file: str, identity: str | int) -> str:
    """Return the id of a record: the same for the same place, whatever the text there becomes.

    Args:
        source_file: the file it is in.
        identity: what it is in there: its position, or what `Identities` makes of its own id.
    """
    return blake2b(f"{source_file}\0{identity}".encode(), digest_size=_ID_BYTES).hexdigest()


class Identities:
    """Gives each record of one source file an id; the nth record of the same own id gets another one."""

    def __init__(self, source_file: str) -> None:
        self.source_file = source_file
        self._seen = SeenNames()

    def identify(self, own_id: str | None, member: str, record_index: int) -> str:
        """Return the document's id.

        Args:
            own_id: the record's own id or address, if it has one.
            member: the file of the archive it comes from; empty outside archives.
            record_index: its position in the source file; counts only where there is nothing else.
        """
        if not own_id and not member:
            return make_document_id(self.source_file, record_index)
        name = f"{member}\0{own_id or ''}"
        return make_document_id(self.source_file, f"{name}\0{self._seen.count(name)}")


class SeenNames:
    """Counts how often a name came before, in 8 bytes for a name that comes once: there may be many millions."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._former = np.empty(0, dtype=np.uint64)
        self._repeats: dict[int, int] = {}

    def count(self, name: str) -> int:
        """Return how often `name` was counted before."""
        digest = blake2b(name.encode(), digest_size=_DIGEST_BYTES).digest()
        key = int.from_bytes(digest)
        if key not in self._recent and not self._is_former(key):
            self._recent.add(key)
            self._fold_recent()
            return 0
        self._repeats[key] = self._repeats.get(key, 0) + 1
        return self._repeats[key]

    def _is_former(self, key: int) -> bool:
        place = int(np.searchsorted(self._former, np.uint64(key)))
        return place < self._former.size and int(self._former[place]) == key

    def _fold_recent(self) -> None:
        if len(self._recent) >= _RECENT:
            recent = np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent))
            self._former = np.sort(np.concatenate([self._former, recent]), kind="stable")
            self._recent.clear()
