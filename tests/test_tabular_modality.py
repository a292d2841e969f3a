"""Tables as a kind of data: recognised, read, encoded, sent in requests; nothing of it needs torch."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from store_backends import scratch

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.tabular import TabularModality
from core.modalities.units import gathered
from core.store.workspace import open_workspace

TABLE = pd.DataFrame({"size": np.arange(40.0) * 7 % 23 + 0.5, "shop": ["a", "b"] * 20, "label": [0] * 38 + [1] * 2})
NO_TORCH = """
import sys
from core.modalities import MODALITIES
modality = MODALITIES["tabular"]()
modality.encoder(modality.Config(), None)
sys.exit("torch" in sys.modules or "pandas" in sys.modules)
"""


@pytest.fixture
def modality() -> TabularModality:
    found = MODALITIES["tabular"]()
    assert isinstance(found, TabularModality)
    return found


def test_a_stored_table_is_read_encoded_and_decoded_again(modality, tmp_path: Path):
    space = open_workspace(scratch(tmp_path))
    file = tmp_path / "shops.csv"
    TABLE.to_csv(file, index=False)
    dataset = modality.ingest(space, [file], name="shops.csv")
    samples = modality.open(dataset, space.artifacts)
    assert (len(samples), samples.name(1017), samples.schema.label) == (40, "row 1,017", "label")
    ids = np.array([3, 39, 0])
    assert samples.read(ids).to_dict("list") == {"size": [21.5, 20.5, 0.5], "shop": ["b", "b", "a"]}
    encoder = modality.encoder(modality.Config(), samples.schema).fit(samples, np.arange(30))
    units = encoder.units(samples, ids)
    x = gathered(units)
    assert x.shape == (3, *encoder.layout.shape)
    assert np.array_equal(x, encoder.vectors(samples, ids))
    assert np.array_equal(x, gathered(encoder.encode(TABLE.iloc[ids])))
    assert np.array_equal(units.take(torch.tensor([2, 0])).numpy(), x[[2, 0]])
    encoder.save(space.artifacts, "runs/one")
    again = modality.load_encoder(space.artifacts, "runs/one")
    assert np.array_equal(gathered(again.units(samples, ids)), x)
    back = again.inverse(x)
    assert back["shop"].tolist() == ["b", "b", "a"]
    numbers, texts = again.part_values(samples.read(ids))
    assert texts.tolist() == [["21.5", "b"], ["20.5", "b"], ["0.5", "a"]]
    assert np.isnan(numbers[:, 1]).all()
    space.store.close()


def test_new_rows_are_read_with_the_columns_of_the_encoder_in_any_order(modality, tmp_path: Path):
    space = open_workspace(scratch(tmp_path))
    file = tmp_path / "shops.csv"
    TABLE.to_csv(file, index=False)
    samples = modality.open(modality.ingest(space, [file]), space.artifacts)
    encoder = modality.encoder(modality.Config(), samples.schema).fit(samples, np.arange(30))
    other = tmp_path / "new.csv"
    pd.DataFrame({"note": ["x"], "shop": ["c"], "size": ["12"]}).to_csv(other, index=False)
    new, notes = modality.read_new(other, encoder, tmp_path / "reading")
    assert list(new.read(np.array([0]))) == ["size", "shop"]
    assert isinstance(notes, tuple)
    unfamiliar = encoder.unfamiliar()
    unfamiliar.add(new.read(np.array([0])))
    assert "'shop', 1" in unfamiliar.notes()[0]
    other.write_text("size\n3\n")
    with pytest.raises(DataError, match="'shop' is missing"):
        modality.read_new(other, encoder, tmp_path / "reading")
    space.store.close()


def test_what_a_reader_takes_is_recognised_and_what_none_takes_is_not(modality, tmp_path: Path):
    text, packed, picture, empty = (tmp_path / name for name in ("a.csv", "b.csv.gz", "c.png", "d.csv"))
    text.write_text("a,b\n1,2\n")
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    empty.write_bytes(b"")
    assert modality.recognises([text]).confidence == 0.5
    assert modality.recognises([packed]).confidence == 0.5
    assert "a table (" in modality.recognises([text, text]).reason
    for nothing in ([picture], [text, picture], [empty], []):
        assert modality.recognises(nothing).confidence == 0.0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'[{"size": 1.5, "shop": "a"}, {"size": null, "shop": "b"}]', "application/json; charset=utf-8"),
        (b'{"size": [1.5, null], "shop": ["a", "b"]}', "application/json"),
        (b"size,shop\n1.5,a\n,b\n", "text/csv"),
        (b"size;shop\r\n1,5;a\r\n;b\r\n", "text/csv"),
    ],
)
def test_rows_are_sent_as_json_or_csv(modality, body, kind):
    found = modality.decode(body, kind)
    assert found["shop"].tolist() == ["a", "b"]
    assert found["size"].iloc[0] == 1.5
    assert pd.isna(found["size"].iloc[1])


def test_one_row_may_be_sent_as_an_object(modality):
    assert modality.decode(b'{"size": 2, "shop": "a"}', "application/json").to_dict("records") == [
        {"size": 2, "shop": "a"}
    ]


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"{", "application/json", "must be JSON"),
        (b"[]", "application/json", "one row at least"),
        (b"[1, 2]", "application/json", "one row at least"),
        (b'{"a": [1, 2], "b": [1]}', "application/json", "of one length"),
        (b"", "text/csv", "empty"),
        (b"x", "image/png", "application/json or text/csv"),
    ],
)
def test_a_body_that_holds_no_rows_is_refused_in_a_sentence(modality, body, kind, said):
    with pytest.raises(DataError, match=said):
        modality.decode(body, kind)


def test_synthetic_anomalies_of_each_kind_have_the_same_columns(modality, tmp_path: Path):
    space = open_workspace(scratch(tmp_path))
    file = tmp_path / "shops.csv"
    TABLE.to_csv(file, index=False)
    samples = modality.open(modality.ingest(space, [file]), space.artifacts)
    made = modality.inject(samples.read(np.arange(38)), samples.schema, 3)
    assert len(made) >= 3
    assert all(list(frame) == ["size", "shop"] for frame in made.values())
    space.store.close()


def test_a_kind_of_data_is_known_without_torch():
    assert subprocess.run([sys.executable, "-c", NO_TORCH], timeout=120).returncode == 0
