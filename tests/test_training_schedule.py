"""The learning rate at every step."""

from dataclasses import replace

import pytest

from core.recipe import TrainingConfig
from core.training.schedule import Schedule


def schedule(name: str, steps_per_epoch: int = 10, total: int = 100, **settings: object) -> Schedule:
    config = replace(TrainingConfig(learning_rate=1.0, schedule=name), **settings)  # type: ignore[arg-type]
    return Schedule(config, steps_per_epoch, total)


def test_none_keeps_the_rate() -> None:
    assert {schedule("none").rate(step) for step in range(100)} == {1.0}


def test_warmup_rises_linearly_and_then_stays() -> None:
    rates = [schedule("warmup", warmup_epochs=2).rate(step) for step in range(100)]
    assert rates[:20] == pytest.approx([(i + 1) / 20 for i in range(20)])
    assert set(rates[20:]) == {1.0}


def test_warmup_in_steps_goes_before_epochs() -> None:
    assert schedule("warmup", warmup_steps=4).rate(1) == 0.5


def test_warmup_takes_half_of_a_short_run_at_most() -> None:
    assert schedule("warmup", warmup_epochs=50).rate(50) == 1.0


def test_cosine_falls_from_the_rate_to_nothing() -> None:
    rates = [schedule("cosine").rate(step) for step in range(101)]
    assert rates[0] == 1.0
    assert rates[50] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0)
    assert rates == sorted(rates, reverse=True)


def test_warmup_exponential_falls_once_an_epoch_after_the_warmup() -> None:
    found = schedule("warmup-exponential", warmup_epochs=5, gamma=0.95)
    assert [found.rate(step) for step in (49, 50, 59, 60, 99)] == pytest.approx([1, 1, 1, 0.95, 0.95**4])


def test_plateau_lowers_the_rate_when_progress_stalls_down_to_the_least() -> None:
    found = schedule("plateau", plateau_patience=1, plateau_factor=0.5, min_learning_rate=0.2)
    rates = []
    for loss in (1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9):
        found.end_epoch(loss)
        rates.append(found.rate(0))
    assert rates == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]


@pytest.mark.parametrize("name", ["none", "cosine", "exponential", "plateau", "warmup-cosine"])
def test_schedule_goes_on_from_a_rate_that_the_user_sets(name: str) -> None:
    found, before = schedule(name), schedule(name)
    found.change(0.3, 60)
    assert found.rate(60) == pytest.approx(0.3)
    assert found.rate(90) == pytest.approx(0.3 * before.rate(90) / before.rate(60))


def test_rate_set_during_the_warmup_ends_it() -> None:
    found = schedule("warmup", warmup_epochs=5)
    found.change(0.01, 10)
    assert {found.rate(step) for step in range(10, 100)} == {0.01}
