"""Training from units that are gathered batch by batch: the numbers are those of the same units in one tensor."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from token_model import LAYOUT as TOKENS
from token_model import network as token_network
from token_model import sequences
from torch import Tensor, nn

from core.detector.trained import build_members
from core.errors import DataError
from core.modalities.layout import Layout
from core.models import Autoencoder
from core.recipe import Recipe, ScoreConfig, TrainingConfig
from core.runtime import BLOCK, CHUNK, units_at_once
from core.scoring.errors import row_errors
from core.training import setup
from core.training.loop import Trainer
from core.training.steps.step_runner import AutogradRunner, TapeRunner

CPU = torch.device("cpu")
CONFIG = TrainingConfig(epochs=3, batch_size=16)
TABLE = Layout(("feature",), (6,))
CURVES = Layout(("time", "channel"), (5, 2))


class Gathered:
    """Units that are put together when they are asked for; remembers how many at most."""

    def __init__(self, layout: Layout, x: NDArray[Any], resident: bool = False) -> None:
        self.layout, self._x, self.most = layout, torch.from_numpy(x), 0
        self.resident = self._x if resident else None

    def __len__(self) -> int:
        return len(self._x)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        self.most = max(self.most, len(ids))
        return torch.index_select(self._x, 0, ids, out=out)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        return values

    def loaded(self) -> "Gathered":
        return self


class CurveAutoencoder(Autoencoder):
    """Reads units of two axes."""

    axes = ("time", "channel")
    title = "Curve autoencoder"

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.encoder = nn.Sequential(nn.Conv1d(shape[1], 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * shape[0], 3))
        self.decoder = nn.Linear(3, shape[0] * shape[1])

    def encode(self, x: Tensor) -> Tensor:
        z: Tensor = self.encoder(self.read(x).transpose(1, 2))
        return z

    def decode(self, z: Tensor) -> Tensor:
        x_hat: Tensor = self.decoder(z).view(len(z), *self.shape)
        return x_hat


def numbers(layout: Layout, n: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, *layout.shape)).astype(np.float32)


def losses(members: list[Any], units: Any, validation: Any, config: TrainingConfig = CONFIG) -> list[Any]:
    run = Trainer(members, units, validation, config, seed=1, device=CPU)
    found = [(dict(record.train), dict(record.validation)) for record in run.run()]
    return [found, *(p.detach().clone() for p in run.members[0].parameters())]


def same(one: list[Any], other: list[Any]) -> bool:
    return one[0] == other[0] and all(torch.equal(a, b) for a, b in zip(one[1:], other[1:], strict=True))


@pytest.mark.parametrize("resident", [False, True])
@pytest.mark.parametrize("model", ["dense", "vae", "denoising"])
def test_gathered_rows_train_to_the_last_bit_as_one_tensor_does(model: str, resident: bool) -> None:
    recipe = Recipe(model=model, model_settings={"hidden_dims": (8,), "latent": 2}, members=2)
    x, validation = numbers(TABLE, 90), numbers(TABLE, 30, 1)
    plain = losses(build_members(recipe, (6,)), x, validation)
    units = Gathered(TABLE, x, resident)
    assert same(losses(build_members(recipe, (6,)), units, Gathered(TABLE, validation)), plain)
    assert (units.most == 0) == resident
    assert units.most <= CONFIG.batch_size + 1


def test_networks_that_train_by_tapes_do_so_on_gathered_rows_too() -> None:
    recipe, x = Recipe(model_settings={"hidden_dims": (8,), "latent": 2}), Gathered(TABLE, numbers(TABLE, 40))
    run = Trainer(build_members(recipe, (6,)), x, None, CONFIG, seed=0, device=CPU)
    assert isinstance(run._runner, TapeRunner)
    assert len(list(run.run())) == CONFIG.epochs


@pytest.mark.parametrize("gathered", [False, True])
def test_units_of_two_axes_train_and_are_scored(gathered: bool) -> None:
    def members() -> list[Autoencoder]:
        torch.manual_seed(0)
        return [CurveAutoencoder(CurveAutoencoder.Config(), CURVES.shape)]

    x, validation = numbers(CURVES, 90), numbers(CURVES, 30, 1)
    plain = losses(members(), x, validation)
    assert plain[0][-1][1]["loss"] < plain[0][0][1]["loss"]
    if gathered:
        assert same(losses(members(), Gathered(CURVES, x), Gathered(CURVES, validation)), plain)
    assert row_errors(members(), x, ScoreConfig()).errors.shape == (1, 90)


def test_units_of_whole_numbers_train_as_one_tensor_does() -> None:
    x, validation = sequences(100), sequences(30, 1)
    plain = losses([token_network()], x, validation)
    assert same(losses([token_network()], Gathered(TOKENS, x), Gathered(TOKENS, validation)), plain)


def test_checkpoint_of_gathered_units_goes_on_to_the_last_bit() -> None:
    recipe, x = Recipe(model="vae", model_settings={"hidden_dims": (8,), "latent": 2}), numbers(TABLE, 50)

    def trainer() -> Trainer:
        return Trainer(build_members(recipe, (6,)), Gathered(TABLE, x), None, CONFIG, seed=0, device=CPU)

    whole = [dict(record.train) for record in trainer().run()]
    cut = trainer()
    run = cut.run()
    next(run)
    kept = cut.checkpoint()
    run.close()
    resumed = trainer()
    resumed.restore(kept)
    assert isinstance(resumed._runner, AutogradRunner)
    assert [dict(record.train) for record in resumed.run()] == whole[1:]


def test_validation_looks_at_a_bounded_number_of_units_and_keeps_no_more_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = numbers(TABLE, setup.WATCHED + 100)
    recipe = Recipe(model_settings={"hidden_dims": (8,), "latent": 2})
    kept = Gathered(TABLE, x)
    plain = losses(build_members(recipe, (6,)), x[:40], kept)
    assert kept.most == setup.WATCHED
    monkeypatch.setattr(setup, "_KEPT_BYTES", 1000)
    again = Gathered(TABLE, x)
    assert same(losses(build_members(recipe, (6,)), x[:40], again), plain)
    assert again.most == CHUNK
    assert same(losses(build_members(recipe, (6,)), x[:40], x), plain)


def test_large_units_pass_a_few_at_a_time() -> None:
    assert units_at_once((30,)) == CHUNK
    assert units_at_once((3, 512, 512)) == 1
    assert units_at_once((3, 64, 64)) % BLOCK == 0
    assert BLOCK < units_at_once((3, 64, 64)) < CHUNK


def test_single_unit_is_refused() -> None:
    with pytest.raises(DataError, match="at least 2"):
        Trainer(build_members(Recipe(), (6,)), Gathered(TABLE, numbers(TABLE, 1)), None, CONFIG, seed=0, device=CPU)
