"""A table's rows as the numbers that a network reads, and back again in the user's own units.

Fitted on the training rows only, saved with the run as JSON. What is done to one column is in
`core.modalities.tabular.columns`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, NotFittedError
from core.index.numbers import read_numbers_of
from core.modalities.layout import Layout
from core.modalities.tabular.column_values import column_values
from core.modalities.tabular.columns import ColumnEncoder, from_dict
from core.modalities.tabular.columns.categories import OneHotEncoder
from core.modalities.tabular.columns.masked import MaskedEncoder
from core.modalities.tabular.columns.numbers import ASINH, NumberEncoder
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.fitting import by_wider_scale, fit_columns
from core.modalities.tabular.unfamiliar import UnfamiliarValues
from core.modalities.units import EncodedRows, ResidentRows
from core.readers.reading.trained.interpretation import KEPT_AS, Interpretation
from core.readers.reading.trained.matching import lacking_note

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Schema
    from core.modalities.contract import Samples, Units
    from core.store.artifacts import Artifacts

Ids = NDArray[np.int64]

_VERSION = 1
_CHUNK = 16_384
_MANY = 200
_NUMBERS = 1 << 22
"""Numbers that are read of a frame at once, at most."""


@dataclass(frozen=True)
class _Fitted:
    """A feature with its encoder and the place of its encoded columns."""

    name: str
    encoder: ColumnEncoder
    start: int

    @property
    def place(self) -> slice:
        return slice(self.start, self.start + self.encoder.width)


class TabularEncoder:
    """Encodes the feature columns of a table.

    Parameters
    ----------
    config
        How columns are encoded.
    schema
        What the columns are; may be left out where :meth:`fit` sees samples, which have one.

    Attributes
    ----------
    features : list of str
        The user's feature columns, in the order of the schema.
    feature_of : ndarray of int, shape (width,)
        The place in ``features`` of the column that each encoded column was made from.
    names : list of str
        What each encoded column is, for people.
    interpretation : Interpretation or None
        How the file of the training rows was understood: later files are read like it. None where that was not kept.
    output_range : str
        "unit" where training rows lie between 0 and 1 (``minmax``), else "real". Later rows may lie outside even then:
        that is what makes them anomalous, so a model that needs targets within [0, 1] clamps them itself.
    """

    def __init__(self, config: EncodingConfig | None = None, schema: Schema | None = None) -> None:
        self.config, self.schema = config or EncodingConfig(), schema
        self._fitted: list[_Fitted] = []
        self.interpretation: Interpretation | None = None
        self.output_range = "real"

    def fit(self, samples: Samples, ids: Ids) -> TabularEncoder:
        """Learn every feature's encoding from training rows.

        Raises
        ------
        DataError
            When there is no row or no feature.
        """
        schema = self.schema or samples.schema
        _refuse_nothing(schema, len(ids))
        self.interpretation = getattr(samples, "interpretation", None)
        return self.fit_frame(samples.read(ids), schema)

    def fit_frame(self, frame: pd.DataFrame, schema: Schema | None = None) -> TabularEncoder:
        """Learn every feature's encoding from a frame of training rows; see :meth:`fit`."""
        schema, config = schema or self.schema, self.config
        assert schema is not None
        _refuse_nothing(schema, len(frame))
        self.output_range = "unit" if config.numbers == "minmax" else "real"
        encoders = fit_columns(frame, schema.features, config)
        if config.blanks == "mask":
            encoders = {name: MaskedEncoder.around(encoder) for name, encoder in encoders.items()}
        self._place([(column.name, encoders[column.name]) for column in schema.features])
        return self

    def within(self, wider: TabularEncoder) -> TabularEncoder:
        """The same, but a number that its rows have all alike is scaled as by an encoder that was fitted to more."""
        encoder = TabularEncoder(self.config, self.schema)
        encoder.output_range, encoder.interpretation = self.output_range, self.interpretation
        others = wider.columns
        encoder._place([(f.name, by_wider_scale(f.encoder, others[f.name])) for f in self._fitted])
        return encoder

    @property
    def features(self) -> list[str]:
        """The user's feature columns."""
        return [fitted.name for fitted in self._fitted]

    @property
    def columns(self) -> dict[str, ColumnEncoder]:
        """The encoder of each feature column."""
        return {fitted.name: fitted.encoder for fitted in self._fitted}

    @property
    def width(self) -> int:
        """How many encoded columns there are."""
        return sum(fitted.encoder.width for fitted in self._fitted)

    @property
    def feature_of(self) -> NDArray[np.int64]:
        """The feature that each encoded column was made from."""
        widths = [fitted.encoder.width for fitted in self._fitted]
        return np.repeat(np.arange(len(widths), dtype=np.int64), widths)

    @property
    def layout(self) -> Layout:
        """Which encoded columns belong together, and whether blanks are NaN."""
        return Layout(
            axes=("feature",),
            shape=(self.width,),
            names={"feature": tuple(self.names)},
            parts=tuple(self.features),
            part_of=self.feature_of,
            blank=math.nan if any(isinstance(f.encoder, MaskedEncoder) for f in self._fitted) else None,
            copies=self._said_by_name(ASINH) if self._said_by_name(ASINH).any() else None,
        )

    @property
    def names(self) -> list[str]:
        """What each encoded column is."""
        return [f"{f.name} {name}".strip() for f in self._fitted for name in f.encoder.names]

    def units(self, samples: Samples, ids: Ids) -> EncodedRows:
        """The encoded rows, each a unit; read and encoded when they are asked for."""
        return EncodedRows(self.layout, ids, lambda some: self.transform(samples.read(some)))

    def encode(self, raw: pd.DataFrame) -> ResidentRows:
        """The encoded rows of a frame in the user's units; columns that were no features are left out.

        Raises
        ------
        DataError
            When a feature column is missing.
        """
        self.refuse_lacking(raw.columns)
        return ResidentRows(self.layout, self.transform(raw))

    def vectors(self, samples: Samples, ids: Ids) -> NDArray[np.float32]:
        """The encoded rows, shape (n, width), 0 where a blank is left out."""
        x = self.units(samples, ids).loaded().x
        return x if self.layout.blank is None else np.nan_to_num(x)

    @property
    def vector_parts(self) -> NDArray[np.int64]:
        """The feature of each encoded column."""
        return self.feature_of

    def transform(self, frame: pd.DataFrame) -> NDArray[np.float32]:
        """Rows as numbers, shape (rows, width), all finite but for blanks that are left out, which are NaN.

        Raises
        ------
        DataError
            When a feature column is missing from ``frame``.
        NotFittedError
            Before :meth:`fit`.
        """
        if not self._fitted:
            raise NotFittedError("The encoder has seen no training rows yet. Call fit first.")
        self.refuse_lacking(frame.columns)
        matrix = np.empty((len(frame), self.width), dtype=np.float32)
        # Where there are thousands of columns and few rows, a look at each column costs more than its numbers do.
        at_once = len(self._fitted) > _MANY and len(frame) * len(self._fitted) <= _NUMBERS
        # A chunk's part of the matrix stays in the processor's cache while column after column is written into it.
        for start in range(0, len(frame), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            read = read_numbers_of(frame.iloc[chunk]) if at_once else {}
            for fitted in self._fitted:
                encoder, numbers = fitted.encoder, read.get(fitted.name)
                if numbers is not None and isinstance(encoder, NumberEncoder):
                    matrix[chunk, fitted.place] = encoder.scaled(numbers)
                else:
                    matrix[chunk, fitted.place] = encoder.transform(frame[fitted.name].iloc[chunk])
        return matrix

    def inverse(self, x: NDArray[np.floating[Any]], of: Units | None = None) -> pd.DataFrame:
        """Encoded rows, such as reconstructions, as the user's columns in the user's units."""
        import pandas as pd

        if x.shape[1] != self.width:
            raise DataError(f"Encoded rows have {self.width} columns. Got {x.shape[1]}.")
        numbers = np.asarray(x, dtype=np.float64)
        if self.layout.blank is None:
            numbers = np.nan_to_num(numbers)
        return pd.DataFrame({f.name: f.encoder.inverse(numbers[:, f.place]) for f in self._fitted})

    def part_values(self, raw: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """Each value as a number (NaN where it is none) and as a person reads it, both of shape (rows, features)."""
        values = np.full((len(raw), len(self.features)), np.nan)
        texts = np.empty(values.shape, dtype=object)
        for j, name in enumerate(self.features):
            values[:, j], texts[:, j] = column_values(raw[name])
        return values, texts

    def refuse_lacking(self, columns: Collection[str]) -> None:
        """Check that a table has the columns that were features; others beside them are left out.

        Raises
        ------
        DataError
            Names those that are missing.
        """
        lacking = [name for name in self.features if name not in columns]
        if lacking:
            raise DataError(lacking_note(list(columns), self.features, lacking))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about values that share one place, of an encoder that was fitted just now."""
        notes = []
        for name, encoder in self.columns.items():
            inner = getattr(encoder, "inner", encoder)
            if isinstance(inner, OneHotEncoder) and inner.folded:
                every = inner.folded + len(inner.levels)
                notes.append(
                    f"Column {name!r}: the {inner.folded:,} rarest of its {every:,} values share one place, 'other', "
                    "so that they are not told apart."
                )
        return tuple(notes)

    def unfamiliar(self) -> UnfamiliarValues:
        """Counts what in new rows can be read as nothing that training rows held."""
        return UnfamiliarValues(self.columns)

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write ``encoder.json``, and ``interpretation.json`` where it is known how the training rows were read."""
        artifacts.write_json(f"{folder}/encoder.json", self.to_dict())
        if self.interpretation is not None:
            artifacts.write_json(f"{folder}/{KEPT_AS}.json", self.interpretation.to_dict())

    @classmethod
    def load(cls, artifacts: Artifacts, folder: str) -> TabularEncoder:
        """The encoder that :meth:`save` wrote."""
        encoder = cls.from_dict(artifacts.read_json(f"{folder}/encoder.json"))
        if artifacts.exists(f"{folder}/{KEPT_AS}.json"):
            encoder.interpretation = Interpretation.from_dict(artifacts.read_json(f"{folder}/{KEPT_AS}.json"))
        return encoder

    def to_dict(self) -> dict[str, Any]:
        """The fitted encoder as plain values that JSON can hold."""
        columns = [{"name": fitted.name, **fitted.encoder.to_dict()} for fitted in self._fitted]
        return {"version": _VERSION, "output_range": self.output_range, "columns": columns}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TabularEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        if values.get("version") != _VERSION:
            raise DataError(
                f"The encoder was written by another version: {values.get('version')!r} instead of {_VERSION}. "
                "Train the model again."
            )
        encoder = cls()
        encoder.output_range = str(values["output_range"])
        encoder._place([(str(column["name"]), from_dict(column)) for column in values["columns"]])
        return encoder

    @property
    def flags(self) -> NDArray[np.bool_]:
        """Which encoded columns say where values are missing: the last one of a feature that has such a column."""
        return self._said_by_name("missing")

    def _said_by_name(self, name: str) -> NDArray[np.bool_]:
        """Which encoded columns have that name within their feature."""
        return np.array([own == name for f in self._fitted for own in f.encoder.names], dtype=np.bool_)

    def masked(self) -> TabularEncoder:
        """The same encoding with NaN in place of the columns that say where values are missing."""
        masked = TabularEncoder(replace(self.config, blanks="mask"), self.schema)
        masked.output_range, masked.interpretation = self.output_range, self.interpretation
        flagged = {f.name for f in self._fitted if f.encoder.names[-1:] == ("missing",)}
        masked._place([(f.name, MaskedEncoder(f.encoder) if f.name in flagged else f.encoder) for f in self._fitted])
        return masked

    def _place(self, encoders: list[tuple[str, ColumnEncoder]]) -> None:
        start = 0
        self._fitted = []
        for name, encoder in encoders:
            self._fitted.append(_Fitted(name, encoder, start))
            start += encoder.width


def _refuse_nothing(schema: Schema, rows: int) -> None:
    if not schema.features:
        raise DataError(
            "No column has the role 'feature', so there is nothing to learn from. Give one column at least that role."
        )
    if not rows:
        raise DataError("The training part has 0 rows, so that nothing can be learned. Choose another split.")
