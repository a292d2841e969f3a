"""Requests for derived work: ``request.json`` beside its files, where every server and worker reads it.

Each request has a token of its own. A worker goes on while the request is the one that it was called for and is not
cancelled, so that something can be cancelled and asked for again at any moment.
"""

from __future__ import annotations

import secrets
from typing import Any

from core.errors import DataError
from core.jobs.derived.base import REQUEST, Derived
from core.store.artifacts import Artifacts


def ask(artifacts: Artifacts, run_id: str, derived: Derived) -> str:
    """Write down that something is wanted; its token. A failure, or that it was cancelled, is forgotten."""
    if derived.again:
        artifacts.delete(derived.last_file(run_id))
    artifacts.delete(f"{derived.folder(run_id)}/progress.json")
    derived.on_request(artifacts, run_id)
    return claim(artifacts, run_id, derived)


def claim(artifacts: Artifacts, run_id: str, derived: Derived) -> str:
    """Take it in hand, so that whoever computes it for an earlier request gives way; the new token."""
    token = secrets.token_hex(8)
    artifacts.write_json(_path(run_id, derived), {"token": token, "cancelled": False, "settings": derived.settings()})
    return token


def settle(artifacts: Artifacts, run_id: str, derived: Derived, token: str) -> None:
    """Delete the request of a token, because it was met."""
    if holds(artifacts, run_id, derived, token):
        artifacts.delete(_path(run_id, derived))


def cancel(artifacts: Artifacts, run_id: str, derived: Derived) -> None:
    """Say that nobody wants it any more; it counts as cancelled at once, and its worker ends within a second."""
    artifacts.write_json(_path(run_id, derived), _read(artifacts, run_id, derived) | {"cancelled": True})


def is_asked(artifacts: Artifacts, run_id: str, derived: Derived) -> bool:
    """Whether somebody asked for it and nobody cancelled it since."""
    found = _read(artifacts, run_id, derived)
    return bool(found.get("token")) and not found["cancelled"]


def is_cancelled(artifacts: Artifacts, run_id: str, derived: Derived) -> bool:
    """Whether somebody cancelled it and nobody asked for it since."""
    return bool(_read(artifacts, run_id, derived).get("cancelled"))


def token_of(artifacts: Artifacts, run_id: str, derived: Derived) -> str:
    """The token of the request; empty when there is none."""
    return str(_read(artifacts, run_id, derived).get("token", ""))


def holds(artifacts: Artifacts, run_id: str, derived: Derived, token: str) -> bool:
    """Whether the request of a token is the newest and is not cancelled."""
    found = _read(artifacts, run_id, derived)
    return str(found.get("token", "")) == token and not found.get("cancelled")


def _path(run_id: str, derived: Derived) -> str:
    return f"{derived.folder(run_id)}/{REQUEST}"


def _read(artifacts: Artifacts, run_id: str, derived: Derived) -> dict[str, Any]:
    try:
        found: dict[str, Any] = artifacts.read_json(_path(run_id, derived))
    except DataError:
        return {}
    return found
