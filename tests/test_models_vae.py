"""The variational autoencoder: its KL term, annealing, safety and Monte-Carlo score."""

import numpy as np
import pytest
import torch

from core.detector.trained import build_members
from core.models.vae import VariationalAutoencoder
from core.recipe import Recipe, ScoreConfig
from core.scoring.errors import row_errors


def create(**settings: object) -> VariationalAutoencoder:
    model = build_members(Recipe(model="vae", model_settings=settings), (8,))[0]
    assert isinstance(model, VariationalAutoencoder)
    return model


def test_kl_is_that_of_two_normal_distributions() -> None:
    model, x = create(beta=2.0), torch.randn(16, 8)
    mu, log_variance = model.posterior(x)
    q = torch.distributions.Normal(mu, (0.5 * log_variance).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    expected = torch.distributions.kl_divergence(q, p).sum(1).mean()
    assert model.loss_terms(x)["kl"].item() == pytest.approx(2 * expected.item(), rel=1e-5)


def test_beta_rises_from_zero_while_training_and_is_whole_in_evaluation() -> None:
    model, x = create(anneal_epochs=4), torch.randn(16, 8)
    shares = []
    for epoch in (0, 1, 2, 4, 9):
        model.start_epoch(epoch)
        model.train()
        training = model.loss_terms(x)["kl"].item()
        model.eval()
        shares.append(training / model.loss_terms(x)["kl"].item())
    assert shares == pytest.approx([0, 0.25, 0.5, 1, 1])


def test_log_variance_stays_within_its_bounds() -> None:
    model = create(min_log_variance=-2.0)
    with torch.no_grad():
        model.log_variance_head.weight.mul_(1e4)
    _, log_variance = model.posterior(torch.randn(50, 8))
    assert log_variance.min().item() == -2.0
    assert torch.isfinite(model.loss_terms(torch.randn(50, 8))["kl"])


def test_evaluation_is_not_random_and_training_is() -> None:
    model, x = create(), torch.randn(16, 8)
    assert model.loss_terms(x)["reconstruction"] != model.loss_terms(x)["reconstruction"]
    model.eval()
    assert model.loss_terms(x)["reconstruction"] == model.loss_terms(x)["reconstruction"]


def test_monte_carlo_passes_give_a_mean_and_a_spread_that_a_seed_decides() -> None:
    model = create()
    x = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    one = row_errors([model], x, ScoreConfig(passes=20), seed=1)
    assert one.spread is not None
    assert (one.spread > 0).all()
    assert np.array_equal(one.errors, row_errors([model], x, ScoreConfig(passes=20), seed=1).errors)
    assert not np.array_equal(one.errors, row_errors([model], x, ScoreConfig(passes=20), seed=2).errors)
    assert row_errors([model], x, ScoreConfig(passes=1)).spread is None


def test_mean_and_spread_settle_with_many_passes() -> None:
    model = create(hidden_dims=(), latent=2)
    x = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    found = row_errors([model], x, ScoreConfig(passes=4000))
    torch.manual_seed(0)
    chunk = torch.from_numpy(x)
    with torch.no_grad():
        drawn = torch.stack([((model.sample(chunk, torch.randn(2)) - chunk) ** 2).mean(1) for _ in range(4000)])
    np.testing.assert_allclose(found.errors[0], drawn.mean(0), rtol=0.06)
    assert found.spread is not None
    np.testing.assert_allclose(found.spread[0], drawn.std(0), rtol=0.1)
