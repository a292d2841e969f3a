import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from table_fixture import make_table

from core.errors import DataError, NotFittedError
from core.index.schema import Column, Schema, infer_schema
from core.modalities.tabular.columns import COLUMN_ENCODERS
from core.modalities.tabular.columns.numbers import NumberEncoder
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder

N = 600
NUMBERS = ("standard", "dual", "robust", "quantile", "minmax")
CATEGORIES = ("auto", "onehot", "hash", "embed")


def messy(n=N, seed=0):
    """One column of every kind, with holes."""
    rng = np.random.default_rng(seed)
    days = pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 600 * 86_400, n), unit="s"))
    frame = pd.DataFrame(
        {
            "size": rng.exponential(1000, n),
            "count": rng.integers(0, 40, n),
            "holey": np.where(rng.random(n) < 0.2, np.nan, rng.normal(5, 2, n)),
            "rare": (rng.random(n) < 0.01).astype(float),
            "flag": rng.random(n) < 0.3,
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
            "shop": [f"shop {i}" for i in rng.integers(0, 90, n)],
            "gap": pd.Series(rng.choice(["a", "b", "c"], n)).where(rng.random(n) > 0.1),
            "status": rng.choice([200, 301, 404, 500], n),
            "born": days.where(rng.random(n) > 0.05),
            "text_day": days.dt.strftime("%d.%m.%Y"),
            "epoch_time": (days - pd.Timestamp(0)) // pd.Timedelta("1ms"),
        }
    )
    return frame


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    table = make_table(tmp_path_factory.mktemp("encoder"), messy())
    schema = infer_schema(table)
    features = {column.name: {"role": "feature"} for column in schema.columns}
    return table.frame(), schema.with_columns(features)


def fitted(data, **config):
    return TabularEncoder(EncodingConfig(**config), data[1]).fit_frame(data[0])


def numbers_schema(*names):
    return Schema(tuple(Column(name, "number", "feature") for name in names))


def same(column, got, wanted):
    """Whether a decoded column is what was encoded, within float32."""
    if column.kind == "datetime":
        from core.index.dates import to_seconds

        return np.allclose(to_seconds(got, ""), to_seconds(wanted, column.unit), atol=1.0, rtol=0, equal_nan=True)
    if column.kind in {"number", "boolean"}:
        there, here = (pd.to_numeric(x).to_numpy(dtype=float, na_value=np.nan) for x in (got, wanted))
        return np.allclose(there, here, rtol=1e-3, atol=1e-3 * np.nanmax(np.abs(here)), equal_nan=True)
    texts = wanted.map(lambda value: None if pd.isna(value) else str(value))
    return got.where(got.notna(), None).tolist() == texts.where(texts.notna(), None).tolist()


@pytest.mark.parametrize("numbers", ["standard", "dual", "robust", "minmax"])
@pytest.mark.parametrize("categories", CATEGORIES)
def test_every_column_comes_back_in_the_user_s_units(data, numbers, categories):
    frame, schema = data
    encoder = fitted(data, numbers=numbers, categories=categories)
    back = encoder.inverse(encoder.transform(frame))
    assert list(back.columns) == [column.name for column in schema.features]
    wrong = [column.name for column in schema.features if not same(column, back[column.name], frame[column.name])]
    assert wrong == []


def test_quantiles_come_back_within_a_thousandth_of_the_rank(data):
    frame, _ = data
    encoder = fitted(data, numbers="quantile")
    back = encoder.inverse(encoder.transform(frame))["size"]
    ranks = frame["size"].rank(pct=True).to_numpy()
    assert np.abs(ranks - back.rank(pct=True).to_numpy()).max() < 5e-3
    assert abs(back.median() / frame["size"].median() - 1) < 0.01


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("categories", CATEGORIES)
def test_an_encoder_survives_json(data, numbers, categories):
    frame, _ = data
    encoder = fitted(data, numbers=numbers, categories=categories)
    again = TabularEncoder.from_dict(json.loads(json.dumps(encoder.to_dict(), allow_nan=False)))
    assert np.array_equal(again.transform(frame), encoder.transform(frame))
    assert again.to_dict() == encoder.to_dict()
    assert (again.features, again.names, again.output_range) == (encoder.features, encoder.names, encoder.output_range)


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("categories", CATEGORIES)
def test_rows_like_none_seen_are_encoded_finitely(data, numbers, categories):
    frame, _ = data
    encoder = fitted(data, numbers=numbers, categories=categories)
    strange = frame.iloc[:6].copy()
    strange["size"] = [1e30, -1e300, np.inf, -np.inf, np.nan, 0.0]
    strange["city"] = ["Atlantis", None, "", "Rome", "'; DROP", "日本"]
    strange["shop"] = "never seen"
    strange["status"] = 999
    strange["born"] = pd.to_datetime(["1800-01-01", "2290-01-01", None, None, None, "2023-05-05"])
    strange["text_day"] = ["no date", None, "31.02.2024", "01.01.1900", "", "01.01.2030"]
    matrix = encoder.transform(strange)
    assert np.isfinite(matrix).all()
    assert np.isfinite((matrix**2).sum())
    assert len(encoder.inverse(matrix)) == 6


