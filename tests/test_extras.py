"""What only some networks tell: how active a sparse code is, and new rows of a variational one, from worker to page."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from run_fixture import write_run
from streamlit.testing.v1 import AppTest

from core.detector.code_activity import code_activity
from core.detector.experiment import Experiment
from core.detector.generated import generate_units, units_to_generate
from core.detector.trained import build_members
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder
from core.modalities.tabular.generated import compare
from core.modalities.tabular.samples import TabularSamples
from core.models import Autoencoder
from core.recipe import Recipe, SplitConfig, TrainingConfig
from core.store.artifacts import Artifacts
from core.store.workspace import Workspace, open_workspace

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
FORMULA = "=1+1"


def people(n: int = 1500, seed: int = 0) -> pd.DataFrame:
    """Two numbers that go together, a category that follows them, a date, a column of blanks and one constant."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=n)
    return pd.DataFrame(
        {
            "height": 170 + 9 * t,
            "weight": 70 + 12 * t + rng.normal(scale=4, size=n),
            "size": np.where(t > 0.5, FORMULA, np.where(t < -0.5, "small", "middle")),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400 * 86_400, n), unit="s"),
            "score": np.where(rng.random(n) < 0.3, np.nan, np.round(rng.gamma(2.0, size=n), 2)),
            "same": 7.0,
        }
    )


def run(frame: pd.DataFrame, folder: Path, model: str, epochs: int = 1, **settings: object) -> Artifacts:
    """The files of a quick run."""
    frame.to_parquet(folder / "data.parquet")
    table = Table(folder / "data.parquet")
    recipe = Recipe(
        model=model,
        model_settings={"hidden_dims": (32,), "latent": 3, **settings},
        training=TrainingConfig(epochs=epochs, batch_size=64, learning_rate=5e-3),
        split=SplitConfig(kind="random"),
    )
    experiment = Experiment(TabularSamples(table, infer_schema(table).with_column("when", role="feature")), recipe)
    list(experiment.run())
    artifacts = Artifacts(str(folder / "storage"))
    experiment.save(artifacts, "runs/run")
    return artifacts


