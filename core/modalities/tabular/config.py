"""The settings of a table's encoding."""

from dataclasses import dataclass

from core.params import among, param


@dataclass(frozen=True)
class EncodingConfig:
    """How columns become the numbers that a network reads."""

    numbers: str = param(
        "standard",
        "Numbers are standardised; dual adds a standardised asinh copy, which tames heavy tails.",
        choices=("dual", "standard", "robust", "quantile", "minmax"),
        search=among("dual", "standard", "robust", "quantile"),
    )
    categories: str = param(
        "auto",
        "Categories get a column per level; auto hashes those of more than max_levels levels.",
        choices=("auto", "onehot", "hash", "embed"),
    )
    max_levels: int = param(32, "Levels up to which a category gets a column each.", low=2, high=1024, advanced=True)
    hash_width: int = param(16, "Columns that a hashed category gets.", low=2, high=256, advanced=True)
    blanks: str = param(
        "impute",
        "impute: a missing value counts as the usual one of its column; mask: it is neither read nor scored, which "
        "suits tables that are mostly blank, such as ratings.",
        choices=("impute", "mask"),
        label="Missing values",
        advanced=True,
    )
    missing_indicator: bool = param(
        True, "Add a column that says where a value was missing.", advanced=True, when={"blanks": "impute"}
    )
