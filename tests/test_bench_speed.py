"""The speed benchmark measures both loops; how fast they are is no test's business."""

import pytest

from core.bench import BENCHES


def test_speed_is_measured_beside_pyod_for_every_width() -> None:
    pytest.importorskip("tqdm", reason="needs the bench extra: pip install 'anomalens[bench]'")
    pytest.importorskip("pyod", reason="needs the bench extra: pip install 'anomalens[bench]'")
    result = BENCHES["speed"](rows=512, repeats=1)
    assert [line["columns"] for line in result["table"]] == [10, 20, 100]
    assert all(line["rows_per_s"] > 0 and line["pyod_rows_per_s"] > 0 for line in result["table"])
    assert result["ratio"] == min(line["ratio"] for line in result["table"])