@pytest.fixture(scope="module")
def variational(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return run(people(), tmp_path_factory.mktemp("vae"), "vae", epochs=60, beta=0.3)


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return run(people(300), tmp_path_factory.mktemp("sparse"), "sparse", latent=4)


def test_activity_is_the_mean_over_rows_and_the_share_of_quiet_units() -> None:
    class Fixed(Autoencoder):
        def __init__(self) -> None:
            super().__init__(Autoencoder.Config(), (3,))
            self.scale = torch.nn.Parameter(torch.ones(()))

        def encode(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.scale

    x = np.array([[0.0, 0.5, -0.08], [0.0, 0.3, 0.3]], dtype=np.float32)
    found = code_activity([Fixed(), Fixed()], np.tile(x, (3000, 1)))
    np.testing.assert_allclose(found["units"], [0, 0.4, 0.19] * 2, rtol=1e-6)
    assert found["active"] == [0, 1, 0.5] * 2
    assert (found["quiet"], found["limit"], found["rows"]) == (pytest.approx(1 / 3), 0.1, 6000)


def test_only_networks_that_have_something_to_tell_write_it(variational: Artifacts, sparse: Artifacts) -> None:
    assert variational.exists("runs/run/generated.json")
    assert not variational.exists("runs/run/activity.json")
    assert len(sparse.read_json("runs/run/activity.json")["units"]) == 4
    assert not sparse.exists("runs/run/generated.json")


def test_new_rows_are_in_the_users_units_and_look_like_the_real_ones(variational: Artifacts) -> None:
    rows, real = pd.read_parquet(variational.local("runs/run/generated.parquet")), people()
    assert list(rows.columns) == [c for c in real.columns if c != "same"]
    assert len(rows) == 2000
    assert abs(rows["height"].mean() - 170) < 3
    assert 4 < rows["height"].std() < 11
    assert rows["height"].corr(rows["weight"]) > 0.7
    assert set(rows["size"].dropna()) <= {FORMULA, "small", "middle"}
    tall = rows.groupby("size")["height"].mean()
    assert tall[FORMULA] > tall["small"] + 5
    assert rows["when"].between("2023-06-01", "2025-09-01").all()


def test_comparison_counts_every_new_and_real_value(variational: Artifacts) -> None:
    rows = pd.read_parquet(variational.local("runs/run/generated.parquet"))
    found = {c["column"]: c for c in variational.read_json("runs/run/generated.json")}
    assert list(found) == list(rows.columns)
    assert {found["height"]["kind"], found["size"]["kind"], found["when"]["kind"]} == {"numbers", "levels", "moments"}
    height = found["height"]
    inside = rows["height"].between(height["edges"][0], height["edges"][-1])
    assert sum(height["generated"]) == inside.sum()
    assert sum(height["real"]) >= 0.98 * height["real_rows"]
    levels = rows["size"].value_counts()
    assert found["size"]["generated"] == [int(levels.get(level, 0)) for level in found["size"]["levels"]]
    assert found["score"]["real_rows"] < found["height"]["real_rows"]


def test_comparison_stands_columns_without_a_value_or_with_one_alone() -> None:
    frame = pd.DataFrame({"empty": [np.nan] * 20, "same": [3.0] * 20, "word": ["a"] * 20, "x": np.arange(20.0)})
    schema = infer_schema_of(frame)
    kept = replace(schema, columns=tuple(replace(c, role="feature") for c in schema.columns))
    found = {c["column"]: c for c in compare(frame, frame, kept)}
    assert sum(found["same"]["real"]) == 20
    assert sum(found["empty"]["real"]) == 0
    assert found["word"]["real"] == found["word"]["generated"] == [20]


def infer_schema_of(frame: pd.DataFrame):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        frame.to_parquet(Path(folder) / "data.parquet")
        return infer_schema(Table(Path(folder) / "data.parquet"))


def test_seed_decides_the_new_rows_and_members_share_them() -> None:
    frame = people(50)
    schema = infer_schema_of(frame)
    encoder = TabularEncoder(EncodingConfig(), schema).fit_frame(frame)
    members = build_members(Recipe(model="vae", members=3), (encoder.width,))
    one, two, other = (encoder.inverse(generate_units(members, 10, seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 10
    assert not one["height"].equals(other["height"])


@pytest.mark.parametrize(("columns", "expected"), [(1, 2000), (500, 2000), (5000, 200), (10**7, 1)])
def test_wide_tables_get_fewer_new_rows(columns: int, expected: int) -> None:
    assert units_to_generate(columns) == expected


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    return open_workspace()


def page(run_id: str, **params: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/explore.py")
    for name, value in {"run": run_id, **params}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def boxes(at: AppTest) -> list[str]:
    return [box.label for box in at.selectbox]


def test_explore_shows_new_rows_and_activity_where_the_run_has_them(
    workspace: Workspace, variational: Artifacts, sparse: Artifacts
) -> None:
    written = write_run(workspace, 300)
    at = page(written.run_id, experts="open")
    assert "New rows: column" not in boxes(at)
    import streamlit as st

    st.cache_resource.clear()
    for source, names in ((variational, ("generated.json", "generated.parquet")), (sparse, ("activity.json",))):
        for name in names:
            workspace.artifacts.write_bytes(f"runs/{written.run_id}/{name}", source.read_bytes(f"runs/run/{name}"))
    at = page(written.run_id, experts="open")
    assert "New rows: column" in boxes(at)
    column = next(box for box in at.selectbox if box.label == "New rows: column")
    for place in range(len(column.options)):
        column.select_index(place).run()
        assert not at.exception, at.exception


def test_new_rows_are_downloaded_without_a_formula_that_runs(workspace: Workspace, variational: Artifacts) -> None:
    from dashboard.explore.network.generated_panel import _csv

    workspace.artifacts.write_bytes("runs/x/generated.parquet", variational.read_bytes("runs/run/generated.parquet"))
    run = SimpleNamespace(space=workspace, folder="runs/x")
    text = _csv(run).decode("utf-8-sig")
    assert f"'{FORMULA}" in text
    assert f",{FORMULA}" not in text
    assert len(text.splitlines()) == 2001
