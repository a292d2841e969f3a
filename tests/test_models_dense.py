"""The dense autoencoder's form: widths, code, blocks, weights, and how short a further variant is."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.models import MODELS
from core.models.dense import DenseAutoencoder
from core.params import param
from core.recipe import TrainingConfig
from core.training.loop import Trainer


def create(width: int = 21, **settings: object) -> DenseAutoencoder:
    torch.manual_seed(0)
    model = DenseAutoencoder.create(settings, (width,))
    assert isinstance(model, DenseAutoencoder)
    return model


def widths(model: DenseAutoencoder) -> list[int]:
    linear = [m for m in model.modules() if isinstance(m, nn.Linear)]
    return [linear[0].in_features, *(layer.out_features for layer in linear)]


def test_decoder_mirrors_the_encoder() -> None:
    assert widths(create(latent=5, hidden_dims=(128, 64))) == [21, 128, 64, 5, 64, 128, 21]


def test_widths_can_be_percent_of_the_input() -> None:
    model = create(35, hidden_dims=(69, 34), hidden_unit="percent", latent=17, latent_unit="percent")
    assert widths(model) == [35, 24, 12, 6, 12, 24, 35]


@pytest.mark.parametrize(
    ("width", "latent", "expected"),
    [(21, 4, [21, 16, 8, 4, 8, 16, 21]), (16, 2, [16, 8, 4, 2, 4, 8, 16]), (40, 8, [40, 32, 16, 8, 16, 32, 40])],
)
def test_widths_can_be_powers_of_two(width: int, latent: int, expected: list[int]) -> None:
    assert widths(create(width, hidden_unit="powers of two", latent=latent)) == expected


def test_no_hidden_layer_is_a_network_too() -> None:
    assert widths(create(hidden_dims=(), latent=3)) == [21, 3, 21]


def test_latent_zero_takes_half_of_the_input() -> None:
    assert create(21).latent == 10
    assert create(1).latent == 1


def test_latent_size_as_wide_as_the_input_is_refused_with_both_numbers() -> None:
    with pytest.raises(ConfigError, match=r"smaller than the 21 .* Got 32\. Choose 20 or less"):
        create(21, latent=32)


def test_fitted_latent_size_gives_way_and_says_so() -> None:
    model = create(21, latent=32, latent_unit="fitted")
    assert model.latent == 10
    assert model.notes == ("The latent size is 10 instead of 32, because there are only 21 encoded input columns.",)
    assert create(100, latent=32, latent_unit="fitted").notes == ()


def test_block_is_linear_normalised_activated_thinned_out() -> None:
    model = create(latent=3, hidden_dims=(8,), normalisation="batch", activation="leaky_relu", slope=0.2, dropout=0.2)
    kinds = [type(m) for m in model.encoder]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.LeakyReLU, nn.Dropout, nn.Linear]
    assert model.encoder[2].negative_slope == 0.2
    assert model.encoder[3].p == 0.2
    assert [type(m) for m in create(hidden_dims=(8,), normalisation="layer", activation="gelu").encoder] == [
        nn.Linear,
        nn.LayerNorm,
        nn.GELU,
        nn.Linear,
    ]


def test_sigmoid_output_stays_between_0_and_1() -> None:
    x_hat = create(output="sigmoid")(10 * torch.randn(50, 21))
    assert ((x_hat >= 0) & (x_hat <= 1)).all()


def test_weights_are_drawn_as_asked() -> None:
    wide = {"hidden_dims": (400,), "latent": 100}
    orthogonal = create(500, initialisation="orthogonal", activation="linear", **wide).encoder[0].weight.detach()
    assert torch.allclose(orthogonal @ orthogonal.T, torch.eye(400), atol=1e-4)
    lecun = create(500, initialisation="lecun", **wide).encoder[0]
    assert float(lecun.weight.detach().std()) == pytest.approx(500**-0.5, rel=0.02)
    assert float(lecun.bias.detach().abs().max()) == 0
    kaiming = create(500, initialisation="kaiming", **wide).encoder[0].weight.detach()
    assert float(kaiming.std()) == pytest.approx((2 / 500) ** 0.5, rel=0.02)


def test_summed_loss_is_the_mean_times_the_width() -> None:
    x = torch.randn(30, 21)
    mean, total = create(), create(reduction="sum")
    with torch.no_grad():
        ratio = total.loss_terms(x)["reconstruction"] / mean.loss_terms(x)["reconstruction"]
    assert float(ratio) == pytest.approx(21, rel=1e-5)


def test_positions_without_weight_count_in_neither_loss() -> None:
    class Ratings(DenseAutoencoder):
        def weight(self, x: Tensor) -> Tensor:
            return (x != 0).to(x.dtype)

    model = Ratings(Ratings.Config(), (4,))
    x = torch.tensor([[1.0, 0.0, 2.0, 0.0]])
    x_hat = torch.tensor([[0.0, 9.0, 0.0, 9.0]])
    assert float(model.reconstruction(x, x_hat)) == pytest.approx((1 + 4) / 2)


def test_further_variant_is_one_short_class() -> None:
    @MODELS.register("denoising for a test")
    class DenoisingAutoencoder(DenseAutoencoder):
        """Learns to undo noise: trained on x + eps, judged against x (Vincent et al., 2008)."""

        @dataclass(frozen=True)
        class Config(DenseAutoencoder.Config):
            noise: float = param(0.3, "Standard deviation of the noise added to x", low=0.0, high=5.0)

        def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
            noisy = x + self.config.noise * torch.randn_like(x)
            return {"reconstruction": self.reconstruction(x, self(noisy))}

    try:
        losses = []
        for _ in range(2):
            model = MODELS["denoising for a test"].create({"noise": 0.5, "latent": 3}, (8,))
            torch.manual_seed(0)
            for p in model.parameters():
                nn.init.normal_(p, std=0.1)
            x = torch.randn(64, 8)
            config = TrainingConfig(epochs=3, batch_size=16)
            trainer = Trainer([model], x, x[:20], config, seed=1, device=torch.device("cpu"))
            losses.append([(r.train["loss"], r.validation["loss"]) for r in trainer.run()])
        assert losses[0] == losses[1]
        with pytest.raises(ConfigError, match="at most 5"):
            DenoisingAutoencoder.create({"noise": 6}, (8,))
    finally:
        MODELS._objects.pop("denoising for a test")
