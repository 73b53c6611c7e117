"""The command line: `copydesk run`, `serve`, `clean` and `explain`."""

from typing import Annotated

import typer

from copydesk import __version__
from copydesk.cli_clean import clean_command, explain_command
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
