"""Datasets in the store: their names, sizes, schema and how they were read. The rows themselves are artifacts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from core.errors import DataError, UnknownNameError
from core.recipe import TABULAR
from core.store import tables
from core.store.base import Base, new_id
from core.store.records import ACTIVE, Dataset


class Datasets(Base):
    """The part of the store that knows datasets."""

    def add_dataset(
        self,
        name: str,
        *,
        id: str | None = None,
        source: str = "",
        rows: int,
        test_rows: int = 0,
        columns: int,
        schema: Mapping[str, Any],
        report: Mapping[str, Any],
        modality: str = TABULAR,
    ) -> Dataset:
        """Remember a dataset whose files are in place."""
        values = {
            "id": id or new_id(),
            "name": name,
            "source": source,
            "rows": rows,
            "test_rows": test_rows,
            "columns": columns,
            "schema": schema,
            "report": report,
            "modality": modality,
        }
        with self._write() as connection:
            connection.execute(insert(tables.datasets).values(**values, created_at=self._clock()))
        return self.dataset(str(values["id"]))

    def dataset(self, dataset_id: str) -> Dataset:
        """One dataset.

        Raises
        ------
        UnknownNameError
            When there is none of this id.
        """
        with self._read() as connection:
            row = connection.execute(select(tables.datasets).where(tables.datasets.c.id == dataset_id)).first()
        if row is None:
            raise UnknownNameError(f"There is no dataset called {dataset_id!r}. It may have been deleted.")
        return Dataset(**row._mapping)

    def datasets(self) -> list[Dataset]:
        """Every dataset, the newest first."""
        order = (tables.datasets.c.created_at.desc(), tables.datasets.c.id)
        with self._read() as connection:
            return [Dataset(**row._mapping) for row in connection.execute(select(tables.datasets).order_by(*order))]

    def update_dataset(self, dataset_id: str, **values: Any) -> Dataset:
        """Change what is known about a dataset: name, source, rows, test_rows, columns, schema or report."""
        with self._write() as connection:
            connection.execute(update(tables.datasets).where(tables.datasets.c.id == dataset_id).values(**values))
        return self.dataset(dataset_id)

    def delete_dataset(self, dataset_id: str) -> None:
        """Forget a dataset and its ended runs; their files are the workspace's to delete.

        Raises
        ------
        DataError
            While a run on it still goes on.
        """
        runs = tables.runs
        with self._write() as connection:
            busy = connection.execute(
                select(runs.c.name).where(runs.c.dataset_id == dataset_id, runs.c.state.in_(ACTIVE)).limit(1)
            ).scalar()
            if busy is not None:
                raise DataError(
                    f"A dataset can be deleted when no run uses it. {busy!r} still does. Cancel that run first."
                )
            connection.execute(delete(tables.datasets).where(tables.datasets.c.id == dataset_id))
