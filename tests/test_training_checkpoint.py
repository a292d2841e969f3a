"""A checkpoint: whatever was going on, the rest of the training is the same to the last bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.detector.trained import build_members
from core.errors import TrainingError
from core.recipe import Recipe, TrainingConfig
from core.training.checkpoint import pack, unpack
from core.training.control import Control
from core.training.loop import Trainer
from core.training.records import EpochRecord

SMALL = {"hidden_dims": (8,), "latent": 2}
CASES = {
    "dropout and batch normalisation": (
        Recipe(model_settings=SMALL | {"dropout": 0.3, "normalisation": "batch"}),
        TrainingConfig(epochs=6, batch_size=16),
    ),
    "vae": (
        Recipe(model="vae", model_settings=SMALL | {"anneal_epochs": 4}),
        TrainingConfig(epochs=6, batch_size=16, schedule="warmup-exponential", warmup_epochs=2),
    ),
    "five members": (
        Recipe(model_settings=SMALL | {"activation": "gelu"}, members=5),
        TrainingConfig(steps=23, batch_size=16, optimizer="adamw", schedule="warmup-cosine", warmup_steps=5),
    ),
    "plateau and early stopping": (
        Recipe(model_settings=SMALL),
        TrainingConfig(epochs=60, batch_size=16, learning_rate=0.2, schedule="plateau", plateau_patience=0, patience=6),
    ),
    "momentum and clipping": (
        Recipe(model_settings=SMALL),
        TrainingConfig(epochs=6, batch_size=16, optimizer="sgd", learning_rate=0.05, gradient_clip=0.5),
    ),
    "long passes cut into epochs": (
        Recipe(model_settings=SMALL),
        TrainingConfig(steps=40, batch_size=5),
    ),
}


def make(recipe: Recipe, config: TrainingConfig, first_seed: int = 0) -> Trainer:
    rng = np.random.default_rng(0)
    x, validation = (rng.normal(size=(n, 6)).astype(np.float32) for n in (70, 20))
    members = build_members(replace(recipe, seed=first_seed), (6,))
    return Trainer(members, x, validation, config, seed=4, device=torch.device("cpu"))


def told(record: EpochRecord) -> tuple[object, ...]:
    return (record.epoch, record.learning_rate, record.best, dict(record.train), dict(record.validation))


@pytest.mark.parametrize("case", CASES)
def test_resumed_run_goes_on_as_if_nothing_had_happened(case: str) -> None:
    undisturbed = make(*CASES[case])
    control, expected, kept = Control(), [], b""
    for record in undisturbed.run(control):
        expected.append(told(record))
        if record.epoch == 2:
            # The user changes the rate while the run is paused.
            control.set_learning_rate(0.07)
        if record.epoch == 3:
            kept = undisturbed.checkpoint()
    # Weights of another seed: everything must come from the checkpoint.
    resumed = make(*CASES[case], first_seed=9)
    resumed.restore(kept)
    assert [told(record) for record in resumed.run()] == expected[3:]
    assert resumed.best_epoch == undisturbed.best_epoch
    assert torch.equal(resumed._weights.vector, undisturbed._weights.vector)


def test_checkpoint_of_an_ended_run_has_nothing_left_to_train() -> None:
    run = make(*CASES["plateau and early stopping"])
    kept = b""
    for _ in run.run():
        kept = run.checkpoint()
    resumed = make(*CASES["plateau and early stopping"], first_seed=9)
    resumed.restore(kept)
    assert list(resumed.run()) == []
    assert torch.equal(resumed._weights.vector, run._weights.vector)


def test_checkpoint_of_other_settings_is_refused() -> None:
    run = make(*CASES["vae"])
    next(run.run())
    with pytest.raises(TrainingError, match="belongs to other data or settings"):
        make(*CASES["five members"]).restore(run.checkpoint())


@pytest.mark.parametrize("data", [b"", b"not a checkpoint at all", pack({"a": torch.ones(9)}, {})[:-8]])
def test_broken_checkpoint_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(TrainingError, match="The checkpoint cannot be read"):
        unpack(data)


def test_tensors_and_values_survive_a_round_trip() -> None:
    tensors, values = unpack(pack({"a": torch.arange(4.0)}, {"b": [1, None, 0.1], "c": "ε"}))
    assert torch.equal(tensors["a"], torch.arange(4.0))
    assert values == {"b": [1, None, 0.1], "c": "ε"}
