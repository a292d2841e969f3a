"""A model whose output is no reconstruction: logits over tokens, trained, scored and explained as any other."""

import numpy as np
import pytest
import torch
from token_model import LAYOUT, LENGTH, PADDING, VOCABULARY, TokenAutoencoder, network, sequences

from core.errors import ConfigError
from core.recipe import ScoreConfig, TrainingConfig
from core.scores import SCORES, score_names
from core.scoring.attribution import reconstruct
from core.scoring.errors import row_errors
from core.scoring.fitted_scores import fit_scores
from core.scoring.latent import latent_codes
from core.training.loop import Trainer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained() -> list[TokenAutoencoder]:
    """Two networks that know how sequences count upwards."""
    members = [network(0), network(1)]
    config = TrainingConfig(epochs=40, batch_size=64, learning_rate=5e-3)
    run = Trainer(members, sequences(1000), sequences(200, 1), config, seed=0, device=CPU)
    losses = [record.validation["loss"] for record in run.run()]
    assert losses[-1] < 0.2 * losses[0]
    return members


def odd(n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Sequences with one token that does not follow, and its place."""
    x, place = sequences(n, 2), np.random.default_rng(3).integers(1, 4, n)
    rows = np.arange(n)
    x[rows, place] = 1 + (x[rows, place] + 2) % (VOCABULARY - 1)
    return x, place


def test_sequence_with_a_token_that_does_not_follow_scores_above_all_others(trained: list[TokenAutoencoder]) -> None:
    found, usual = (row_errors(trained[:1], x, ScoreConfig()).errors[0] for x in (odd()[0], sequences(300, 4)))
    assert np.median(found) > np.quantile(usual, 0.99)


@pytest.mark.parametrize("kind", [kind for kind in score_names() if SCORES[kind].fits_axes(("token",))])
def test_every_score_of_tokens_is_finite_and_of_its_sequence_alone(kind: str, trained: list[TokenAutoencoder]) -> None:
    config, x = ScoreConfig(kind), sequences(50, 5)
    fitted = fit_scores(trained, config, sequences(400))
    together = row_errors(trained, x, config, fitted_scores=fitted).errors
    alone = np.concatenate(
        [row_errors(trained, x[i : i + 1], config, fitted_scores=fitted).errors for i in range(50)], axis=1
    )
    assert np.isfinite(together).all()
    assert (together >= 0).all()
    assert np.array_equal(together, alone)


def test_shares_point_at_the_token_that_does_not_follow_and_the_expected_one_is_told(
    trained: list[TokenAutoencoder],
) -> None:
    x, place = odd()
    expected, found = reconstruct(trained, x, fit_scores(trained, ScoreConfig(), x), LAYOUT)
    shares = found.values
    assert expected.shape == shares.shape == x.shape
    assert expected.dtype == x.dtype
    assert np.mean(shares.argmax(axis=1) == place) > 0.8
    usual = sequences(200, 6)
    rebuilt, _ = reconstruct(trained, usual, fit_scores(trained, ScoreConfig(), usual), LAYOUT)
    assert (rebuilt == usual)[usual != PADDING].mean() > 0.95
    assert found.along("token").sum(axis=1) == pytest.approx(1.0)


def test_padding_has_no_part_in_loss_score_and_shares(trained: list[TokenAutoencoder]) -> None:
    member, x = trained[0], sequences(100, 7)
    rows = torch.from_numpy(x)
    weight = member.weight(rows)
    assert weight is not None
    assert torch.equal(weight, (rows != PADDING).float())
    with torch.inference_mode():
        output = member(rows)
        other = torch.where((rows == PADDING)[..., None], output + torch.randn(VOCABULARY), output)
        assert torch.equal(member.reconstruction(rows, output), member.reconstruction(rows, other))
    shares = reconstruct(trained, x, fit_scores(trained, ScoreConfig(), x), LAYOUT)[1].values
    assert (shares[x == PADDING] == 0).all()


def test_codes_have_as_many_numbers_as_the_network_says(trained: list[TokenAutoencoder]) -> None:
    assert latent_codes(trained, sequences(9)).shape == (9, sum(member.code_width for member in trained))


def test_model_of_tokens_refuses_units_of_other_axes() -> None:
    with pytest.raises(ConfigError, match="axes token"):
        TokenAutoencoder(TokenAutoencoder.Config(), (LENGTH, 2))
