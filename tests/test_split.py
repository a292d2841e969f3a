import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_fixture import make_table

from core.errors import DataError
from core.index.schema import infer_schema
from core.index.split import PARTS, split_rows
from core.recipe import SplitConfig

N = 1000
RNG = np.random.default_rng(0)
LABELS = (RNG.random(N) < 0.1).astype(int)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("split"), {"x": RNG.normal(size=N), "label": LABELS})


def opened(folder, columns, test=None):
    table = make_table(folder, pd.DataFrame(columns), pd.DataFrame(test) if test is not None else None)
    return table, infer_schema(table)


def split(data, seed=0, **config):
    return split_rows(*data, SplitConfig(**config), seed)


def covers_every_row_once(result, n=N):
    together = np.concatenate([result.train, result.validation, result.test])
    return sorted(together.tolist()) == list(range(n))


@pytest.mark.parametrize("kind", ["random", "normals", "chronological"])
def test_no_anomaly_trains_or_validates(labelled, kind):
    result = split(labelled, kind=kind)
    assert LABELS[result.train].sum() == LABELS[result.validation].sum() == 0
    assert covers_every_row_once(result)
    assert "Only rows labelled normal train" in result.note


def test_anomalies_train_where_the_user_says_so(labelled):
    result = split(labelled, train_on="all")
    assert LABELS[result.train].sum() > 0
    assert len(result.test) == 200
    assert "anomalies are left among the training rows" in result.note


def test_half_of_the_normals_train_and_the_rest_is_judged(labelled):
    result = split(labelled, kind="normals", validation=0.1)
    normal = int((LABELS == 0).sum())
    assert len(result.train) + len(result.validation) == normal - round(normal / 2)
    assert len(result.validation) == round(0.1 * (normal - round(normal / 2)))
    assert (LABELS[result.test] == 1).sum() == LABELS.sum()


def test_the_same_seed_gives_the_same_rows_and_another_gives_others(labelled):
    first, again, other = split(labelled, seed=3), split(labelled, seed=3), split(labelled, seed=4)
    assert first.train.tolist() == again.train.tolist()
    assert first.validation.tolist() == again.validation.tolist()
    assert first.train.tolist() != other.train.tolist()


def test_rows_of_each_part_ascend(labelled):
    result = split(labelled)
    for rows in (result.train, result.validation, result.test):
        assert (np.diff(rows) > 0).all()
        assert rows.dtype == np.int64


def test_parts_are_named_row_by_row(labelled):
    result = split(labelled)
    parts = result.parts(N)
    assert (parts[result.test] == "test").all()
    assert {str(part) for part in parts} == {"train", "validation", "test"}
    assert (np.array(PARTS)[result.codes(N)] == parts).all()


def test_without_labels_all_rows_train_and_the_note_says_so(tmp_path):
    result = split(opened(tmp_path, {"x": RNG.normal(size=N)}))
    assert covers_every_row_once(result)
    assert len(result.test) == 200
    assert "No label column" in result.note


def test_unknown_labels_are_judged_but_never_train(tmp_path):
    labels = np.where(np.arange(N) % 10 == 0, 1.0, 0.0)
    labels[::4] = np.nan
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "label": labels}))
    assert np.isin(np.flatnonzero(np.isnan(labels)), result.test).all()


def test_the_last_part_in_time_is_judged(tmp_path):
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.permutation(N), unit="min")
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "when": when}), kind="chronological", test=0.3)
    assert when[result.test].min() > when[result.train].max()
    assert len(result.test) == 300
    assert "the column 'when'" in result.note


def test_without_a_time_column_the_file_s_order_is_the_time(labelled):
    result = split(labelled, kind="chronological", validation_order="last", test=0.3)
    assert result.test[-1] == N - 1
    assert result.train.max() < result.validation.min() < result.validation.max() < 700
    assert "no column has the role 'time'" in result.note


def test_the_last_training_rows_validate(labelled):
    result = split(labelled, kind="normals", validation_order="last", validation=0.15)
    assert result.train.max() < result.validation.min()


def test_a_column_names_the_parts(tmp_path):
    part = RNG.choice(["train", "val", "TEST"], N)
    data = opened(tmp_path, {"x": RNG.normal(size=N), "part": part, "label": LABELS})
    result = split(data, kind="column")
    assert set(part[result.test]) == {"TEST"}
    assert set(part[result.validation]) == {"val"}
    assert result.train.tolist() == np.flatnonzero((part == "train") & (LABELS == 0)).tolist()
    # Anomalies beside the named test rows are not judged: the metrics are those of the named rows.
    assert set(result.parts(N)[(part == "train") & (LABELS == 1)]) == {"unused"}


