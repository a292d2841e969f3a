"""Errors and shares by position: added up along named axes, per part, and as shares of a whole."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.errors import ConfigError
from core.modalities.attribution import Attribution
from core.modalities.layout import Layout
from core.models import MODELS
from core.recipe import ScoreConfig
from core.scoring.attribution import expectation, reconstruct
from core.scoring.fitted_scores import fit_scores

IMAGE = Layout(("channel", "height", "width"), (3, 4, 5))
TABLE = Layout(
    ("feature",), (6,), parts=("age", "size", "height"), part_of=np.array([0, 1, 1, 1, 2, 2], dtype=np.int64)
)
SERIES = Layout(
    ("time", "channel"), (4, 2), names={"channel": ("rpm", "heat")}, parts=("rpm", "heat"),
    part_of=np.tile(np.arange(2), (4, 1)),
)  # fmt: skip


def values(layout: Layout, n: int = 7) -> NDArray[np.float64]:
    return np.random.default_rng(0).random((n, *layout.shape))


def test_along_sums_over_all_other_axes_in_the_order_asked_for() -> None:
    x = values(IMAGE)
    found = Attribution(x, IMAGE)
    np.testing.assert_allclose(found.along("height", "width"), x.sum(axis=1))
    np.testing.assert_allclose(found.along("width", "height"), x.sum(axis=1).transpose(0, 2, 1))
    np.testing.assert_allclose(found.along("channel"), x.sum(axis=(2, 3)))
    np.testing.assert_array_equal(found.along("channel", "height", "width"), x)


def test_axis_that_units_lack_is_refused_with_those_that_they_have() -> None:
    with pytest.raises(ConfigError, match=r"no axis 'token'\. The axes are time, channel"):
        Attribution(values(SERIES), SERIES).along("token")


@pytest.mark.parametrize("layout", [IMAGE, TABLE, SERIES], ids=["image", "table", "series"])
def test_parts_add_up_to_all_positions_and_shares_to_one(layout: Layout) -> None:
    x = values(layout)
    found = Attribution(x, layout)
    assert found.by_part().shape == (len(x), layout.n_parts)
    np.testing.assert_allclose(found.by_part().sum(axis=1), x.reshape(len(x), -1).sum(axis=1))
    np.testing.assert_allclose(found.shares().sum(axis=1), 1)


def test_positions_of_a_part_need_not_lie_side_by_side() -> None:
    x = values(SERIES)
    np.testing.assert_allclose(Attribution(x, SERIES).by_part(), x.sum(axis=1))


def test_where_nothing_counts_every_part_has_the_same_share() -> None:
    np.testing.assert_array_equal(Attribution(np.zeros((2, 6)), TABLE).shares(), np.full((2, 3), 1 / 3))


def test_a_tables_parts_are_added_column_by_column_to_the_last_bit() -> None:
    x = values(TABLE, 200) * np.geomspace(1e-12, 1e12, 200)[:, None]
    expected = np.zeros((200, 3))
    for column, feature in enumerate(TABLE.part_of):
        expected[:, feature] += x[:, column]
    np.testing.assert_array_equal(Attribution(x, TABLE).by_part(), expected)
    np.testing.assert_array_equal(Attribution(x, TABLE).shares(), expected / expected.sum(axis=1, keepdims=True))


def test_a_network_says_what_it_rebuilds_and_which_positions_made_the_score() -> None:
    torch.manual_seed(0)
    member = MODELS["dense"].create({"hidden_dims": (8,), "latent": 2}, (6,))
    x = np.random.default_rng(1).normal(size=(9, 6)).astype(np.float32)
    x[:, 4] += 30
    x_hat, found = reconstruct([member], x, fit_scores([member], ScoreConfig(), x), TABLE)
    assert x_hat.shape == found.values.shape == x.shape
    assert (found.shares().argmax(axis=1) == 2).all()
    np.testing.assert_array_equal(expectation([member], x), x_hat)
