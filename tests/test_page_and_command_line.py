"""Page and command line are one: of the same files rows, columns, roles, label, split, preset and notes agree."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import typer

from core.cli import main
from core.cli.support import follow
from core.index.chosen_split import for_dataset
from core.index.schema import Schema
from core.index.split import PARTS, split_rows
from core.index.table import Table
from core.readers.reading.options import READ_OPTIONS, ReadOptions
from core.recipe import Recipe
from core.store.records import Dataset
from core.store.workspace import Workspace, open_workspace
from dashboard.server import cache, read_tasks
from dashboard.train import recipe_form


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif isinstance(content, dict):
        with pd.ExcelWriter(path) as book:
            for sheet, frame in content.items():
                frame.to_excel(book, sheet_name=sheet, index=False)
    else:
        content.to_csv(path, index=False)
    return path


def numbers(rows: int, columns: str, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(rows, len(columns))), columns=list(columns))


def folds() -> pd.DataFrame:
    parts = np.repeat(["train", "valid", "test"], [80, 20, 20])
    return numbers(120, "ab").assign(label=(np.arange(120) % 15 == 0).astype(int), split=parts)


def prices(rows: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    lines = [f"A{k};{rng.integers(1, 9)}.{rng.integers(100, 999)},{rng.integers(10, 99)};{k % 7}" for k in range(rows)]
    return "Artikel;Preis;Menge\n" + "\n".join(lines) + "\n"


def thousands() -> str:
    return "Artikel;Preis\n" + "".join(f"A{k};{1 + k % 9}.{k % 900 + 100}\n" for k in range(90))


def moments() -> str:
    return "when,x\n" + "".join(f"0{1 + k % 9}/0{1 + k % 5}/2026 10:{k % 60:02d},{k % 13}.5\n" for k in range(90))


def sentinels() -> pd.DataFrame:
    frame = numbers(100, "xy").abs() + 1.0
    frame.loc[::9, "x"] = -200.0
    return frame


LABELLED = numbers(100, "abc").assign(outcome=np.where(np.arange(100) % 10 == 0, "attack", "normal"))
SHEETS = {"Info": pd.DataFrame({"made by": ["us"]}), "Daten": numbers(80, "uvw"), "Neu": numbers(60, "uv", 1)}
MIXED = numbers(90, "p").assign(
    id=[f"row-{k}" for k in range(90)], same=1, flag=[k % 3 == 0 for k in range(90)], kind=list("abc") * 30
)

FILES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a German table": ({"de.csv": prices(100, 0)}, {}),
    "a second file without labels": ({"one.csv": LABELLED, "two.csv": numbers(40, "abc", 1)}, {}),
    "a German table and a second one": (
        {"one.csv": prices(100, 0), "two.csv": "MENGE;artikel;preis\n3;B1;1.299\n"},
        {},
    ),
    "a column that names the parts": ({"fold.csv": folds()}, {}),
    "labels in words": ({"labelled.csv": LABELLED}, {}),
    "thousands or decimals": ({"either.csv": thousands()}, {}),
    "thousands, as said": ({"either.csv": thousands()}, {"decimal": ","}),
    "days or months": ({"moments.csv": moments()}, {}),
    "months, as said": ({"moments.csv": moments()}, {"day_first": False}),
    "-200 means missing": ({"sentinels.csv": sentinels()}, {"missing": ("-200",)}),
    "a workbook": ({"book.xlsx": SHEETS}, {}),
    "another sheet of it": ({"book.xlsx": SHEETS}, {"sheet": "Neu"}),
    "no header": ({"bare.csv": numbers(70, "ab").to_csv(index=False, header=False)}, {"header": False}),
    "names, a constant, true and false, categories": ({"mixed.csv": MIXED}, {}),
}


@pytest.fixture
def space(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANOMALENS_ALLOWED_SOURCES", str(tmp_path))
    st.cache_resource.clear()
    return open_workspace()


def by_page(space: Workspace, files: list[Path], options: dict[str, Any]) -> tuple[Dataset, Recipe]:
    """What the Data page reads and the Train page would start with."""
    second = str(files[1]) if len(files) > 1 else ""
    plain = ReadOptions(**options).to_dict()
    request = read_tasks.ReadRequest(address=str(files[0]), second_address=second, options=plain)
    task = read_tasks.ReadTask("1", request, files[0].name)
    dataset = space.store.dataset(read_tasks._ingest(space, task))
    preset = recipe_form.starting_points(dataset.modality)[0]
    return dataset, for_dataset(preset.recipe, dataset, Schema.from_dict(dataset.schema)).on(dataset.modality)


def by_command(space: Workspace, files: list[Path], options: dict[str, Any]) -> tuple[Dataset, Recipe]:
    """What `anomalens train` would train on, and how; nothing is trained."""
    words = [str(files[0]), *(["--test", str(files[1])] if len(files) > 1 else [])]
    for option in READ_OPTIONS:
        if option.name in options:
            value = options[option.name]
            said = next((c.words[0] for c in option.choices if c.value == value and c.words), value)
            words += [word for one in (said if option.several else [said]) for word in (option.flag, one)]
    with pytest.raises(SystemExit):
        main(["train", *words])
    run = space.store.runs()[0]
    return space.store.dataset(run.dataset_id), run.recipe


def decisions(space: Workspace, dataset: Dataset, recipe: Recipe) -> dict[str, Any]:
    """All that was decided of a dataset and a recipe."""
    schema = Schema.from_dict(dataset.schema)
    table = Table.open(dataset, space.artifacts)
    codes = split_rows(table, schema, recipe.split, recipe.seed).codes(table.rows)
    return {
        "rows": (dataset.rows, dataset.test_rows),
        "values": table.frame().to_csv(),
        "columns": [(c.name, c.kind, c.role, c.role_reason) for c in schema.columns],
        "label": (schema.label, dict(schema.label_values), schema.label_reason),
        "parts": {name: int((codes == code).sum()) for code, name in enumerate(PARTS)},
        "codes": codes.tolist(),
        "recipe": recipe.to_dict(),
        "interpretation": dataset.report["interpretation"],
        "notes": [note.text for note in cache.notes(dataset.id, cache.version(dataset))],
    }


@pytest.mark.parametrize("what", FILES)
def test_page_and_command_line_decide_alike(what: str, space: Workspace, tmp_path, monkeypatch, capsys):
    contents, options = FILES[what]
    files = [write(tmp_path, name, content) for name, content in contents.items()]

    def not_trained(*_: Any) -> None:
        raise typer.Exit(0)

    monkeypatch.setattr(follow, "follow", not_trained)
    page = decisions(space, *by_page(space, files, options))
    command = decisions(space, *by_command(space, files, options))
    said = capsys.readouterr().err
    for name, value in page.items():
        assert command[name] == value, name
    for note in page["notes"]:
        assert " ".join(note.split()) in said
    assert said.count("Note:") == len(page["notes"])
