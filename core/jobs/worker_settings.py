"""The settings for a worker, which may be on another machine than the server that sent them."""

import os
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigError
from core.settings import Settings
from core.settings import settings as own_settings
from core.store.database import database_url


def reachable(sent: Settings) -> Settings:
    """The settings for a worker: the server's own when it started the worker, else what the worker can reach.

    On a cluster ``ANOMALENS_DATABASE_URL`` and ``ANOMALENS_STORAGE`` of the worker's own environment come first,
    because the same database may have another name over there; what is not set is taken from the server. The home
    folder, which then holds caches only, is always the worker's.

    Raises
    ------
    ConfigError
        When the database is a SQLite file that this machine does not have.
    """
    if not sent.scheduler:
        return sent
    here = own_settings()
    address = here.database_url if os.environ.get("ANOMALENS_DATABASE_URL") else sent.database_url
    url = database_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise ConfigError(
            f"A worker on another machine must reach the run store. {url.database} is not on this one. "
            "Set ANOMALENS_DATABASE_URL to a PostgreSQL server, and ANOMALENS_STORAGE to an object store."
        )
    storage = here.storage if os.environ.get("ANOMALENS_STORAGE") else sent.storage
    return replace(sent, home=here.home, database_url=address, storage=storage)
