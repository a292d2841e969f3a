"""What samples are called: a table's words stay as they are written, another kind of data's take their place."""

import pytest

from core.modalities.nouns import ANY, ROWS, Nouns, nouns_of, nouns_of_all
from core.words import plural, several

IMAGES = Nouns("image", "images", "channel", "channels")


def test_a_table_s_texts_stay_as_they_are_written():
    text = "A row of “rows” has columns; the Row's own."
    assert ROWS(text) == text
    assert nouns_of("tabular") == ROWS


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Rows above the threshold.", "Images above the threshold."),
        ("Open a row, or an ordinary row.", "Open an image, or an ordinary image."),
        ("A row's error", "An image's error"),
        ("No column says which rows are odd.", "No column says which images are odd."),
        ("arrows, rowing, row_number", "arrows, rowing, row_number"),
        ("On this table use kNN", "On this dataset use kNN"),
    ],
)
def test_a_text_about_rows_is_said_of_images(written: str, said: str):
    assert IMAGES(written) == said


def test_columns_become_parts_only_where_a_text_speaks_of_what_a_network_reads():
    assert IMAGES("Each column's share.", parts=True) == "Each channel's share."


@pytest.mark.parametrize("name", ["'row'", '"rows"', "`row`", "“row”"])
def test_what_stands_in_quotes_is_a_name_of_the_user_s(name: str):
    assert IMAGES(f"The column {name} of each row") == f"The column {name} of each image"


def test_samples_are_counted_with_a_word_between():
    assert IMAGES.count(1, "flagged") == "1 flagged image"
    assert IMAGES.count(2_000) == "2,000 images"
    assert IMAGES.count_parts(2) == "2 channels"


def test_where_a_list_holds_several_kinds_or_one_that_is_not_here_words_hold_for_all():
    assert nouns_of("not installed") == ANY
    assert nouns_of_all(["tabular", "not installed"]) == ANY
    assert nouns_of_all(["tabular", "tabular"]) == ROWS
    assert nouns_of_all([]) == ROWS


@pytest.mark.parametrize(
    ("noun", "more"),
    [
        ("row", "rows"),
        ("entry", "entries"),
        ("day", "days"),
        ("box", "boxes"),
        ("patch", "patches"),
        ("series", "series"),
    ],
)
def test_nouns_have_their_plural(noun: str, more: str):
    assert several(noun) == more
    assert plural(2, noun) == f"2 {more}"
