"""What a report says of the agreement of detectors is what the page says."""

from core.compare.agreement import WORDS
from core.export.sections._comparison_details import agreement
from core.modalities.nouns import ROWS


def test_report_tells_every_way_to_agree_that_the_page_has() -> None:
    matrix = [[1.0, 0.25], [0.25, 1.0]]
    found = agreement({"agreement": {"titles": ["Run", "PCA"]} | dict.fromkeys(WORDS, matrix)}, ROWS)
    assert all(f"{title}. " in found for title, _ in WORDS.values())
    assert found.count("0.25") == 2 * len(WORDS)
    assert "Kendall" in found
