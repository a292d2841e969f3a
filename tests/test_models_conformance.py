"""What holds for every autoencoder, written once over the registry."""

import math
from dataclasses import fields

import numpy as np
import pytest
import torch
from layouts import flat_layout, shape_of

from core.detector.trained import build_members
from core.errors import ConfigError
from core.modalities.layout import Layout
from core.models import MODELS, Autoencoder
from core.models._composed import Composed, bases
from core.params import build, describe, to_dict
from core.recipe import Recipe, ScoreConfig, TrainingConfig
from core.scoring.attribution import reconstruct
from core.scoring.errors import row_errors
from core.scoring.fitted_scores import fit_scores
from core.training.loop import Trainer

CPU = torch.device("cpu")
every_model = pytest.mark.parametrize("name", MODELS.names())
COMPOSED = [name for name, cls in MODELS.items() if issubclass(cls, Composed)]
every_pair = pytest.mark.parametrize(
    ("name", "base"), [(name, base) for name in COMPOSED for base, _ in bases() if base != "dense"]
)

NETWORKS = [(name, "") for name in MODELS.names()] + [(name, base) for name in COMPOSED for base, _ in bases()]
every_network = pytest.mark.parametrize(("name", "base"), NETWORKS)


def rows(name: str, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, *shape_of(name))).astype(np.float32)


def network(name: str, seed: int = 0, **settings: object) -> Autoencoder:
    return build_members(Recipe(model=name, seed=seed, model_settings=settings), shape_of(name))[0]


def error_of(model: Autoencoder, x: torch.Tensor) -> torch.Tensor:
    return model.error(x, model(x))


def train(name: str, seed: int = 0, epochs: int = 3) -> tuple[Trainer, list[dict[str, object]]]:
    trainer = Trainer(
        [network(name, seed)],
        rows(name, 50),
        rows(name, 20, 1),
        TrainingConfig(epochs=epochs, batch_size=16),
        seed=seed,
        device=CPU,
    )
    losses = [{"train": dict(r.train), "validation": dict(r.validation)} for r in trainer.run()]
    return trainer, losses


@every_model
def test_model_says_what_it_is_and_when_to_use_it(name: str) -> None:
    cls = MODELS[name]
    assert cls.title
    assert cls.family
    assert cls.when.endswith(".")
    assert cls.__doc__


@every_model
def test_every_setting_has_help_that_explains_it(name: str) -> None:
    params = describe(MODELS[name].Config)
    assert params
    for param in params:
        assert len(param.help.split()) >= 6, param.name
        assert param.help.endswith("."), param.name
        assert param.label, param.name


@every_model
def test_settings_survive_a_round_trip(name: str) -> None:
    config = MODELS[name].Config()
    assert build(MODELS[name].Config, to_dict(config)) == config
    assert config.__dataclass_params__.frozen


@every_model
def test_every_choice_of_every_setting_trains(name: str) -> None:
    for param in describe(MODELS[name].Config):
        for choice in param.choices:
            model = MODELS[name].create({param.name: choice}, shape_of(name))
            x = torch.from_numpy(rows(name, 4))
            loss = sum(model.loss_terms(x).values())
            assert torch.isfinite(loss), (param.name, choice)


@every_model
def test_setting_out_of_range_is_refused_in_a_sentence(name: str) -> None:
    for param in describe(MODELS[name].Config):
        if param.low is not None:
            with pytest.raises(ConfigError, match="at least"):
                MODELS[name].create({param.name: param.low - 1}, shape_of(name))
        if param.high is not None:
            with pytest.raises(ConfigError, match="at most"):
                MODELS[name].create({param.name: param.high + 1}, shape_of(name))


@every_model
def test_unknown_setting_is_refused_with_those_that_exist(name: str) -> None:
    known = describe(MODELS[name].Config)[-1].name
    with pytest.raises(ConfigError, match=rf"no setting called 'latnt'. Known: .*{known}"):
        MODELS[name].create({"latnt": 3}, shape_of(name))


