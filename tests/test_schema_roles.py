import json

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.errors import DataError
from core.index.guesses.meanings import guess_meanings
from core.index.hints.advice import advise
from core.index.labels import read_labels
from core.index.schema import Schema, infer_schema
from core.index.table import Table

N = 300
RNG = np.random.default_rng(1)


def base(**columns):
    return pd.DataFrame({"x": RNG.normal(size=N), "kind_of_thing": RNG.choice(["a", "b"], N), **columns})


def inferred(folder, **columns):
    return infer_schema(make_table(folder, base(**columns)))


@pytest.mark.parametrize(
    "name",
    ["label", "Label", "is_fraud", "isFraud", "Class", "target", "attack", "anomaly", "outlier", "y", "is_attack"],
)
def test_a_column_named_like_a_label_is_the_label(tmp_path, name):
    assert inferred(tmp_path, **{name: np.arange(N) % 10 == 0}).label == name


@pytest.mark.parametrize(
    "values", [RNG.normal(size=N), [f"name {i}" for i in range(N)], pd.date_range("2024-01-01", periods=N)]
)
def test_a_column_of_many_values_is_no_label_whatever_its_name(tmp_path, values):
    assert inferred(tmp_path, label=values).label is None


def test_a_weak_name_with_many_classes_is_a_label_at_the_end_only_and_class_at_the_beginning_too(tmp_path):
    classes, x = RNG.choice(list("abcd"), N), RNG.normal(size=N)
    assert infer_schema(make_table(tmp_path, pd.DataFrame({"x": x, "class": classes, "z": x}))).label is None
    first = infer_schema(make_table(tmp_path, pd.DataFrame({"class": classes, "x": x})))
    assert first.label == "class", "as UCI has it"
    assert infer_schema(make_table(tmp_path, pd.DataFrame({"target": classes, "x": x}))).label is None
    assert inferred(tmp_path, **{"class": classes}).label == "class"


@pytest.mark.parametrize(
    "name", ["changepoint", "change_point", "is_fraud_score", "anomaly_id", "AttackType", "label_2"]
)
def test_what_tells_of_the_label_by_its_name_is_a_leak_and_not_read(tmp_path, name):
    values = {name: RNG.integers(0, 5, N), "label": np.arange(N) % 10 == 0}
    table = make_table(tmp_path, pd.DataFrame({"x": RNG.normal(size=N), **values}))
    schema = infer_schema(table)
    assert (schema.label, schema.column(name).role) == ("label", "ignored")
    warned = [advice for advice in advise(table, schema) if name in advice.columns]
    assert "leak" in " ".join(advice.text for advice in warned)
    read = schema.with_columns({name: {"role": "feature"}})
    assert read.with_label("label").column(name).role == "feature", "what somebody chose stays"


@pytest.mark.parametrize(
    "name", ["heart_attack_before", "sp_attack", "label_length", "amount_fraud_team", "class_size"]
)
def test_a_name_that_says_something_else_is_no_leak(tmp_path, name):
    table = make_table(tmp_path, pd.DataFrame({name: RNG.normal(size=N), "label": np.arange(N) % 10 == 0}))
    assert infer_schema(table).column(name).role == "feature"


def test_without_a_label_nothing_tells_of_it_until_one_is_named(tmp_path):
    frame = pd.DataFrame(
        {"changepoint": RNG.integers(0, 5, N), "x": RNG.normal(size=N), "state": RNG.choice(["a", "b"], N)}
    )
    schema = infer_schema(make_table(tmp_path, frame))
    assert schema.column("changepoint").role == "feature"
    assert schema.with_label("state").column("changepoint").role == "ignored"


def test_a_second_column_that_says_label_is_ignored_because_it_gives_the_answer(tmp_path):
    schema = inferred(tmp_path, attack_cat=RNG.choice(["dos", "none", "scan"], N), label=np.arange(N) % 3)
    assert schema.label == "label"
    assert schema.column("attack_cat").role == "ignored"
    assert "answer" in schema.column("attack_cat").role_reason


def test_a_label_of_one_class_is_still_the_label(tmp_path):
    schema = inferred(tmp_path, label=[0] * N)
    assert schema.label == "label"
    assert schema.label_values == {"0": "normal"}


def test_the_first_date_orders_the_rows_and_others_are_features(tmp_path):
    days = pd.date_range("2024-01-01", periods=N, freq="h")
    schema = inferred(tmp_path, born=RNG.permutation(days), logged=days)
    assert schema.time == "logged"
    assert schema.column("born").role == "feature"


def test_a_counter_named_time_orders_the_rows(tmp_path):
    assert inferred(tmp_path, Time=np.sort(RNG.uniform(0, 1e5, N))).time == "Time"
    assert inferred(tmp_path, Time=RNG.uniform(0, 1e5, N)).time is None


def test_an_identifier_that_repeats_is_a_group(tmp_path):
    schema = inferred(tmp_path, machine_id=RNG.integers(1000, 1030, N), user_uuid=[f"u{i}" for i in range(N)])
    assert schema.group == "machine_id"
    assert schema.column("user_uuid").role == "ignored"


