"""Fixtures of the store's tests: every test that takes ``store`` runs on SQLite and on PostgreSQL."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_backends import create_database, postgres_server

from core.settings import Settings, settings
from core.store.records import Dataset
from core.store.runs import Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with an empty place for everything, on each kind of database."""
    return scratch(tmp_path, request.getfixturevalue("postgres") if request.param == "postgres" else None)


def scratch(folder: Path, server: str | None = None) -> Settings:
    address = create_database(server, "t" + secrets.token_hex(6)) if server else f"sqlite:///{folder / 'runs.db'}"
    return replace(settings(), home=folder, database_url=address, storage=str(folder / "storage"), workers=2)


@pytest.fixture
def store(place: Settings) -> Iterator[Store]:
    opened = Store.open(place)
    yield opened
    opened.close()


@pytest.fixture
def dataset(store: Store) -> Dataset:
    return store.add_dataset("Pumps", rows=10, columns=3, schema={"columns": []}, report={})
