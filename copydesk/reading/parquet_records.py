"""Parquet: a few rows of the columns that are needed at a time."""

from typing import Any, BinaryIO, Final

from copydesk.reading.columns import Columns
from copydesk.reading.records import Record, Records, refuse
from copydesk.reading.unpack import FREE_BYTES, MAX_RATIO, Budget

_BATCH_ROWS: Final = 16
"""Few, as a value that repeats may take little room in the file and much here."""
_BUFFER_BYTES: Final = 65_536


def read_parquet(file: BinaryIO, columns: Columns, budget: Budget, member: str) -> Records:
    """Yield the record of each row.

    Raises:
        UnreadableSourceError: it is broken, gives too much, or no column holds text.
    """
    import pyarrow as pa  # noqa: PLC0415  (few sources need it)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        # A row group may hold millions of rows; its pages are read one by one.
        table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES)
        names = columns.choose(table.schema_arrow.names)
        columns.require_text(names)
        _refuse_bomb(table.metadata)
        for batch in table.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
            for number in range(batch.num_rows):
                record = columns.make_record(_read_row(batch, number), member)
                budget.spend(len(record.content) if isinstance(record, Record) else 0)
                yield record
    except (pa.ArrowException, OSError, ValueError, LookupError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise refuse("broken", f"is damaged Parquet: {error!s:.300}") from error


def _refuse_bomb(metadata: Any) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    packed = sum(chunk.total_compressed_size for chunk in chunks)
    if sum(chunk.total_uncompressed_size for chunk in chunks) > max(MAX_RATIO * packed, FREE_BYTES):
        raise refuse("bomb", f"gives more than {MAX_RATIO} times its size of {packed:,} bytes")


def _read_row(batch: Any, number: int) -> dict[str, Any]:
    values = zip(batch.schema.names, (column[number].as_py() for column in batch.columns), strict=True)
    return {name: value for name, value in values if value is not None}
