"""The command line: its commands, and what is said of all of them."""

from typing import Annotated

import typer

from copydesk import __version__
from copydesk.cli_clean import clean_command, explain_command
from copydesk.cli_dataset import (
    diff_command,
    path_command,
    quarantine_command,
    rollback_command,
    status_command,
    versions_command,
)
from copydesk.cli_run import run_command, serve_command

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Raw text scraped from news pages in; clean paragraphs out, with every removed line accounted for.",
    epilog="Start with: copydesk explain FILE (what happens to one page), then copydesk run --raw FOLDER.",
)
app.command("run")(run_command)
app.command("serve")(serve_command)
app.command("status")(status_command)
app.command("path")(path_command)
app.command("versions")(versions_command)
app.command("rollback")(rollback_command)
app.command("diff")(diff_command)
app.command("quarantine")(quarantine_command)
app.command("clean")(clean_command)
app.command("explain")(explain_command)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"copydesk {__version__}")
        raise typer.Exit


@app.callback()
def _take_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass
