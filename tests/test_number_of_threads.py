"""Weights, losses and scores do not depend on how many threads compute them."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.detector.trained import build_members
from core.recipe import Recipe, ScoreConfig, TrainingConfig
from core.runtime import threads, threads_for
from core.runtime.parallel import LEAST, shared_by
from core.scoring.errors import row_errors
from core.training.loop import Trainer

WIDTH, BATCH = 24, 2048
"""Sums of more than 32,768 numbers are shared out over threads."""
CASES = [
    ("dense", {}, {}),
    ("vae", {}, {}),
    ("bernoulli_vae", {}, {}),
    ("trimmed", {}, {}),
    ("svdd", {}, {}),
    ("dense", {"normalisation": "batch"}, {}),
    ("dense", {"normalisation": "layer", "activation": "elu"}, {}),
    ("dense", {"activation": "gelu", "dropout": 0.2, "reduction": "sum"}, {"gradient_clip": 0.1}),
    ("vae", {"normalisation": "batch"}, {"precision": "bf16"}),
    ("dense", {"output": "sigmoid"}, {"optimizer": "sgd"}),
]


@pytest.fixture(autouse=True)
def _threads_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    allowed = torch.get_num_threads()
    monkeypatch.setattr("core.runtime.SMALL", 0)
    yield
    torch.set_num_threads(allowed)


def found(
    name: str, settings: dict[str, object], training: dict[str, object], count: int
) -> tuple[bytes, list[object], NDArray[np.float64]]:
    """Weights, losses and scores of a short training with so many threads."""
    torch.set_num_threads(count)
    assert threads_for(1, 1) == count
    x = np.random.default_rng(0).uniform(size=(BATCH + 2000, WIDTH)).astype(np.float32)
    members = build_members(Recipe(model=name, model_settings=settings), (WIDTH,))
    config = TrainingConfig(epochs=2, batch_size=BATCH, **training)
    trainer = Trainer(members, x[:BATCH], x[BATCH:], config, seed=0, device=torch.device("cpu"))
    losses = [(record.train, record.validation) for record in trainer.run()]
    weights = b"".join(value.numpy().tobytes() for value in members[0].state_dict().values())
    return weights, [*losses], row_errors(members, x, ScoreConfig()).errors


@pytest.mark.parametrize(("name", "settings", "training"), CASES)
def test_training_gives_the_same_numbers_on_every_number_of_threads(
    name: str, settings: dict[str, object], training: dict[str, object]
) -> None:
    weights, losses, scores = found(name, settings, training, 1)
    for count in (2, 4):
        again = found(name, settings, training, count)
        assert again[:2] == (weights, losses)
        assert (again[2] == scores).all()


def test_convolutions_have_the_same_gradients_on_every_number_of_threads() -> None:
    generator = torch.Generator().manual_seed(0)
    x, weight = torch.randn(16, 16, 48, 48, generator=generator), torch.randn(16, 16, 3, 3, generator=generator)

    def gradients(count: int) -> list[torch.Tensor]:
        torch.set_num_threads(count)
        given = [tensor.clone().requires_grad_() for tensor in (x, weight)]
        with threads(count):
            torch.nn.functional.conv2d(*given, padding=1).square().mean().backward()
        return [tensor.grad for tensor in given if tensor.grad is not None]

    once = gradients(1)
    assert all((a == b).all() for count in (2, 3, 4) for a, b in zip(once, gradients(count), strict=True))


def test_one_thread_within_several_stays_one() -> None:
    torch.set_num_threads(3)
    with threads(2):
        torch.ones(4).sum()
        assert torch.get_num_threads() == 2
        with threads(1):
            torch.ones(300, 300) @ torch.ones(300, 300)
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 3


def test_every_thread_of_a_product_has_enough_of_it() -> None:
    assert shared_by(torch.ones(64, 5000), torch.ones(5000, 64)) == 1
    assert shared_by(torch.ones(512, 8), torch.ones(8, LEAST)) == 512
    assert shared_by(torch.ones(7, 4096, 8), torch.ones(7, 8, 2)) == 2
    long = torch.ones(300, 4096, dtype=torch.bfloat16)
    assert shared_by(long, long.t()) == 1


def test_sharing_operations_out_loads_no_compiler() -> None:
    script = (
        "import sys, torch; from core.runtime import threads; torch.set_num_threads(2)\n"
        "with threads(2): torch.ones(3).sum()\n"
        "assert not any(name.startswith('torch._dynamo') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
