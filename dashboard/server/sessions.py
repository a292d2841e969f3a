"""What a session holds of the system once its browser has left: nothing, while it waits to be taken up again.

Streamlit keeps a session that lost its browser for two minutes, and with it an event loop (three file descriptors)
that goes only when the garbage is collected. Here the loop is closed with the browser's going; who comes back within
the two minutes gets a new one.
"""

import asyncio
import contextlib
from typing import Any

AGAIN_SECONDS = 5.0
"""When it is tried again where a script still ran as the browser left."""


def release_when_left() -> None:
    """Let Streamlit's storage of sessions without a browser give back what they hold; once per process is enough."""
    from streamlit.runtime.memory_session_storage import MemorySessionStorage

    save, get = MemorySessionStorage.save, MemorySessionStorage.get
    if getattr(save, "releases", False):
        return

    def save_and_release(self: Any, info: Any) -> None:
        save(self, info)
        _release(self, info)

    def get_ready(self: Any, session_id: str) -> Any:
        info = get(self, session_id)
        if info is not None and info.session._script_event_loop.is_closed():
            info.session._script_event_loop = asyncio.new_event_loop()
        return info

    save_and_release.releases = True  # type: ignore[attr-defined]
    MemorySessionStorage.save = save_and_release  # type: ignore[method-assign]
    MemorySessionStorage.get = get_ready  # type: ignore[method-assign]


def _release(storage: Any, info: Any) -> None:
    """Close the event loop of a session that still has no browser, as soon as no script of its runs."""
    if storage._cache.get(info.session.id) is not info:
        return
    loop = info.session._script_event_loop
    if info.session._scriptrunner is None and not loop.is_running():
        loop.close()
        return
    with contextlib.suppress(RuntimeError):  # outside of the server nobody waits
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, _release, storage, info)
