import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from store_backends import scratch

from core.errors import ConfigError, DataError
from core.settings import Settings
from core.store import tables
from core.store.database import database_url, open_database
from core.store.runs import Store
from core.store.workspace import open_workspace

pytest_plugins = ["store_fixtures"]

OPEN = """
import sys
from core.store.database import open_database
from sqlalchemy import text

engine = open_database(sys.argv[1])
with engine.connect() as connection:
    print(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
"""


def test_many_processes_that_open_a_new_store_at_once_all_get_it(place: Settings):
    command = [sys.executable, "-W", "error", "-c", OPEN, place.database_url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert out.strip() == tables.REVISION, err


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store):
    found = inspect(store._engine)
    assert set(tables.metadata.tables) | {"alembic_version"} == set(found.get_table_names())
    for name, table in tables.metadata.tables.items():
        columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}, name


def test_opening_again_does_not_migrate(place: Settings, monkeypatch: pytest.MonkeyPatch):
    open_database(place.database_url).dispose()
    monkeypatch.setattr("core.store.database._migrate", lambda engine: pytest.fail("migrated again"))
    open_database(place.database_url).dispose()


def test_one_store_per_address_until_it_is_closed(place: Settings):
    first = Store.open(place)
    assert Store.open(place) is first
    first.close()
    second = Store.open(place)
    assert second is not first
    second.close()


def test_a_database_from_the_future_is_refused_in_a_sentence(place: Settings):
    engine = open_database(place.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DataError, match="newer Anomalens"):
        open_database(place.database_url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_takes_psycopg_3(scheme: str):
    assert database_url(f"{scheme}://me:secret@host/name").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("address", ["nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_used_is_refused_with_the_remedy(address: str):
    with pytest.raises(ConfigError, match="ANOMALENS_DATABASE_URL"):
        open_database(address)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be opened") as error:
        open_database("postgresql://me:secret@127.0.0.1:9/name")
    assert "secret" not in str(error.value)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    blocked = replace(scratch(tmp_path), home=tmp_path / "file" / "home")
    with pytest.raises(DataError, match="ANOMALENS_HOME"):
        open_workspace(blocked)


def test_a_workspace_deletes_datasets_and_runs_with_their_files(tmp_path: Path):
    from core.recipe import Recipe

    workspace = open_workspace(scratch(tmp_path))
    dataset = workspace.store.add_dataset("Pumps", rows=1, columns=1, schema={}, report={})
    run = workspace.store.create_run(dataset.id, Recipe())
    other = workspace.store.create_run(dataset.id, Recipe())
    for path in (f"runs/{run.id}/a.json", f"runs/{other.id}/a.json", f"datasets/{dataset.id}/data.parquet"):
        workspace.artifacts.write_bytes(path, b"1")
    workspace.delete_run(run.id)
    assert workspace.artifacts.list() == [f"datasets/{dataset.id}/data.parquet", f"runs/{other.id}/a.json"]
    workspace.store.set_state(other.id, "done")
    workspace.delete_dataset(dataset.id)
    assert workspace.artifacts.list() == []
    workspace.store.close()
