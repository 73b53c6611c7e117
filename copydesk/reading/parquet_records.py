"""Parquet: a few rows of the columns that are needed at a time."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from copydesk.reading.columns import Columns
from copydesk.reading.records import Records, refuse
from copydesk.reading.unpack import FREE_BYTES, MAX_RATIO

_BATCH_ROWS: Final = 64
_BUFFER_BYTES: Final = 65_536


def read_parquet(file: BinaryIO, columns: Columns, member: str) -> Records:
    """Yield the record of each row.

    Raises:
        UnreadableSourceError: it is broken, or no column holds text.
    """
    import pyarrow as pa  # noqa: PLC0415  (few sources need it)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        # A row group may hold millions of rows; its pages are read one by one.
        table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES)
        names = table.schema_arrow.names
        columns.require_text(names)
        _refuse_bomb(table.metadata)
        for batch in table.iter_batches(_BATCH_ROWS, columns=columns.choose(names), use_threads=False):
            for row in batch.to_pylist():
                yield columns.make_record(_drop_empty(row), member)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise refuse("broken", f"is damaged Parquet: {error!s:.300}") from error


def _refuse_bomb(metadata: Any) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    packed = sum(chunk.total_compressed_size for chunk in chunks)
    if sum(chunk.total_uncompressed_size for chunk in chunks) > max(MAX_RATIO * packed, FREE_BYTES):
        raise refuse("bomb", f"gives more than {MAX_RATIO} times its size of {packed:,} bytes")


def _drop_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
