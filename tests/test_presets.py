"""Every preset has the numbers of the recipe that it is named after, and trains any table."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from torch import nn

from core.catalogue import presets
from core.detector.experiment import Experiment
from core.detector.trained import build_members
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.samples import TabularSamples
from core.presets import PRESETS
from core.recipe import TABULAR, Recipe
from core.thresholds import THRESHOLDS

every_preset = pytest.mark.parametrize("name", PRESETS.names())
TABLES = [name for name, preset in PRESETS.items() if preset.recipe.modality == TABULAR]
every_preset_of_tables = pytest.mark.parametrize("name", TABLES)


def recipe(name: str) -> Recipe:
    return PRESETS[name].recipe


def widths(name: str, width: int) -> list[int]:
    model = build_members(recipe(name), (width,))[0]
    linear = [m for m in model.encoder if isinstance(m, nn.Linear)]
    return [linear[0].in_features, *(layer.out_features for layer in linear)]


def kinds(name: str) -> list[type[nn.Module]]:
    return [type(m) for m in build_members(recipe(name), (35,))[0].encoder]


@every_preset
def test_preset_says_what_it_is_for_and_carries_its_name(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name == preset.recipe.preset
    assert preset.summary.endswith(".")


@every_preset
def test_preset_survives_a_round_trip(name: str) -> None:
    plain = recipe(name).to_dict()
    assert Recipe.from_dict(plain).to_dict() == plain


@every_preset_of_tables
@pytest.mark.parametrize("width", [1, 2, 3, 6, 21, 100])
def test_preset_builds_for_any_width(name: str, width: int) -> None:
    assert len(build_members(recipe(name), (width,))) == recipe(name).members


@every_preset
def test_threshold_rule_is_known_and_takes_the_value(name: str) -> None:
    config = recipe(name).threshold
    assert THRESHOLDS[config.rule].check(config.value) == config.value


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 rows on a curve with a category and a few blanks, and one anomaly in ten off it."""
    rng = np.random.default_rng(0)
    n = 300
    t, odd = rng.normal(size=n), rng.random(n) < 0.1
    columns = {f"x{j}": np.sin(t + j) + 0.05 * rng.normal(size=n) for j in range(7)}
    frame = pd.DataFrame(columns | {"kind": np.where(t > 0, "up", "down")})
    frame.loc[odd, "x0":"x6"] += rng.normal(scale=2, size=(odd.sum(), 7))
    frame = frame.mask(pd.DataFrame(rng.random(frame.shape) < 0.02, columns=frame.columns))
    path = tmp_path_factory.mktemp("planted") / "data.parquet"
    frame.assign(label=odd.astype(int)).to_parquet(path)
    return path


@every_preset_of_tables
def test_preset_trains_through_the_engine_and_finds_anomalies(name: str, planted: Path) -> None:
    table = Table(planted)
    samples = TabularSamples(table, infer_schema(table).with_label("label"))
    quick = {"training.steps": 60, "training.batch_size": 64, "training.warmup_steps": 5, "members": 1, "passes": 2}
    experiment = Experiment(samples, recipe(name).with_set(quick))
    list(experiment.run())
    assert experiment.result.auroc is not None
    assert experiment.result.auroc > 0.75
    assert np.isfinite(experiment.result.threshold)


def test_presets_of_the_recipes_are_all_there_and_the_recommended_comes_first() -> None:
    names = {"Recommended", "Tabular", "Threat detector", "VAE", "Power-of-two dense", "Collider", "Bernoulli VAE"}
    names |= {"Sparse", "Network intrusion", "Sparse VAE", "Denoising", "Contractive", "Tied weights", "Residual"}
    names |= {"Attention", "Progressive", "Ratings"}
    assert names <= set(PRESETS.names())
    listed = presets()
    assert listed[0].name == "Recommended"
    assert all(a.order <= b.order for a, b in itertools.pairwise(listed))


def test_dual_is_the_dual_autoencoder_of_the_findings() -> None:
    r = recipe("Dual")
    # 20 columns read twice: the code is as wide as the table.
    assert widths("Dual", 40) == [40, 128, 64, 20]
    assert kinds("Dual")[:2] == [nn.Linear, nn.GELU]
    assert (r.encoding["numbers"], r.members, r.score.kinds) == ("dual", 5, ("mse",))
    t = r.training
    assert (t.optimizer, t.learning_rate, t.schedule, t.steps, t.batch_size) == (
        "adamw",
        2e-3,
        "warmup-cosine",
        800,
        256,
    )


def test_recommended_asks_a_smaller_dual_autoencoder_four_questions() -> None:
    r, dual = recipe("Recommended"), recipe("Dual")
    assert r.score.kinds == ("mse", "local", "mixture", "neighbours")
    assert r.score.weights == "correlation"
    assert r.members < dual.members
    assert r.training.set_aside > dual.training.set_aside == 0
    training = replace(r.training, set_aside=0.0)
    assert (r.model_settings, training, r.encoding) == (dual.model_settings, dual.training, dual.encoding)


def test_robust_leaves_anomalies_out_and_asks_how_far_the_crowd_is() -> None:
    r = recipe("Robust")
    assert r.model == "trimmed"
    assert r.model_settings["trim"] > 0
    assert "crowd" in r.score.kinds


