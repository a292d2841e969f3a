"""What each table autoencoder says it does: penalties, growth, masks, noise, blanks, centres."""

import math

import numpy as np
import pytest
import torch
from layouts import flat_layout
from torch import nn

from core.detector.trained import build_members
from core.errors import ConfigError
from core.models import Autoencoder
from core.models._sparsity import kl_of_activations, largest
from core.recipe import Recipe, ScoreConfig, TrainingConfig
from core.scoring.errors import row_errors
from core.training.loop import Trainer

X = torch.randn(64, 9, generator=torch.Generator().manual_seed(0))


def create(name: str, width: int = 9, **settings: object) -> Autoencoder:
    return build_members(Recipe(model=name, model_settings=settings), (width,))[0]


def fit(model: Autoencoder, x: torch.Tensor, epochs: int = 30, rate: float = 0.01) -> Autoencoder:
    config = TrainingConfig(epochs=epochs, batch_size=32, learning_rate=rate)
    list(Trainer([model], x, None, config, seed=0, device=torch.device("cpu")).run())
    return model


def test_tied_network_has_half_of_the_weights_and_decodes_with_transposes() -> None:
    tied, dense = create("tied", hidden_dims=(6,), latent=3), create("dense", hidden_dims=(6,), latent=3)
    assert sum(p.numel() for p in tied.parameters() if p.ndim == 2) * 2 == sum(
        p.numel() for p in dense.parameters() if p.ndim == 2
    )
    linear = create("tied", hidden_dims=(), latent=3, activation="linear")
    w, bias = linear.encoder[0].weight, linear.decoder[0].bias  # type: ignore[index, union-attr]
    z = torch.randn(4, 3)
    torch.testing.assert_close(linear.decode(z), z @ w + bias)


def test_tied_linear_network_finds_the_principal_components() -> None:
    x = torch.randn(64, 3) @ torch.randn(3, 9)
    model = fit(create("tied", hidden_dims=(), latent=3, activation="linear"), x, epochs=200, rate=0.02)
    assert model.error(x, model(x)).mean().item() < 1e-2 * x.var().item()


def test_residual_block_adds_to_what_it_is_given() -> None:
    model = create("residual", hidden_dims=(9, 4), latent=2)
    first, second = model.encoder[0], model.encoder[1]  # type: ignore[index]
    assert isinstance(first.around, nn.Identity)
    assert (second.around.in_features, second.around.out_features) == (9, 4)
    with torch.no_grad():
        for p in first.inner.parameters():
            p.zero_()
    torch.testing.assert_close(first(X), X.relu())


def test_kl_of_activations_is_that_of_two_coins() -> None:
    active = torch.rand(50, 4)
    p, q = torch.distributions.Bernoulli(0.05), torch.distributions.Bernoulli(active.mean(0))
    expected = torch.distributions.kl_divergence(p, q).sum()
    assert kl_of_activations(active, 0.05).item() == pytest.approx(expected.item(), rel=1e-5)
    assert kl_of_activations(torch.zeros(3, 2), 0.05).isfinite()


def test_sparse_code_reaches_its_target_and_a_plain_one_does_not() -> None:
    settings = {"hidden_dims": (16,), "latent": 8, "latent_unit": "units"}
    sparse = fit(create("sparse", sparsity=1.0, **settings), X, epochs=80)
    free = fit(create("sparse", sparsity=0.0, **settings), X, epochs=80)
    assert sparse.encode(X).mean().item() < 0.1
    assert free.encode(X).mean().item() > 0.2


def test_topk_code_has_so_many_active_units_the_largest() -> None:
    z = create("sparse", penalty="topk", active_units=2, latent=6).encode(X)
    assert ((z > 0).sum(1) <= 2).all()
    torch.testing.assert_close(largest(torch.tensor([[3.0, -5.0, 1.0, 2.0]]), 2), torch.tensor([[3.0, 0, 0, 2.0]]))


@pytest.mark.parametrize("penalty", ["kl", "l1"])
def test_sparse_vae_has_both_penalties(penalty: str) -> None:
    settings = {"hidden_dims": (16,), "latent": 6, "penalty": penalty}
    assert set(create("sparse_vae", **settings).loss_terms(X)) == {"reconstruction", "kl", "sparsity"}
    few = fit(create("sparse_vae", sparsity=20.0, **settings), X, epochs=40)
    many = fit(create("sparse_vae", sparsity=0.0, **settings), X, epochs=40)
    assert few.active(few.encode(X)).mean() < 0.6 * many.active(many.encode(X)).mean()


