"""The errors that people see: each names the thing, the rule, the value and the remedy.

:func:`failure` is the one place that turns any error into a sentence for the command line, the routes and the pages.
What a program's mistake alone can raise has no sentence: it is logged and reported as it is.
"""

import errno
from dataclasses import dataclass


class AnomalensError(ValueError):
    """Base of every error whose message is written for the user."""


class DataError(AnomalensError):
    """The data cannot be used as they are."""


class AbsentPartError(DataError):
    """A sheet or a file within an archive that is named and not there."""


class MissingError(DataError):
    """A file of the storage is gone, or was never finished; ``path`` names it."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class DamagedError(MissingError):
    """A file of the storage is not what was written."""


class UnavailableError(DataError):
    """A place does not answer now, or was written by a newer version: nothing is wrong with what was asked."""


class ConfigError(AnomalensError):
    """A setting is out of its range, or two settings contradict each other."""


class NotFittedError(AnomalensError):
    """Something was used before it was trained."""


class UnknownNameError(AnomalensError, KeyError):
    """A name that nothing is registered or stored under."""

    def __str__(self) -> str:
        # KeyError would show the message's repr, in quotes.
        return str(self.args[0])


class TrainingError(AnomalensError):
    """Training cannot go on, for example because the loss is not finite."""


_PLACES = {
    "sqlalchemy": ("run store", "ANOMALENS_DATABASE_URL"),
    "botocore": ("storage", "ANOMALENS_STORAGE, and the keys in the environment"),
    "aiobotocore": ("storage", "ANOMALENS_STORAGE, and the keys in the environment"),
}
"""Libraries whose errors mean that a place does not answer, and what says where it is."""
_UNREADABLE = {"ArrowInvalid", "ArrowTypeError", "ArrowKeyError", "IOException", "InvalidInputException"}
_UNREADABLE |= {"SafetensorError", "SerializationException", "BadZipFile"}
"""What libraries say of a broken file of the storage; a user's own files are looked at before, in other sentences."""
_KINDS = ((DamagedError, 422), (MissingError, 410), (UnavailableError, 503), (AnomalensError, 404))


@dataclass(frozen=True)
class Failure:
    """What is said of an error."""

    sentence: str
    status: int
    """Of an HTTP answer: 404 unknown, 410 gone, 422 damaged, 503 later again, 507 no room."""
    path: str = ""
    """The file of the storage that it is about, if it is about one."""


def failure(error: BaseException) -> Failure | None:
    """What to say of an error; None for one that only a program's mistake can raise."""
    for kind, status in _KINDS:
        if isinstance(error, kind):
            return Failure(" ".join(str(error).split()), status, getattr(error, "path", ""))
    if isinstance(error, MemoryError):
        return Failure("The memory was not enough. Close what else runs there, or look at fewer rows at once.", 503)
    if type(error).__name__ in _UNREADABLE or _is_arrows(error):
        reason = f"A file in the storage cannot be read: {_reason(error)}."
        return Failure(f"{reason} See which one with anomalens doctor, put it back from a copy, or train again.", 422)
    if isinstance(error, OSError):
        return _system(error)
    place, remedy = _PLACES.get(type(error).__module__.split(".")[0], ("", ""))
    if not place:
        return None
    reason = _reason(error)
    if "disk is full" in reason or "No space left" in reason:
        return Failure(f"The disk of the {place} is full. Free some space, and try again.", 507)
    if "database is locked" in reason or "lock timeout" in reason:
        return Failure(f"The {place} is busy: another program holds it locked. Try again in a moment.", 503)
    return Failure(f"The {place} does not answer: {reason}. Check {remedy}, and that its disk is not full.", 503)


def first_line(error: BaseException) -> str:
    """What an error says, without the traceback that some libraries put behind it; its kind where it says nothing."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def status_of(error: AnomalensError) -> int:
    """Of an HTTP answer that says an error."""
    return next(status for kind, status in _KINDS if isinstance(error, kind))


def _system(error: OSError) -> Failure:
    reason = error.strerror or str(error) or type(error).__name__
    where = f"{error.filename}: " if error.filename is not None else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failure(f"{where}{reason}. Free some space on the disk, or choose another place.", 507)
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return Failure(f"{where}{reason}. It was deleted or moved; choose another one.", 410)
    if error.filename is not None:
        return Failure(f"{where}{reason}. Choose another place, or change who may use this one.", 503)
    return Failure(f"The system refused: {reason}. Check the disk and the network, and try again.", 503)


def _is_arrows(error: BaseException) -> bool:
    """Whether Arrow says of a file's content that it cannot be read; of the system's refusals it gives the number."""
    return isinstance(error, OSError) and error.errno is None and ("Parquet" in str(error) or "thrift" in str(error))


def _reason(error: BaseException) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return (lines or [type(error).__name__])[0].rstrip(".")
