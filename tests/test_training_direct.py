"""The gradient by hand is autograd's, and the optimizer over the flat vector is PyTorch's."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from core.detector.trained import build_members
from core.models.base import Autoencoder
from core.models.dense import DenseAutoencoder
from core.models.vae import VariationalAutoencoder
from core.recipe import Recipe, TrainingConfig
from core.runtime import derive_seed, without_denormals
from core.training import loop
from core.training.checkpoint import unpack
from core.training.steps import script, step_runner
from core.training.steps.direct import direct_step
from core.training.steps.flat import FlatWeights
from core.training.steps.graphs import captured
from core.training.steps.optimizer import Optimizer
from core.training.steps.step_runner import TapeRunner

CPU = torch.device("cpu")
OPTIMIZERS = {
    "adam": TrainingConfig(optimizer="adam", weight_decay=0.01),
    "adamw": TrainingConfig(optimizer="adamw", weight_decay=0.1, schedule="warmup-cosine", warmup_epochs=1),
    "sgd": TrainingConfig(optimizer="sgd", learning_rate=0.05, weight_decay=0.01, gradient_clip=0.5),
    "plain sgd": TrainingConfig(optimizer="sgd", learning_rate=0.05, momentum=0.0),
}


def create(**settings: object) -> Autoencoder:
    return build_members(Recipe(model_settings={"hidden_dims": (16, 8), **settings}), (7,))[0]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradient_and_loss_are_those_of_autograd(activation: str, reduction: str) -> None:
    model = create(activation=activation, reduction=reduction, latent_activation="tanh", output="sigmoid", slope=0.2)
    weights = FlatWeights([model], transposed=True)
    by_hand = direct_step(model)
    assert by_hand is not None
    for n in (33, 5, 33, 2, 8):
        x = torch.randn(n, 7)
        weights.gradient.zero_()
        loss = model.loss_terms(x)["reconstruction"]
        loss.backward()  # type: ignore[no-untyped-call]
        expected = weights.gradient.clone()
        weights.gradient.fill_(9.0)
        tape = by_hand.tape(n)
        tape.x.copy_(x)
        squares = torch.empty(())
        tape.play(squares)
        assert squares.item() * by_hand.share / n == pytest.approx(loss.item(), rel=1e-6)
        torch.testing.assert_close(weights.gradient, expected, rtol=1e-5, atol=1e-7)


def train(recipe: Recipe, config: TrainingConfig, device: str = "cpu") -> tuple[loop.Trainer, list[float]]:
    """A finished training, and its losses over both parts."""
    x, validation = (np.random.default_rng(n).normal(size=(n, 7)).astype(np.float32) for n in (333, 50))
    config = replace(config, epochs=4, batch_size=32)
    run = loop.Trainer(build_members(recipe, (7,)), x, validation, config, seed=3, device=torch.device(device))
    return run, [part["loss"] for record in run.run() for part in (record.train, record.validation)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "tanh", "sigmoid"])
def test_losses_of_a_training_are_those_of_autograd(
    activation: str, reduction: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(model_settings={"hidden_dims": (24, 12), "activation": activation, "reduction": reduction})
    by_hand, losses = train(recipe, OPTIMIZERS[optimizer])
    assert isinstance(by_hand._runner, TapeRunner)
    monkeypatch.setattr(loop, "direct_step", lambda member: None)
    _, expected = train(recipe, OPTIMIZERS[optimizer])
    assert losses == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_makes_the_steps_of_pytorch_to_the_last_bit(name: str) -> None:
    config = OPTIMIZERS[name]
    cls = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[config.optimizer]
    network = torch.nn.Linear(99, 10)
    weights = FlatWeights([network])
    theirs = torch.nn.Parameter(weights.vector.clone())
    options = {"momentum": config.momentum} if config.optimizer == "sgd" else {}
    reference = cls([theirs], lr=config.learning_rate, weight_decay=config.weight_decay, fused=True, **options)
    optimizer = Optimizer(config, weights)
    for step in range(5):
        theirs.grad = weights.gradient.normal_().clone()
        rate = reference.param_groups[0]["lr"] = 0.01 * (step + 1)
        reference.step()
        optimizer.step(0, rate)
        assert torch.equal(weights.vector, theirs)
    known = {k: v for k, v in reference.state_dict()["state"].get(0, {}).items() if v is not None}
    assert set(known) == set(optimizer.state)
    assert all(torch.equal(known[k], optimizer.state[k]) for k in known)


def test_checkpoint_holds_weights_as_pytorch_orders_them() -> None:
    run, _ = train(Recipe(members=2), TrainingConfig())
    tensors, _ = unpack(run.checkpoint())
    expected = torch.cat([p.detach().reshape(-1) for member in run.members for p in member.parameters()])
    assert torch.equal(tensors["kept.weights"], expected)


@pytest.mark.parametrize(
    "settings", [{"dropout": 0.1}, {"normalisation": "batch"}, {"normalisation": "layer"}, {"activation": "selu"}]
)
def test_whatever_it_does_not_know_goes_through_autograd(settings: dict[str, object]) -> None:
    assert direct_step(create(**settings)) is None


def test_variant_with_a_loss_of_its_own_goes_through_autograd() -> None:
    class Heavier(DenseAutoencoder):
        def error(self, x: Tensor, output: Tensor) -> Tensor:
            return 2 * super().error(x, output)

    assert direct_step(Heavier(Heavier.Config(), (7,))) is None
    assert direct_step(VariationalAutoencoder(VariationalAutoencoder.Config(), (7,))) is None


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_members_side_by_side_get_the_numbers_that_they_get_in_turn(optimizer: str) -> None:
    recipe, config = Recipe(model_settings={"hidden_dims": (24, 12)}, members=5), OPTIMIZERS[optimizer]
    in_turn, expected = train(recipe, config)
    allowed = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        beside, losses = train(recipe, config)
    finally:
        torch.set_num_threads(allowed)
    assert losses == expected
    assert torch.equal(beside._weights.vector, in_turn._weights.vector)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "linear"])
def test_calls_made_as_one_give_the_last_bit_of_those_made_from_python(
    activation: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"hidden_dims": (16, 8), "activation": activation, "output": "sigmoid"}
    recipe, config = Recipe(model_settings=settings, members=2), OPTIMIZERS[optimizer]
    as_one, losses = train(recipe, config)
    monkeypatch.setattr(step_runner, "scripted", lambda calls, given: None)
    from_python, expected = train(recipe, config)
    assert isinstance(as_one._runner, TapeRunner)
    assert isinstance(from_python._runner, TapeRunner)
    assert all(as_one._runner._scripts.values())
    assert not any(from_python._runner._scripts.values())
    assert losses == expected
    assert torch.equal(as_one._weights.vector, from_python._weights.vector)


def test_calls_that_a_later_pytorch_cannot_read_are_made_from_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch._C, "parse_ir")
    script._compiled.cache_clear()
    a, b = torch.zeros(3), script.Placeholder("b")
    assert script.scripted([partial(torch.ops.aten.add_.Tensor, a, b)], [b]) is None
    script._compiled.cache_clear()


def test_members_of_an_ensemble_have_the_losses_that_each_has_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(model_settings={"hidden_dims": (24, 12)}, members=3)
    x = np.random.default_rng(0).normal(size=(100, 7)).astype(np.float32)

    def losses(members: list[Autoencoder]) -> list[float]:
        run = loop.Trainer(members, x, None, TrainingConfig(epochs=3, batch_size=16), seed=3, device=CPU)
        return [record.train["loss"] for record in run.run()]

    together = losses(build_members(recipe, (7,)))
    alone = []
    for k in range(3):
        # Alone, a member is the first; it is shown the rows in the order that it has as the k-th.
        monkeypatch.setattr(loop, "derive_seed", lambda seed, *rest, k=k: derive_seed(seed, k, rest[-1]))
        alone.append(losses([build_members(recipe, (7,))[k]]))
    assert together == pytest.approx(np.mean(alone, axis=0), rel=1e-5)


def test_numbers_too_small_to_matter_are_rounded_to_zero_while_training() -> None:
    tiny = torch.tensor(1e-40)
    with without_denormals():
        assert float(tiny * 1.0) == 0.0
        with without_denormals():
            pass
        assert float(tiny * 1.0) == 0.0
    assert float(tiny * 1.0) > 0.0
    seen = []

    class Looking(DenseAutoencoder):
        def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
            seen.append(float(tiny * 1.0))
            return super().loss_terms(x)

    x = np.zeros((10, 7), np.float32)
    list(loop.Trainer([Looking(Looking.Config(), (7,))], x, None, TrainingConfig(epochs=1), seed=0, device=CPU).run())
    assert set(seen) == {0.0}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA card, so that the step becomes a graph")
def test_step_that_cannot_become_a_graph_stays_as_it_is_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    state = torch.ones(3)

    def step(rate: object, squares: Tensor) -> None:
        state.add_(1)

    assert captured(step, [state], torch.device("cuda:0")) is step
    assert "cannot become a CUDA graph" in caplog.text
    assert torch.equal(state, torch.ones(3))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_step_as_a_cuda_graph_has_the_losses_of_the_processor(optimizer: str) -> None:
    recipe, config = Recipe(model_settings={"hidden_dims": (24, 12)}, members=2), OPTIMIZERS[optimizer]
    _, expected = train(recipe, config)
    _, losses = train(recipe, config, "cuda:0")
    assert losses == pytest.approx(expected, rel=1e-4)
