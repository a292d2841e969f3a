"""What people's files say is text on a terminal: nothing in a name or a value moves its cursor or changes its title."""

import ast
import json
from pathlib import Path

import pytest

from core.cli.support.output import echo, print_json, print_pairs, print_table, say

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = "name\x1b]0;title\x07\x1b[2J\x9b1A\u202egpj.exe\r\x00"
OBEYED = ("\x1b", "\x07", "\x9b", "\u202e", "\r", "\x00")


def test_controls_in_people_s_words_are_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    echo(HOSTILE)
    echo(HOSTILE, error=True)
    say([HOSTILE])
    print_pairs([(HOSTILE, HOSTILE)])
    print_table([HOSTILE, "b"], [[HOSTILE, 1], [[HOSTILE], 2]])
    print_json({HOSTILE: [HOSTILE]})
    printed = capsys.readouterr()
    assert not [control for control in OBEYED if control in printed.out + printed.err]
    assert "\\u001b]0;title" in printed.out
    assert "\\u001b]0;title" in printed.err


def test_json_is_read_back_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({HOSTILE: "ü 日本"})
    assert json.loads(capsys.readouterr().out) == {HOSTILE: "ü 日本"}


def test_commands_print_by_the_one_function_that_does_so() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "core" / "cli").rglob("*.py")
        if path.name != "output.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == [], "Use echo of core.cli.support.output."
