"""The workspace that a command works in, and what to say when it cannot be opened."""

from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.settings import settings

if TYPE_CHECKING:
    from core.store.workspace import Workspace


def workspace() -> "Workspace":
    """The operator's workspace.

    Raises
    ------
    ConfigError
        When its database does not answer.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from core.store.workspace import open_workspace

    try:
        return open_workspace()
    except SQLAlchemyError as trouble:
        try:
            place = make_url(settings().database_url).render_as_string(hide_password=True)
        except SQLAlchemyError:
            place = "ANOMALENS_DATABASE_URL"
        reason = str(getattr(trouble, "orig", None) or trouble).splitlines()[0]
        raise ConfigError(f"The run store at {place} does not open: {reason}. Check ANOMALENS_DATABASE_URL.") from None
