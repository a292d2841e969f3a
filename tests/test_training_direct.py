"""The gradient by hand is autograd's."""

import pytest
import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.models.dense import DenseAutoencoder
from core.models.vae import VariationalAutoencoder
from core.recipe import Recipe
from core.trained import build_members
from core.training.direct import direct_step
from core.training.flat import FlatWeights


def create(**settings: object) -> Autoencoder:
    return build_members(Recipe(model_settings={"hidden_dims": (16, 8), **settings}), (7,))[0]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradient_and_loss_are_those_of_autograd(activation: str, reduction: str) -> None:
    model = create(activation=activation, reduction=reduction, latent_activation="tanh", output="sigmoid", slope=0.2)
    weights = FlatWeights([model])
    by_hand = direct_step(model)
    assert by_hand is not None
    for n in (33, 5, 33):
        x = torch.randn(n, 7)
        weights.gradient.zero_()
        loss = model.loss_terms(x)["reconstruction"]
        loss.backward()  # type: ignore[no-untyped-call]
        expected = weights.gradient.clone()
        weights.gradient.fill_(9.0)
        assert by_hand(x).item() == pytest.approx(loss.item(), rel=1e-6)
        torch.testing.assert_close(weights.gradient, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "settings", [{"dropout": 0.1}, {"normalisation": "batch"}, {"normalisation": "layer"}, {"activation": "selu"}]
)
def test_whatever_it_does_not_know_goes_through_autograd(settings: dict[str, object]) -> None:
    assert direct_step(create(**settings)) is None


def test_variant_with_a_loss_of_its_own_goes_through_autograd() -> None:
    class Heavier(DenseAutoencoder):
        def error(self, x: Tensor, x_hat: Tensor | None = None) -> Tensor:
            return 2 * super().error(x, x_hat)

    assert direct_step(Heavier(Heavier.Config(), (7,))) is None
    assert direct_step(VariationalAutoencoder(VariationalAutoencoder.Config(), (7,))) is None