@pytest.mark.parametrize("values", [["train", "test"], ["Train", "Val", "Test"], ["training", "testing"]])
def test_a_column_that_names_the_parts_is_the_split(tmp_path, values):
    assert inferred(tmp_path, split=RNG.choice(values, N)).split == "split"
    assert inferred(tmp_path, split=RNG.choice(["left", "right"], N)).split is None


def test_constants_identifiers_and_free_text_are_ignored(tmp_path):
    notes = [f"it went on rattling for {i} minutes" for i in range(N)]
    schema = inferred(tmp_path, same=1, id=RNG.permutation(10**6)[:N], note=notes)
    assert {schema.column(name).role for name in ("same", "id", "note")} == {"ignored"}
    assert [column.name for column in schema.features] == ["x", "kind_of_thing"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"0": 90, "1": 10}, {"0": "normal", "1": "anomaly"}),
        ({"1": 90, "-1": 10}, {"1": "normal", "-1": "anomaly"}),
        ({"-1": 90, "1": 10}, {"1": "anomaly", "-1": "normal"}),
        ({"normal": 5, "neptune": 9, "smurf": 1}, {"normal": "normal", "neptune": "anomaly", "smurf": "anomaly"}),
        ({"BENIGN": 5, "DDoS": 9}, {"BENIGN": "normal", "DDoS": "anomaly"}),
        ({"false": 9, "true": 1}, {"false": "normal", "true": "anomaly"}),
        ({"no": 9, "yes": 1}, {"no": "normal", "yes": "anomaly"}),
        ({"steel": 9, "fraud": 1}, {"steel": "normal", "fraud": "anomaly"}),
        ({"ok": 9, "bad": 1, "?": 3}, {"ok": "normal", "bad": "anomaly", "?": "unknown"}),
        ({"3": 9, "1": 5, "2": 1}, {"3": "normal", "1": "anomaly", "2": "anomaly"}),
        ({"rose": 9, "tulip": 3}, {"rose": "normal", "tulip": "anomaly"}),
        ({"background": 1, "signal": 9}, {"background": "normal", "signal": "anomaly"}),
    ],
)
def test_label_values_mean_what_people_mean_by_them(values, expected):
    meanings, reason = guess_meanings(tuple(values.items()))
    assert meanings == expected
    assert reason.endswith(".")


