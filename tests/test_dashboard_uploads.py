"""The upload route: streamed to disk, limited while it streams, open to our own pages only."""

import asyncio
import errno
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from core.errors import DamagedError
from core.modalities import MODALITIES
from core.modalities.base import Recognition
from core.modalities.recognise import recognise_here
from dashboard.server import uploads

MB = 1 << 20


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    monkeypatch.setenv("ANOMALENS_UPLOAD_LIMIT_MB", "3")
    return tmp_path


class Client:
    """One request after the other to our routes, without a server."""

    def request(self, method: str, path: str, **options) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(Starlette(routes=uploads.routes()))
            async with httpx.AsyncClient(transport=transport, base_url="http://app.example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())


@pytest.fixture
def client(home) -> Client:
    return Client()


def send(client: Client, body, name: str = "table.csv", **headers: str):
    """Send a file as a page of ours does; headers given as None are left out."""
    token = generate_xsrf_token_string()
    usual = {
        "cookie": f"_streamlit_xsrf={token}",
        "x-xsrftoken": token,
        "x-upload-ticket": uploads.issue_ticket(),
        "origin": "http://app.example",
    }
    given = usual | {key.replace("_", "-"): value for key, value in headers.items()}
    kept = {key: value for key, value in given.items() if value is not None}
    return client.request("PUT", f"/upload?name={name}", content=body, headers=kept)


async def chunks(total: int) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for _ in range(total // 65536):
        yield b"x" * 65536


def left_over(home) -> list:
    return list((home / "uploads").glob("*")) if (home / "uploads").exists() else []


def test_health_is_answered(client):
    answer = client.request("GET", "/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_a_file_arrives_whole_and_is_found_by_its_token(client):
    answer = send(client, b"a,b\n1,2\n", name="my%20table.csv")
    assert answer.status_code == 201
    upload = uploads.received(answer.json()["token"])
    assert (upload.name, upload.size, upload.path.read_bytes()) == ("my table.csv", 8, b"a,b\n1,2\n")


def test_a_file_that_the_disk_has_changed_since_it_arrived_is_not_read(client):
    upload = uploads.received(send(client, b"a,b\n1,2\n").json()["token"])
    uploads.verify(upload)
    flipped = bytearray(upload.path.read_bytes())
    flipped[4] ^= 1
    upload.path.write_bytes(flipped)
    with pytest.raises(DamagedError, match=r"“table\.csv” is not what was sent.*Upload it again"):
        uploads.verify(upload)


def test_an_upload_has_arrived_only_when_all_that_is_said_of_it_is_on_the_disk(client, home, monkeypatch):
    def ended(file, size):
        raise OSError(errno.ENOSPC, "the disk is full")

    monkeypatch.setattr(uploads, "settle", ended)
    assert send(client, b"a,b\n1,2\n").status_code == 507
    assert not list((home / "uploads").rglob("upload.json"))


def test_only_the_last_part_of_a_name_is_kept(client):
    token = send(client, b"x", name="..%2F..%5Cetc%2Fpasswd").json()["token"]
    assert uploads.received(token).name == "passwd"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("valve 3.signal", "valve 3.signal"),
        ("aux%3A%2A.CSV.gz", "aux__.CSV.gz"),
        ("upload.json", "upload.json"),
        ("...", "data"),
        ("%C3%A4" * 190 + ".parquet", "ä" * 96 + ".parquet"),
    ],
)
def test_a_file_is_kept_under_its_name_as_far_as_any_disk_can(client, sent: str, stored: str):
    upload = uploads.received(send(client, b"x", name=sent).json()["token"])
    assert (upload.path.name, upload.path.read_bytes()) == (stored, b"x")


def test_a_kind_of_data_that_is_known_by_the_ending_alone_knows_an_upload(client, monkeypatch):
    def by_ending(self, files):
        known = all(file.suffix == ".signal" for file in files)
        return Recognition(float(known), "It ends in .signal.")

    kind = type("Signals", (MODALITIES["tabular"],), {"recognises": by_ending, "order": 50})
    monkeypatch.setitem(MODALITIES._objects, "signals", kind)
    tokens = [send(client, b"a,b\n1,2\n", name=name).json()["token"] for name in ("a.signal", "a.csv")]
    assert [recognise_here([uploads.received(token).path])[0] for token in tokens] == ["signals", "tabular"]


def test_an_upload_of_an_older_version_is_still_found(home):
    folder = home / "uploads" / "old"
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"x")
    (folder / "upload.json").write_text('{"name": "table.csv", "size": 1}', encoding="utf-8")
    assert uploads.received("old").path.read_bytes() == b"x"


def test_a_file_above_the_limit_is_refused_before_it_is_read(client, home):
    answer = send(client, b"x" * (3 * MB + 1))
    assert answer.status_code == 413
    assert "larger than the 3 MB that this server accepts" in answer.json()["error"]
    assert not left_over(home)


