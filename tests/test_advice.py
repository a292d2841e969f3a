import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.index.hints.advice import advise
from core.index.hints.leaks import separation
from core.index.schema import Column, infer_schema
from core.recipe import Recipe

N = 600
RNG = np.random.default_rng(0)
ODD = np.arange(N) % 10 == 0


def opened(folder, rows=N, **columns):
    frame = pd.DataFrame({"x": RNG.normal(size=rows), **columns})
    table = make_table(folder, frame)
    return table, infer_schema(table)


def titles(table, schema, **settings):
    return {advice.title: advice for advice in advise(table, schema, Recipe.from_dict(settings))}


def test_a_sound_dataset_gets_no_warning(tmp_path):
    assert advise(*opened(tmp_path, y2=RNG.normal(size=N), label=ODD)) == ()


def test_every_piece_of_advice_is_a_sentence_with_a_remedy(tmp_path):
    data = opened(tmp_path, 80, same=1, id=np.arange(80), hole=[1.5, *[None] * 79], leak=np.arange(80) < 40)
    for advice in advise(*data):
        assert advice.level in {"warning", "info"}
        for sentence in (advice.text, advice.remedy):
            assert sentence[0].isupper() or sentence[0] in "'0123456789", sentence
            assert sentence.endswith("."), sentence


def test_warnings_come_first(tmp_path):
    levels = [advice.level for advice in advise(*opened(tmp_path, 50, same=1, id=np.arange(50)))]
    assert levels == sorted(levels, key=lambda level: level != "warning")
    assert set(levels) == {"warning", "info"}


def test_few_rows_and_fewer_training_rows_than_a_batch_are_told(tmp_path):
    data = opened(tmp_path, 90)
    found = titles(*data)
    assert "Few rows" in found
    assert found["Fewer training rows than a batch"].remedy == "Choose a batch size of 7 or less."
    assert "Fewer training rows than a batch" not in titles(*data, training={"batch_size": 32})


def test_a_constant_is_a_warning_only_where_it_is_a_feature(tmp_path):
    table, schema = opened(tmp_path, same=1)
    assert titles(table, schema)["Constant columns"].level == "info"
    used = schema.with_column("same", role="feature")
    assert titles(table, used)["Constant features"].columns == ("same",)


def test_an_identifier_made_a_feature_is_a_warning(tmp_path):
    table, schema = opened(tmp_path, id=[f"u{i}" for i in range(N)])
    assert titles(table, schema)["Identifiers"].level == "info"
    used = schema.with_column("id", kind="category", role="feature")
    assert titles(table, used)["Identifiers among the features"].columns == ("id",)


def test_a_mostly_empty_feature_is_told(tmp_path):
    hole = np.where(np.arange(N) % 5 == 0, RNG.normal(size=N), np.nan)
    advice = titles(*opened(tmp_path, hole=hole))["Over half of the values are missing"]
    assert advice.columns == ("hole",)
    assert "80 %" in advice.text


@pytest.mark.parametrize(
    "leak",
    [
        ODD * 5.0 + RNG.normal(0, 0.1, N),
        ODD * -5.0 + RNG.normal(0, 0.1, N),
        np.where(ODD, "blocked", RNG.choice(["paid", "open"], N)),
        np.where(ODD, np.nan, RNG.normal(size=N)),
    ],
    ids=["high", "low", "category", "missing"],
)
def test_a_feature_that_alone_separates_the_label_is_told(tmp_path, leak):
    advice = titles(*opened(tmp_path, y2=RNG.normal(size=N), leak=leak, label=ODD))["A feature gives the answer away"]
    assert advice.columns == ("leak",)
    assert advice.level == "warning"


def test_no_leak_is_seen_in_few_anomalies_or_in_names(tmp_path):
    few = np.arange(N) < 8
    names = [f"n{i}" for i in range(N)]
    (tmp_path / "a").mkdir()
    assert "A feature gives the answer away" not in titles(*opened(tmp_path / "a", leak=few * 1.5, label=few))
    table, schema = opened(tmp_path, who=names, label=ODD)
    used = schema.with_column("who", kind="category", role="feature")
    assert "A feature gives the answer away" not in titles(table, used)


def test_many_separating_features_are_an_easy_task(tmp_path):
    found = titles(*opened(tmp_path, **{f"f{i}": ODD * 5.0 + RNG.normal(0, 0.1, N) for i in range(6)}, label=ODD))
    assert found["Many features tell the classes apart"].level == "info"


def test_a_useless_feature_separates_nothing():
    column = Column("x", "number", "feature")
    assert separation(pd.Series(np.zeros(N)), column, ODD) == 0.5
    assert separation(pd.Series(RNG.normal(size=N)), column, ODD) < 0.65


def test_anomalies_among_the_training_rows_are_counted(tmp_path):
    data = opened(tmp_path, label=ODD)
    assert "Anomalies among the training rows" not in titles(*data)
    found = titles(*data, split={"train_on": "all"})["Anomalies among the training rows"]
    assert found.level == "warning"


def test_without_a_label_it_is_said_that_all_rows_train(tmp_path):
    assert titles(*opened(tmp_path))["No label column"].level == "info"


@pytest.mark.parametrize(("value", "level"), [(0, "info"), (1, "warning")])
def test_a_label_of_one_class_is_told(tmp_path, value, level):
    assert titles(*opened(tmp_path, label=[value] * N))["One class only"].level == level


def test_a_split_that_cannot_be_made_is_told_with_its_remedy(tmp_path):
    found = titles(*opened(tmp_path), split={"kind": "normals"})["The rows cannot be divided"]
    assert found.text.endswith("there is no label column.")
    assert found.remedy == "Give a column the role 'label', or choose the random split."


def test_no_feature_at_all_is_told(tmp_path):
    table, schema = opened(tmp_path)
    assert "Nothing to learn from" in titles(table, schema.with_column("x", role="ignored"))


@pytest.mark.data
def test_a_public_set_without_a_leak_is_not_accused_of_one(shared_data, tmp_path):
    table = make_table(tmp_path, pd.read_csv(shared_data / "tabular/nsl_kdd_train_20percent.csv"))
    found = titles(table, infer_schema(table))
    assert set(found) == {"Constant columns"}
