"""`anomalens keys`: the secrets of an installation are made once, are their owner's alone, and open its cluster."""

import os
import stat
from pathlib import Path

import pytest

from core.cli.app import main

SECRETS = {"postgres-password", "pgpass", "dask.key", "dask.crt"}


def run(folder: Path) -> int:
    """`anomalens keys FOLDER`; the exit status."""
    with pytest.raises(SystemExit) as left:
        main(["keys", str(folder)])
    return int(left.value.code or 0)


def test_keys_are_made_once_and_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "secrets"
    assert run(folder) == 0
    content = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(content) == SECRETS
    assert content["pgpass"] == f"*:*:*:*:{content['postgres-password']}\n"
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    capsys.readouterr()
    assert run(folder) == 0
    assert "none was changed" in capsys.readouterr().out
    assert {path.name: path.read_text() for path in folder.iterdir()} == content


def test_two_installations_have_nothing_in_common(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(tmp_path / name)
    for name in SECRETS:
        assert (tmp_path / "one" / name).read_text() != (tmp_path / "two" / name).read_text()


def test_the_certificate_is_what_dask_reads(tmp_path: Path) -> None:
    from distributed.security import Security

    run(tmp_path)
    key, certificate = str(tmp_path / "dask.key"), str(tmp_path / "dask.crt")
    security = Security(
        require_encryption=True, tls_ca_file=certificate, tls_client_cert=certificate, tls_client_key=key
    )
    assert security.get_connection_args("client")["ssl_context"] is not None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    status = run(tmp_path / "secrets")
    tmp_path.chmod(0o700)
    assert status != 0
