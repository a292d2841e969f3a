"""The quality benchmark: its protocol, its resuming, its table; how good the numbers are is no test's business."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.bench import BENCHES
from core.bench.harness import methods as methods
from core.bench.harness.protocol import PART, divided, labelled_sets, opened_set
from core.bench.quality import Finished
from core.errors import ConfigError, UnknownNameError

quality = BENCHES["quality"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two labelled sets, a table without labels and a file that is no table; the workspace is empty."""
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    data = tmp_path / "data"
    data.mkdir()
    for seed, name in enumerate(("easy.parquet", "hard.csv")):
        rng = np.random.default_rng(seed)
        label = np.arange(120) % 6 == 0
        x = rng.normal(size=(120, 3)) + (6 if seed == 0 else 1) * label[:, None]
        frame = pd.DataFrame(x, columns=list("abc")).assign(label=label.astype(int))
        if name.endswith("csv"):
            frame.to_csv(data / name, index=False)
        else:
            frame.to_parquet(data / name)
    pd.DataFrame({"a": [1.5, 2.5]}).to_csv(data / "unlabelled.csv", index=False)
    (data / "README.md").write_text("No table.")
    return data


def test_half_of_the_normal_rows_train_and_every_other_row_is_judged(folder: Path) -> None:
    with opened_set(folder / "easy.parquet") as table, divided(table, "normals", 0) as case:
        assert (len(case.train), len(case.judged)) == (50, 70)
        assert not set(case.train) & set(case.judged)
        assert not case.labels[case.train].any()
        assert case.labels[case.judged].sum() == 20
        assert [column.name for column in case.schema.features] == ["a", "b", "c"]
        parts = case.table.frame([PART])[PART].to_numpy()
        assert (parts[case.train] == "train").all()
        assert (parts[case.judged] == "test").all()


def test_large_sets_are_capped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.bench.harness.protocol.TRAIN", 30)
    monkeypatch.setattr("core.bench.harness.protocol.JUDGED", 40)
    with opened_set(folder / "easy.parquet") as table:
        with divided(table, "normals", 0) as case:
            assert (len(case.train), len(case.judged)) == (30, 40)
        with divided(table, "contaminated", 0) as case:
            assert (len(case.train), len(case.judged)) == (70, 70)


def test_every_row_trains_and_is_judged_when_contaminated(folder: Path) -> None:
    with opened_set(folder / "easy.parquet") as table, divided(table, "contaminated", 0) as case:
        np.testing.assert_array_equal(case.train, np.arange(120))
        np.testing.assert_array_equal(case.judged, np.arange(120))


def test_each_seed_divides_the_rows_in_its_own_way_and_always_the_same(folder: Path) -> None:
    def trained(seed: int) -> list[float]:
        with divided(table, "normals", seed) as case:
            return list(case.table.frame(["a"])["a"].to_numpy()[case.train])

    with opened_set(folder / "easy.parquet") as table:
        assert trained(0) == trained(0)
        assert set(trained(0)) != set(trained(1))


def test_sets_without_labels_are_left_out_with_the_reason(folder: Path) -> None:
    sets, left_out = labelled_sets(folder, "")
    assert list(sets) == ["easy", "hard"]
    assert list(left_out) == ["unlabelled"]
    assert "no column called 'label'" in left_out["unlabelled"]
    with pytest.raises(ConfigError, match="no set called 'hrad'"):
        labelled_sets(folder, "hrad")
    with pytest.raises(ConfigError, match="--data"):
        quality()


