"""Finds text that reaches Streamlit's Markdown without :func:`dashboard.format.plain`.

A call that shows Markdown may be given constants, numbers as :mod:`core.words` writes them, what `plain` returns, what
is joined of these, names that stand for such within a function, and what is annotated ``Markdown``: then the function's
callers (for a parameter) or its ``return`` lines (for an answer) are looked at in its place.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FIRST = frozenset(
    [
        "markdown",
        "caption",
        "write",
        "info",
        "warning",
        "error",
        "success",
        "toast",
        "title",
        "header",
        "subheader",
        "button",
        "download_button",
        "link_button",
        "page_link",
        "checkbox",
        "toggle",
        "radio",
        "selectbox",
        "multiselect",
        "slider",
        "select_slider",
        "text_input",
        "text_area",
        "number_input",
        "date_input",
        "time_input",
        "file_uploader",
        "expander",
        "popover",
        "tabs",
        "metric",
        "status",
        "spinner",
        "pills",
        "segmented_control",
        "badge",
        "form_submit_button",
        "dialog",
    ]
)
"""Calls of Streamlit whose first argument, or ``label``, is Markdown; ``progress`` has it second."""
KEYWORDS = ("help", "label", "body", "text", "captions")
ESCAPES = frozenset({"plain"})
NUMBERS = frozenset(
    [
        "ago",
        "stamp_words",
        "length_words",
        "amount",
        "count",
        "distinct",
        "duration",
        "number",
        "percent",
        "plural",
        "share",
        "size",
        "len",
        "int",
        "float",
        "round",
        "sum",
        "several",
        "sorted",
    ]
)
"""What writes numbers and times, or words of our own."""
NOUNS = frozenset({"says", "nouns_for", "nouns_of", "nouns_of_all", "nouns"})
"""What says a text of ours in the nouns of a kind of data: it is as safe as what it is given."""
SAME = frozenset(
    [
        "capitalize",
        "lower",
        "upper",
        "strip",
        "rstrip",
        "lstrip",
        "removesuffix",
        "removeprefix",
        "title",
        "replace",
        "split",
        "format",
        "join",
        "center",
    ]
)
"""Methods of text that add nothing but their arguments."""
OURS = frozenset(
    {"id", "when", "family", "number", "dimensions", "reference", "verdict", "state", "modality", "help", "summary"}
)
"""Attributes that hold names and numbers of ours: ids, states, parts, and what registered things say of themselves."""
REGISTERED = frozenset({"Param", "ReadOption", "ModelInfo", "Preset", "Modality"})
"""Classes whose words are all ours."""
WHOLE = frozenset({"int", "float", "bool", "Nouns", "date", "datetime"})
"""Annotations of what cannot hold Markdown."""


@dataclass
class Module:
    """A file, and what its names stand for."""

    path: Path
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    """Those at its top: what they answer is looked at where they are called."""

    @classmethod
    def read(cls, path: Path) -> "Module":
        module = cls(path, ast.parse(path.read_text(encoding="utf-8")))
        for node in ast.walk(module.tree):
            for child in ast.iter_child_nodes(node):
                module.parents[child] = node
        module.functions = {node.name: node for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        return module

    def scope(self, node: ast.AST) -> Iterator[ast.AST]:
        """The functions around a node, the innermost first, then the module."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module):
                yield node