def test_tabular_is_that_of_the_recipes() -> None:
    r = recipe("Tabular")
    assert widths("Tabular", 35) == [35, 128, 64, 32]
    assert kinds("Tabular")[:4] == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout]
    assert r.model_settings["dropout"] == 0.2
    assert (r.training.optimizer, r.training.learning_rate, r.training.batch_size) == ("adam", 1e-3, 256)
    assert (r.split.validation, r.score.kind, r.score.normalise) == (0.2, "mse", "threshold")
    assert (r.threshold.rule, r.threshold.value, r.threshold.reference) == ("percentile", 95.0, "train")


def test_threat_detector_is_that_of_the_recipes() -> None:
    r, t = recipe("Threat detector"), recipe("Threat detector").training
    assert widths("Threat detector", 35) == [35, 24, 12, 6]
    assert kinds("Threat detector")[:4] == [nn.Linear, nn.BatchNorm1d, nn.LeakyReLU, nn.Dropout]
    assert (r.model_settings["slope"], r.model_settings["dropout"]) == (0.2, 0.2)
    assert (t.optimizer, t.learning_rate, t.weight_decay, t.batch_size, t.epochs) == ("adamw", 1e-3, 1e-5, 256, 100)
    assert (t.schedule, t.plateau_factor, t.plateau_patience, t.min_learning_rate) == ("plateau", 0.5, 5, 1e-6)
    assert (t.gradient_clip, t.patience) == (1.0, 10)
    assert (r.split.kind, r.split.validation, r.split.validation_order) == ("chronological", 0.15, "last")
    assert (r.split.train_on, r.score.kind, r.score.normalise) == ("normal", "mse", "none")
    assert (r.threshold.rule, r.threshold.value, r.threshold.reference) == ("percentile", 99.5, "validation")


def test_power_of_two_dense_is_that_of_the_recipes() -> None:
    r = recipe("Power-of-two dense")
    assert widths("Power-of-two dense", 35) == [35, 32, 16, 8, 4]
    assert set(kinds("Power-of-two dense")) == {nn.Linear}
    assert (r.training.optimizer, r.training.learning_rate) == ("adam", 1e-2)
    assert r.model_settings["reduction"] == "sum"
    assert (r.score.kind, r.score.normalise) == ("l1", "minmax")
    assert r.threshold.rule == "value"
    assert 0 <= r.threshold.value <= 1


def test_collider_is_that_of_the_recipes() -> None:
    r, t = recipe("Collider"), recipe("Collider").training
    assert widths("Collider", 21) == [21, 256, 128, 64, 32, 16, 5]
    assert kinds("Collider")[:2] == [nn.Linear, nn.LeakyReLU]
    assert (t.optimizer, t.learning_rate, t.batch_size, t.epochs) == ("adam", 1e-3, 128, 100)
    assert (t.weight_decay, t.gradient_clip, t.patience) == (0, 0, 0)
    assert (r.score.kind, r.score.normalise) == ("mse", "none")


def test_vae_is_that_of_the_recipes() -> None:
    r, t = recipe("VAE"), recipe("VAE").training
    model = build_members(r, (40,))[0]
    assert widths("VAE", 40) == [40, 128, 64]
    assert model.mean_head.out_features == model.log_variance_head.out_features == 32
    assert (r.model_settings["reduction"], r.model_settings["beta"]) == ("sum", 1.0)
    assert r.model_settings["anneal_epochs"] > 0
    assert (t.schedule, t.warmup_epochs, t.gamma) == ("warmup-exponential", 5.0, 0.95)
    assert r.score.passes > 1


def test_sparse_is_that_of_the_recipes() -> None:
    s = recipe("Sparse").model_settings
    assert widths("Sparse", 100) == [100, 256, 64]
    assert (s["penalty"], s["target_activation"], s["sparsity"]) == ("kl", 0.05, 0.3)


def test_network_intrusion_is_that_of_the_recipes() -> None:
    s = recipe("Network intrusion").model_settings
    assert widths("Network intrusion", 41) == [41, 30, 15]
    assert kinds("Network intrusion")[:2] == [nn.Linear, nn.ReLU]
    assert (s["penalty"], s["target_activation"], s["sparsity"]) == ("kl", 0.05, 0.3)
    assert recipe("Network intrusion").split.train_on == "normal"


def test_bernoulli_vae_is_that_of_the_recipes() -> None:
    model = build_members(recipe("Bernoulli VAE"), (50,))[0]
    assert widths("Bernoulli VAE", 50) == [50, 400]
    assert model.mean_head.out_features == 20
    assert isinstance(model.decoder[-1], nn.Sigmoid)
    assert recipe("Bernoulli VAE").encoding["numbers"] == "minmax"


def test_beta_vae_anneals_and_warms_up() -> None:
    r = recipe("Beta-VAE")
    assert r.model_settings["beta"] > 1
    assert r.model_settings["anneal_epochs"] > 0
    assert (r.training.schedule, r.training.warmup_epochs, r.training.gamma) == ("warmup-exponential", 5.0, 0.95)


def test_sparse_vae_has_both_penalties_of_the_recipes() -> None:
    s = recipe("Sparse VAE").model_settings
    assert (s["beta"], s["target_activation"], s["sparsity"]) == (1.0, 0.05, 0.3)


def test_denoising_is_that_of_the_recipes() -> None:
    s = recipe("Denoising").model_settings
    assert (s["noise"], s["noise_level"]) == ("gaussian", 0.3)


def test_ratings_is_that_of_the_recipes() -> None:
    assert widths("Ratings", 300) == [300, 256, 50]
    assert kinds("Ratings")[:3] == [nn.Linear, nn.SELU, nn.Dropout]
    assert recipe("Ratings").model_settings["dropout"] == 0.5
