import threading

from core.jobs.process import alive, identity
from core.recipe import Recipe
from core.store.records import Dataset
from core.store.runs import Store

pytest_plugins = ["store_fixtures"]


def test_of_many_that_claim_a_run_one_gets_it(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    claims: list[int | None] = []
    threads = [threading.Thread(target=lambda n=n: claims.append(store.claim(run.id, f"w{n}"))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims, key=str) == [1, None, None, None, None, None]
    assert store.run(run.id).state == "running"


def test_an_attempt_that_lost_the_run_can_write_no_state(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    first = store.claim(run.id, "one")
    assert first == 1
    assert store.beat(run.id, {"epoch": 4}, attempt=1)
    seen = store.lease(run.id)
    assert seen is not None
    assert store.release(seen, "It went away.", died=True)
    assert not store.release(seen, "It went away.", died=True)
    assert store.claim(run.id, "two") == 2
    assert not store.beat(run.id, {"epoch": 5}, attempt=1)
    assert not store.move(run.id, "done", sources=("running",), attempt=1)
    store.write_result(run.id, {"auroc": 0.1}, 1)
    now = store.run(run.id)
    assert (now.state, now.progress, now.result, now.retries) == ("running", {"epoch": 4}, None, 1)


def test_a_claim_of_what_is_not_queued_or_not_there_gets_nothing(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    store.set_state(run.id, "cancelled")
    assert store.claim(run.id, "one") is None
    assert store.claim("nowhere", "one") is None
    assert store.lease(run.id) is None


def test_of_two_servers_that_adopt_a_run_one_gets_it(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    seen = store.lease(run.id)
    assert seen is not None
    assert store.adopt(run.id, "server one", seen)
    assert not store.adopt(run.id, "server two", seen)
    store.hold([run.id], "server two")
    assert store.run(run.id).holder == "server one"


def test_leases_tell_the_age_of_the_last_sign_of_life_and_what_was_asked(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    store.claim(run.id, identity())
    store.command(run.id, "pause")
    (lease,) = store.leases()
    assert lease.age is not None
    assert -1 < lease.age < 60
    assert lease.has_command
    store.settle_commands(run.id)
    assert store.release(lease, "", died=False)
    (lease,) = store.leases()
    assert lease.age is None
    assert not lease.has_command
    assert store.requeue(run.id) is False


def test_a_process_is_known_to_live_to_be_dead_or_out_of_sight():
    assert alive(identity()) is True
    host, pid, _ = identity().split("/")
    assert alive(f"{host}/{pid}/1") is False
    assert alive(f"{host}/4194303/1") is False
    assert alive("elsewhere/1/1") is None
    assert alive("") is None