def test_the_table_ranks_methods_and_counts_the_wins_against_knn(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def reverse(case: object, seed: int) -> np.ndarray:
        return -knn.run(case, seed)  # type: ignore[arg-type]

    knn, original = methods.method("knn"), methods.method
    made = methods.Method("reverse", reverse, "1")
    monkeypatch.setattr(methods, "method", lambda name: made if name == "reverse" else original(name))
    result = quality(data=str(folder), methods="reverse,knn,pca", seeds=2)
    lines = {line["method"]: line for line in result["table"]}
    assert next(iter(lines)) != "reverse"
    # What one calls odd, the other calls usual: their AUROCs add up to 1.
    assert lines["reverse"]["auroc"] + lines["knn"]["auroc"] == pytest.approx(1, abs=2e-4)
    assert lines["reverse"]["wins"] == 0
    assert lines["reverse"]["rank"] == 3
    assert lines["knn"]["wins"] is None
    assert sum(line["rank"] for line in lines.values()) == 6
    assert (result["sets"], result["seeds"]) == (2, 2)
    assert json.dumps(result)
    assert "hard, seed 1: pca" in capsys.readouterr().err


def test_the_standard_error_is_that_of_the_seeds(folder: Path) -> None:
    result = quality(data=str(folder), methods="knn", seeds=2, sets="hard")
    cells = [json.loads(line) for line in Path(result["cells"]).read_text().splitlines() if line]
    for key in ("auroc", "average_precision"):
        first, second = (cell[key] for cell in cells)
        assert first != second
        # The standard deviation of two numbers is their distance by the root of two; that of their mean, half of it.
        assert result["table"][0][f"{key}_se"] == pytest.approx(abs(first - second) / 2, abs=1e-4)
    assert quality(data=str(folder), methods="knn", seeds=1, sets="hard")["table"][0]["auroc_se"] is None


def test_what_was_measured_is_not_measured_again_until_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = quality(data=str(folder), methods="knn", seeds=1)
    assert capsys.readouterr().err.count("knn") == 2
    # Half a line, as a killed process leaves it; another method and another seed are measured, the rest is known.
    with Path(first["cells"]).open("a") as file:
        file.write('\n{"key": "normals/ea')
    again = quality(data=str(folder), methods="knn", seeds=1)
    assert capsys.readouterr().err == ""
    assert again["table"] == first["table"]
    quality(data=str(folder), methods="knn,pca", seeds=2, sets="easy")
    assert capsys.readouterr().err.splitlines() == [
        "easy, seed 0: pca",
        "easy, seed 1: knn",
        "easy, seed 1: pca",
    ]
    quality(data=str(folder), methods="knn", seeds=1, fresh=True)
    assert capsys.readouterr().err.count("knn") == 2


def test_changed_data_are_measured_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quality(data=str(folder), methods="knn", seeds=1)
    frame = pd.read_parquet(folder / "easy.parquet")
    frame.assign(a=frame["a"] + 1).to_parquet(folder / "easy.parquet")
    capsys.readouterr()
    quality(data=str(folder), methods="knn", seeds=1)
    assert capsys.readouterr().err.splitlines() == ["easy, seed 0: knn"]


def test_a_method_has_another_version_with_other_settings() -> None:
    assert methods.method("Tabular").version != methods.method("VAE").version
    assert methods.method("Tabular").version == methods.method("tabular").version
    with pytest.raises(UnknownNameError, match="Recommended"):
        methods.method("recomended")


def test_a_method_that_lacks_its_library_is_left_out_with_the_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyod.models.auto_encoder", None)
    result = quality(data=str(folder), methods="knn,pyod-autoencoder", seeds=1, sets="easy")
    assert [line["method"] for line in result["table"]] == ["knn"]
    assert "anomalens[bench]" in result["left_out"][0]


@pytest.mark.parametrize("setting", ["normals", "contaminated"])
def test_a_model_is_trained_the_way_of_every_run(folder: Path, setting: str) -> None:
    with opened_set(folder / "easy.parquet") as table, divided(table, setting, 0) as case:
        scores = methods.method("dense").run(case, 0)
        assert scores.shape == case.judged.shape
        odd = case.labels[case.judged] == 1
        assert np.median(scores[odd]) > np.median(scores[~odd])
        np.testing.assert_array_equal(scores, methods.method("dense").run(case, 0))


def test_pyods_autoencoder_is_measured_too(folder: Path) -> None:
    pytest.importorskip("tqdm", reason="needs the bench extra: pip install 'anomalens[bench]'")
    pytest.importorskip("pyod", reason="needs the bench extra: pip install 'anomalens[bench]'")
    with opened_set(folder / "easy.parquet") as table, divided(table, "normals", 0) as case:
        scores = methods.method("pyod-autoencoder").run(case, 0)
        odd = case.labels[case.judged] == 1
        assert np.median(scores[odd]) > np.median(scores[~odd])


def test_half_a_line_at_the_end_does_not_spoil_the_next_cell(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    path.write_text('{"key": "a", "auroc": 1.0}\n{"key": "b", "au')
    finished = Finished(path)
    assert finished.get("b") is None
    finished.add({"key": "c", "auroc": 0.5})
    assert Finished(path).get("c") == {"key": "c", "auroc": 0.5}
    assert Finished(path).get("a") is not None
