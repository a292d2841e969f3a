"""How fast a page reruns while many people have it open, with the setting that decides it on and off.

The clients speak Streamlit's own protocol over real WebSockets: protobuf messages, one connection per session.
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result
from core.bench.harness.server import Server, running_server, trained_run

PARTS = ("fragment", "page")
GARBAGE_COLLECTION = {"off": "false", "on": "true"}


@BENCHES.register("sessions")
def sessions(
    *, sessions: int = 50, reruns: int = 10, pause: float = 2.0, page: str = "explore", rows: int = 100_000
) -> Result:
    """Median rerun with many sessions of a page at once, with and without a garbage collection after each rerun.

    A click reruns the part of the page that it is in (a fragment); opening a page or choosing a run reruns all of it.
    Both are measured.

    Parameters
    ----------
    sessions
        Connections that are open at once.
    reruns
        Reruns of each kind that each of them asks for.
    pause
        Seconds on average between an answer and the next request, as of a person who looks before the next click.
    page
        The page, by its name in the address.
    rows
        Rows of the table behind the page.
    """
    table: list[dict[str, Any]] = []
    medians: dict[tuple[str, str], float] = {}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        home = Path(folder)
        run = trained_run(home, rows)
        for state, flag in GARBAGE_COLLECTION.items():
            with running_server(home, "--runner.postScriptGC", flag) as server:
                server.wait()
                try:
                    measured = asyncio.run(_measure(server, page, f"run={run}", sessions, reruns, pause))
                except RuntimeError as trouble:
                    raise RuntimeError(f"{trouble}\n{server.last_words()}") from None
            for record in measured:
                medians[state, record["rerun of"]] = record["median ms"]
                table.append({"postScriptGC": state, "sessions": sessions} | record)
    return {
        "table": table,
        "page": page,
        "rows": rows,
        "pause_s": pause,
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        **{
            f"ratio_on_to_off_{part}": round(medians["on", part] / medians["off", part], 1)
            for part in PARTS
            if ("on", part) in medians
        },
    }


async def _measure(
    server: Server, page: str, query: str, sessions: int, reruns: int, pause: float
) -> list[dict[str, Any]]:
    clients = [Client(server.port, page, query) for _ in range(sessions)]
    try:
        # One opens the page first, as on any server that is not just started, and fills the caches.
        opened = [await clients[0].open(), *await asyncio.gather(*(client.open() for client in clients[1:]))]
        parts = [part for part in PARTS if part == "page" or clients[0].fragments]
        return [
            await _walk(clients, part, reruns, pause) | {"opened s": round(statistics.median(opened), 2)}
            for part in parts
        ]
    finally:
        await asyncio.gather(*(client.close() for client in clients))


async def _walk(clients: list["Client"], part: str, reruns: int, pause: float) -> dict[str, Any]:
    started = time.perf_counter()
    walks = [client.walk(part, reruns, pause, random.Random(number)) for number, client in enumerate(clients)]
    times = [seconds for walk in await asyncio.gather(*walks) for seconds in walk]
    return {
        "rerun of": part,
        "reruns": len(times),
        "reruns/s": round(len(times) / (time.perf_counter() - started), 1),
        "median ms": round(1000 * statistics.median(times), 1),
        "p95 ms": round(1000 * statistics.quantiles(times, n=20)[-1], 1) if len(times) > 1 else None,
    }


class Client:
    """One browser tab, without the browser."""

    def __init__(self, port: int, page: str, query: str) -> None:
        self._address = f"ws://localhost:{port}/_stcore/stream"
        self._page = page
        self._query = query
        self._page_hash = ""
        self.fragments: list[str] = []
        """The parts of the page that rerun by themselves."""
        self._socket: Any = None

    async def open(self) -> float:
        """Connect and wait for the whole page; the seconds that it took."""
        from websockets.asyncio.client import connect

        started = time.perf_counter()
        self._socket = await connect(self._address, subprotocols=["streamlit"], max_size=None, open_timeout=60)  # type: ignore[list-item]
        await self._rerun()
        return time.perf_counter() - started

    async def walk(self, part: str, reruns: int, pause: float, rng: random.Random) -> list[float]:
        """Rerun the page, or one fragment of it after the other; the seconds from each request to its last message."""
        times = []
        for _ in range(reruns):
            await asyncio.sleep(pause * rng.uniform(0.5, 1.5))
            fragment = rng.choice(self.fragments) if part == "fragment" else ""
            started = time.perf_counter()
            await self._rerun(fragment)
            times.append(time.perf_counter() - started)
        return times

    async def close(self) -> None:
        """End the session, if it ever began."""
        if self._socket is not None:
            await self._socket.close()

    async def _rerun(self, fragment: str = "") -> None:
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.fragment_id = fragment
        if self._page_hash:
            state.page_script_hash = self._page_hash
        else:
            state.page_name = self._page
        finished = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await self._socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self._page_hash = answer.navigation.page_script_hash
            elif kind == "page_not_found":
                raise RuntimeError(f"The dashboard has no page called {self._page!r}.")
            elif kind == "delta":
                self._note(answer.delta)
            elif kind == "script_finished" and answer.script_finished in finished:
                return

    def _note(self, delta: Any) -> None:
        if delta.WhichOneof("type") == "new_element" and delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(f"The page failed: {delta.new_element.exception.message}")
        if delta.fragment_id and delta.fragment_id not in self.fragments:
            self.fragments.append(delta.fragment_id)
