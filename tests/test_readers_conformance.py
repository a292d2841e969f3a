"""What every reader must do, over all that are registered: the same table, a preview, a sentence for a file cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from table_files import FILES, content_of, expected_of

from core.errors import DataError
from core.index.schema import infer_schema
from core.index.table import Table
from core.readers import READERS, ReadOptions, preview, read_table, readable_endings

FORMATS_OF_TEXT = {"table.csv", "table.arff", "table.html"}


@pytest.fixture(params=FILES)
def file(request, tmp_path) -> Path:
    path = tmp_path / request.param
    path.write_bytes(content_of(request.param))
    return path


def test_every_registered_reader_takes_part():
    assert {reader for reader, *_ in FILES.values()} == {name for name, _ in READERS.items()}


def test_every_format_gives_the_same_table_and_its_label_is_found(file, tmp_path):
    report = read_table(file, tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet").to_pydict()
    expected = expected_of(file.name)
    assert list(found) == list(report.columns)
    assert set(found) == set(expected)
    for column, values in expected.items():
        # A nominal attribute of ARFF holds words, even where they are digits.
        assert [str(v) if column == "label" else v for v in found[column]] == [
            str(v) if column == "label" else v for v in values
        ], column
    assert report.rows == 4
    assert type(report).from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert infer_schema(Table(tmp_path / "out.parquet")).label == "label"


def test_one_reader_alone_knows_a_file(file):
    head = file.read_bytes()[: 1 << 16]
    readers = sorted((reader.order, name) for name, reader in READERS.items() if reader.recognises(head, file))
    assert readers[0][1] == FILES[file.name][0]
    assert {name for _, name in readers} <= {readers[0][1], "delimited"}
    assert file.suffix in readable_endings()


def test_a_preview_reads_the_first_rows(file):
    rows, report = preview(file, 2)
    assert rows["whole"].tolist()[:2] == [1, 2]
    assert set(report.columns) == set(expected_of(file.name))


def test_a_code_for_missing_counts_as_missing_in_every_format(file, tmp_path):
    report = read_table(file, tmp_path / "out.parquet", options=ReadOptions(missing=("40",)))
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["whole"].isna().tolist() == [False, False, False, True]
    assert found["number"].isna().tolist() == [False, True, False, False], "the usual words count as well"
    assert report.rows == 4


def test_a_file_that_was_cut_off_is_refused_with_a_sentence(file, tmp_path):
    if file.name in FORMATS_OF_TEXT:
        pytest.skip("What is left of a file of text is a file of text.")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError) as caught:
        read_table(file, tmp_path / "out.parquet")
    assert str(caught.value).endswith(".")
    assert str(tmp_path) not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [file.name], "nothing is left behind"