def test_validation_is_taken_from_the_training_rows_where_no_value_names_it(tmp_path):
    part = RNG.choice(["train", "test"], N)
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "split": part}), kind="column", column="split")
    assert len(result.validation) == round(0.2 * (part == "train").sum())
    assert set(part[result.validation]) == {"train"}


def test_a_flag_names_the_parts(tmp_path):
    flag = RNG.random(N) < 0.7
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "is_train": flag}), kind="column")
    assert result.test.tolist() == np.flatnonzero(~flag).tolist()


def test_a_second_file_is_judged(tmp_path):
    test = {"x": RNG.normal(size=50), "label": [0, 1] * 25}
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "label": LABELS}, test), kind="file")
    assert result.test.tolist() == list(range(N, N + 50))
    assert LABELS[np.r_[result.train, result.validation]].sum() == 0
    assert (result.parts(N + 50) == "unused").sum() == LABELS.sum()


def test_background_is_held_out_to_judge_the_signal_against(tmp_path):
    table, schema = opened(tmp_path, {"x": RNG.normal(size=N)}, {"x": RNG.normal(size=50)})
    result = split((table, schema.with_test_as_anomaly()), kind="file", test=0.25)
    assert len(result.test) == 300
    assert covers_every_row_once(result, N + 50)
    assert result.train.max() < N


def test_rows_of_one_group_stay_together(tmp_path):
    machines = RNG.integers(100, 150, N)
    result = split(opened(tmp_path, {"x": RNG.normal(size=N), "machine_id": machines}))
    parts = [set(machines[rows]) for rows in (result.train, result.validation, result.test)]
    assert sum(len(part) for part in parts) == len(set().union(*parts))
    assert "whole groups of 'machine_id'" in result.note
    assert 100 < len(result.test) < 300


@pytest.mark.parametrize(
    ("columns", "config", "message"),
    [
        ({"x": [1.5, 2.5, 3.5]}, {"kind": "normals"}, "needs to know which rows are normal"),
        ({"x": [1.5, 2.5, 3.5]}, {"kind": "column"}, "needs a column"),
        ({"x": [1.5, 2.5, 3.5]}, {"kind": "column", "column": "nope"}, "There is no column 'nope'"),
        ({"x": [1.5, 2.5], "p": ["train", "left"]}, {"kind": "column", "column": "p"}, "also holds 'left'"),
        ({"x": [1.5, 2.5], "p": ["train", "train"]}, {"kind": "column", "column": "p"}, r"test part has 0 rows"),
        ({"x": [1.5, 2.5], "p": ["test", "test"]}, {"kind": "column", "column": "p"}, r"no value of it says train"),
        ({"x": [1.5, 2.5, 3.5]}, {"kind": "file"}, "needs a second file"),
        ({"x": [1.5, 2.5, 3.5], "label": [1, 1, 1]}, {}, "training part has 0 rows: no row there is labelled normal"),
        ({"x": [1.5, 2.5]}, {"test": 0.9, "kind": "chronological"}, "training part has 0 rows"),
    ],
)
def test_what_cannot_be_divided_is_refused_in_a_sentence(tmp_path, columns, config, message):
    with pytest.raises(DataError, match=message):
        split(opened(tmp_path, columns), **config)


def test_no_test_part_is_made_where_none_is_wanted(tmp_path):
    result = split(opened(tmp_path, {"x": RNG.normal(size=N)}), test=0.0, validation=0.0)
    assert (len(result.train), len(result.validation), len(result.test)) == (N, 0, 0)


def test_few_rows_still_leave_one_to_train_and_one_to_validate(tmp_path):
    result = split(opened(tmp_path, {"x": [1.5, 2.5, 3.5]}), test=0.3, validation=0.9)
    assert (len(result.train), len(result.validation), len(result.test)) == (1, 1, 1)


@given(seed=st.integers(0, 2**32), test=st.floats(0, 0.9), validation=st.floats(0, 0.9))
def test_every_row_is_in_one_part_whatever_the_shares(labelled, seed, test, validation):
    result = split(labelled, seed=seed, test=test, validation=validation)
    assert covers_every_row_once(result)
    assert len(result.train) > 0
