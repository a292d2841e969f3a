"""What a user says of how a file is written: one declaration, words that are checked, words for missing that hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import ConfigError
from core.readers import ReadOptions, read_table
from core.readers.reading.options import READ_OPTIONS


def read(file: Path, **options) -> pd.DataFrame:
    read_table(file, file.with_name("out.parquet"), options=ReadOptions(**options))
    return pd.read_parquet(file.with_name("out.parquet"))


def test_words_of_the_command_line_are_the_values_that_the_page_offers():
    words = {"decimal": "comma", "thousands": "point", "header": "no", "day_first": "month-first", "missing": ["-200"]}
    said = ReadOptions.from_words({**words, "delimiter": "\\t", "sheet": ""})
    assert said.said == {
        "delimiter": "tab", "decimal": ",", "header": False, "missing": ("-200",), "thousands": ".", "day_first": False,
    }  # fmt: skip
    for option in READ_OPTIONS:
        for choice in option.choices:
            assert all(option.value(word) == choice.value for word in choice.words), option.flag


def test_a_word_that_is_no_choice_is_refused_with_the_choices():
    with pytest.raises(ConfigError, match="--decimal must be one of point, comma"):
        ReadOptions.from_words({"decimal": "dot"})
    with pytest.raises(ConfigError, match="must differ"):
        ReadOptions(decimal=",", thousands=",")


def test_what_is_said_last_wins_and_what_it_leaves_open_stays():
    before = ReadOptions(decimal=",", thousands=".", missing=("-200",))
    assert ReadOptions(decimal=".").over(before).said == {"decimal": ".", "missing": ("-200",)}
    assert ReadOptions(delimiter=";").over(before).said == {**before.said, "delimiter": ";"}


@pytest.mark.parametrize("word", ["-200", "-200.0", "-200,00"])
def test_a_number_that_means_missing_does_so_however_it_is_written(tmp_path: Path, word: str):
    (tmp_path / "a.csv").write_text("co,no\n1.5,2\n-200.0,-200\n-200,3\n-2e2,4\n")
    frame = read(tmp_path / "a.csv", missing=(word,))
    assert frame["co"].isna().tolist() == [False, True, True, True]
    assert frame["no"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize("ending", ["parquet", "npy"])
def test_a_number_that_means_missing_does_so_in_files_with_types_of_their_own(tmp_path: Path, ending: str):
    values = np.array([[1.0, -200.0], [-200.0, 3.0]])
    file = tmp_path / f"a.{ending}"
    np.save(file, values) if ending == "npy" else pd.DataFrame(values, columns=["a", "b"]).to_parquet(file)
    assert read(file, missing=("-200",)).isna().to_numpy().tolist() == [[False, True], [True, False]]


def test_what_means_nothing_in_a_format_is_said(tmp_path: Path):
    pd.DataFrame({"a": [1.5, 2.5]}).to_parquet(tmp_path / "a.parquet")
    options = ReadOptions(delimiter=";", header=True, sheet="Data", missing=("-1",))
    report = read_table(tmp_path / "a.parquet", tmp_path / "out.parquet", options=options)
    assert "What was said with --delimiter, --header, --sheet means nothing in this file (Parquet)." in report.notes
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    options = ReadOptions(delimiter=";", header=True)
    assert read_table(tmp_path / "a.csv", tmp_path / "out.parquet", options=options).notes == ()


def test_the_form_of_the_page_has_every_option_and_says_what_was_chosen():
    from streamlit.testing.v1 import AppTest

    def form() -> None:
        import streamlit as st

        from dashboard.data.reading_options import reading_options

        st.session_state["said"] = reading_options("new", {"decimal": ",", "missing": ["-200"], "delimiter": ":"})

    at = AppTest.from_function(form, default_timeout=60).run()
    assert not at.exception
    drawn = {widget.key for widget in (*at.selectbox, *at.text_input)}
    assert drawn == {f"new_{option.name}" for option in READ_OPTIONS}
    assert at.session_state["said"] == {"decimal": ",", "missing": ["-200"], "delimiter": ":"}
    at.selectbox(key="new_day_first").set_value(False).run()
    assert ReadOptions.from_dict(at.session_state["said"]).day_first is False
