"""Variants that work on any other network: one form for all bases, and each does what it says."""

import pytest
import torch
from layouts import flat_layout
from torch import Tensor, nn

from core import catalogue
from core.detector.trained import build_members
from core.errors import ConfigError
from core.models import MODELS, Autoencoder
from core.models._composed import Composed, bases
from core.models.contractive import jacobian
from core.params import describe
from core.recipe import Recipe
from core.training.steps.direct import direct_step

COMPOSED = [name for name, cls in MODELS.items() if issubclass(cls, Composed)]
every_composed = pytest.mark.parametrize("name", COMPOSED)
X = torch.randn(64, 9, generator=torch.Generator().manual_seed(0))


def create(name: str, **settings: object) -> Autoencoder:
    return build_members(Recipe(model=name, model_settings=settings), (9,))[0]


@every_composed
def test_every_network_that_is_registered_is_a_base(name: str) -> None:
    (base, *_) = describe(MODELS[name].Config)
    assert set(base.choices) == {n for n in MODELS.names() if n not in COMPOSED and MODELS[n].axes == ("feature",)}
    assert base.default == "dense"


@every_composed
@pytest.mark.parametrize("base", [base for base, _ in bases()])
def test_form_shows_what_the_chosen_base_has_with_its_defaults(name: str, base: str) -> None:
    params = describe(MODELS[name].Config)
    values = {p.name: p.default for p in params} | {"base": base}
    shown = {p.label: p.default for p in params if p.applies(values)}
    own = {p.label for p in describe(MODELS[name].Own)} | {"Base network"}  # type: ignore[attr-defined]
    wanted = {p.label: p for p in describe(MODELS[base].Config)}
    defaults = {p.name: p.default for p in wanted.values()}
    expected = {label: p.default for label, p in wanted.items() if p.applies(defaults)}
    assert {label: default for label, default in shown.items() if label not in own} == expected


@every_composed
@pytest.mark.parametrize("base", [base for base, _ in bases()])
def test_base_is_built_with_its_own_defaults(name: str, base: str) -> None:
    assert create(name, base=base).config == MODELS[base].Config()


@every_composed
def test_settings_of_the_form_reach_the_base(name: str) -> None:
    model = create(name, base="vae", latent=3, beta=7.0, vae_reduction="mean")
    assert (model.config.latent, model.config.beta, model.config.reduction) == (3, 7.0, "mean")
    assert create(name, base="dense", vae_reduction="mean").config.reduction == "mean"
    assert isinstance(model, MODELS["vae"])


@every_composed
def test_recipe_with_a_base_is_checked_set_and_kept_as_plain_values(name: str) -> None:
    recipe = Recipe(model=name).with_set({"base": "tied", "latent": "3", "model.hidden_dims": "8"})
    catalogue.check(recipe)
    again = Recipe.from_dict(recipe.to_dict())
    assert isinstance(build_members(again, (9,))[0], MODELS["tied"])
    with pytest.raises(ConfigError, match="Base network must be one of dense, "):
        catalogue.check(recipe.with_set({"base": "denoising"}))


@every_composed
def test_what_composes_is_never_trained_by_the_plain_hand_written_step(name: str) -> None:
    assert direct_step(create("dense").train()) is not None
    assert direct_step(create(name).train()) is None


def test_gaussian_noise_has_the_level_and_only_while_training() -> None:
    model, x = create("denoising", noise_level=0.5), torch.zeros(4000, 9)
    assert float(model.read(x).std()) == pytest.approx(0.5, rel=0.02)
    assert torch.equal(model.eval().read(x), x)


@pytest.mark.parametrize("noise", ["masking", "swap"])
def test_features_are_spoilt_whole_and_as_often_as_asked(noise: str) -> None:
    model = create("denoising", noise=noise, noise_share=0.25)
    model.lay_out(flat_layout((0, 0, 0, 1, 1, 2, 3, 4, 5)))
    x = torch.randn(4000, 9)
    read = model.read(x)
    spoilt = read != x
    assert torch.equal(spoilt[:, 0], spoilt[:, 1])
    assert torch.equal(spoilt[:, 3], spoilt[:, 4])
    assert spoilt.float().mean(0).sub(0.25).abs().max() < 0.03
    assert (spoilt[:, 0] != spoilt[:, 5]).any()
    if noise == "masking":
        assert (read[spoilt] == 0).all()
    else:
        # Each spoilt feature is that of some other row, with all its columns.
        rows = {tuple(row) for row in x[:, :3].tolist()}
        assert all(tuple(row) in rows for row in read[:, :3].tolist())
        assert all(torch.isin(read[:, j], x[:, j]).all() for j in range(9))


