"""How the files of the project import each other: no circles, whether an import stands at the top or in a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, known: set[str]) -> Iterator[str]:
    """The modules that a file imports; what only a type checker imports is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module
        else:
            yield from imported(node, known)


def imports_of(top: str) -> dict[str, set[str]]:
    """The files of a top folder, each with those of the folder that it imports."""
    files = {module_name(file): file for file in sorted((ROOT / top).rglob("*.py"))}
    return {
        name: {other for other in imported(ast.parse(file.read_text(encoding="utf-8")), set(files)) if other in files}
        - {name}
        for name, file in files.items()
    }


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The files that import each other, directly or by way of others: what is left when the ends are taken away."""
    left = {name: set(others) for name, others in graph.items()}
    while ends := [name for name, others in left.items() if not others & left.keys()]:
        for name in ends:
            del left[name]
    reached = {name: reachable(name, left) for name in left}
    return sorted({tuple(sorted(n for n in reached[name] if name in reached[n])) for name in left} - {()})


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph[waiting.pop()] & graph.keys():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


@pytest.mark.parametrize("top", ["core", "dashboard", "pages"])
def test_no_files_import_each_other_in_a_circle(top):
    assert circles(imports_of(top)) == []


def test_a_circle_is_seen_and_what_only_leads_to_it_is_not_named():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}, "e": set()}
    assert circles(graph) == [("b", "c")]
