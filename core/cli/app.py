"""The parser of the command line, made of the commands that registered themselves, and how a command ends.

A mistake ends with exit code 2 and one line that says what is wrong and what to do.
"""

import difflib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from core.cli.base import COMMANDS
from core.cli.support.output import echo
from core.errors import failure


def parser() -> typer.Typer:
    """All commands, in the order of the help."""
    app = typer.Typer(
        name="anomalens",
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for name, command in sorted(COMMANDS.items(), key=lambda item: (item[1].order, item[0])):
        if name:
            app.command(name, context_settings=dict(command.settings))(command.function)
        else:
            app.callback(invoke_without_command=True)(command.function)
    return app


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
    command = typer.main.get_command(parser())
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = command.main(args=given, prog_name="anomalens", standalone_mode=False)
    except typer.TyperException as mistake:
        _fail(_sentence(mistake, given))
    except BrokenPipeError:
        # Whoever reads the output has seen enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as mistake:
        if (said := failure(mistake)) is None:
            raise
        _fail(said.sentence)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    echo(f"anomalens: {' '.join(message.split())}", error=True)
    sys.exit(2)


def _sentence(mistake: typer.TyperException, given: list[str]) -> str:
    """What the parser has to say as one line, with a near miss or the help as the remedy."""
    message = mistake.format_message().strip().rstrip(".")
    near = difflib.get_close_matches(getattr(mistake, "option_name", ""), getattr(mistake, "possibilities", None) or [])
    if near:
        return f"{mistake.message.rstrip('.')}. Did you mean {near[0]}?"
    if message.endswith("?"):
        return message
    known = given[0] if given and given[0] in COMMANDS else ""
    remedy = " ".join(word for word in ("anomalens", known, "--help") if word)
    return f"{message}. See {remedy}."
