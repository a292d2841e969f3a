"""The Train page as a script: the form, what stands in the way, the start, and a run in every state."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from epoch_records import SNAPSHOT, record
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named

from core import catalogue
from core.presets import PRESETS
from core.readers.ingest import ingest
from core.recipe import Recipe, TrainingConfig
from core.store.records import ENDED, STATES, Run
from core.store.workspace import Workspace, open_workspace
from dashboard.components import run_words
from dashboard.format import plain
from dashboard.server import cache
from dashboard.train import live_run, previews

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
DEVICES = [{"id": "cpu", "title": "CPU (1 thread)"}]
NASTY = "*run* <script>alert(1)</script> [x](http://example.org)"


class FakeEngine:
    """Queues runs and notes what it is asked for, without any worker."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.asked = workspace, []

    def train(self, dataset_id: str, recipe: Recipe, name: str = "") -> Run:
        return self.workspace.store.create_run(dataset_id, recipe, name)

    def __getattr__(self, kind: str):
        return lambda run_id, *value: self.asked.append((kind, run_id, *value)) or "As you wish."


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with one dataset of 400 rows, made once."""
    folder = tmp_path_factory.mktemp("train")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(folder))
        space = open_workspace()
        rng = np.random.default_rng(0)
        odd = rng.random(400) < 0.1
        frame = pd.DataFrame(rng.normal(size=(400, 4)) + 3 * odd[:, None], columns=["a", "b", "c", "d"]).round(4)
        frame["label"] = odd.astype(int)
        frame.to_csv(folder / "small.csv", index=False)
        dataset = ingest(space.store, space.artifacts, folder / "small.csv", name="small.csv")
    return SimpleNamespace(path=folder, dataset_id=dataset.id)


@pytest.fixture
def workspace(home, monkeypatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home.path))
    st.cache_resource.clear()
    monkeypatch.setattr(previews, "devices", lambda: DEVICES)
    return open_workspace()


@pytest.fixture
def engine(workspace, monkeypatch) -> FakeEngine:
    fake = FakeEngine(workspace)
    monkeypatch.setattr(cache, "engine", lambda: fake)
    return fake


def page(**query: str) -> AppTest:
    """The Train page at an address."""
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/train.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def tab(at: AppTest, name: str) -> AppTest:
    """The same page with another tab of the form open."""
    at.session_state["train.tabs"] = name
    return at.run()


def said(at: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error, at.text)
    return " ".join(str(e.value) for kind in kinds for e in kind)


RESULT = {
    "auroc": 0.9312,
    "average_precision": 0.71,
    "flagged": 1234,
    "threshold": 0.25,
    "seconds": 12.0,
    "judged": "test",
    "best_epoch": 7,
    "epochs": 10,
    "note": "Half of the normals train.",
}


def run_in(workspace: Workspace, dataset_id: str, state: str, reason: str = "", name: str = "A run") -> Run:
    """A run with ten epochs that is in a state."""
    store = workspace.store
    run = store.create_run(dataset_id, Recipe(preset="Tabular"), name)
    if state != "queued":
        attempt = store.claim(run.id, "host/1/1")
        store.write_epochs(run.id, [record(epoch) for epoch in range(1, 11)])
        store.write_snapshot(run.id, SNAPSHOT)
        progress = {"epoch": 10, "epochs": 20, "batch": 1, "batches": 4, "rows_per_second": 1234.0, "phase": "training"}
        store.beat(run.id, progress, "host/1/1", attempt=attempt)
    if state in ("done", "stopped"):
        store.write_result(run.id, RESULT)
    if state not in ("queued", "running"):
        store.set_state(run.id, state, reason)
    return store.run(run.id)


def test_an_empty_session_is_invited_to_choose_data(tmp_path, monkeypatch):
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    monkeypatch.setattr(previews, "devices", lambda: DEVICES)
    at = page()
    assert "Start with some data" in said(at)
    assert [b.label for b in at.button if b.label == "Choose data"]


def test_recommended_is_preselected_and_the_data_are_summed_up(workspace, engine, home):
    at = page()
    assert at.query_params["dataset"] == home.dataset_id
    assert widget_named(at.radio, "train.preset").value == "Recommended"
    assert set(widget_named(at.radio, "train.preset").options) == {
        preset.name for preset in catalogue.starting_points("tabular") if preset.order < 10
    }
    assert "400 rows · 4 features · labels in “label”" in said(at)
    assert "rows train" in said(at)
    assert "Rule of thumb" in said(at)
    assert not at.button(key="train.go").disabled


def test_every_preset_is_found_by_its_family_and_the_chosen_one_stays_in_sight(workspace, engine):
    at = page()
    found = set()
    for family in at.button_group(key="train.preset_family").options:
        at.button_group(key="train.preset_family").set_value(family).run()
        shown = widget_named(at.radio, "train.preset")
        assert shown.value == "Recommended"
        assert "Recommended" in shown.options
        found |= set(shown.options)
    assert found == {preset.name for preset in catalogue.starting_points("tabular")}
    assert not any(preset.recipe.modality != "tabular" for preset in map(PRESETS.__getitem__, found))


def test_a_preset_for_another_kind_of_data_falls_back_to_the_first_that_fits(workspace, engine, monkeypatch):
    other, known = replace(PRESETS["VAE"], name="Spectra"), catalogue.presets
    monkeypatch.setattr(catalogue, "presets", lambda axes=None: known(axes) + ([other] if axes is None else []))
    at, first = page(preset="Spectra"), "This starts from “Recommended”, the first that reads rows."
    assert f"“Spectra” is for another kind of data. {first}" in said(at)
    assert widget_named(at.radio, "train.preset").value == "Recommended"
    assert "is for another kind of data" not in said(page(preset="VAE"))


def test_data_of_a_kind_that_is_not_installed_here_are_named_instead_of_a_form(workspace, engine, home):
    kind = workspace.store.dataset(home.dataset_id).modality
    workspace.store.update_dataset(home.dataset_id, modality="spectra")
    try:
        at = page()
    finally:
        workspace.store.update_dataset(home.dataset_id, modality=kind)
    assert "The data are of the kind “spectra”, which is not installed here." in said(at)
    assert not [button for button in at.button if button.key == "train.go"]


def test_choosing_a_preset_fills_the_form_and_the_address(workspace, engine):
    at = page()
    widget_named(at.radio, "train.preset").set_value("VAE").run()
    assert at.query_params["preset"] == "VAE"
    assert widget_named(at.radio, "train.form.variant").value == "vae"
    tab(at, "Training")
    assert widget_named(at.selectbox, "train.form.training.schedule").value == "warmup-exponential"
    widget_named(at.radio, "train.preset").set_value("Recommended").run()
    assert "preset" not in at.query_params
    assert widget_named(at.selectbox, "train.form.training.optimizer").value == "adamw"


def test_form_of_a_variant_that_works_on_another_follows_its_base(workspace, engine):
    at = page(preset="Denoising")
    base = widget_named(at.selectbox, "train.form.model.denoising.base")
    assert base.value == "dense"
    assert "Variational autoencoder" in base.options
    assert "Denoising autoencoder" not in base.options
    keys = {widget.key for widget in at.number_input}
    assert not any(key.startswith("train.form.model.denoising.beta") for key in keys)
    base.set_value("vae").run()
    widget_named(at.number_input, "train.form.model.denoising.beta").set_value(3.0).run()
    at.button(key="train.go").click().run()
    (run,) = workspace.store.runs()[:1]
    assert run.recipe.model == "denoising"
    assert {"base": "vae", "beta": 3.0, "noise": "gaussian"}.items() <= run.recipe.model_settings.items()


def test_the_variants_of_the_chosen_ones_family_are_shown_until_another_family_is_looked_at(workspace, engine):
    at = page(preset="VAE")
    variants = widget_named(at.radio, "train.form.variant")
    assert variants.value == "vae"
    assert "Dense autoencoder" not in variants.options
    widget_named(at.button_group, "train.form.family").set_value("Dense").run()
    variants = widget_named(at.radio, "train.form.variant")
    assert variants.value == "vae"
    assert {"Dense autoencoder", "Variational autoencoder"} <= set(variants.options)
    variants.set_value("dense").run()
    assert widget_named(at.radio, "train.form.variant").value == "dense"


def test_changes_are_said_survive_another_preset_and_can_be_reset(workspace, engine):
    at = tab(page(preset="Tabular"), "Training")
    widget_named(at.number_input, "train.form.training.epochs").set_value(7).run()
    assert "Changed: Epochs" in said(at)
    widget_named(at.radio, "train.preset").set_value("VAE").run()
    assert "Changed" not in said(at)
    widget_named(at.radio, "train.preset").set_value("Tabular").run()
    assert widget_named(at.number_input, "train.form.training.epochs").value == 7
    at.button(key="train.reset").click().run()
    assert widget_named(at.number_input, "train.form.training.epochs").value == 100
    assert "Changed" not in said(at)


def test_an_entry_that_comes_with_the_click_on_another_tab_is_kept(workspace, engine):
    at = tab(page(preset="Tabular"), "Training")
    widget_named(at.number_input, "train.form.training.epochs").set_value(7)
    tab(at, "Encoding")
    assert "Changed: Epochs" in said(at)
    tab(at, "Training")
    assert widget_named(at.number_input, "train.form.training.epochs").value == 7


def test_training_queues_what_the_form_says_and_shows_it(workspace, engine, home):
    at = tab(page(preset="Tabular"), "Training")
    widget_named(at.number_input, "train.form.training.epochs").set_value(3)
    tab(at, "Network")
    widget_named(at.text_input, "train.form.model.dense.hidden_dims").set_value("16, 8")
    at.text_input(key="train.name").set_value("Mine")
    at.button(key="train.go").click().run()
    assert not at.exception, at.exception
    run = workspace.store.run(at.query_params["run"])
    assert (run.name, run.dataset_id, run.recipe.preset) == ("Mine", home.dataset_id, "Tabular")
    assert run.recipe.training.epochs == 3
    assert tuple(run.recipe.model_settings["hidden_dims"]) == (16, 8)
    assert "Queued" in said(at)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("train.form.model.dense.hidden_dims", "16, many", "Hidden layers must be whole numbers"),
        ("train.form.model.dense.latent", 4000, "The latent size must be smaller than the 4 encoded input columns"),
    ],
)
def test_what_cannot_be_trained_is_said_before_the_start(workspace, engine, key, value, sentence):
    at = page(preset="Tabular")
    widget_named(at.selectbox, "train.form.model.dense.latent_unit").set_value("units")
    widget_named(at.number_input, "train.form.model.dense.latent").set_value(2).run()
    assert not at.button(key="train.go").disabled
    widget = at.text_input(key=key) if isinstance(value, str) else at.number_input(key=key)
    widget.set_value(value).run()
    assert at.button(key="train.go").disabled
    assert sentence in said(at).replace("\\", "")


def test_a_batch_larger_than_the_training_rows_is_remarked_on_and_stops_nobody(workspace, engine):
    at = tab(page(preset="Tabular"), "Training")
    widget_named(at.number_input, "train.form.training.batch_size").set_value(5000).run()
    assert "a batch has 5,000" in said(at)
    assert not at.button(key="train.go").disabled


def test_a_clone_fills_the_form_with_the_runs_recipe(workspace, engine, home):
    recipe = replace(PRESETS["Tabular"].recipe, training=TrainingConfig(epochs=33), seed=9)
    run = workspace.store.create_run(home.dataset_id, recipe, "Old")
    at = page(clone=run.id)
    assert widget_named(at.radio, "train.preset").value == "Tabular"
    tab(at, "Training")
    assert widget_named(at.number_input, "train.form.training.epochs").value == 33
    tab(at, "Split")
    assert widget_named(at.number_input, "train.form.split.seed").value == 9
    assert "Epochs" in said(at)


def test_a_clone_of_no_preset_gets_a_card_of_its_own(workspace, engine, home):
    run = workspace.store.create_run(home.dataset_id, Recipe(model="vae", model_settings={"beta": 3.0}), "Bare")
    at = page(clone=run.id)
    assert widget_named(at.radio, "train.preset").value == "Custom"
    assert widget_named(at.radio, "train.form.variant").value == "vae"
    assert widget_named(at.number_input, "train.form.model.vae.beta").value == 3.0


@pytest.mark.parametrize("state", STATES)
def test_a_run_in_any_state_can_be_opened_by_its_address(workspace, engine, home, state):
    run = run_in(workspace, home.dataset_id, state, "The loss was not finite." if state == "failed" else "", NASTY)
    at = page(dataset=home.dataset_id, run=run.id)
    keys = {b.key for b in at.button}
    assert ("control.cancel" in keys) == (state not in ENDED)
    assert ("live.clone" in keys) == (state in ENDED)
    assert ("live.explore" in keys) == (state in ("done", "stopped"))
    assert "<script>" not in said(at)
    if state in ("done", "stopped"):
        assert {m.label: m.value for m in at.metric}["AUROC"] == "0.9312"
        assert {m.label: m.value for m in at.metric}["Flagged"] == "1,234"
    if state == "failed":
        assert "smaller learning rate" in said(at)
    if state == "running":
        assert {m.label: m.value for m in at.metric}["AUROC so far"] == "0.987"


def test_an_unknown_run_is_said_to_be_gone(workspace, engine):
    at = page(run="nothing")
    assert "There is no run “nothing” here" in said(at)
    assert widget_named(at.radio, "train.preset").value == "Recommended"


def test_the_buttons_reach_the_engine_once(workspace, engine, home):
    run = run_in(workspace, home.dataset_id, "running")
    at = page(run=run.id)
    at.button(key="control.pause").click().run()
    assert engine.asked == [("pause", run.id)]
    assert at.button(key="control.pause").disabled
    assert "Pausing …" in said(at)


def test_the_learning_rate_can_be_changed_while_it_trains(workspace, engine, home):
    run = run_in(workspace, home.dataset_id, "running")
    at = page(run=run.id)
    at.number_input(key=f"control.rate.{run.id}").set_value(0.5).run()
    at.button(key="control.apply").click().run()
    assert engine.asked == [("set_learning_rate", run.id, 0.5)]


def test_a_rate_that_was_asked_for_while_it_waits_is_the_one_on_the_tile(workspace, engine, home):
    from core.store.commands import set_learning_rate

    run = run_in(workspace, home.dataset_id, "paused")
    set_learning_rate(workspace, run.id, 0.5)
    tile = next(m for m in page(run=run.id).metric if m.label == "Learning rate")
    assert (tile.value, tile.delta) == ("0.5", "from the next epoch")


def test_what_cannot_be_done_while_rows_are_scored_is_not_offered(workspace, engine, home):
    run = run_in(workspace, home.dataset_id, "running")
    workspace.store.beat(run.id, {"phase": "scoring", "epoch": 20, "epochs": 20}, "host/1/1", attempt=run.attempt)
    keys = {b.key for b in page(run=run.id).button}
    assert "control.cancel" in keys
    assert not {"control.pause", "control.stop", "control.apply"} & keys


def test_a_cancelled_run_shows_no_epoch_as_kept(workspace, home):
    run, records = run_in(workspace, home.dataset_id, "cancelled"), [{"epoch": 3, "best": True}]
    assert live_run._kept_epoch(run, records) is None
    assert live_run._kept_epoch(run_in(workspace, home.dataset_id, "done"), records) == 7


def test_a_schedule_that_came_down_to_nothing_is_no_obstacle(workspace, engine, home):
    run = run_in(workspace, home.dataset_id, "running")
    workspace.store.write_epoch(run.id, record(11, learning_rate=0.0))
    at = page(run=run.id)
    assert at.number_input(key=f"control.rate.{run.id}").value == 1e-7


def test_only_active_runs_are_looked_at_again(workspace, home):
    for state in STATES:
        assert (live_run.pace(run_in(workspace, home.dataset_id, state)) is None) == (state in ENDED)


def test_the_line_of_progress_says_what_a_run_does_in_every_state(workspace, home):
    run = run_in(workspace, home.dataset_id, "running")

    def sentence(state: str, phase: str = "", epoch: int = 0, reason: str = "") -> str:
        progress = {"phase": phase, "epoch": epoch, "epochs": 20 if epoch else 0}
        return live_run.progress_sentence(replace(run, state=state, progress=progress, reason=reason), [])

    assert sentence("running", "preparing") == "Preparing the data …"
    assert sentence("running", "training", 7) == "Epoch 7 of 20"
    assert sentence("running", "scoring", 20) == "Scoring every row …"
    assert sentence("paused", "preparing") == "Paused; resume at any time"
    assert sentence("paused", "scoring", 20) == "Epoch 20 of 20 · paused; resume at any time"
    assert sentence("queued", reason="Its worker died.").endswith(f". {plain('Its worker died.')}")


def test_a_run_that_failed_once_it_was_scored_says_why_and_leads_on_to_its_scores(workspace, engine, home):
    run = run_in(workspace, home.dataset_id, "failed", "The loss became infinite.")
    assert not [b for b in page(dataset=home.dataset_id, run=run.id).button if b.key == "live.explore"]
    workspace.artifacts.write_json(f"runs/{run.id}/scores.parquet", {})
    workspace.store.write_result(run.id, RESULT)
    at = page(dataset=home.dataset_id, run=run.id)
    assert plain("The loss became infinite.") in said(at)
    assert [b for b in at.button if b.key == "live.explore"]
    assert "0.9312" in {metric.value for metric in at.metric}


def test_user_content_is_left_alone_by_markdown():
    assert plain("[x](y) *b* :red[z] $a$ <b>\n`c`") == (r"\[x\]\(y\) \*b\* \:red\[z\] \$a\$ \<b\> \`c\`")


def test_the_time_left_follows_the_newest_epochs(workspace, home):
    run = run_in(workspace, home.dataset_id, "running")
    records = workspace.store.epochs(run.id)
    assert run_words.share(run) == pytest.approx((10 + 0.25) / 20)
    assert run_words.seconds_left(run, records) == pytest.approx(20 * (1 - 10.25 / 20) * 0.5)
    assert run_words.seconds_left(run, []) is None


def test_devices_that_become_known_while_the_form_is_there_change_no_choice(home, workspace, engine, monkeypatch):
    from dashboard.train import launch

    monkeypatch.setattr(previews, "devices", lambda: None)
    at = page(dataset=home.dataset_id)
    before = widget_named(at.selectbox, "train.form.device").options
    monkeypatch.setattr(previews, "devices", lambda: DEVICES)
    at.run()
    # A browser sends the words that it has drawn: they must be those of the same choice.
    assert widget_named(at.selectbox, "train.form.device").options == [*before, "CPU (1 thread)"]
    at.session_state["train.form.device"] = launch.AUTOMATIC
    at.button(key="train.go").click().run()
    assert not at.exception
    assert workspace.store.runs()[0].recipe.device == "auto"