@pytest.mark.parametrize("method", ["standard", "dual", "robust", "minmax"])
def test_a_number_far_from_zero_is_read_as_one_near_it(method):
    near = np.round(np.random.default_rng(0).normal(size=N) * 2**10) / 2**10
    far = near / 2**10 + 2**27  # exact, and apart by some 1e-11 of their size
    first, second = (
        NumberEncoder.fit(pd.Series(x), method, missing_indicator=False).transform(pd.Series(x)) for x in (near, far)
    )
    np.testing.assert_allclose(second, first, atol=1e-3)
    for alike in (np.full(N, 2.0**27 + 0.1), 2.0**63 - 1024.0 * (np.arange(N) % 2)):
        code = NumberEncoder.fit(pd.Series(alike), method, missing_indicator=False).transform(pd.Series(alike))
        assert np.abs(code).max() < 1e-3


@pytest.mark.parametrize("numbers", NUMBERS)
def test_each_encoded_column_belongs_to_one_feature(data, numbers):
    encoder = fitted(data, numbers=numbers)
    assert encoder.feature_of.shape == (encoder.width,)
    assert len(encoder.names) == encoder.width
    for name, feature in zip(encoder.names, encoder.feature_of, strict=True):
        assert name.startswith(encoder.features[feature])
    assert sorted(set(encoder.feature_of.tolist())) == list(range(len(encoder.features)))


def test_changing_one_feature_moves_its_own_columns_alone(data):
    frame, schema = data
    encoder = fitted(data, numbers="dual")
    before = encoder.transform(frame)
    for place, column in enumerate(schema.features):
        other = frame.copy()
        other[column.name] = frame[column.name].sample(frac=1, random_state=1).to_numpy()
        moved = (encoder.transform(other) != before).any(axis=0)
        assert set(encoder.feature_of[moved].tolist()) == {place}


def test_rows_are_encoded_one_by_one(data):
    frame, _ = data
    encoder = fitted(data, numbers="dual")
    whole = encoder.transform(frame)
    parts = np.vstack([encoder.transform(frame.iloc[start : start + 37]) for start in range(0, N, 37)])
    assert np.array_equal(whole, parts)
    order = np.random.default_rng(0).permutation(N)
    assert np.array_equal(encoder.transform(frame.iloc[order]), whole[order])


def test_the_order_of_training_rows_decides_nothing(data):
    frame, schema = data
    shuffled = fitted((frame.sample(frac=1, random_state=0), schema), numbers="dual").transform(frame)
    np.testing.assert_allclose(shuffled, fitted(data, numbers="dual").transform(frame), atol=1e-5)


heavy_tails = arrays(np.float64, 50, elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))


@pytest.mark.parametrize("numbers", ["standard", "dual", "robust", "minmax"])
@settings(max_examples=25)
@given(x=heavy_tails, shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 1e3))
def test_neither_unit_nor_zero_of_a_number_decides_its_code(numbers, x, shift, scale):
    if np.ptp(x) < 1e-3 * max(np.abs(x).max(), np.abs(shift) / scale, 1.0):
        return  # a constant up to rounding
    config, schema = EncodingConfig(numbers=numbers), numbers_schema("a")
    frame, moved = pd.DataFrame({"a": x}), pd.DataFrame({"a": x * scale + shift})
    code = TabularEncoder(config, schema).fit_frame(frame).transform(frame)
    np.testing.assert_allclose(
        TabularEncoder(config, schema).fit_frame(moved).transform(moved), code, rtol=2e-3, atol=2e-3
    )


