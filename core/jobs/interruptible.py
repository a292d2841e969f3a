"""Work that can be ended while a library that offers no way to does it: a thread of its own, and an exception in it."""

import ctypes
import threading
from collections.abc import Callable

LOOK_SECONDS = 0.2


class Interrupted(BaseException):
    """Raised in the midst of work that is not wanted any more; no ``except Exception`` of a library keeps it."""


def run_until(work: Callable[[], object], cancelled: Callable[[], bool]) -> bool:
    """Do some work, unless it is cancelled before it is done.

    Compiled code is never interrupted: the work ends at its next line of Python, which between two steps of a
    library's loop is soon.

    Parameters
    ----------
    work
        What to do. What it raises is raised here.
    cancelled
        Asked a few times a second.

    Returns
    -------
    Whether it was done.
    """
    raised: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    # Of its own, so that the exception, which may come late, can hit nothing else.
    thread = threading.Thread(target=do, name="interruptible", daemon=True)
    thread.start()
    asked = False
    while thread.is_alive():
        thread.join(LOOK_SECONDS)
        if not asked and thread.is_alive() and cancelled():
            asked = True
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Interrupted))
    if raised and not isinstance(raised[0], Interrupted):
        raise raised[0]
    return not raised