def test_target_of_denoising_is_the_clean_row() -> None:
    model = create("denoising", noise="masking", noise_share=0.95, hidden_dims=(), latent=8)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    assert model.loss_terms(X)["reconstruction"].item() == pytest.approx(X.square().mean().item())


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu", "linear"])
def test_contraction_of_one_layer_is_the_jacobians_norm(activation: str) -> None:
    model = create("contractive", hidden_dims=(), latent=4, latent_activation=activation)
    expected = jacobian(model, X).square().sum(dim=(0, 2)).mean()
    assert model.contraction(X).item() == pytest.approx(expected.item(), rel=1e-5)  # type: ignore[operator]


@pytest.mark.parametrize("settings", [{"base": "dense"}, {"base": "vae"}, {"dropout": 0.5, "normalisation": "batch"}])
def test_jacobian_of_a_deep_encoder_is_that_of_finite_differences(settings: dict[str, object]) -> None:
    model = create("contractive", latent=4, activation="tanh", **settings).double().eval()
    x, step = X[:5].double(), 1e-6
    found = jacobian(model, x)
    for i in range(9):
        moved = x.clone()
        moved[:, i] += step
        slope = (model.encode(moved) - model.encode(x)) / step
        torch.testing.assert_close(found[:, :, i].T, slope, rtol=1e-4, atol=1e-5)


def test_contraction_shrinks_the_jacobian_in_training() -> None:
    def trained(weight: float) -> float:
        model = create("contractive", contraction=weight, hidden_dims=(16,), latent=3)
        steps = torch.optim.Adam(model.parameters(), 0.01)
        for _ in range(60):
            steps.zero_grad()
            sum(model.loss_terms(X).values()).backward()  # type: ignore[union-attr]
            steps.step()
        return model.contraction(X).item()  # type: ignore[operator]

    assert trained(0.5) < 0.5 * trained(0.0)


def test_trimming_keeps_the_rows_with_the_smallest_errors() -> None:
    model, x = create("trimmed", trim=0.25, dropout=0.5), X.clone()
    x[:16] *= 30
    kept = model.trusted(x)  # type: ignore[operator]
    assert torch.equal(kept.sort(0).values, x[16:].sort(0).values)
    assert model.training
    model.start_epoch(0)
    assert model.eval().loss_terms(x)["reconstruction"].item() > 10
    model.start_epoch(1)
    assert model.loss_terms(x)["reconstruction"].item() < 2


def test_trimmed_network_does_not_learn_the_anomalies_among_its_rows() -> None:
    generator = torch.Generator().manual_seed(1)
    normal = torch.randn(400, 1, generator=generator) @ torch.ones(1, 9)
    odd = torch.randn(40, 1, generator=generator) @ (8 * torch.tensor([[1.0, -1.0] * 4 + [1.0]]))
    x = torch.cat([normal, odd])

    def gap(name: str) -> float:
        model = create(name, hidden_dims=(16,), latent=2)
        steps = torch.optim.Adam(model.parameters(), 0.01)
        for epoch in range(150):
            model.start_epoch(epoch)
            steps.zero_grad()
            sum(model.loss_terms(x).values()).backward()  # type: ignore[union-attr]
            steps.step()
        error = model.eval().error(x, model(x)).mean(1)
        return (error[400:].median() / error[:400].median()).item()

    assert gap("trimmed") > 10 * gap("dense")


def test_new_variant_is_a_base_without_an_edit_elsewhere() -> None:
    @MODELS.register("new for a test")
    class New(MODELS["dense"]):  # type: ignore[misc]
        """A variant of whoever reads the guide."""

        def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
            return {"absolute": nn.functional.l1_loss(self(x), x)}

    try:
        model = create("denoising", base="new for a test")
        assert list(model.loss_terms(X)) == ["absolute"]
        assert isinstance(model, New)
    finally:
        MODELS._objects.pop("new for a test")