def test_bernoulli_error_is_the_cross_entropy_less_the_entropy_of_the_row() -> None:
    model = create("bernoulli_vae").eval()
    x = torch.rand(20, 9)
    x_hat = model(x)
    entropy = torch.distributions.Bernoulli(x).entropy()
    expected = nn.functional.binary_cross_entropy(x_hat, x, reduction="none") - entropy
    torch.testing.assert_close(model.error(x, x_hat), expected, rtol=1e-4, atol=1e-5)
    assert model.error(x, x).abs().max() < 1e-5


def test_bernoulli_error_grows_with_the_distance_from_what_training_rows_can_be() -> None:
    model, x = create("bernoulli_vae").eval(), torch.full((4, 9), 0.5)
    x[:, 0] = torch.tensor([1.0, 2.0, 4.0, 1000.0])
    error = model.error(x, torch.full_like(x, 0.5))[:, 0]
    assert (error.diff() > 0).all()
    assert model.error(torch.tensor([[0.0, 1.0] * 4 + [0.0]]), torch.tensor([[1.0, 0.0] * 4 + [1.0]])).isfinite().all()


def test_code_grows_in_stages_and_is_whole_at_the_end() -> None:
    model = create("progressive", latent=7, stages=3, stage_epochs=5)
    sizes = []
    for epoch in (0, 4, 5, 10, 99):
        model.start_epoch(epoch)
        sizes.append(int((model.encode(X).abs().sum(0) > 0).sum()))
    assert sizes == [3, 3, 5, 7, 7]


def test_saved_network_knows_how_far_its_code_had_grown() -> None:
    model, other = create("progressive", latent=8), create("progressive", latent=8)
    model.start_epoch(0)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.encode(X), model.encode(X))


def rated() -> tuple[Autoencoder, torch.Tensor]:
    """A network for three items, and ratings of which every second user lacks one."""
    model = create("ratings", width=3, latent=2, dropout=0.0)
    model.lay_out(flat_layout((0, 1, 2), blank=math.nan))
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(1))
    x[::2, 0], x[2::4, 1] = math.nan, math.nan
    return model.eval(), x


def test_only_observed_ratings_count_in_loss_and_score() -> None:
    model, x = rated()
    assert model.weight(x)[0].tolist() == [0, 1, 1]  # type: ignore[index]
    assert model.weight(x)[1].tolist() == [1, 1, 1]  # type: ignore[index]
    errors = model.error(model.filled(x), model(x))
    observed = ~x.isnan()
    assert model.loss_terms(x)["reconstruction"].item() == pytest.approx(errors[observed].mean().item(), rel=1e-5)
    found = row_errors([model], x.numpy(), ScoreConfig()).errors[0]
    expected = (errors * observed).sum(1) / observed.sum(1)
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-5)
    moved = x.clone()
    moved[:, 2] += 5.0
    assert (row_errors([model], moved.numpy(), ScoreConfig()).errors[0] != found).all()


def test_blank_rating_is_read_as_the_usual_one_and_filled_in() -> None:
    model, x = rated()
    usual = torch.where(x.isnan(), 0.0, x)
    assert torch.equal(model(x), model(usual))
    assert model(x).isfinite().all()


def test_ratings_say_when_the_encoding_fills_blanks_in() -> None:
    model, _ = rated()
    assert model.notes == ()
    model.lay_out(flat_layout((0, 1, 2)))
    assert "every entry counts as observed" in model.notes[0]


def test_columns_of_one_feature_share_a_token() -> None:
    model = create("attention")
    apart = model.attend(X)  # type: ignore[operator]
    model.lay_out(flat_layout((0, 0, 0, 1, 1, 2, 3, 4, 5)))
    assert not torch.allclose(model.attend(X), apart)  # type: ignore[operator]
    loaded = create("attention")
    loaded.load_state_dict(model.state_dict())
    torch.testing.assert_close(loaded.encode(X), model.encode(X))


def test_feature_attends_to_the_others() -> None:
    model, other = create("attention").eval(), X.clone()
    other[:, 8] += 3.0
    assert (model.attend(other) - model.attend(X))[:, 0].abs().min() > 0  # type: ignore[operator]


