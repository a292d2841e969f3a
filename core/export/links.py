"""Read-only links to a report: made, listed, opened and revoked.

A link's secret is in its address alone. What is kept is its SHA-256, so that who reads the storage can open no link:
``shares/<sha256>.json`` names the run, and ``runs/<id>/shares/<sha256>/`` holds the rest and goes away with the run.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError, DataError
from core.export.context import ReportContext
from core.export.report import render
from core.export.view import ReportView
from core.results.finished_run import FinishedRun

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts
    from core.store.workspace import Workspace

DAYS = (1, 7, 30)
"""For how long a link may hold, beside for ever."""
GONE = "This link leads to no report: it was revoked, or never made. Ask whoever sent it for a new one."
DELETED = "The run that this link showed was deleted. Ask whoever sent it for another."
_BYTES = 32
_LONGEST = 200


@dataclass(frozen=True)
class Link:
    """A link, as it is kept; nobody can get its address from this."""

    id: str
    run_id: str
    name: str
    live: bool
    """Whether it shows the report as it is when it is opened, or as it was when the link was made."""
    made: str
    """When, in UTC, in ISO format."""
    view: dict[str, Any]
    expires: str = ""
    """When it ends, as ``made``; empty for never."""

    def expired(self, now: datetime | None = None) -> bool:
        """Whether its time is over."""
        return bool(self.expires) and datetime.fromisoformat(self.expires) <= (now or datetime.now(UTC))


def make_link(
    context: ReportContext, name: str, *, live: bool, days: float | None = None, now: datetime | None = None
) -> tuple[Link, str]:
    """A new link to the report of a context.

    Parameters
    ----------
    context
        The run and its view.
    name
        For whom it is.
    live
        Whether it shows the report as it is when it is opened, or as it is now.
    days
        How long it holds; until it is revoked by default.
    now
        Its date; today by default.

    Returns
    -------
    The link, and the secret that its address ends with; it is nowhere else and cannot be told again.
    """
    moment, token = now or datetime.now(UTC), secrets.token_urlsafe(_BYTES)
    artifacts = context.space.artifacts
    words = " ".join(name.split())[:_LONGEST] or f"Link of {moment.day} {moment:%B %Y}"
    end = "" if days is None else (moment + timedelta(days=days)).isoformat(timespec="seconds")
    made, shown = moment.isoformat(timespec="seconds"), context.view.to_dict()
    link = Link(_id(token), context.run.id, words, live, made, shown, end)
    page = render(context, moment)
    if not live:
        artifacts.write_bytes(f"{_folder(link.run_id, link.id)}/report.html", page.encode())
    artifacts.write_json(f"{_folder(link.run_id, link.id)}/link.json", asdict(link))
    # Last: whoever finds it finds the report.
    artifacts.write_json(_entry(link.id), {"run": link.run_id})
    return link, token


def links(run: FinishedRun) -> list[Link]:
    """The links to a run's reports, the newest first."""
    artifacts = run.space.artifacts
    names = [name for name in artifacts.list(f"{run.folder}/shares") if name.endswith("/link.json")]
    found = [Link(**artifacts.read_json(name)) for name in names]
    return sorted(found, key=lambda link: (link.made, link.id), reverse=True)


def revoke(artifacts: Artifacts, link: Link) -> None:
    """Let a link lead nowhere from now on."""
    artifacts.delete(_entry(link.id))
    artifacts.delete(_folder(link.run_id, link.id))


def opened(space: Workspace, token: str, now: datetime | None = None) -> str:
    """The page that a link shows.

    Raises
    ------
    DataError
        When it was revoked or never made, its time is over, or its run is gone.
    """
    moment = now or datetime.now(UTC)
    artifacts, link_id = space.artifacts, _id(token)
    try:
        run_id = str(artifacts.read_json(_entry(link_id))["run"])
    except DataError:
        raise DataError(GONE) from None
    try:
        link = Link(**artifacts.read_json(f"{_folder(run_id, link_id)}/link.json"))
    except DataError:
        raise DataError(DELETED) from None
    if link.expired(moment):
        raise DataError(f"This link ended on {_day(link.expires)}. Ask whoever sent it for a new one.")
    try:
        if not link.live:
            return artifacts.read_bytes(f"{_folder(run_id, link_id)}/report.html").decode()
        view = ReportView.from_dict(link.view)
        return render(ReportContext(FinishedRun.open(space, run_id, view.score), view), moment)
    except AnomalensError:
        raise DataError(DELETED) from None


def _day(iso: str) -> str:
    moment = datetime.fromisoformat(iso)
    return f"{moment.day} {moment:%B %Y at %H:%M} UTC"


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _entry(link_id: str) -> str:
    return f"shares/{link_id}.json"


def _folder(run_id: str, link_id: str) -> str:
    return f"runs/{run_id}/shares/{link_id}"
