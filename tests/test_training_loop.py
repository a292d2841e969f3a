"""The training loop: batches, early stopping, commands, failures, seeds and threads."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from waiting import WAIT

from core.detector.trained import build_members
from core.errors import ConfigError, DataError, TrainingError
from core.models.dense import DenseAutoencoder
from core.recipe import Recipe, TrainingConfig
from core.runtime import derive_seed, devices, resolve_device, threads_for, use_bf16
from core.training.batches import Orders, TensorUnits, batch_sizes
from core.training.control import Control
from core.training.divergence import astray
from core.training.loop import Trainer
from core.training.records import EpochRecord
from core.training.setup import WATCHED, plan

CPU = torch.device("cpu")
Outcome = list[tuple[dict[str, float], dict[str, float]]]


def rows(n: int, width: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def trainer(
    recipe: Recipe | None = None, n: int = 60, validation: int = 20, seed: int = 0, **training: object
) -> Trainer:
    recipe = recipe or Recipe(model_settings={"hidden_dims": (8,), "latent": 2})
    config = replace(TrainingConfig(epochs=4, batch_size=16), **training)  # type: ignore[arg-type]
    members = build_members(replace(recipe, seed=seed), (6,))
    return Trainer(members, rows(n), rows(validation, seed=1) if validation else None, config, seed=seed, device=CPU)


def outcome(records: list[EpochRecord]) -> Outcome:
    return [(dict(r.train), dict(r.validation)) for r in records]


STOCHASTIC = Recipe(model="vae", model_settings={"hidden_dims": (8,), "latent": 2, "dropout": 0.3})


@pytest.mark.parametrize(
    ("n", "batch", "sizes"),
    [
        (10, 4, [4, 4, 2]),
        (9, 4, [4, 5]),
        (8, 4, [4, 4]),
        (3, 4, [3]),
        (5, 1, [1] * 5),
        (2, 1, [1, 1]),
    ],
)
def test_no_row_is_left_alone_in_the_last_batch(n: int, batch: int, sizes: list[int]) -> None:
    assert batch_sizes(n, batch) == sizes


def test_each_pass_shows_every_row_once_in_an_order_of_its_own() -> None:
    orders = Orders(10, batch_sizes(10, 4), 7, CPU)
    passes = [torch.cat([orders.batch(3 * p + i) for i in range(3)]).tolist() for p in range(2)]
    assert sorted(passes[0]) == sorted(passes[1]) == list(range(10))
    assert passes[0] != passes[1]
    assert torch.cat([orders.batch(i) for i in range(3)]).tolist() == passes[0]


def test_rows_are_taken_from_the_matrix_itself() -> None:
    x = rows(5)
    assert torch.equal(TensorUnits(x, CPU).take(torch.tensor([3, 1])), torch.from_numpy(x[[3, 1]]))


def test_epochs_follow_from_the_steps() -> None:
    assert plan(TrainingConfig(epochs=7), 3) == (3, 7, 21)
    assert plan(TrainingConfig(steps=800), 3) == (3, 267, 800)
    assert plan(TrainingConfig(steps=800), 4000) == (40, 20, 800)
    records = list(trainer(steps=10).run())
    assert [len(records), records[-1].epochs] == [10, 10]


def test_so_many_steps_are_made_and_no_more() -> None:
    run = trainer(steps=10, n=100)
    list(run.run())
    assert run.step == 10


def test_record_tells_the_loss_per_term_for_both_parts() -> None:
    (first, *_) = trainer(STOCHASTIC).run()
    assert set(first.train) == set(first.validation) == {"loss", "reconstruction", "kl"}
    assert first.train["loss"] == pytest.approx(first.train["reconstruction"] + first.train["kl"])
    assert (first.epoch, first.epochs, first.learning_rate) == (1, 4, 1e-3)
    assert first.seconds > 0
    assert first.rows_per_second > 0


def test_best_weights_are_left_behind() -> None:
    run = trainer(epochs=25, learning_rate=0.3)
    losses = [r.validation["loss"] for r in run.run()]
    assert run.best_epoch == 1 + int(np.argmin(losses))
    assert run.best_epoch < 25
    x = torch.from_numpy(rows(20, seed=1))
    with torch.no_grad():
        loss = run.members[0].loss_terms(x)["reconstruction"].item()
    assert loss == pytest.approx(min(losses), rel=1e-6)


def test_patience_ends_the_training() -> None:
    run = trainer(epochs=200, learning_rate=0.3, patience=3)
    records = list(run.run())
    assert len(records) == run.best_epoch + 3
    assert not any(r.best for r in records[-3:])


def test_patience_watches_the_training_loss_where_no_rows_validate() -> None:
    run = trainer(epochs=300, learning_rate=0.5, patience=3, validation=0)
    records = list(run.run())
    assert len(records) == run.best_epoch + 3
    assert all(r.validation == {} for r in records)


def test_last_weights_stay_where_nothing_says_which_are_best() -> None:
    run = trainer(validation=0)
    assert all(r.best for r in run.run())
    assert run.best_epoch == 4


def test_single_row_is_refused() -> None:
    with pytest.raises(DataError, match=r"at least 2 rows\. Got 1"):
        trainer(n=1)


def test_batch_normalisation_refuses_batches_of_one_row() -> None:
    with pytest.raises(ConfigError, match="at least 2 rows in a batch"):
        trainer(Recipe(model_settings={"latent": 2, "normalisation": "batch"}), batch_size=1)


def test_batch_normalisation_takes_any_number_of_rows() -> None:
    for n in (2, 15, 16, 17, 33):
        recipe = Recipe(model_settings={"latent": 2, "normalisation": "batch"})
        assert len(list(trainer(recipe, n=n, epochs=1).run())) == 1


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_every_optimizer_learns(optimizer: str) -> None:
    records = list(trainer(optimizer=optimizer, epochs=15, learning_rate=1e-2).run())
    assert records[-1].train["loss"] < records[0].train["loss"]


def test_weight_decay_shrinks_the_weights() -> None:
    norms = []
    for decay in (0.0, 0.9):
        run = trainer(optimizer="adamw", weight_decay=decay, learning_rate=0.05, epochs=20, validation=0)
        list(run.run())
        norms.append(float(run._weights.vector.detach().norm()))
    assert norms[1] < 0.8 * norms[0]


def test_clipped_gradient_is_no_longer_than_allowed() -> None:
    run = trainer(Recipe(model_settings={"latent": 2}, members=2), gradient_clip=0.01, epochs=1)
    list(run.run())
    for gradient in run._weights.gradients:
        assert float(gradient.norm()) <= 0.01 + 1e-6


def test_stop_keeps_the_best_and_cancel_ends_at_once() -> None:
    control = Control()
    run = trainer(epochs=1000)
    records = []
    for record in run.run(control):
        records.append(record)
        if record.epoch == 3:
            control.stop()
    assert [len(records), control.ending] == [3, "stopped"]
    cancelled = Control()
    cancelled.cancel()
    assert list(trainer().run(cancelled)) == []


def test_stop_in_the_middle_of_an_epoch_counts_what_was_trained() -> None:
    control = Control()

    class Stopping(DenseAutoencoder):
        def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
            if self.training:
                control.stop()
            return super().loss_terms(x)

    model = Stopping(Stopping.Config(latent=2), (6,))
    run = Trainer([model], rows(60), rows(20), TrainingConfig(batch_size=16), seed=0, device=CPU)
    (record,) = run.run(control)
    assert [run.step, record.epoch, record.best] == [1, 1, True]


def test_progress_is_told_while_training() -> None:
    control = Control()
    for record in trainer().run(control):
        progress = control.progress
        assert (progress.epoch, progress.epochs) == (record.epoch, 4)
        assert (progress.batch, progress.batches) == (4, 4)
        assert progress.rows_per_second > 0
        assert progress.phase == "training"


def test_paused_run_waits_and_its_losses_are_those_of_an_undisturbed_one() -> None:
    expected = outcome(list(trainer(STOCHASTIC, seed=5).run()))
    other = outcome(list(trainer(STOCHASTIC, seed=6).run()))
    control, found = Control(), []
    control.pause()

    def train() -> None:
        found.extend(trainer(STOCHASTIC, seed=5).run(control))

    thread = threading.Thread(target=train)
    thread.start()
    # Another run trains in this thread meanwhile, and draws from the same generators.
    assert outcome(list(trainer(STOCHASTIC, seed=6).run())) == other
    assert found == []
    control.resume()
    assert outcome(list(trainer(STOCHASTIC, seed=6).run())) == other
    thread.join(WAIT)
    assert outcome(found) == expected


def test_callers_own_draws_do_not_notice_a_run() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    list(trainer(STOCHASTIC).run())
    assert torch.equal(torch.rand(3), expected)


def test_members_of_an_ensemble_train_as_each_would_alone() -> None:
    recipe = replace(STOCHASTIC, members=3)
    together = trainer(recipe, validation=0)
    list(together.run())
    alone = trainer(replace(recipe, members=1), validation=0)
    list(alone.run())
    ours, theirs = together.members[0].state_dict(), alone.members[0].state_dict()
    assert all(torch.allclose(ours[n], theirs[n], atol=1e-7) for n in theirs)
    assert not torch.equal(together.members[0].encoder[0].weight, together.members[1].encoder[0].weight)


@pytest.mark.parametrize("validation", [0, 20])
def test_loss_that_is_not_finite_ends_with_a_sentence_and_the_last_good_weights(validation: int) -> None:
    class Breaking(DenseAutoencoder):
        epoch = 0.0

        def start_epoch(self, epoch: float) -> None:
            self.epoch = epoch

        def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
            factor = float("nan") if self.epoch >= 2 else 1.0
            return {"reconstruction": factor * self.reconstruction(x, self(x))}

    model = Breaking(Breaking.Config(latent=2), (6,))
    config = TrainingConfig(epochs=9, batch_size=16)
    run = Trainer([model], rows(60), rows(validation) if validation else None, config, seed=0, device=CPU)
    records = []
    with pytest.raises(TrainingError, match=r"in epoch 3\. Try a learning rate below 0.001, .* epoch 2 are kept"):
        records.extend(run.run())  # pragma: no branch
    assert run.best_epoch == 2
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_diverging_run_says_so_before_its_first_epoch_is_over() -> None:
    with pytest.raises(TrainingError, match=r"training loss .* in epoch 1\. .* No epoch before it was good"):
        list(trainer(optimizer="sgd", learning_rate=10.0, n=16 * 300).run())


def test_only_a_fixed_sample_of_many_validation_rows_is_watched() -> None:
    run = trainer(validation=WATCHED + 100)
    assert run._validation is not None
    assert len(run._validation) == WATCHED


def test_bf16_trains_to_nearly_the_same_loss() -> None:
    exact = list(trainer(epochs=5).run())[-1].train["loss"]
    rough = list(trainer(epochs=5, precision="bf16").run())[-1].train["loss"]
    assert rough == pytest.approx(exact, rel=0.02)
    assert rough != exact


def test_auto_precision_is_bf16_where_it_was_measured_to_win() -> None:
    assert not use_bf16("auto", CPU, 20_000, 256)
    assert use_bf16("bf16", CPU, 20_000, 256)
    assert not use_bf16("float32", CPU, 20_000, 100_000)


def test_small_networks_get_one_thread() -> None:
    assert threads_for(20_000, 256) == 1
    assert threads_for(10_000_000, 256) == torch.get_num_threads()


def test_devices_begin_with_the_cpu_and_unknown_ones_are_refused() -> None:
    assert devices()[0]["id"] == "cpu"
    assert resolve_device("cpu") == CPU
    assert resolve_device("auto").type in {d["id"].split(":")[0] for d in devices()}
    with pytest.raises(ConfigError, match="There is no device 'tpu'"):
        resolve_device("tpu")


def test_seeds_of_near_numbers_are_unrelated() -> None:
    seeds = {derive_seed(a, b) for a in range(50) for b in range(50)}
    assert len(seeds) == 2500
    assert derive_seed(0, 1) != derive_seed(1, 0)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_learning_rate_that_is_far_too_large_ends_in_a_sentence(optimizer: str) -> None:
    training = {"learning_rate": 10.0, "epochs": 30, "optimizer": optimizer}
    made = trainer(Recipe(model_settings={"hidden_dims": (64, 64), "latent": 3}), n=200, **training)
    with pytest.raises(TrainingError, match=r"(diverged|finite number).* Try a learning rate below"):
        list(made.run())
    assert all(torch.isfinite(p).all() for member in made.members for p in member.parameters())


def test_divergence_is_told_from_learning() -> None:
    assert astray(untrained=1.0, kept=0.2, last=0.3, peak=5.0) == ""
    assert astray(untrained=1.0, kept=0.2, last=0.3, peak=5e9) == ""  # it came back and learnt
    assert astray(untrained=-1.0, kept=50.0, last=50.0, peak=60.0) == ""  # a loss that has no zero
    for kept, last, peak in ((0.2, 40.0, 40.0), (40.0, 0.5, 40.0), (1.0, 1.0, 4e6), (0.2, float("nan"), 1.0)):
        assert "diverged" in astray(1.0, kept, last, peak)
