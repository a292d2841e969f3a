"""The engine on a kind of data whose samples are pooled from several units each and whose content is no table.

In a process of its own, as a plug-in is loaded: what it registers is not known to other tests.
"""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from store_backends import scratch

import core.modalities.units.walking as walking
from core.detector.experiment import Experiment, load
from core.detector.new_samples import score_file
from core.index.schema import Schema
from core.modalities.recognise import ingest, modality_of
from core.presets import PRESETS
from core.search.candidate import Candidate
from core.search.plan import SearchPlan
from core.search.space import Space
from core.store.workspace import open_workspace
from curves.files import CHANNELS, generate

folder = Path(sys.argv[1])
space = open_workspace(scratch(folder))
(folder / "a.curves").write_bytes(generate(240))
dataset = ingest(space, [folder / "a.curves"])
assert dataset.modality == "press_curves"
schema = Schema.from_dict(dataset.schema).with_label("verdict", normal=["normal"])
samples = modality_of(dataset.modality).open(dataset, space.artifacts, schema)
recipe = PRESETS["Curves"].recipe
recipe = replace(recipe, device="cpu", score=replace(recipe.score, beside="knn"))

made = Experiment(samples, recipe)
list(made.run())
assert made.result.auroc > 0.9
assert made.result.columns == len(CHANNELS)
assert len(made.scores.score) == 240
units = made.trained.encoder.units(samples, np.arange(240))
assert len(units) == 5 * 240

# A run's scores are those of the loaded detector, whatever the batch.
made.save(space.artifacts, "runs/one")
detector = load(space.artifacts, "runs/one")
for size in (walking.BATCH_BYTES, 7 * 4 * units.layout.size):
    walking.BATCH_BYTES = size
    assert np.array_equal(detector.score_units(units).score, made.scores.score)
    again = Experiment(samples, recipe)
    list(again.run())
    assert np.array_equal(again.scores.score, made.scores.score)

stored = next(path for path in space.artifacts.list() if path.endswith("explanations.parquet"))
lines = pd.read_parquet(space.artifacts.local(stored))
assert len(lines) == 240 * len(CHANNELS)
np.testing.assert_allclose(lines.groupby("row")["contribution"].sum(), 1.0)

(folder / "b.curves").write_bytes(generate(30, seed=4))
scored = score_file(detector, folder / "b.curves", folder / "b.csv")
assert (scored.rows, len(pd.read_csv(folder / "b.csv"))) == (30, 30)

for objective in ("labels", "unlabelled"):
    plan = SearchPlan.from_dict({"modality": "press_curves", "objective": objective})
    trial = Candidate(samples, recipe, plan)
    list(trial.run())
    assert trial.outcome.value > 0.8
assert "window_dense" in Space(plan).models
assert "dense" not in Space(plan).models
assert {start.modality for start in Space(plan).starts()} == {"press_curves"}
space.store.close()
print("all of it")
"""


def test_curves_are_trained_scored_explained_and_searched_by_the_worst_of_their_windows(tmp_path: Path) -> None:
    tests = Path(__file__).parent
    paths = [str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"ANOMALENS_PLUGINS": "curves", "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=280)
    assert done.stdout.strip() == "all of it", done.stderr[-3000:]
