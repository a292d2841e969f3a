"""A table's rows as the numbers that a network reads, and back again in the user's own units.

Fitted on the training rows only, saved with the run as JSON. What is done to one column is in
`core.modalities.tabular.columns`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, NotFittedError
from core.modalities.layout import Layout
from core.modalities.tabular.columns import ColumnEncoder, from_dict

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column, Schema
    from core.recipe import EncodingConfig

_VERSION = 1
_CHUNK = 16_384
_COMPANY_ROWS = 50_000
"""Training rows from which embeddings are fitted, at most."""


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

    Attributes
    ----------
    features : list of str
        The user's feature columns, in the order of the schema.
    feature_of : ndarray of int, shape (width,)
        The place in ``features`` of the column that each encoded column was made from.
    names : list of str
        What each encoded column is, for people.
    output_range : str
        "unit" where training rows lie between 0 and 1 (``minmax``), else "real". Later rows may lie outside even then:
        that is what makes them anomalous, so a model that needs targets within [0, 1] clamps them itself.
    """

    def __init__(self) -> None:
        self._fitted: list[_Fitted] = []
        self.output_range = "real"

    def fit(self, frame: pd.DataFrame, schema: Schema, config: EncodingConfig) -> TabularEncoder:
        """Learn every feature's encoding from training rows.

        Raises
        ------
        DataError
            When there is no row or no feature.
        """
        if not schema.features:
            raise DataError(
                "No column has the role 'feature', so there is nothing to learn from. Give one column at least that "
                "role."
            )
        if len(frame) == 0:
            raise DataError("The training part has 0 rows, so that nothing can be learned. Choose another split.")
        self.output_range = "unit" if config.numbers == "minmax" else "real"
        embedded = [c for c in schema.features if _is_category(c) and config.categories == "embed"]
        encoders = {c.name: _fit_column(frame[c.name], c, config) for c in schema.features if c not in embedded}
        if embedded:
            encoders |= _fit_embeddings(frame, embedded, encoders, config)
        self._place([(column.name, encoders[column.name]) for column in schema.features])
        return self

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
        """Which encoded columns belong together, and which of them say where a value was missing."""
        flag_of: list[int] = []
        for fitted in self._fitted:
            # The column that says "missing" is the last one of its feature, whatever the encoding.
            flagged = bool(fitted.encoder.names) and fitted.encoder.names[-1] == "missing"
            flag_of += [fitted.place.stop - 1 if flagged else -1] * fitted.encoder.width
        return Layout(
            axes=("feature",),
            shape=(self.width,),
            names={"feature": tuple(self.names)},
            parts=tuple(self.features),
            part_of=self.feature_of,
            flag_of=np.array(flag_of, dtype=np.int64),
        )

    @property
    def names(self) -> list[str]:
        """What each encoded column is."""
        return [f"{f.name} {name}".strip() for f in self._fitted for name in f.encoder.names]

    def transform(self, frame: pd.DataFrame) -> NDArray[np.float32]:
        """Rows as numbers, shape (rows, width), all finite.

        Raises
        ------
        DataError
            When a feature column is missing from ``frame``.
        NotFittedError
            Before :meth:`fit`.
        """
        if not self._fitted:
            raise NotFittedError("The encoder has seen no training rows yet. Call fit first.")
        absent = [name for name in self.features if name not in frame.columns]
        if absent:
            raise DataError(
                f"The data lack {len(absent)} of the {len(self.features)} columns that the model was trained on: "
                f"{', '.join(repr(name) for name in absent[:8])}. Add them, with the same names."
            )
        matrix = np.empty((len(frame), self.width), dtype=np.float32)
        # A chunk's part of the matrix stays in the processor's cache while column after column is written into it.
        for start in range(0, len(frame), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            for fitted in self._fitted:
                matrix[chunk, fitted.place] = fitted.encoder.transform(frame[fitted.name].iloc[chunk])
        return matrix

    def inverse(self, matrix: NDArray[np.floating[Any]]) -> pd.DataFrame:
        """Encoded rows, such as reconstructions, as the user's columns in the user's units."""
        import pandas as pd

        if matrix.shape[1] != self.width:
            raise DataError(f"Encoded rows have {self.width} columns. Got {matrix.shape[1]}.")
        numbers = np.nan_to_num(np.asarray(matrix, dtype=np.float64))
        return pd.DataFrame({f.name: f.encoder.inverse(numbers[:, f.place]) for f in self._fitted})

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

    def _place(self, encoders: list[tuple[str, ColumnEncoder]]) -> None:
        start = 0
        self._fitted = []
        for name, encoder in encoders:
            self._fitted.append(_Fitted(name, encoder, start))
            start += encoder.width


def _is_category(column: Column) -> bool:
    """Whether a column is encoded by its levels."""
    text = column.type in {"text", "datetime"}
    return column.kind in {"category", "integer code"} or (column.kind in {"boolean", "constant"} and text)


def _fit_column(values: pd.Series, column: Column, config: EncodingConfig) -> ColumnEncoder:
    from core.modalities.tabular.columns.moments import MomentEncoder
    from core.modalities.tabular.columns.numbers import NumberEncoder
    from core.modalities.tabular.columns.quantiles import QuantileEncoder

    indicator = config.missing_indicator
    if _is_category(column):
        return _fit_category(values, config)
    if column.kind == "datetime":
        unit_range = config.numbers == "minmax"
        return MomentEncoder.fit(values, column.unit, zero_to_one=unit_range, missing_indicator=indicator)
    boolean = column.kind == "boolean" or column.type == "boolean"
    if config.numbers == "quantile" and not boolean:
        return QuantileEncoder.fit(values, missing_indicator=indicator)
    return NumberEncoder.fit(values, config.numbers, missing_indicator=indicator, boolean=boolean)


def _fit_category(values: pd.Series, config: EncodingConfig) -> ColumnEncoder:
    from core.modalities.tabular.columns.categories import MOST_COLUMNS, OneHotEncoder
    from core.modalities.tabular.columns.hashing import HashEncoder
    from core.modalities.tabular.columns.levels import levels_of

    indicator = config.missing_indicator
    many = config.categories == "auto" and len(levels_of(values)[0]) > config.max_levels
    if config.categories == "hash" or many:
        unit_range = config.numbers == "minmax"
        return HashEncoder.fit(values, size=config.hash_width, missing_indicator=indicator, zero_to_one=unit_range)
    return OneHotEncoder.fit(values, most=MOST_COLUMNS, missing_indicator=indicator)


def _fit_embeddings(
    frame: pd.DataFrame, columns: list[Column], others: Mapping[str, ColumnEncoder], config: EncodingConfig
) -> dict[str, ColumnEncoder]:
    """Embeddings of categories, each from the company of all other features, the other categories as signatures."""
    from core.modalities.tabular.columns.embedding import EmbedEncoder
    from core.modalities.tabular.columns.hashing import HashEncoder

    step = max(1, len(frame) // _COMPANY_ROWS)
    sample = frame.iloc[::step]
    blocks = {name: encoder.transform(sample[name]) for name, encoder in others.items()}
    for column in columns:
        signature = HashEncoder.fit(sample[column.name], size=config.hash_width, missing_indicator=False)
        blocks[column.name] = signature.transform(sample[column.name])
    fitted: dict[str, ColumnEncoder] = {}
    for column in columns:
        around = [block for name, block in blocks.items() if name != column.name]
        context = np.clip(np.hstack(around), -10.0, 10.0) if around else np.zeros((len(sample), 0))
        fitted[column.name] = EmbedEncoder.fit(
            sample[column.name],
            context,
            size=config.hash_width,
            missing_indicator=config.missing_indicator,
            zero_to_one=config.numbers == "minmax",
        )
    return fitted
