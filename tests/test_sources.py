"""What the operator allows may be read from the server or an address, and nothing else."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DataError
from core.readers.sources import check_source, fetched
from core.settings import Settings, settings


def allowing(*sources: str, limit: int = 1024) -> Settings:
    return replace(settings(), allowed_sources=sources, upload_limit_mb=limit)


def test_nothing_is_allowed_by_default(tmp_path):
    with pytest.raises(DataError, match="allows uploads only"):
        check_source(str(tmp_path / "x.csv"), allowing())


def test_a_file_in_an_allowed_folder_is_read_where_it_lies(tmp_path):
    file = tmp_path / "deep" / "x.csv"
    file.parent.mkdir()
    file.write_text("a\n1\n")
    with fetched(str(file), allowing(str(tmp_path))) as found:
        assert (found.path, found.name) == (file, "x.csv")


@pytest.mark.parametrize("wanted", ["../secret/x.csv", "data/../../secret/x.csv", "link/x.csv", "../data-secret/x.csv"])
def test_a_path_that_leaves_the_allowed_folder_is_refused(tmp_path, wanted):
    allowed = tmp_path / "data"
    for folder in (allowed, tmp_path / "secret", tmp_path / "data-secret"):
        folder.mkdir()
        (folder / "x.csv").write_text("a\n1\n")
    (allowed / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match="must lie in what the operator"):
        check_source(str(allowed / wanted), allowing(str(allowed)))


def test_a_missing_file_a_folder_and_a_relative_path_say_so(tmp_path):
    for wanted in (tmp_path / "x.csv", tmp_path):
        with pytest.raises(DataError, match="no file"), fetched(str(wanted), allowing(str(tmp_path))):
            pass
    with pytest.raises(DataError, match="must begin with a slash"):
        check_source("x.csv", allowing(str(tmp_path)))


@pytest.mark.parametrize(
    "address",
    [
        "https://data.example.org/open/x.csv",
        "https://DATA.example.org:443/open/deep/x.csv?version=2",
        "s3://bucket/tables/x.parquet",
    ],
)
def test_an_address_below_an_allowed_prefix_is_allowed(address):
    check_source(address, allowing("https://data.example.org/open/", "s3://bucket/tables"))


@pytest.mark.parametrize(
    "address",
    [
        "https://data.example.org/opened/x.csv",
        "https://data.example.org/x.csv",
        "http://data.example.org/open/x.csv",
        "https://data.example.org:8443/open/x.csv",
        "https://data.example.org.evil.org/open/x.csv",
        "https://data.example.org@evil.org/open/x.csv",
        "https://data.example.org/open/../x.csv",
        "https://data.example.org/open/%2e%2e/x.csv",
        "https://data.example.org/open/%252e%252e/x.csv",
        "https://data.example.org/open\\..\\x.csv",
        "https://data.example.org/open/x.csv\n",
        "s3://bucket2/tables/x.parquet",
        "file:///etc/passwd",
        "ftp://data.example.org/open/x.csv",
        "https://[::1",
        "https:///open/x.csv",
        "",
    ],
)
def test_an_address_beside_the_allowed_prefix_is_refused(address):
    if address.endswith("\n"):
        address += "x"
    with pytest.raises(DataError):
        check_source(address, allowing("https://data.example.org/open/", "s3://bucket/tables"))


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.removeprefix("/open/")
        if name in ("away", "home"):
            self.send_response(302)
            port = self.server.server_address[1]
            self.send_header("Location", f"http://localhost:{port}/secret.csv" if name == "away" else "/open/x.csv")
            self.end_headers()
        elif name in ("x.csv", "large.csv", "endless.csv", "short.csv"):
            body = b"a,b\n1,2\n" * (1 if name in ("x.csv", "short.csv") else 200_000)
            self.send_response(200)
            if name != "endless.csv":
                self.send_header("Content-Length", str(len(body) + (name == "short.csv")))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/open/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_behind_an_address_is_copied_and_deleted_afterwards(web):
    shares: list[float] = []
    with fetched(f"{web}x.csv", allowing(web), shares.append) as found:
        assert found.name == "x.csv"
        assert found.path.read_bytes() == b"a,b\n1,2\n"
    assert not found.path.exists()
    assert shares[-1] == 1.0


def test_a_redirect_within_the_allowed_prefix_is_followed(web):
    with fetched(f"{web}home", allowing(web)) as found:
        assert found.path.read_bytes() == b"a,b\n1,2\n"


def test_a_redirect_out_of_the_allowed_prefix_is_not_followed(web):
    with pytest.raises(DataError, match="does not allow"), fetched(f"{web}away", allowing(web)):
        pass


@pytest.mark.parametrize("name", ["large.csv", "endless.csv"])
def test_a_file_above_the_upload_limit_is_refused_whether_its_size_is_said_or_not(web, name):
    with pytest.raises(DataError, match="may have 1 MB"), fetched(f"{web}{name}", allowing(web, limit=1)):
        pass


@pytest.mark.parametrize(
    ("name", "says"), [("missing.csv", "answered 404"), ("short.csv", "cannot be reached|nothing more")]
)
def test_an_address_that_does_not_deliver_says_so(web, name, says):
    with pytest.raises(DataError, match=says), fetched(f"{web}{name}", allowing(web)):
        pass


def test_a_host_that_is_not_there_says_so():
    with (
        pytest.raises(DataError, match="cannot be reached"),
        fetched("http://127.0.0.1:9/x.csv", allowing("http://127.0.0.1:9")),
    ):
        pass


def test_an_object_in_a_store_is_copied(monkeypatch, tmp_path):
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe_file("/bucket/x.csv", b"a\n1\n")
    monkeypatch.setattr(
        fsspec.core, "url_to_fs", lambda address: (store, Path(address.removeprefix("s3:/")).as_posix())
    )
    with fetched("s3://bucket/x.csv", allowing("s3://bucket")) as found:
        assert found.path.read_bytes() == b"a\n1\n"
    with pytest.raises(DataError, match="no object"), fetched("s3://bucket/y.csv", allowing("s3://bucket")):
        pass