def test_heads_that_do_not_divide_a_token_are_refused_with_a_width_that_works() -> None:
    with pytest.raises(ConfigError, match=r"must divide .* Got 3 heads and a width of 16\. Choose a width of 18\."):
        create("attention", heads=3)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_noisy_row_has_the_variance_of_its_level(schedule: str) -> None:
    model = create("diffusion", width=2000, noise_schedule=schedule, noise_steps=100, latent=4)
    signal = model.signal  # type: ignore[union-attr]
    assert (signal.diff() < 0).all()  # type: ignore[operator]
    assert 0.99 < signal[0] <= 1  # type: ignore[index, operator]
    t = torch.tensor([0, 30, 99])
    noisy = model.noisy(torch.zeros(3, 2000), t, torch.randn(3, 2000))[:, :2000]  # type: ignore[operator]
    torch.testing.assert_close(noisy.var(dim=1), 1 - signal[t], rtol=0.15, atol=1e-3)  # type: ignore[index, operator]


def test_diffusion_scores_the_mean_over_its_levels() -> None:
    model = create("diffusion", levels=3).eval()
    rebuilt = model.through(model.views(X))  # type: ignore[operator]
    assert rebuilt.shape == (3, 64, 9)
    torch.testing.assert_close(model.error(X, model(X)), torch.stack([(r - X) ** 2 for r in rebuilt]).mean(0))
    torch.testing.assert_close(model.expected(model(X)), rebuilt.mean(0))
    assert create("diffusion", levels=5).scored.tolist() == [8, 16, 24, 33, 41]  # type: ignore[union-attr]


def test_masks_lie_between_0_and_1_and_drift_apart() -> None:
    model = create("masked_cells", masks=4, diversity=10.0)
    before = model.loss_terms(X)["diversity"].item()
    fit(model, X, epochs=20)
    assert model.loss_terms(X)["diversity"].item() < before
    shown = model.views(X)  # type: ignore[operator]
    assert shown.shape == (4, 64, 9)
    assert (shown.abs() <= X.abs()).all()


def test_diversity_of_equal_masks_is_the_highest() -> None:
    model = create("masked_cells", masks=3, diversity=1.0)
    with torch.no_grad():
        for weight in (model.into, model.across, model.out):  # type: ignore[union-attr]
            weight.copy_(weight[:1].expand_as(weight))  # type: ignore[operator, index, union-attr]
    # ln(2 exp(10)) / |2 ln(1/2)| for each of the 3 masks
    assert model.loss_terms(X)["diversity"].item() == pytest.approx(3 * (np.log(2) + 10) / (2 * np.log(2)), rel=1e-3)


def test_centre_is_set_once_away_from_zero_and_stays() -> None:
    model = create("svdd", latent=4)
    model.loss_terms(X)
    centre = model.centre.clone()  # type: ignore[operator, union-attr]
    assert centre.abs().min() >= 0.1
    model.loss_terms(10 * X)
    assert torch.equal(model.centre, centre)  # type: ignore[arg-type]


def test_codes_draw_together_without_collapse() -> None:
    model = fit(create("svdd", latent=4, distance=1.0, hidden_dims=(16,)), X, epochs=100)
    spread = model.encode(X).var(0).sum()
    away = (model.encode(X) - model.centre).square().sum(1).mean()  # type: ignore[operator]
    other = fit(create("svdd", latent=4, distance=0.0, hidden_dims=(16,)), X, epochs=100)
    assert away < (other.encode(X) - model.centre).square().sum(1).mean()  # type: ignore[operator]
    assert spread > 1e-3
    assert all(layer.bias is None for layer in model.encoder if isinstance(layer, nn.Linear))  # type: ignore[union-attr]


def test_row_far_from_the_centre_has_a_higher_error_even_where_it_is_rebuilt() -> None:
    model = create("svdd", latent=4, distance=1.0).eval()
    model.centre.fill_(0.5)  # type: ignore[operator, union-attr]
    near, far = X[:1], 50 * X[:1]
    distances = [model.distances(model.encode(x))[:, None] for x in (near, far)]  # type: ignore[operator]
    errors = [model.error(x, torch.cat([x, d], dim=1)) for x, d in zip((near, far), distances, strict=True)]
    assert (errors[0] < errors[1]).all()
