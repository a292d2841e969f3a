"""Tries again what failed because the run store was away or busy for a moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

T = TypeVar("T")


def is_temporary(error: BaseException) -> bool:
    """Whether the same call may succeed later: locked, full or out of reach, but not a contradiction in the data."""
    return isinstance(error, DBAPIError | PoolTimeoutError) and not isinstance(error, IntegrityError)


def retried(call: Callable[[], T], seconds: float = 300.0) -> T:
    """The call's answer, tried again for so many seconds while the store is away."""
    deadline, pause = time.monotonic() + seconds, 0.1
    while True:
        try:
            return call()
        except SQLAlchemyError as error:
            if not is_temporary(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 5.0)