def test_a_normal_value_may_be_written_in_other_capitals_where_that_is_clear(tmp_path):
    schema = inferred(tmp_path, odd=[False, True] * (N // 2), state=["OK", "ok"] * (N // 2))
    assert schema.with_label("odd", normal=["False"]).label_values == {"false": "normal", "true": "anomaly"}
    assert schema.with_label("state", normal=["ok"]).label_values == {"OK": "anomaly", "ok": "normal"}
    with pytest.raises(DataError, match="has no value 'Ok'"):
        schema.with_label("state", normal=["Ok"])


def test_an_empty_column_is_no_label(tmp_path):
    with pytest.raises(DataError, match="holds no value in any row"):
        inferred(tmp_path, x=RNG.normal(size=N), empty=[None] * N).with_label("empty")


def test_a_table_that_nothing_can_be_learned_from_says_why_column_by_column(tmp_path):
    schema = inferred(tmp_path, same=["x"] * N, number=range(N))
    columns = tuple(column for column in schema.columns if column.name in {"same", "number"})
    with pytest.raises(DataError, match="no feature column") as refused:
        Schema(columns).refuse_without_features()
    assert "'same' is ignored: It is the same in every row" in str(refused.value)
    assert "'number' is ignored: It names the row" in str(refused.value)


def test_the_majority_is_said_to_be_a_guess():
    assert "Check this" in guess_meanings((("rose", 9), ("tulip", 3)))[1]


@pytest.fixture
def schema(tmp_path):
    days = pd.date_range("2024-01-01", periods=N, freq="h")
    note = [f"it went on rattling for {i} minutes" for i in range(N)]
    return inferred(
        tmp_path, when=days, note=note, attack=RNG.choice(["normal", "dos", "scan"], N), other=np.arange(N) % 3
    )


def test_the_user_can_change_kind_and_role(schema):
    changed = schema.with_column("other", kind="integer code", role="group")
    assert (changed.column("other").kind, changed.group) == ("integer code", "other")
    assert changed.column("other").kind_reason == "Chosen by you."
    assert schema.group is None


def test_a_kind_that_the_values_do_not_allow_is_refused_with_those_that_they_do(schema):
    with pytest.raises(
        DataError, match=r"'kind_of_thing' cannot be of kind 'number'.*such as '[ab]'.*It can be: category"
    ):
        schema.with_column("kind_of_thing", kind="number")
    with pytest.raises(DataError, match="300 different values"):
        schema.with_column("x", kind="boolean")
    with pytest.raises(DataError, match="read as no date"):
        schema.with_column("kind_of_thing", kind="datetime")


def test_unknown_words_are_refused_with_the_known_ones(schema):
    with pytest.raises(DataError, match=r"must be one of number, integer code.*Got 'numeric'"):
        schema.with_column("x", kind="numeric")
    with pytest.raises(DataError, match=r"must be one of feature, label.*Got 'target'"):
        schema.with_column("x", role="target")
    with pytest.raises(DataError, match="There is no column 'nope'"):
        schema.with_column("nope", role="feature")


def test_free_text_cannot_be_a_feature_until_its_kind_is_changed(schema):
    with pytest.raises(DataError, match="free text"):
        schema.with_column("note", role="feature")
    assert schema.with_column("note", kind="category", role="feature").column("note").role == "feature"


def test_a_feature_that_becomes_text_is_ignored(schema):
    assert schema.with_column("kind_of_thing", kind="text").column("kind_of_thing").role == "ignored"


@pytest.mark.parametrize("role", ["label", "time", "split", "group"])
def test_one_column_at_most_has_a_role_that_stands_alone(schema, role):
    first = schema.with_columns({name: {"role": "ignored"} for name in ("attack", "when")}).with_column(
        "other", role=role
    )
    again = "kind_of_thing" if role != "time" else "x"
    with pytest.raises(DataError, match=f"the role '{role}'. Now .* have it"):
        first.with_column(again, role=role)
    swapped = first.with_columns({"other": {"role": "feature"}, again: {"role": role}})
    assert [column.name for column in swapped.columns if column.role == role] == [again]


def test_a_label_has_few_values(schema):
    with pytest.raises(DataError, match=r"at most 100 different values. Column 'x' has 300"):
        schema.with_column("attack", role="ignored").with_column("x", role="label")


def test_the_time_column_holds_dates_or_numbers(schema):
    with pytest.raises(DataError, match="must hold dates or numbers"):
        schema.with_columns({"when": {"role": "ignored"}, "kind_of_thing": {"role": "time"}})


def test_a_label_by_name_maps_all_else_to_anomalies_and_retires_the_old_one(schema):
    changed = schema.with_label("other", ["1", "2"])
    assert changed.label_values == {"0": "anomaly", "1": "normal", "2": "normal"}
    assert changed.column("attack").role == "ignored"
    assert schema.with_label("attack").label_values == schema.label_values
    assert schema.with_label(None).label is None
    assert schema.with_label(None).label_values == {}


def test_a_normal_value_may_be_written_as_a_number(schema):
    assert schema.with_label("other", [1.0, 2]).label_values["1"] == "normal"  # type: ignore[list-item]


def test_a_normal_value_that_is_not_there_is_refused_with_those_that_are(schema):
    with pytest.raises(DataError, match=r"has no value 'benign'. Its values are: .*'normal'"):
        schema.with_label("attack", ["benign"])


def test_single_label_values_can_be_changed(schema):
    changed = schema.with_labels({"dos": "unknown"})
    assert changed.label_values == {**schema.label_values, "dos": "unknown"}
    with pytest.raises(DataError, match="Got 'evil' for 'dos'"):
        schema.with_labels({"dos": "evil"})
    with pytest.raises(DataError, match="need a label column"):
        schema.with_label(None).with_labels({"dos": "normal"})


def test_the_second_file_says_what_is_anomalous_only_where_no_column_does(schema):
    with pytest.raises(DataError, match="'attack' says already"):
        schema.with_test_as_anomaly()
    assert schema.with_label(None).with_test_as_anomaly().labelled


def test_a_schema_survives_json(schema):
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


@pytest.mark.data
@pytest.mark.parametrize("name", ["cardio", "mammography", "shuttle", "thyroid"])
def test_public_sets_find_their_label(shared_data, tmp_path, name):
    schema = infer_schema(make_table(tmp_path, pd.read_csv(shared_data / f"tabular/{name}.csv")))
    assert schema.label == "label"
    assert {column.kind for column in schema.features} == {"number"}


@pytest.mark.data
def test_every_parquet_set_reads_as_numbers_with_a_label(shared_data):
    for file in sorted((shared_data / "tabular").glob("*.parquet")):
        schema = infer_schema(Table(file))
        assert schema.label == "label", file.name
        assert {column.kind for column in schema.columns} <= {"number", "boolean", "constant"}, file.name


@pytest.mark.data
def test_network_connections_are_understood(shared_data, tmp_path):
    frame = pd.read_csv(shared_data / "tabular/nsl_kdd_train_20percent.csv")
    table = make_table(tmp_path, frame)
    schema = infer_schema(table)
    assert schema.label == "attack"
    assert {c.name for c in schema.columns if c.kind == "category"} == {"protocol_type", "service", "flag", "attack"}
    constant = {name for name in frame.columns if frame[name].nunique() == 1}
    assert {c.name for c in schema.columns if c.kind == "constant"} == constant
    assert len(schema.features) == 41 - len(constant)
    assert read_labels(table, schema).sum() == (frame["attack"] != "normal").sum()