class Lint:
    """All modules together: what is annotated in one is looked at in the others."""

    def __init__(self, paths: list[Path]) -> None:
        self.modules = [Module.read(path) for path in paths]
        self.parameters: dict[str, dict[str, int]] = {}
        self.answers: set[str] = set()
        self.fields: set[str] = set()
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    self._annotated(module, node)
                elif isinstance(node, ast.ClassDef):
                    self._fields(module, node)

    def _annotated(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if _is_markdown(function.returns):
            self.answers.add(_known_as(module, function.name))
        every = [*function.args.posonlyargs, *function.args.args]
        taken = {a.arg: every.index(a) for a in every if _is_text(a.annotation)}
        taken |= {a.arg: -1 for a in function.args.kwonlyargs if _is_text(a.annotation)}
        if taken:
            self.parameters.setdefault(_known_as(module, function.name), {}).update(taken)

    def _fields(self, module: Module, node: ast.ClassDef) -> None:
        lines = [line for line in node.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]
        marked = {line.target.id: place for place, line in enumerate(lines) if _is_markdown(line.annotation)}
        if marked:
            self.parameters.setdefault(_known_as(module, node.name), {}).update(marked)
            self.fields |= set(marked)

    def problems(self) -> list[str]:
        """Each place that shows text as Markdown that may be anybody's: ``file:line: the expression``."""
        found = []
        for module in self.modules:
            for node in ast.walk(module.tree):
                for shown in self._shown(module, node):
                    for bad in self._unsafe(module, shown, shown, frozenset()):
                        found.append(f"{module.path}:{bad.lineno}: {ast.unparse(bad)}")
        return sorted(set(found))

    def _shown(self, module: Module, node: ast.AST) -> Iterator[ast.expr]:
        """What a node shows as Markdown."""
        if isinstance(node, ast.Return) and node.value is not None:
            function = next(module.scope(node), None)
            if isinstance(function, ast.FunctionDef) and _is_markdown(function.returns):
                yield from [] if function.name in ESCAPES else [node.value]
        if not isinstance(node, ast.Call):
            return
        name = _called(node)
        shows = isinstance(node.func, ast.Attribute) and self._streamlit(node.func)
        if shows and (name in FIRST or name == "progress"):
            place = 1 if name == "progress" else 0
            yield from node.args[place : place + 1]
            yield from (k.value for k in node.keywords if k.arg in KEYWORDS)
            if name in {"pills", "segmented_control", "radio"}:
                written = (k.value for k in node.keywords if k.arg == "format_func")
                yield from (value.body for value in written if isinstance(value, ast.Lambda))
        for parameter, place in self.parameters.get(_known_as(module, name), {}).items():
            if not shows:
                yield from (k.value for k in node.keywords if k.arg == parameter)
                if 0 <= place < len(node.args):
                    yield node.args[place]

    def _streamlit(self, function: ast.Attribute) -> bool:
        """Whether it is a call of Streamlit's, on the module or on a container."""
        of = function.value.id if isinstance(function.value, ast.Name) else ""
        if function.attr in {"title", "status", "write", "error"}:
            return of in {"st", "title", "place"}
        return of == "st" or function.attr not in self.parameters

    def _unsafe(self, module: Module, node: ast.expr, at: ast.AST, seen: frozenset[str]) -> list[ast.expr]:
        """The parts of an expression that may hold text of anybody."""

        def every(parts: list[ast.expr]) -> list[ast.expr]:
            return [bad for part in parts for bad in self._unsafe(module, part, at, seen)]

        if isinstance(node, ast.Constant | ast.Compare | ast.UnaryOp):
            return []
        if isinstance(node, ast.JoinedStr):
            written = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            return every([part.value for part in written if not _numeric(part)])
        if isinstance(node, ast.BinOp):
            return [] if isinstance(node.op, ast.Sub | ast.Div) else every([node.left, node.right])
        if isinstance(node, ast.IfExp):
            return every([node.body, node.orelse])
        if isinstance(node, ast.BoolOp):
            return every(node.values)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return every(node.elts)
        if isinstance(node, ast.Dict):
            return every(node.values)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return every([node.elt])
        if isinstance(node, ast.NamedExpr | ast.Subscript | ast.DictComp | ast.Starred):
            return every([node.value])
        if isinstance(node, ast.Call):
            return self._unsafe_call(module, node, at, seen)
        if isinstance(node, ast.Attribute):
            return [] if self._own(module, node, at) else [node]
        if isinstance(node, ast.Name):
            return self._unsafe_name(module, node, at, seen)
        return [node]

    def _unsafe_call(self, module: Module, node: ast.Call, at: ast.AST, seen: frozenset[str]) -> list[ast.expr]:
        name = _called(node)
        if name in ESCAPES or name in NUMBERS or _known_as(module, name) in self.answers:
            return []
        if name == "map" and isinstance(node.args[0], ast.Name) and node.args[0].id in ESCAPES:
            return []
        if _is_markdown(self._annotation(module, name, at)):
            return [bad for part in node.args[:1] for bad in self._unsafe(module, part, at, seen)]
        if name in {"more", "str", "list", "tuple", *NOUNS} or _called(node.func) in NOUNS:
            return [bad for part in node.args[:1] for bad in self._unsafe(module, part, at, seen)]
        if isinstance(node.func, ast.Attribute):
            if name in SAME:
                parts = [node.func.value, *node.args]
                return [bad for part in parts for bad in self._unsafe(module, part, at, seen)]
            if name in {"items", "values"} and _own_name(node.func.value):
                return []
            if name == "get":
                parts = [node.func.value, *node.args[1:]]
                return [bad for part in parts for bad in self._unsafe(module, part, at, seen)]
        elif (written := self._lambda(module, name, at)) is not None:
            return self._unsafe(module, written.body, written.body, seen)
        elif (own := module.functions.get(name)) is not None and name not in seen:
            answers = [line.value for line in ast.walk(own) if isinstance(line, ast.Return) and line.value is not None]
            if not any(self._unsafe(module, answer, answer, seen | {name}) for answer in answers):
                return []
        return [node]

    def _annotation(self, module: Module, name: str, at: ast.AST) -> ast.expr | None:
        """What a parameter of the functions around is annotated with."""
        for scope in module.scope(at):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                for argument in [*scope.args.args, *scope.args.kwonlyargs]:
                    if argument.arg == name:
                        return argument.annotation
        return None

    def _lambda(self, module: Module, name: str, at: ast.AST) -> ast.Lambda | None:
        """The function in a line that a name stands for."""
        bound = (value for scope in module.scope(at) for target, value in _bound(module, scope) if target == name)
        return next((value for value in bound if isinstance(value, ast.Lambda)), None)

    def _own(self, module: Module, node: ast.Attribute, at: ast.AST) -> bool:
        """Whether an attribute is ours: a constant's, a noun's, or one that is annotated."""
        if isinstance(node.value, ast.Name) and node.value.id in NOUNS:
            return True
        if _called(node.value) in NOUNS:
            return True
        annotation = self._annotation(module, node.value.id, at) if isinstance(node.value, ast.Name) else None
        if annotation is not None and _words(annotation) <= REGISTERED:
            return True
        registered = isinstance(node.value, ast.Subscript) and _own_name(node.value.value)
        return node.attr in self.fields | OURS or node.attr.isupper() or _own_name(node.value) or registered

    def _unsafe_name(self, module: Module, node: ast.Name, at: ast.AST, seen: frozenset[str]) -> list[ast.expr]:
        if _own_name(node) or node.id in seen:
            return []
        for scope in module.scope(at):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for argument in [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]:
                    if argument.arg == node.id:
                        safe = _is_markdown(argument.annotation) or _words(argument.annotation) <= WHOLE | {"None"}
                        return [] if argument.annotation is not None and safe else [node]
            given = [value for target, value in _bound(module, scope) if target == node.id]
            if given:
                found = [bad for v in given for bad in self._unsafe(module, v, v, seen | {node.id})]
                return [node] if found else []
        return [node]


def _bound(module: Module, scope: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What names of a scope are given: by assignment, in loops, or where a ``with`` begins."""
    for node in ast.walk(scope):
        if node is not scope and next(module.scope(node), None) is not scope:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _targets(target, node.value)
        elif isinstance(node, ast.AnnAssign) and _is_markdown(node.annotation):
            yield from _targets(node.target, ast.Constant(""))  # what put it there was looked at
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
            yield from _targets(node.target, node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            lines = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else [node.iter]
            for line in lines:
                yield from _targets(node.target, line)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, ast.Attribute(ast.Name(node.name), "message", lineno=node.lineno)
        elif isinstance(node, ast.Call) and (grown := _grown(node)):
            yield grown, node.args[-1]


def _grown(node: ast.Call) -> str:
    """The list that a call adds to."""
    adds = isinstance(node.func, ast.Attribute) and node.func.attr in {"append", "insert", "extend"}
    return node.func.value.id if adds and isinstance(node.func.value, ast.Name) else ""


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for place, part in enumerate(target.elts):
            yield from _targets(part, value.elts[place] if same else value)


def _known_as(module: Module, name: str) -> str:
    """A function's name among those of all modules; a private one is its module's own."""
    return f"{module.path}:{name}" if name.startswith("_") else name


def _is_markdown(annotation: ast.expr | None) -> bool:
    return "Markdown" in _words(annotation)


def _is_text(annotation: ast.expr | None) -> bool:
    """Whether it is Markdown itself, not a function that makes it."""
    return _is_markdown(annotation) and "Callable" not in _words(annotation)


def _words(annotation: ast.expr | None) -> set[str]:
    return set(re.findall(r"\w+", ast.unparse(annotation))) if annotation is not None else set()


def _called(node: ast.AST) -> str:
    """The name of the function that a call is of."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _own_name(node: ast.expr) -> bool:
    """Whether it is a constant of a module."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return bool(name) and name.isupper()


def _numeric(part: ast.FormattedValue) -> bool:
    """Whether a value is written as a number."""
    if part.format_spec is None:
        return False
    spec = "".join(value.value for value in part.format_spec.values if isinstance(value, ast.Constant))
    return bool(re.search(r"[fdegn%,]$", spec))
