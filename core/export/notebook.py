"""A run as a notebook: the same steps through :mod:`core`, in the order in which they happen, ready to be changed."""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from core.errors import NotFittedError
from core.modalities.nouns import nouns_of

if TYPE_CHECKING:
    from core.store.records import Dataset, Run
    from core.store.workspace import Workspace

_SAMPLE = "sample: "
_RESULTS = ("rows", "features", "epochs", "threshold", "flagged", "auroc", "average_precision")

_WORKSPACE = """\
import os
from tempfile import mkdtemp

os.environ["ANOMALENS_HOME"] = mkdtemp()  # a workspace of this notebook's own; delete the folder when you are done

from core.index.table import Table
from core.store.workspace import open_workspace

space = open_workspace()
"""

_TRAIN = """\
from core.detector.experiment import EpochRecord, Experiment
from core.modalities.recognise import modality_of
from core.recipe import Recipe

recipe = Recipe.from_dict(
    {recipe}
)
samples = modality_of(recipe.modality).open(dataset, space.artifacts, schema)
experiment = Experiment(samples, recipe)
for event in experiment.run():
    if isinstance(event, EpochRecord):
        print(event.epoch, event.train)
result = experiment.result
"""

_COMPARE = """\
import pandas as pd

recorded = {recorded}
pd.DataFrame({{"recorded": recorded, "here": {{name: getattr(result, name) for name in recorded}}}})
"""

_HISTOGRAM = """\
import plotly.express as px

from core.index.labels import read_labels

scores = experiment.scores.score
labels = pd.Series(read_labels(table, schema)).map({0: "normal", 1: "anomaly", -1: "unknown"})
figure = px.histogram(x=scores, color=labels, nbins=160, log_y=True, labels={"x": "anomaly score", "color": "class"})
figure.add_vline(result.threshold, annotation_text=f"threshold {result.threshold:.4g}")
"""

_ROWS = """\
import numpy as np

top = np.argsort(-scores)[:20]
table.frame(rows=top).assign(score=scores[top], flagged=scores[top] > result.threshold)
"""

_WHY = """\
experiment.trained.explain_samples(samples, top[:5]).head(40)
"""

_NEW = """\
new = samples.read(top[:5])  # any content of the same kind: of a table, a DataFrame with the same columns
found = experiment.trained.score(new)
pd.DataFrame({"score": found.score, "flagged": experiment.trained.flagged(found.score)})
"""


def run_notebook(space: Workspace, run: Run) -> str:
    """A run of the workspace as the text of an ``.ipynb`` file; see :func:`notebook`."""
    # A run that never began has no schema, and is refused for having no result.
    schema = space.artifacts.read_json(f"runs/{run.id}/schema.json") if run.result else {}
    return notebook(run, space.store.dataset(run.dataset_id), schema)


def notebook(run: Run, dataset: Dataset, schema: Mapping[str, Any]) -> str:
    """A run as the text of an ``.ipynb`` file (Jupyter's format 4).

    Parameters
    ----------
    run
        A finished run.
    dataset
        What it was trained on; the notebook reads the same file again, by the name that it was uploaded under.
    schema
        What the columns were when the run began, as plain values.

    Raises
    ------
    NotFittedError
        When the run has no result.
    """
    import nbformat

    v4: Any = nbformat.v4  # its functions say no types

    if not run.result:
        raise NotFittedError(f"Run {run.id} is {run.state} and has no result to write down. Choose a run that is done.")
    cells: list[Any] = []
    for words, code in _steps(run, run.result, dataset, schema):
        cells.append(v4.new_markdown_cell(words))
        cells += [v4.new_code_cell(code.rstrip())] if code else []
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"  # the same run gives the same file
    book = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.validate(book)
    return str(v4.writes(book))


def _steps(run: Run, result: Mapping[str, Any], dataset: Dataset, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Words and code, step by step."""
    says = nouns_of(run.recipe.modality)
    versions = ", ".join(f"{name} {number}" for name, number in (result.get("versions") or {}).items())
    head = (
        f"# {_plain(run.name)}\n\nThe run `{run.id}` of Anomalens on the dataset {_plain(dataset.name)}: the same "
        f"steps, the same settings, the same seed ({run.recipe.seed}). On the same device and with the same "
        f"versions it gives the same numbers ({versions}).\n\n"
        f"It needs `pip install anomalens`, or a checkout with `make install`."
    )
    recorded = {name: result.get(name) for name in _RESULTS}
    return [
        (head, ""),
        ("## Read the data", _WORKSPACE + _read(dataset)),
        (
            "## What the columns are\n\nKinds, roles and the meaning of the labels, as they stood when the run began.",
            "from core.index.schema import Schema\n\n"
            f"schema = Schema.from_dict(\n{_indented(_pretty(schema))}\n)\ntable.frame(rows=list(range(5)))\n",
        ),
        ("## Train", _TRAIN.replace("    {recipe}", _indented(_pretty(run.recipe.to_dict())))),
        ("## What it came to, beside what was recorded", _COMPARE.format(recorded=_pretty(recorded))),
        ("## The scores and the threshold", _HISTOGRAM),
        (says("## The rows with the highest scores"), _ROWS),
        ("## Why: the features of the first five, the largest contribution first", _WHY),
        (says("## New rows"), _NEW),
    ]


def _read(dataset: Dataset) -> str:
    """The code that reads the dataset's file again, or makes the sample again."""
    if dataset.source.startswith(_SAMPLE):
        name = dataset.source.removeprefix(_SAMPLE)
        return (
            "from core.modalities.examples import ingest_example\n\n"
            f"dataset = ingest_example(space, {name!r})\n"
            "table = Table.open(dataset, space.artifacts)\n"
        )
    report = dataset.report
    second = report.get("test") or {}
    lines = ["from core.readers.ingest import ingest", "from core.readers import ReadOptions", ""]
    lines.append(f"FILE = {PurePath(dataset.source).name!r}  # where the file lies on this machine")
    given = ["space.store", "space.artifacts", "FILE", f"options={_options(report)}"]
    if second:
        lines.append(f"SECOND = {str(second.get('name', ''))!r}")
        given += ["test=SECOND", f"second_is={report.get('second_is', 'test')!r}", f"test_options={_options(second)}"]
    arguments = "".join(f"    {argument},\n" for argument in given)
    lines += [f"dataset = ingest(\n{arguments})", "table = Table.open(dataset, space.artifacts)"]
    return "\n".join(lines) + "\n"


def _options(report: Mapping[str, Any]) -> str:
    """The user's word about a file, as code; what was found out is found out again."""
    given = {name: value for name, value in (report.get("options") or {}).items() if value not in ("", None, [], ())}
    return f"ReadOptions.from_dict({given!r})" if given else "ReadOptions()"


def _pretty(values: Mapping[str, Any]) -> str:
    return pprint.pformat(dict(values), width=100, sort_dicts=False)


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))


def _plain(text: str) -> str:
    """A name that stays a name in Markdown and HTML."""
    return "".join(f"&#{ord(c)};" if c in "<>&*_`[]\\#|" else " " if c in "\r\n" else c for c in text)
