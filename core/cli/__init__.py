"""The command line: `anomalens …`. A file per command; each imports what it needs when it runs, so that all start fast.

A mistake ends with exit code 2 and one line that says what is wrong and what to do.
"""

import difflib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from core.cli import (
    bench,
    bundle,
    compare,
    explain,
    models,
    notebook,
    report,
    runs,
    score,
    search,
    serve,
    threshold,
    train,
    verdicts,
)
from core.cli.support.trouble import trouble
from core.errors import AnomalensError

app = typer.Typer(
    name="anomalens",
    help="Find, understand, decide on and share the anomalies in your data. Without a command: start the dashboard.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.callback(invoke_without_command=True)(serve.serve)
app.command("train")(train.train)
app.command("score")(score.score)
app.command("threshold")(threshold.threshold)
app.command("compare")(compare.compare)
app.command("search")(search.search)
app.command("explain")(explain.explain)
app.command("verdicts")(verdicts.verdicts)
app.command("runs")(runs.runs)
app.command("notebook")(notebook.notebook)
app.command("report")(report.report)
app.command("bundle")(bundle.bundle)
app.command("models")(models.models)
app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave the process.

    Parameters
    ----------
    arguments
        What stands after ``anomalens``; the process's own arguments by default.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of another character set shows a question mark where it lacks a character.
            stream.reconfigure(errors="replace")
    command = typer.main.get_command(app)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = command.main(args=given, prog_name="anomalens", standalone_mode=False)
    except typer.TyperException as mistake:
        _fail(_sentence(mistake, given))
    except AnomalensError as mistake:
        _fail(str(mistake))
    except BrokenPipeError:
        # Whoever reads the output has seen enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as mistake:
        if not (sentence := trouble(mistake)):
            raise
        _fail(sentence)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    print("anomalens:", " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _sentence(mistake: typer.TyperException, given: list[str]) -> str:
    """What the parser has to say as one line, with a near miss or the help as the remedy."""
    message = mistake.format_message().strip().rstrip(".")
    near = difflib.get_close_matches(getattr(mistake, "option_name", ""), getattr(mistake, "possibilities", None) or [])
    if near:
        return f"{mistake.message.rstrip('.')}. Did you mean {near[0]}?"
    if message.endswith("?"):
        return message
    known = given[0] if given and given[0] in {command.name for command in app.registered_commands} else ""
    remedy = " ".join(word for word in ("anomalens", known, "--help") if word)
    return f"{message}. See {remedy}."
