"""Fixtures of the store's tests: every test that takes ``store`` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_backends import postgres_server, scratch

from core.settings import Settings
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


@pytest.fixture
def store(place: Settings) -> Iterator[Store]:
    opened = Store.open(place)
    yield opened
    opened.close()


@pytest.fixture
def dataset(store: Store) -> Dataset:
    return store.add_dataset("Pumps", rows=10, columns=3, schema={"columns": []}, report={})
