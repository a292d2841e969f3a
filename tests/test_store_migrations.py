"""A store that an earlier version wrote: brought up to date when it is opened, and worked with as before."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from job_helpers import recipe, write_table
from sqlalchemy import create_engine, inspect, text

import core.store
from core.index.schema import Schema, infer_schema
from core.index.table import Table
from core.jobs.worker import run_job
from core.modalities import MODALITIES
from core.settings import Settings
from core.store import tables
from core.store.database import database_url
from core.store.workspace import open_workspace

pytest_plugins = ["store_fixtures"]

DATASET, DONE, WAITING = "ds00000001", "run0000001", "run0000002"
AT = "2026-03-01 08:30:00.000000"
RECIPE = {
    "model": "dense",
    "members": 1,
    "seed": 3,
    "device": "cpu",
    "preset": "",
    "model_settings": {"hidden_dims": [8]},
    "training": {"epochs": 2, "batch_size": 64},
    "encoding": {
        "numbers": "dual",
        "categories": "auto",
        "max_levels": 32,
        "hash_width": 16,
        "blanks": "impute",
        "missing_indicator": True,
    },
}
"""As revision 0003 wrote it: no modality."""
INSERTS = (
    "INSERT INTO datasets (id, name, source, rows, test_rows, columns, schema, report, created_at) "
    "VALUES (:dataset, 'Pumps', 'pumps.csv', 300, 0, 6, :schema, '{}', :at)",
    "INSERT INTO runs (id, dataset_id, name, state, reason, recipe, result, progress, notes, tags, created_at, "
    "attempt, retries, holder) VALUES "
    "(:done, :dataset, 'Old', 'done', '', :recipe, :result, '{}', 'kept', '[\"a\"]', :at, 1, 0, ''), "
    "(:waiting, :dataset, 'Waiting', 'queued', '', :recipe, NULL, '{}', '', '[]', :at, 0, 0, '')",
    "INSERT INTO verdicts (dataset_id, row, content, verdict, comment, tag, author, at, run_id, score, shown_by) "
    "VALUES (:dataset, 7, 'c', 'anomaly', 'leaks', '', 'ann', :at, :done, 1.5, 'score')",
)


@pytest.fixture
def old(place: Settings, tmp_path: Path) -> Settings:
    """A database at revision 0003 with rows as that version wrote them, and the dataset's file."""
    file = write_table(tmp_path, rows=300)
    values = {
        "dataset": DATASET,
        "done": DONE,
        "waiting": WAITING,
        "at": AT,
        "schema": json.dumps(infer_schema(Table(file)).to_dict()),
        "recipe": json.dumps(RECIPE),
        "result": json.dumps({"threshold": 0.5, "rows": 300}),
    }
    engine = create_engine(database_url(place.database_url))
    config = Config()
    config.set_main_option("script_location", str(Path(core.store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        assert "modality" not in {column["name"] for column in inspect(connection).get_columns("datasets")}
        for insert in INSERTS:
            connection.execute(text(insert), values)
    engine.dispose()
    (tmp_path / "storage" / "datasets" / DATASET).mkdir(parents=True)
    file.rename(tmp_path / "storage" / "datasets" / DATASET / "data.parquet")
    return place


def test_what_the_version_before_wrote_is_read_and_goes_on(old: Settings):
    space = open_workspace(old)
    dataset = space.store.dataset(DATASET)
    assert (dataset.name, dataset.modality, dataset.rows) == ("Pumps", "tabular", 300)
    done = space.store.run(DONE)
    assert (done.name, done.notes, done.tags, done.result) == ("Old", "kept", ("a",), {"threshold": 0.5, "rows": 300})
    assert (done.recipe.modality, done.recipe.encoding) == ("tabular", RECIPE["encoding"])
    assert done.recipe.model_settings == RECIPE["model_settings"]
    assert [entry.comment for entry in space.store.verdict_log(DATASET)] == ["leaks"]
    # A run that waited when the program was brought up to date is trained.
    trained = run_job(WAITING, old)
    assert trained.state == "done", trained.reason
    assert trained.result is not None
    assert (trained.result["rows"], trained.result["epochs"]) == (300, 2)
    samples = MODALITIES[dataset.modality]().open(dataset, space.artifacts)
    assert len(samples) == 300
    assert samples.schema == Schema.from_dict(dataset.schema)
    # So is a new one, and another dataset says what it is.
    assert run_job(space.store.create_run(DATASET, recipe(1)).id, old).state == "done"
    other = space.store.add_dataset("Curves", rows=1, columns=1, schema={}, report={}, modality="curves")
    assert space.store.dataset(other.id).modality == "curves"
    space.store.close()


def test_the_migration_goes_back_and_forth(old: Settings):
    open_workspace(old).store.close()
    engine = create_engine(database_url(old.database_url))
    config = Config()
    config.set_main_option("script_location", str(Path(core.store.__file__).parent / "migrations"))
    for revision, there in (("0003", False), (tables.REVISION, True)):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if there else command.downgrade)(config, revision)
            assert ("modality" in {column["name"] for column in inspect(connection).get_columns("datasets")}) == there
            assert connection.execute(text("SELECT name FROM datasets")).scalars().all() == ["Pumps"]
    engine.dispose()
