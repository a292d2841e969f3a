"""The quicker pass gives the plain pass's numbers, whatever the network, and leaves it as it was."""

import numpy as np
import pytest
import torch
from layouts import shape_of

from core.detector.trained import build_members
from core.models import MODELS
from core.models._layers import ACTIVATIONS
from core.models.dense import DenseAutoencoder
from core.recipe import Recipe
from core.scoring.forward import quick

WIDTH = 9


def network(**settings: object) -> DenseAutoencoder:
    member = build_members(Recipe(model_settings={"hidden_dims": (16, 8), **settings}), (WIDTH,))[0]
    # Running statistics as a training leaves them.
    with torch.no_grad():
        for _ in range(3):
            member.train()(rows(64, 1) * 2 + 1)
    return member.eval()


def rows(n: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32))


def passed(member: torch.nn.Module, x: torch.Tensor, most: int = 32) -> torch.Tensor:
    with torch.inference_mode(), quick(member, most):
        return member(x)


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_every_layer_gives_the_plain_pass_s_numbers(activation: str, normalisation: str) -> None:
    member = network(activation=activation, normalisation=normalisation, dropout=0.3, latent_activation=activation)
    x = rows(20)
    with torch.inference_mode():
        plain = member(x)
    torch.testing.assert_close(passed(member, x), plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS.names())
def test_every_model_gives_the_plain_pass_s_numbers_and_is_left_as_it_was(name: str) -> None:
    member = build_members(Recipe(model=name), shape_of(name))[0].eval()
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(20, *shape_of(name))).astype(np.float32))
    with torch.inference_mode():
        plain, code = member(x), member.encode(x)
        with quick(member, 32):
            torch.testing.assert_close(member(x), plain, rtol=1e-5, atol=1e-6)
            torch.testing.assert_close(member.encode(x), code, rtol=1e-5, atol=1e-6)
        assert torch.equal(member(x), plain)
    assert not any("forward" in module.__dict__ for module in member.modules())


def test_what_a_pass_gave_is_not_written_over_by_the_next() -> None:
    member = network(output="sigmoid")
    with torch.inference_mode(), quick(member, 32):
        first, code = member(rows(32)), member.encode(rows(32))
        kept, kept_code = first.clone(), code.clone()
        member(rows(32, 5))
        assert torch.equal(first, kept)
        assert torch.equal(code, kept_code)


def test_more_rows_than_the_buffers_hold_pass_as_usual() -> None:
    member, x = network(), rows(100)
    with torch.inference_mode():
        plain = member(x)
    torch.testing.assert_close(passed(member, x), plain)
    torch.testing.assert_close(passed(member, x[:7]), plain[:7], rtol=1e-5, atol=1e-6)


def test_rows_are_not_changed_by_the_pass() -> None:
    member, x = network(latent_activation="relu"), rows(20)
    before = x.clone()
    passed(member, x)
    assert torch.equal(x, before)


def test_layers_that_somebody_listens_to_are_called() -> None:
    member, heard = network(), []
    linear = next(layer for layer in member.encoder if isinstance(layer, torch.nn.Linear))
    linear.register_forward_hook(lambda *_: heard.append(True))
    passed(member, rows(3))
    assert heard
