"""The speed benchmark measures both sides of each ratio; how fast they are is no test's business."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.bench import BENCHES, speed
from core.bench.harness.turns import ratios, turns
from core.cli.bench import _show
from core.errors import ConfigError
from core.training.steps.direct import direct_step

RATIO = {"ratio", "least", "most"}


def needs_pyod() -> None:
    pytest.importorskip("tqdm", reason="needs the bench extra: pip install 'anomalens[bench]'")
    pytest.importorskip("pyod", reason="needs the bench extra: pip install 'anomalens[bench]'")


def test_every_ratio_is_measured_and_shown(tmp_path, capsys):
    needs_pyod()
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1100, 4)), columns=list("abcd")).assign(label=rng.random(1100) < 0.05)
    frame.astype({"label": int}).to_csv(tmp_path / "small.csv", index=False)
    result = BENCHES["speed"](rows=256, repeats=1, scored=2000, data=str(tmp_path))
    assert [line["features"] for line in result["training"]] == [10, 20, 100]
    for line in result["training"]:
        assert {"data", "features", "batch", "gemm_fraction"} | RATIO <= set(line)
        assert 0 < line["gemm_fraction"] < 1
        assert line["rows_per_s"] > 0
    assert result["ratio"] == min(line["ratio"] for line in result["training"])
    assert result["scoring"].keys() >= RATIO
    assert result["ensemble"].keys() >= RATIO | {"members", "cpu_ratio"}
    (loss,) = result["loss"]
    assert (loss["data"], loss["features"], loss["steps"] > 0) == ("small", 4, True)
    _show(result)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("training:", "gemm_fraction", "small", "scoring: ", "ensemble: ", "torch: "))


def test_without_data_there_is_no_loss_to_reach():
    needs_pyod()
    assert BENCHES["speed"](rows=256, repeats=1, scored=100)["loss"] is None


def test_device_that_is_not_there_is_said_before_anything_is_measured():
    with pytest.raises(ConfigError, match="There is no device 'tpu'"):
        BENCHES["speed"](device="tpu")


def test_turns_leave_the_first_out_and_ratios_are_taken_pair_by_pair():
    values = iter([9.0, 9.0, 2.0, 1.0, 3.0, 1.0, 8.0, 2.0])
    said = turns({"a": lambda: next(values), "b": lambda: next(values)}, 3)
    assert said == {"a": [2.0, 3.0, 8.0], "b": [1.0, 1.0, 2.0]}
    assert ratios(said["a"], said["b"]) == {"ratio": 3.0, "least": 2.0, "most": 4.0}


@pytest.mark.parametrize("width", speed.WIDTHS)
def test_operations_are_those_of_the_products_that_the_step_makes(width):
    x = np.zeros((256, width), np.float32)
    trainer = speed._trainer(x, 256, torch.device("cpu"))
    step = direct_step(trainer.members[0])
    assert step is not None
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        step.tape(256).play(torch.empty(()))
    # The step's products also do the biases: a row of ones more per layer, forth and back.
    biases = sum(2 * 2 * 256 * layer.out_features for layer in trainer.members[0].modules() if hasattr(layer, "bias"))
    assert counter.get_total_flops() - biases == 256 * speed._operations(width)