@pytest.mark.parametrize("numbers", ["standard", "dual", "robust", "minmax"])
@settings(max_examples=25)
@given(x=heavy_tails)
def test_any_numbers_come_back(numbers, x):
    frame = pd.DataFrame({"a": x})
    encoder = TabularEncoder(EncodingConfig(numbers=numbers), numbers_schema("a")).fit_frame(frame)
    if np.abs(encoder.transform(frame)).max() >= 1e6:
        return  # beyond the bound, where codes are held
    back = encoder.inverse(encoder.transform(frame))["a"]
    np.testing.assert_allclose(back, x, rtol=1e-4, atol=1e-5 * np.abs(x).max())


def test_standardised_means_mean_zero_and_deviation_one(data):
    frame, _ = data
    encoder = fitted(data, numbers="dual")
    matrix = encoder.transform(frame)
    for name in ("size", "size asinh", "count"):
        column = matrix[:, encoder.names.index(name)]
        assert abs(column.mean()) < 1e-4
        assert column.std() == pytest.approx(1, abs=1e-4)


def test_dual_doubles_numbers_and_nothing_else(data):
    single, double = fitted(data, numbers="standard"), fitted(data, numbers="dual")
    added = [name for name in double.names if name not in single.names]
    assert added == ["size asinh", "count asinh", "holey asinh"]


@pytest.mark.parametrize("categories", CATEGORIES)
def test_minmax_codes_lie_between_0_and_1_and_say_so(data, categories):
    frame, _ = data
    encoder = fitted(data, numbers="minmax", categories=categories)
    matrix = encoder.transform(frame)
    assert encoder.output_range == "unit"
    assert matrix.min() >= 0
    assert matrix.max() <= 1
    assert fitted(data).output_range == "real"


@pytest.mark.parametrize("numbers", NUMBERS)
def test_a_column_that_never_varied_in_training_does_not_explode(numbers):
    frame = pd.DataFrame({"a": np.full(100, 7.0), "b": 1e6 + np.random.default_rng(0).normal(0, 1e-7, 100)})
    encoder = TabularEncoder(EncodingConfig(numbers=numbers), numbers_schema("a", "b")).fit_frame(frame)
    other = encoder.transform(pd.DataFrame({"a": [7.0, 9.0], "b": [1e6, 1e6 + 2]}))
    assert np.isfinite(other).all()
    assert np.abs(other).max() < 10