@pytest.mark.parametrize("name", [name for name, cls in MODELS.items() if hasattr(cls.Config, "latent_unit")])
def test_code_as_wide_as_the_row_is_refused_with_the_remedy(name: str) -> None:
    with pytest.raises(ConfigError, match=r"smaller than the 9 .* Got 9\. Choose 8 or less"):
        MODELS[name].create({"latent": 9, "latent_unit": "units"}, (9,))


@every_model
def test_error_and_expected_rows_have_the_shape_of_the_rows(name: str) -> None:
    model, x = network(name).eval(), torch.from_numpy(rows(name, 7))
    output = model(x)
    assert len(output) == 7
    assert model.expected(output).shape == x.shape
    assert model.error(x, output).shape == x.shape
    assert (model.error(x, output) >= 0).all()
    assert len(model.encode(x)) == 7
    assert model.code_width == model.encode(x).shape[-1]
    assert model.expected(model.decode(model.encode(x))).shape == x.shape


@every_model
def test_loss_terms_are_finite_scalars(name: str) -> None:
    terms = network(name).loss_terms(torch.from_numpy(rows(name, 7)))
    assert terms
    assert all(term.shape == () and torch.isfinite(term) for term in terms.values())


@every_model
def test_gradient_reaches_every_weight(name: str) -> None:
    model = network(name)
    sum(model.loss_terms(torch.from_numpy(rows(name, 32))).values()).backward()
    dead = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert dead == []


@every_model
def test_samples_of_another_layout_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="axes"):
        MODELS[name].create({}, (*shape_of(name), 2, 2, 2))


@every_model
def test_training_lowers_the_loss(name: str) -> None:
    _, losses = train(name, epochs=12)
    assert losses[-1]["validation"]["loss"] < losses[0]["validation"]["loss"]


@every_model
def test_same_seed_gives_the_same_losses_to_the_last_bit(name: str) -> None:
    assert train(name, seed=3)[1] == train(name, seed=3)[1]
    assert train(name, seed=3)[1] != train(name, seed=4)[1]


@every_model
def test_first_weights_do_not_depend_on_what_was_drawn_before(name: str) -> None:
    torch.manual_seed(1)
    one = network(name)
    torch.rand(17)
    two = network(name)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


@every_model
@pytest.mark.parametrize("passes", [1, 5])
def test_score_does_not_depend_on_batch_mates(name: str, passes: int) -> None:
    model, x = network(name).eval(), rows(name, 40)
    config = ScoreConfig(passes=passes)
    together = row_errors([model], x, config)
    alone = np.concatenate([row_errors([model], x[i : i + 1], config).errors for i in range(40)], axis=1)
    backwards = row_errors([model], np.ascontiguousarray(x[::-1]), config).errors[:, ::-1]
    assert np.array_equal(together.errors, alone)
    assert np.array_equal(together.errors, backwards)


@every_model
@pytest.mark.parametrize("kind", ["mse", "sse", "mae", "l1"])
def test_score_kinds_are_the_reductions_they_say(name: str, kind: str) -> None:
    model, x = network(name).eval(), rows(name, 6)
    with torch.no_grad():
        squared = model.error(torch.from_numpy(x).double(), model(torch.from_numpy(x)).double()).flatten(1)
    absolute = squared.sqrt()
    expected = {"mse": squared.mean(1), "sse": squared.sum(1), "mae": absolute.mean(1), "l1": absolute.sum(1)}
    np.testing.assert_allclose(row_errors([model], x, ScoreConfig(kind=kind)).errors[0], expected[kind], rtol=1e-6)


@every_model
def test_checkpoint_resumes_to_the_last_bit(name: str) -> None:
    undisturbed, losses = train(name, epochs=6)
    cut = Trainer([network(name)], rows(name, 50), rows(name, 20, 1), undisturbed.config, seed=0, device=CPU)
    run = cut.run()
    for _ in range(3):
        next(run)
    kept = cut.checkpoint()
    run.close()
    resumed = Trainer([network(name, 99)], rows(name, 50), rows(name, 20, 1), cut.config, seed=0, device=CPU)
    resumed.restore(kept)
    rest = [{"train": dict(r.train), "validation": dict(r.validation)} for r in resumed.run()]
    assert rest == losses[3:]
    ours, theirs = resumed.members[0].state_dict(), undisturbed.members[0].state_dict()
    assert all(torch.equal(ours[n], theirs[n]) for n in theirs)


