"""A session whose browser left holds no event loop, and has one again when the browser comes back."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from dashboard.server import sessions


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> MemorySessionStorage:
    monkeypatch.setattr(MemorySessionStorage, "save", MemorySessionStorage.save)
    monkeypatch.setattr(MemorySessionStorage, "get", MemorySessionStorage.get)
    sessions.release_when_left()
    sessions.release_when_left()
    return MemorySessionStorage()


def left(script: Any = None) -> Any:
    loop = asyncio.new_event_loop()
    return SimpleNamespace(session=SimpleNamespace(id="x", _script_event_loop=loop, _scriptrunner=script))


def test_the_loop_goes_with_the_browser_and_comes_with_it(storage: Any):
    info = left()
    storage.save(info)
    assert info.session._script_event_loop.is_closed()
    assert storage.get("x") is info
    assert not info.session._script_event_loop.is_closed()
    info.session._script_event_loop.close()


def test_a_script_that_still_runs_keeps_its_loop_until_it_ends(storage: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sessions, "AGAIN_SECONDS", 0.01)
    info = left(script=object())

    async def leave() -> None:
        storage.save(info)
        assert not info.session._script_event_loop.is_closed()
        info.session._scriptrunner = None
        while not info.session._script_event_loop.is_closed():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(leave(), 60))