def test_missing_values_are_imputed_by_the_median_and_said_in_a_column(data):
    frame, _ = data
    encoder = fitted(data)
    place = encoder.names.index("holey"), encoder.names.index("holey missing")
    matrix = encoder.transform(pd.DataFrame(frame).assign(holey=[np.nan, frame["holey"].median()] * (N // 2)))
    assert np.allclose(matrix[0, place[0]], matrix[1, place[0]])
    assert matrix[:2, place[1]].tolist() == [1.0, 0.0]
    assert not any("missing" in name for name in fitted(data, missing_indicator=False).names)


def test_a_category_gets_a_column_per_level_up_to_the_limit_and_is_hashed_above(data):
    encoder = fitted(data, max_levels=32, hash_width=8)
    cities = sorted(name for name in encoder.names if name.startswith("city"))
    assert cities == ["city = Bonn", "city = Oslo", "city = Rome"]
    assert sum(name.startswith("shop hash") for name in encoder.names) == 8
    assert sum(name.startswith("shop =") for name in fitted(data, max_levels=100).names) == 90


def test_an_unseen_level_is_all_zero_or_a_signature_of_its_own(data):
    frame, _ = data
    strange = frame.iloc[:1].assign(city="Atlantis", shop="never seen")
    encoder = fitted(data)
    row = encoder.transform(strange)[0]
    assert row[[name.startswith("city") for name in encoder.names]].sum() == 0
    shop = row[[name.startswith("shop") for name in encoder.names]]
    assert np.linalg.norm(shop) == pytest.approx(1)


def test_a_hash_is_the_same_on_every_machine():
    frame = pd.DataFrame({"a": [f"level {i}" for i in range(50)]})
    schema = Schema((Column("a", "category", "feature", type="text"),))
    encoder = TabularEncoder(EncodingConfig(categories="hash", hash_width=8), schema).fit_frame(frame)
    signs = (np.sign(encoder.transform(frame.iloc[:2])) > 0).astype(int).tolist()
    assert signs == [[1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 1]]


def test_an_embedding_puts_levels_of_the_same_context_together():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 60, 4000)
    frame = pd.DataFrame({"a": [f"level {i}" for i in level], "b": rng.normal(level % 2 * 5.0, 1.0)})
    columns = (Column("a", "category", "feature", type="text"), Column("b", "number", "feature"))
    encoder = TabularEncoder(EncodingConfig(categories="embed"), Schema(columns)).fit_frame(frame)
    first = encoder.transform(frame)[:, 0]
    assert abs(np.corrcoef(first, level % 2)[0, 1]) > 0.95


def test_a_date_has_the_cycles_that_the_training_rows_cover():
    columns = Schema((Column("t", "datetime", "feature", type="datetime"),))

    def names(**kwargs):
        frame = pd.DataFrame({"t": pd.date_range("2024-01-01", **kwargs)})
        return {name.split()[-1] for name in TabularEncoder(EncodingConfig(), columns).fit_frame(frame).names}

    assert names(periods=20, freq="min") == {"trend"}
    assert names(periods=72, freq="h") == {"trend", "day"}
    assert names(periods=300, freq="h") == {"trend", "day", "week"}
    assert names(periods=500, freq="D") == {"trend", "week", "year"}


def test_a_trend_that_is_a_little_off_is_put_right_by_the_cycles():
    frame = pd.DataFrame({"t": pd.date_range("2023-01-01", periods=20_000, freq="h")})
    schema = Schema((Column("t", "datetime", "feature", type="datetime"),))
    encoder = TabularEncoder(EncodingConfig(), schema).fit_frame(frame)
    matrix = encoder.transform(frame)
    matrix[:, 0] += 0.002  # a day and more, of 833
    assert (encoder.inverse(matrix)["t"] == frame["t"]).all()


def test_both_copies_of_a_number_decide_by_their_precision():
    encoder = NumberEncoder.fit(pd.Series(np.random.default_rng(0).normal(size=2000)), "dual", missing_indicator=False)
    values = np.array([0.0, 4.0])
    block = encoder.transform(pd.Series(values))
    plain_off = np.abs(encoder.inverse(block + np.array([[0.1, 0.0]])) - values)
    bent_off = np.abs(encoder.inverse(block + np.array([[0.0, 0.1]])) - values)
    # Near the mean the asinh copy is the finer one and outvotes the plain one; in the tail it is the other way round.
    assert plain_off[0] < 0.025 < bent_off[0] < 0.05
    assert bent_off[1] < 0.05 < plain_off[1] < 0.11


def test_a_new_file_may_store_a_column_otherwise(data):
    frame, _ = data
    encoder = fitted(data, numbers="dual", categories="onehot")
    other = frame.assign(
        size=frame["size"].map(str),
        count=frame["count"].astype(float),
        flag=frame["flag"].map(str),
        status=frame["status"].astype(float),
        born=frame["born"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        epoch_time=pd.to_datetime(frame["epoch_time"], unit="ms"),
    )
    np.testing.assert_allclose(encoder.transform(other), encoder.transform(frame), atol=1e-6)


def test_a_stored_boolean_may_have_holes():
    frame = pd.DataFrame({"a": pd.Series([True, False, None, True], dtype=object)})
    schema = Schema((Column("a", "boolean", "feature", type="boolean"),))
    encoder = TabularEncoder(EncodingConfig(), schema).fit_frame(frame)
    back = encoder.inverse(encoder.transform(frame))["a"].tolist()
    assert back == [True, False, None, True]


def test_levels_that_a_network_never_reaches_exactly_come_back_as_the_nearest(data):
    frame, _ = data
    for categories in CATEGORIES:
        encoder = fitted(data, categories=categories)
        matrix = encoder.transform(frame)
        blurred = matrix + np.random.default_rng(0).normal(0, 0.02, matrix.shape)
        back = encoder.inverse(blurred)
        assert (back["city"] == frame["city"]).all()
        assert (back["shop"] == frame["shop"]).mean() > 0.95


def test_what_cannot_be_encoded_is_refused_in_a_sentence(data):
    frame, schema = data
    with pytest.raises(DataError, match="No column has the role 'feature'"):
        TabularEncoder(EncodingConfig(), Schema(())).fit_frame(frame)
    with pytest.raises(DataError, match="training part has 0 rows"):
        TabularEncoder(EncodingConfig(), schema).fit_frame(frame.iloc[:0])
    with pytest.raises(DataError, match=r"have the 12 columns .* 'size', 'city' are missing"):
        fitted(data).transform(frame.drop(columns=["size", "city"]))
    with pytest.raises(DataError, match=r"columns\. Got 3"):
        fitted(data).inverse(np.zeros((2, 3)))
    with pytest.raises(NotFittedError):
        TabularEncoder().transform(frame)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_columns_without_a_single_value_are_encoded(numbers):
    frame = pd.DataFrame({"a": [np.nan] * 5, "b": pd.Series([None] * 5, dtype=object), "c": pd.Series([pd.NaT] * 5)})
    kinds = (("a", "number", "float"), ("b", "category", "text"), ("c", "datetime", "datetime"))
    schema = Schema(tuple(Column(name, kind, "feature", type=stored) for name, kind, stored in kinds))
    for categories in CATEGORIES:
        encoder = TabularEncoder(EncodingConfig(numbers=numbers, categories=categories), schema).fit_frame(frame)
        assert np.isfinite(encoder.transform(frame)).all()
        assert encoder.inverse(encoder.transform(frame)).isna().to_numpy().all()


@pytest.mark.data
@pytest.mark.parametrize("numbers", NUMBERS)
def test_network_connections_come_back(shared_data, tmp_path, numbers):
    table = make_table(tmp_path, pd.read_csv(shared_data / "tabular/nsl_kdd_train_20percent.csv").iloc[:5000])
    schema, frame = infer_schema(table), table.frame()
    encoder = TabularEncoder(EncodingConfig(numbers=numbers), schema).fit_frame(frame)
    back = encoder.inverse(encoder.transform(frame))
    for name in ("protocol_type", "service", "flag", "logged_in"):
        assert (back[name] == frame[name]).all()


@pytest.mark.parametrize("numbers", ["standard", "dual", "quantile", "minmax"])
@pytest.mark.parametrize("categories", ["onehot", "hash", "embed"])
def test_masked_blanks_are_nan_and_come_back_as_blanks(data: tuple, numbers: str, categories: str) -> None:
    frame, schema = data
    config = EncodingConfig(numbers=numbers, categories=categories, blanks="mask")
    encoder = TabularEncoder(config, schema).fit_frame(frame)
    features = frame[encoder.features]
    x = encoder.transform(frame)
    assert encoder.layout.blank is not None
    assert not encoder.flags.any()
    for j, name in enumerate(encoder.features):
        missing = np.isnan(x[:, encoder.feature_of == j])
        assert (missing.all(axis=1) == missing.any(axis=1)).all()
        assert np.array_equal(missing.all(axis=1), features[name].isna().to_numpy()), name
    assert np.array_equal(encoder.inverse(x).isna().to_numpy(), features.isna().to_numpy())
    again = TabularEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert np.array_equal(again.transform(frame), x, equal_nan=True)


def test_masked_column_without_a_value_in_training_is_blank_everywhere() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [None, None, None]}).astype({"b": object})
    schema = Schema((Column("a", "number", "feature"), Column("b", "category", "feature", type="text")))
    encoder = TabularEncoder(EncodingConfig(blanks="mask"), schema).fit_frame(frame)
    assert encoder.transform(frame).shape == (3, 1)
    assert encoder.inverse(encoder.transform(frame))["b"].isna().all()


def test_a_registered_encoder_takes_its_columns_without_a_table_to_edit(data, monkeypatch):
    class SignEncoder(NumberEncoder):
        """Takes one column, before all others."""

        order = 0

        @classmethod
        def takes(cls, values, column, config):
            return column.name == "size"

    COLUMN_ENCODERS["number"]  # the folder's own are found first
    monkeypatch.setitem(COLUMN_ENCODERS._objects, "sign", SignEncoder)
    kinds = {name: type(encoder).__name__ for name, encoder in fitted(data).columns.items()}
    assert kinds["size"] == "SignEncoder"
    assert kinds["holey"] == "NumberEncoder"
