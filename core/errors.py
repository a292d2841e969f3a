"""The errors that people see: each names the thing, the rule, the value and the remedy."""


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
