"""The commands that clean texts without a dataset: `copydesk clean` and `copydesk explain`."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from copydesk.cli_run import SettingsOption, exit_on_error
from copydesk.errors import UnreadableSourceError, WrongUseError
from copydesk.settings import Settings, read_settings
from copydesk.terminal import spell_controls

if TYPE_CHECKING:
    from copydesk.reading import Page
    from copydesk.schemas import Texts

_STANDARD_STREAM: Final = "-"
_BATCH_LINES: Final = 200
_SOME_FAILED: Final = 1


def clean_command(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Text files or web pages; - reads standard input.")
    ] = None,
    jsonl: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="IN OUT", help='JSON lines {"id", "text"} in, one JSON line each out; - for a stream.'),
    ] = None,
    settings: SettingsOption = None,
) -> None:
    """Print the clean text of files, or clean JSON lines.

    copydesk clean page.txt prints the paragraphs with a blank line between them.

    copydesk clean --jsonl in.jsonl out.jsonl keeps the order of the lines and passes unknown keys through. A line
    that cannot be cleaned gives {"id", "error"} in its place.

    Exit codes: 0 done; 1 some files or lines could not be read; 2 wrong use.
    """
    with exit_on_error():
        if bool(files) == bool(jsonl):
            raise WrongUseError("Name text files, or --jsonl IN OUT: one of the two. See copydesk clean --help.")
        chosen = read_settings(settings) if settings else Settings()
        n_failed = _clean_jsonl(*jsonl, chosen) if jsonl else _clean_files(files or [], chosen)
    if n_failed:
        raise typer.Exit(_SOME_FAILED)


def explain_command(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of any format; - reads a text from standard input.")
    ],
    record: Annotated[int, typer.Option(min=0, help="Which record of a file of many, as record_index counts.")] = 0,
    settings: SettingsOption = None,
) -> None:
    """Show every block of a page in reading order: kept or not, as what, and why.

    Green is content, cyan metadata, red noise. For long pages: copydesk explain FILE | less -R
    """
    from copydesk.explain import explain_document  # noqa: PLC0415  (polars is slow to import)

    with exit_on_error():
        chosen = read_settings(settings) if settings else Settings()
        try:
            document = _read_record(file, record, chosen)
        except UnreadableSourceError as error:
            raise WrongUseError(f"{file} {error}") from error
        explain_document(document, file, chosen, Console(highlight=False))


def _read_record(file: str, record: int, settings: Settings) -> "Texts":
    import polars as pl  # noqa: PLC0415  (slow to import)

    from copydesk.cleaning import make_frame  # noqa: PLC0415
    from copydesk.reading import read_document  # noqa: PLC0415

    path = Path(file)
    if path.is_file():
        return read_document(path, record, settings.reading)
    page = _read_page(file)
    frame = make_frame([page.text])
    stated = {name: value for name, value in page._asdict().items() if name != "text" and name in frame.columns}
    return frame.with_columns(pl.Series(name, [value], dtype=frame.schema[name]) for name, value in stated.items())


def _read_text(file: str) -> str:
    return _read_page(file).text


def _read_page(file: str) -> "Page":
    from copydesk.reading import Page, decode_bytes, looks_like_html, read_page  # noqa: PLC0415

    try:
        content = sys.stdin.buffer.read() if file == _STANDARD_STREAM else Path(file).read_bytes()
    except OSError as error:
        raise UnreadableSourceError("unreadable", f"cannot be opened: {error.strerror}.") from error
    text = decode_bytes(content).text
    return read_page(text) if looks_like_html(text) else Page(text)


def _clean_files(files: Sequence[str], settings: Settings) -> int:
    from copydesk.cleaning import clean  # noqa: PLC0415

    n_failed = 0
    for i, file in enumerate(files):
        try:
            text = clean(_read_text(file), settings).text
        except UnreadableSourceError as error:
            n_failed += 1
            _warn(f"{file} {error}")
            continue
        sys.stdout.write(f"\n\n{text}\n" if i else f"{text}\n")
    return n_failed


def _warn(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(spell_controls(message), style="red", markup=False)


def _clean_jsonl(source: str, target: str, settings: Settings) -> int:
    """Clean JSON lines a batch at a time; return how many could not be."""
    if source != _STANDARD_STREAM and source == target:
        raise WrongUseError(f"{source} cannot be read and overwritten at the same time: name another OUT.")
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} lines cleaned"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    n_failed = 0
    with ExitStack() as stack:
        lines = sys.stdin.buffer if source == _STANDARD_STREAM else stack.enter_context(_open(source, "rb"))
        out = sys.stdout.buffer if target == _STANDARD_STREAM else stack.enter_context(_open(target, "wb"))
        task = stack.enter_context(progress).add_task("")
        for results in _clean_batches(lines, settings):
            out.writelines(json.dumps(result, ensure_ascii=False).encode() + b"\n" for result in results)
            n_failed += sum("error" in result for result in results)
            progress.advance(task, len(results))
    return n_failed


def _open(path: str, mode: str) -> BinaryIO:
    try:
        return Path(path).open(mode)  # type: ignore[return-value]
    except OSError as error:
        raise WrongUseError(f"{path} cannot be opened: {error.strerror}.") from error


def _clean_batches(lines: Iterable[bytes], settings: Settings) -> Iterator[list[dict[str, Any]]]:
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while batch := [_parse_line(number, line) for number, line in islice(numbered, _BATCH_LINES)]:
        yield _clean_records(batch, settings)


def _clean_records(records: Sequence[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    from copydesk.cleaning import clean_many, to_record  # noqa: PLC0415

    documents = iter(clean_many((record["text"] for record in records if "error" not in record), settings))
    return [record if "error" in record else {**_omit_text(record), **to_record(next(documents))} for record in records]


def _omit_text(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record.get("id")} | {key: value for key, value in record.items() if key != "text"}


def _parse_line(number: int, line: bytes) -> dict[str, Any]:
    """Return the record of a line, or one with its `id` and `error`."""
    try:
        record = json.loads(line)
    except ValueError as error:
        problem, record = f"line {number} is no JSON: {error}", {}
    else:
        is_record = isinstance(record, dict)
        problem = "" if is_record and isinstance(record.get("text"), str) else f"line {number} has no string 'text'"
        record = record if is_record else {}
    if problem:
        _warn(problem)
        return {"id": record.get("id"), "error": problem}
    return dict(record)
