"""The catalogue tells of models and presets, to a process that never imports torch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import catalogue
from core.errors import ConfigError, UnknownNameError
from core.modalities import MODALITIES
from core.models import MODELS
from core.params import describe
from core.recipe import Recipe, ScoreConfig

ROOT = Path(__file__).parents[1]


def test_catalogue_says_what_the_models_say() -> None:
    told = {info.name: info for info in catalogue.models()}
    assert set(told) == set(MODELS.names())
    for name, cls in MODELS.items():
        assert told[name].params == describe(cls.Config)
        assert (told[name].title, told[name].family, told[name].when) == (cls.title, cls.family, cls.when)
        assert (told[name].axes, told[name].variational) == (cls.axes, cls.variational)


def test_catalogue_is_plain_values() -> None:
    plain = json.loads(json.dumps(catalogue.catalogue()))
    assert {m["name"] for m in plain["models"]} == set(MODELS.names())
    assert plain["presets"][0]["name"] == "Recommended"


def test_calling_process_has_no_torch_and_asks_once(tmp_path: Path) -> None:
    code = (
        "import sys; from core import catalogue\n"
        "print(len(catalogue.catalogue()['models']), 'torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    env = os.environ | {"ANOMALENS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert answer.stdout.split() == [str(len(MODELS)), "False", "False"]
    assert len(list((tmp_path / "cache").glob("models-*.json"))) == 1


def test_answer_changes_with_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = catalogue._fingerprint()
    for folder in ("models",):
        (tmp_path / folder).mkdir()
    for name in ("params.py", "catalogue.py", "models/new.py"):
        (tmp_path / name).write_text("x = 1\n")
    monkeypatch.setattr(catalogue, "_ROOT", tmp_path)
    one = catalogue._fingerprint()
    (tmp_path / "models/new.py").write_text("x = 2\n")
    assert len({before, one, catalogue._fingerprint()}) == 3


def test_recipe_is_checked_before_anything_starts() -> None:
    catalogue.check(Recipe(model_settings={"latent": 3}))
    with pytest.raises(UnknownNameError, match="no model called 'dence'"):
        catalogue.check(Recipe(model="dence"))
    with pytest.raises(ConfigError, match="no setting called 'latnt'"):
        catalogue.check(Recipe(model_settings={"latnt": 3}))
    with pytest.raises(ConfigError, match="Dropout must be at most"):
        catalogue.check(Recipe(model_settings={"dropout": 3}))


def test_what_is_worth_searching_comes_back_as_the_models_say_it():
    for info in catalogue.models():
        assert info.params == describe(MODELS[info.name].Config)
        assert info.searched == MODELS[info.name].searched


def test_whatever_is_worth_searching_is_within_what_the_setting_allows():
    for info in catalogue.models():
        names = {p.name: p for p in info.params}
        for p in info.params:
            if p.search is None:
                continue
            for value in p.search.values or (p.search.low, p.search.high):
                p.check(value)
            for name, value in p.search.sets:
                names[name].check(value)


def test_models_presets_and_scores_are_offered_by_the_axes_of_a_kind_of_data() -> None:
    for axes in (("feature",), ("time", "channel")):
        assert catalogue.models(axes) == [info for info in catalogue.models() if info.fits_axes(axes)] != []
        names = {info.name for info in catalogue.models(axes)}
        assert catalogue.presets(axes) == [one for one in catalogue.presets() if one.recipe.model in names] != []
    assert catalogue.models(("pressure",)) == catalogue.presets(("pressure",)) == []
    of_places = {"regions", "structure", "worst"}
    assert catalogue.scores(("time", "channel")) == [one for one in catalogue.scores() if one not in of_places]
    without_distances = set(catalogue.scores()) - of_places - set(catalogue.scores(("token",)))
    assert without_distances == {
        "crowd", "knn", "local", "mixture", "neighbours", "principal", "residual_neighbours"
    }  # fmt: skip


def test_model_or_score_that_does_not_read_a_kind_of_data_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MODALITIES["tabular"], "axes", ("token",))
    with pytest.raises(ConfigError, match=r"reads units with the axes feature\. Those of a row are token\. Choose"):
        catalogue.check(Recipe())
    monkeypatch.setattr(catalogue.ModelInfo, "fits_axes", lambda info, axes: True)
    with pytest.raises(ConfigError, match=r"score 'knn' has no meaning .* token\. Choose one of mse"):
        catalogue.check(Recipe(score=ScoreConfig("knn")))
