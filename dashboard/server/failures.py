"""Errors of routes and pages, said in a sentence: damaged and missing files, a store that is locked or newer."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError, Failure, failure
from dashboard.format import plain

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_SECONDS = 600.0
"""How long a page waits for a file that is made again; the worker goes on if it takes longer."""
_log = logging.getLogger(__name__)


class Failures:
    """Answers with a sentence and a fitting status where a route of ours raised what has one."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Hand a request on, and say what went wrong with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: "Message") -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            said = failure(error)
            if said is None or begun:
                raise
            from starlette.responses import PlainTextResponse

            _log.warning("%s answers %s: %s", scope["path"], said.status, said.sentence)
            headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            answer = PlainTextResponse(said.sentence, status_code=said.status, headers=headers)
            await answer(scope, receive, send)


def show(error: Exception) -> bool:
    """Say an error where the page is being drawn; whether it has a sentence. Streamlit asks of what nobody caught."""
    said = failure(error)
    if said is None:
        return False
    _say(said)
    return True


@contextmanager
def in_place() -> Iterator[None]:
    """For a part of a page: a failure that has a sentence is said in its place, and the page goes on below."""
    from streamlit.errors import FragmentHandledException

    try:
        yield
    except FragmentHandledException:
        pass  # a fragment's error was said in its place already
    except Exception as error:
        if not show(error):
            raise


def _say(said: Failure) -> None:
    st.error(plain(said.sentence), icon=":material/healing:" if said.path else ":material/error:")
    if not said.path:
        return
    from core.doctor.repair import offers

    if offers(said.path):
        st.button(
            "Make it again",
            key=f"make_again_{said.path}_{secrets.token_hex(4)}",
            icon=":material/healing:",
            on_click=_make_again,
            args=(said.path,),
        )


def _make_again(path: str) -> None:
    from core.jobs.worker import make_again
    from dashboard.server import cache
    from dashboard.state import page_url

    with st.spinner("Making it again …"):
        try:
            sentence = cache.engine().call(make_again, path, cache.workspace().settings, timeout=LONGEST_SECONDS)
        except AnomalensError as problem:
            sentence = str(problem)
    # What was opened meanwhile holds the damaged file, or what was made of it.
    st.cache_resource.clear()
    page_url.show_on_next_page(plain(sentence))
