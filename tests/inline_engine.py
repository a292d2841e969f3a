"""For tests of pages: a worker that answers in this process, in the thread of whoever asks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class InlineEngine:
    """Computes what it is asked at once."""

    problem = ""

    def wait(self, timeout: float) -> bool:
        return True

    def call(self, function: Callable[..., Any], *arguments: Any, timeout: float = 30.0) -> Any:
        return function(*arguments)


@contextmanager
def threads_that_end(seconds: float = 120.0) -> Iterator[None]:
    """Wait at the end for every thread that began meanwhile.

    A page does not wait for the threads that ask a worker. Here they compute the answers themselves: after the test
    they would do so beside the next one, and after the last one they would hold tables open while Python ends.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(seconds)
        assert not thread.is_alive(), f"The thread {thread.name!r} did not end within {seconds:g} s."