def test_the_limit_holds_where_no_length_is_announced(client, home):
    answer = send(client, chunks(5 * MB))
    assert answer.status_code == 413
    assert not left_over(home)


def test_a_file_of_exactly_the_limit_is_accepted(client):
    assert send(client, chunks(3 * MB)).json()["size"] == 3 * MB


def test_an_empty_file_is_refused_with_a_sentence(client, home):
    answer = send(client, b"")
    assert answer.status_code == 422
    assert "is empty" in answer.json()["error"]
    assert not left_over(home)


@pytest.mark.parametrize(
    "headers",
    [
        {"x_xsrftoken": None},
        {"x_xsrftoken": "2|forged|forged|0"},
        {"origin": "http://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"x_upload_ticket": None},
        {"x_upload_ticket": "guessed"},
    ],
)
def test_nobody_but_our_own_pages_may_send(client, home, headers):
    answer = send(client, b"a,b\n1,2\n", **headers)
    assert answer.status_code == 403
    assert answer.json()["error"].endswith(".")
    assert not left_over(home)


def test_a_proxy_may_stand_in_front(client):
    answer = send(client, b"a\n1\n", origin="https://shown.example", x_forwarded_host="shown.example")
    assert answer.status_code == 201


def test_a_full_disk_is_said_in_a_sentence(client, monkeypatch):
    import pathlib

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "mkdir", full)
    answer = send(client, b"a\n1\n")
    assert answer.status_code == 507
    assert "No space left on device" in answer.json()["error"]


def test_a_ticket_runs_out(monkeypatch):
    ticket = uploads.issue_ticket()
    assert uploads.ticket_is_valid(ticket)
    now = uploads.time.monotonic()
    monkeypatch.setattr(uploads.time, "monotonic", lambda: now + uploads.TICKET_SECONDS + 1)
    assert not uploads.ticket_is_valid(ticket)


@pytest.mark.parametrize("token", ["", "..", "../../home", "a/b", "a\\b", "\x00"])
def test_no_token_leads_out_of_the_folder(home, token):
    assert uploads.received(token) is None
    uploads.discard(token)


def test_what_a_dataset_was_read_from_is_found_again(client):
    first, second, other = (send(client, b"a\n1\n", name=f"{n}.csv").json()["token"] for n in ("one", "two", "three"))
    uploads.bind(first, "d1", "main")
    uploads.bind(second, "d1", "test")
    uploads.bind(other, "d2", "main")
    assert {part: upload.name for part, upload in uploads.kept_for("d1").items()} == {
        "main": "one.csv",
        "test": "two.csv",
    }


def test_what_nobody_reads_is_deleted_after_a_day(client, home):
    token = send(client, b"a\n1\n").json()["token"]
    uploads.remove_leftovers()
    assert uploads.received(token) is not None
    uploads.remove_leftovers(older_than=-1)
    assert uploads.received(token) is None


def test_an_upload_that_stalls_is_given_up_and_leaves_nothing(client, home, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "IDLE_SECONDS", 0.05)

    async def stalls() -> AsyncIterator[bytes]:
        yield b"a,b\n"
        await asyncio.Event().wait()

    answer = send(client, stalls())
    assert answer.status_code == 408
    assert "stalled" in answer.json()["error"]
    assert left_over(home) == []


def test_a_trickle_does_not_keep_an_upload_open(client, home, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "LONGEST_SECONDS", 0.2)

    async def trickles() -> AsyncIterator[bytes]:
        while True:
            yield b"1"
            await asyncio.sleep(0.01)

    assert send(client, trickles()).status_code == 408
    assert left_over(home) == []


def test_what_the_disk_takes_in_parts_is_stored_whole(client, home, monkeypatch) -> None:
    class Reluctant:
        """Takes seven bytes at a time, as a disk that is full for a moment does."""

        def __init__(self, file) -> None:
            self.file = file

        def write(self, piece) -> int:
            return self.file.write(piece[:7])

    whole = uploads._write_whole
    monkeypatch.setattr(uploads, "_write_whole", lambda file, piece: whole(Reluctant(file), piece))
    body = b"x" * 1000
    answer = send(client, body)
    assert answer.status_code == 201
    upload = uploads.received(answer.json()["token"])
    assert upload is not None
    assert upload.path.read_bytes() == body


def test_a_disk_that_takes_nothing_more_is_said_and_nothing_is_kept(client, home, monkeypatch) -> None:
    class Full:
        def write(self, piece) -> int:
            return 0

    whole = uploads._write_whole
    monkeypatch.setattr(uploads, "_write_whole", lambda file, piece: whole(Full(), piece))
    answer = send(client, b"a,b\n1,2\n")
    assert answer.status_code == 507
    assert "make room" in answer.json()["error"]
    assert left_over(home) == []
