"""File descriptors of the server do not grow with the pages that are loaded, without any garbage collection."""

import os
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from .conftest import Server, settle, start_server

pytestmark = pytest.mark.browser
LOADS = 20


def held(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a system that lists file descriptors in /proc")
def test_file_descriptors_do_not_grow_with_page_loads(browser: Any, tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text("import gc\ngc.disable()\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with start_server(tmp_path / "home", tmp_path / "log", PYTHONPATH=path) as server:

        def load(count: int) -> None:
            for i in range(count):
                page = browser.new_page()
                page.goto(f"{server.url}/{('help', 'runs')[i % 2]}")
                settle(page)
                page.close()

        load(4)
        before = held(server)
        load(LOADS)
        # The engine's workers and the browser's last connections come and go; three a page would be 60.
        until(lambda: held(server) < before + LOADS, f"of {LOADS} pages less than one descriptor each is left")
