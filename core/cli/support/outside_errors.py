"""Errors from outside (a full disk, a store that does not answer) as one sentence."""

import errno

_PLACES = {
    "sqlalchemy": ("run store", "ANOMALENS_DATABASE_URL"),
    "botocore": ("storage", "ANOMALENS_STORAGE, and the keys in the environment"),
    "aiobotocore": ("storage", "ANOMALENS_STORAGE, and the keys in the environment"),
}
"""Libraries whose errors mean that a place does not answer, and what says where it is."""


_UNREADABLE = {"ArrowInvalid", "IOException", "InvalidInputException", "SafetensorError"}
"""What libraries say of a broken file of the storage; a user's own files are looked at before, in other sentences."""


def error_words(error: Exception) -> str:
    """The sentence for an error; empty for one that only a program's mistake can raise."""
    if isinstance(error, OSError):
        return _system(error)
    place, remedy = _PLACES.get(type(error).__module__.split(".")[0], ("", ""))
    reason = (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    if type(error).__name__ in _UNREADABLE:
        return f"A file in the storage cannot be read: {reason}. Put it back from a copy, or train again."
    if not place:
        return ""
    if "disk is full" in reason or "No space left" in reason:
        return f"The disk of the {place} is full. Free some space, and give the command again."
    return f"The {place} does not answer: {reason}. Check {remedy}, and that its disk is not full."


def _system(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    where = f"{error.filename}: " if error.filename is not None else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{where}{reason}. Free some space on the disk, or choose another place."
    if error.filename is not None:
        return f"{where}{reason}. Choose another place, or change who may use this one."
    return f"The system refused: {reason}. Check the disk and the network, and give the command again."
