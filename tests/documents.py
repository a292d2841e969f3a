"""What the tests of the README and of ``assets/docs`` share: marked blocks, the files that commands name, commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "assets" / "docs"


def block(text: str, marker: str) -> str:
    """The code block after a comment in a document."""
    found = re.search(rf"<!-- tested: {re.escape(marker)} -->\n```\w+\n(.*?)```", text, flags=re.DOTALL)
    assert found, f"There is no block marked {marker!r}."
    return found[1]


def links_of(text: str) -> list[str]:
    """Every link and picture of a document that leads to another file of the repository or a place in it."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\((?!https?:)([^)]+)\)", prose)


def write_files(folder: Path) -> None:
    """The files that the documents' commands name."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    names = [f"feature_{i}" for i in range(8)]
    for name, rows, share in (
        ("payments", 600, 0.05),
        ("new_payments", 50, 0.1),
        ("background", 400, 0),
        ("signal", 50, 1),
    ):
        odd = rng.random(rows) < share
        table = pd.DataFrame(rng.normal(size=(rows, 8)) + 4.0 * odd[:, None], columns=names)
        if name == "payments":
            table["fraud"] = np.where(odd, "yes", "no")
        table.to_csv(folder / f"{name}.csv", index=False)


def anomalens(line: str, folder: Path, package: Path = ROOT) -> str:
    """Run one of the documents' commands in ``folder`` with the code in ``package``; what it prints."""
    name, *words = shlex.split(line)
    assert name == "anomalens"
    environment = os.environ | {"ANOMALENS_HOME": str(folder / "home"), "PYTHONPATH": str(package)}
    command = [sys.executable, "-m", "core.cli", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout
