"""Units of every kind: what is gathered, what it costs, and how samples come from units."""

import threading
import tracemalloc

import numpy as np
import pytest
import torch

from core.errors import DataError
from core.modalities.contract import Units
from core.modalities.layout import Layout
from core.modalities.units import (
    CachedUnits,
    EncodedRows,
    Pooling,
    ResidentRows,
    SparseRows,
    Windows,
    batches,
    gathered,
    walking,
)

N = 50


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def resident() -> tuple[Units, np.ndarray]:
    x = values(N, 7)
    return ResidentRows(Layout(("feature",), (7,)), x), x


def encoded() -> tuple[Units, np.ndarray]:
    x = values(2 * N, 7)
    ids = np.arange(0, 2 * N, 2)
    return EncodedRows(Layout(("feature",), (7,)), ids, lambda some: x[some] * 2), x[ids] * 2


def windows() -> tuple[Units, np.ndarray]:
    x = values(N + 4, 3)
    return Windows(Layout(("time", "channel"), (5, 3)), x), np.stack([x[start : start + 5] for start in range(N)])


def sparse() -> tuple[Units, np.ndarray]:
    x = np.where(np.random.default_rng(1).random((N, 9)) < 0.2, values(N, 9), np.float32(0))
    x[3] = 0
    row, place = np.nonzero(x)
    starts = np.searchsorted(row, np.arange(N + 1))
    layout = Layout(("item",), (9,))
    return SparseRows(layout, starts, place.astype(np.int32), x[row, place]), x


def images() -> tuple[Units, np.ndarray]:
    x = values(N, 1, 4, 4)
    layout = Layout(("channel", "height", "width"), (1, 4, 4))
    return CachedUnits(layout, N, lambda one: x[one], cache_bytes=10 * 64), x


EVERY = pytest.mark.parametrize("make", [resident, encoded, windows, sparse, images])


@EVERY
def test_units_are_gathered_in_the_order_asked_for_with_repeats(make):
    units, x = make()
    ids = torch.tensor([7, 3, 3, len(units) - 1, 0])
    found = units.take(ids)
    assert len(units) == N
    assert found.dtype == torch.float32
    assert np.array_equal(found.numpy(), x[ids.numpy()])
    out = torch.full((5, *units.layout.shape), torch.nan)
    assert units.take(ids, out) is out
    assert torch.equal(out, found)
    found.fill_(0)
    assert np.array_equal(units.take(ids).numpy(), x[ids.numpy()]), "what was handed out is the caller's own"


@EVERY
def test_batches_of_any_size_hold_the_same_units(make, monkeypatch):
    units, x = make()
    assert np.array_equal(gathered(units), x)
    assert np.array_equal(gathered(units.loaded()), x)
    monkeypatch.setattr(walking, "BATCH_BYTES", 3 * 4 * units.layout.size)
    assert [place.stop - place.start for place, _ in batches(units)] == [3] * 16 + [2]
    assert np.array_equal(np.concatenate([batch for _, batch in batches(units)]), x)
    assert np.array_equal(gathered(units.loaded()), x)


@EVERY
def test_units_are_taken_by_several_threads_at_once(make):
    units, x = make()
    wrong: list[int] = []

    def take(seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for _ in range(20):
            ids = torch.randint(N, (8,), generator=generator)
            if not np.array_equal(units.take(ids).numpy(), x[ids.numpy()]):
                wrong.append(seed)

    threads = [threading.Thread(target=take, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("make", [resident, encoded, sparse, images])
def test_where_a_unit_is_a_sample_nothing_is_pooled(make):
    units, _ = make()
    found = values(2, N).astype(np.float64)
    assert np.array_equal(units.join(found), found)
    assert np.array_equal(units.join(found, "mean"), found)


@pytest.mark.parametrize("how", ["mean", "max"])
@pytest.mark.parametrize(("lengths", "stride"), [((), 1), ((), 3), ((20, 34), 1), ((20, 5, 29), 4)])
def test_a_moments_number_is_pooled_from_the_windows_that_it_lies_in(how, lengths, stride):
    moments, length = 54, 5
    units = Windows(
        Layout(("time", "channel"), (length, 1)), values(moments, 1), lengths=lengths, stride=stride, how=how
    )
    starts = units._starts
    ends = np.cumsum(lengths or (moments,))
    assert {int(end) - length for end in ends} <= set(starts.tolist()), "every series is covered to its end"
    assert not any(start < end < start + length for start in starts for end in ends), "no window crosses series"
    found = values(3, len(units)).astype(np.float64)
    wanted = np.empty((3, moments))
    for moment in range(moments):
        covering = (starts <= moment) & (moment < starts + length)
        wanted[:, moment] = getattr(found[:, covering], how)(axis=1)
    np.testing.assert_allclose(units.join(found), wanted, rtol=1e-12)
    pairs = Pooling(
        np.repeat(np.arange(len(starts)), length),
        (starts[:, None] + np.arange(length)).ravel(),
        units=len(starts),
        samples=moments,
        how=how,
    )
    np.testing.assert_allclose(pairs.join(found), wanted, rtol=1e-12)


def test_a_samples_number_does_not_depend_on_how_the_units_of_others_come():
    unit, sample = np.array([0, 1, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 2])
    found = values(6).astype(np.float64)
    pooled = Pooling(unit, sample, units=6, samples=3).join(found)
    shuffled = np.random.default_rng(2).permutation(6)
    again = Pooling(unit[shuffled], sample[shuffled], units=6, samples=3).join(found)
    assert np.array_equal(pooled, again)
    assert np.array_equal(pooled[0], Pooling(unit[:3], sample[:3], units=3, samples=1).join(found[:3])[0])


def test_a_million_moments_cost_little_beyond_themselves():
    moments, length = 1_000_000, 60
    x = np.zeros((moments, 2), dtype=np.float32)
    tracemalloc.start()
    units = Windows(Layout(("time", "channel"), (length, 2)), x)
    for start in range(0, len(units), 200_000):
        units.take(torch.arange(start, start + 256).clamp(max=len(units) - 1))
    units.join(np.zeros(len(units)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # NumPy's memory is traced; torch's batches of 256 windows are 123 kB each.
    assert peak < 30e6, f"{peak / 1e6:.0f} MB"


def test_a_series_shorter_than_a_window_is_refused_in_a_sentence():
    with pytest.raises(DataError, match="as long as a window, 5 moments"):
        Windows(Layout(("time", "channel"), (5, 1)), values(14, 1), lengths=(10, 4))


def test_a_sample_without_a_unit_is_refused_in_a_sentence():
    with pytest.raises(DataError, match="1 of 3 are not"):
        Pooling(np.array([0, 1]), np.array([0, 2]), units=2, samples=3)


def test_units_that_are_read_late_keep_no_more_than_they_may():
    reads: list[int] = []

    def read(one: int) -> np.ndarray:
        reads.append(one)
        return np.full((1, 4, 4), one)

    units = CachedUnits(Layout(("channel", "height", "width"), (1, 4, 4)), 100, read, cache_bytes=3 * 64)
    units.take(torch.tensor([0, 1, 2, 0, 1, 2]))
    assert reads == [0, 1, 2]
    assert units.cached_bytes == 3 * 64
    units.take(torch.tensor([0, 3]))
    assert units.cached_bytes == 3 * 64
    # 1 was asked for longest ago.
    units.take(torch.tensor([0, 2, 3]))
    assert reads == [0, 1, 2, 3]
    units.take(torch.tensor([1]))
    assert reads[-1] == 1
    small = CachedUnits(units.layout, 100, read, cache_bytes=10)
    small.take(torch.tensor([5, 5]))
    assert small.cached_bytes == 0


def test_units_of_a_sample_are_pooled_where_images_are_cut_into_tiles():
    layout = Layout(("channel", "height", "width"), (1, 2, 2))
    pooling = Pooling(np.arange(6), np.repeat(np.arange(2), 3), units=6, samples=2, how="max")
    units = CachedUnits(layout, 6, lambda one: np.full((1, 2, 2), one), pooling=pooling)
    assert units.join(np.arange(6.0)).tolist() == [2.0, 5.0]
    assert units.join(np.arange(6.0), "mean").tolist() == [1.0, 4.0]