@every_model
def test_config_is_a_frozen_dataclass_of_described_fields(name: str) -> None:
    cls = MODELS[name].Config
    described = {p.name for p in describe(cls)}
    assert {f.name for f in fields(cls) if "param" in f.metadata} == described


@every_model
def test_evaluation_is_not_random(name: str) -> None:
    model, x = network(name).eval(), torch.from_numpy(rows(name, 20))
    with torch.no_grad():
        assert torch.equal(model(x), model(x))
        assert torch.equal(error_of(model, x), error_of(model, x))
        assert [t.item() for t in model.loss_terms(x).values()] == [t.item() for t in model.loss_terms(x).values()]


@every_model
def test_loaded_weights_give_the_same_network(name: str) -> None:
    trained, other = train(name)[0].members[0], network(name, 99)
    x = torch.from_numpy(rows(name, 20))
    other.load_state_dict(trained.state_dict())
    with torch.no_grad():
        assert torch.equal(error_of(other.eval(), x), error_of(trained, x))


@every_model
def test_features_of_the_columns_are_part_of_what_is_saved(name: str) -> None:
    laid_out, other, x = network(name), network(name), torch.from_numpy(rows(name, 6))
    laid_out.lay_out(flat_layout((0, 1, 1, 1, 2, 3, 4, 4, 4)))
    other.load_state_dict(laid_out.state_dict())
    assert torch.equal(error_of(laid_out.eval(), x), error_of(other.eval(), x))


@every_network
def test_blank_counts_neither_in_loss_nor_in_score_nor_in_shares(name: str, base: str) -> None:
    model, x = network(name, **({"base": base} if base else {})), rows(name, 64)
    layout = Layout(model.axes, model.shape, blank=math.nan)
    model.lay_out(layout)
    x[np.random.default_rng(1).random(x.shape) < 0.3] = np.nan
    run = Trainer([model], x, x[:20], TrainingConfig(epochs=2, batch_size=16), seed=0, device=CPU)
    assert all(np.isfinite(loss) for record in run.run() for loss in (record.train["loss"], record.validation["loss"]))
    found = row_errors([model], x, ScoreConfig("sse")).errors[0]
    units = torch.from_numpy(x)
    with torch.inference_mode():
        filled = model.filled(units)
        errors = model.error(filled, model(units)) * ~units.isnan()
    np.testing.assert_allclose(found, errors.flatten(1).sum(dim=1), rtol=1e-5)
    expected, shares = reconstruct([model], x, fit_scores([model], ScoreConfig(), x), layout)
    assert np.isfinite(expected).all()
    assert (shares.values[np.isnan(x)] == 0).all()


@every_pair
def test_composed_variant_keeps_its_laws_on_every_base(name: str, base: str) -> None:
    model, x = network(name, base=base), rows(name, 32)
    sum(model.loss_terms(torch.from_numpy(x)).values()).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
    model.eval()
    alone = np.concatenate([row_errors([model], x[i : i + 1], ScoreConfig()).errors for i in range(4)], axis=1)
    assert np.array_equal(row_errors([model], x, ScoreConfig()).errors[:, :4], alone)
    other = network(name, 99, base=base)
    other.load_state_dict(model.state_dict())
    assert torch.equal(error_of(other.eval(), torch.from_numpy(x)), error_of(model, torch.from_numpy(x)))
    assert model.variational == MODELS[base].variational


@pytest.mark.parametrize("base", [base for base, _ in bases()])
def test_every_base_shows_its_encoder_what_it_reads(base: str) -> None:
    """Else noise, masks and all else that comes between a row and its encoder would do nothing."""
    model, x = network("denoising", base=base, noise_level=2.0), torch.from_numpy(rows("dense", 16))
    model.eval()
    plain = model.encode(x)
    model.read = lambda x: torch.zeros_like(x)  # type: ignore[method-assign]
    assert not torch.allclose(model.encode(x), plain)
