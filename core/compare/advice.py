"""The rule of thumb for the size of a dataset, in words; it looks at no scores."""

from core.words import plural

FEW_ROWS, FEW_FEATURES = 10_000, 50
"""Below either a classical method is often the better pick."""


def rule_of_thumb(rows: int, features: int) -> str:
    """The rule of thumb for tables of few rows or columns; empty where it says nothing."""
    few = [plural(rows, "row")] * (rows < FEW_ROWS) + [plural(features, "feature")] * (features < FEW_FEATURES)
    if not few:
        return ""
    return (
        f"Rule of thumb: with {' and '.join(few)} a classical method, such as nearest neighbours or an isolation "
        "forest, is often the better pick."
    )
