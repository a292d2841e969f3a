"""The families of a run's flagged samples: computed once, stored beside the run, read by whoever shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.explain.families.grouping import OTHERS, Family, Top, group, medoid
from core.explain.families.reason import reason_words

if TYPE_CHECKING:
    from core.modalities.contract import Explainer
    from core.results.scored import ScoredRows
    from core.store.artifacts import Artifacts
    from core.training.control import Control

EXPLAINED = 20_000
"""Flagged samples that are explained one by one, the highest scores first; those below join no family."""
FILE = "families.json"
"""Written last: where it is, all is done."""
TOP = 4
"""Parts that are named of a family and kept of a sample."""
_CHUNK = 256


@dataclass(frozen=True)
class Families:
    """Flagged samples with the family of each, and what each family is."""

    families: tuple[Family, ...]
    """The largest first; the others, where there are any, last."""
    threshold: float
    parts: tuple[str, ...]
    flagged: int
    """Samples above the threshold."""
    row: NDArray[np.int64]
    """The samples that were explained, the highest score first."""
    family: NDArray[np.int64]
    """The number of each one's family, 0 for the others."""
    feature: NDArray[np.object_]
    """The parts with the largest contributions of each, shape (n, :data:`TOP`); empty where there are fewer."""
    contribution: NDArray[np.float64]
    """Their contributions, shape (n, :data:`TOP`)."""

    def rows_of(self, number: int) -> NDArray[np.int64]:
        """The samples of a family, the highest score first."""
        rows: NDArray[np.int64] = self.row[self.family == number]
        return rows


def compute_families(
    explainer: Explainer,
    scored: ScoredRows,
    threshold: float,
    parts: Sequence[str],
    *,
    seed: int = 0,
    control: Control | None = None,
) -> Families:
    """Explain the flagged samples and group them by why they are odd.

    Parameters
    ----------
    explainer, scored
        The run.
    threshold
        Samples that score above it are flagged.
    parts
        Of these parts of the dataset.
    seed
        Which samples are clustered where there are too many.
    control
        Where the progress is told: ``batch`` of ``batches``.
    """
    flagged = np.flatnonzero((scored.score > threshold) & scored.among(parts))
    ids = flagged[np.argsort(-scored.score[flagged], kind="stable")][:EXPLAINED]
    if control is not None:
        control.progress.phase, control.progress.batch = "explaining", 0
        control.progress.batches = -(-len(ids) // _CHUNK)
    found = []
    for start in range(0, len(ids), _CHUNK):
        found.append(explainer.signatures(ids[start : start + _CHUNK]))
        if control is not None:
            control.progress.batch += 1
    signed = np.concatenate([one[0] for one in found]) if found else np.zeros((0, 1), dtype=np.float32)
    share = np.concatenate([one[1] for one in found]) if found else np.zeros((0, len(explainer.parts)))
    family = group(signed, seed)
    places = np.argsort(-share, axis=1, kind="stable")[:, :TOP]
    kept = np.take_along_axis(share, places, axis=1)
    names = np.array(explainer.parts, dtype=object)[places]
    names[kept <= 0] = ""
    numbers = [k for k in range(int(family.max(initial=OTHERS)) + 1)] + ([OTHERS] if (family == OTHERS).any() else [])
    return Families(
        families=tuple(_family(explainer, scored, ids, signed, share, family == k, k) for k in numbers),
        threshold=threshold,
        parts=tuple(parts),
        flagged=len(flagged),
        row=ids,
        family=family + 1,
        feature=names,
        contribution=kept,
    )


def _family(
    explainer: Explainer,
    scored: ScoredRows,
    ids: NDArray[np.int64],
    signed: NDArray[np.float32],
    share: NDArray[np.float64],
    members: NDArray[np.bool_],
    number: int,
) -> Family:
    typical = int(ids[members][medoid(signed[members])])
    mean = share[members].mean(axis=0)
    top = np.argsort(-mean, kind="stable")[:TOP]
    labels = scored.label[ids[members]]
    told = explainer.explain(typical) if number != OTHERS else None
    shares = {explainer.parts[j]: float(mean[j]) for j in top if mean[j] > 0}
    return Family(
        number=number + 1,
        rows=int(members.sum()),
        share=float(members.mean()),
        typical=typical,
        top=tuple(Top(explainer.parts[j], float(mean[j])) for j in top if mean[j] > 0),
        sentence=told.sentence if told else "",
        score=float(np.median(scored.score[ids[members]])),
        labelled=int((labels >= 0).sum()),
        anomalies=int((labels == 1).sum()),
        reason=reason_words(told.reasons, shares) if told else "",
    )


def folder_of(run_id: str, score: str, threshold: float, parts: Sequence[str]) -> str:
    """Where the families of a run's rows above a threshold are stored, beside the score that they are about."""
    return f"runs/{run_id}/families/{score or 'own'}/{'-'.join(parts)} {threshold:.12g}"


def write_families(artifacts: Artifacts, folder: str, families: Families) -> None:
    """Store families: rows as Parquet, then what they are as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"row": families.row, "family": families.family}
    for k in range(families.feature.shape[1]):
        columns[f"feature {k}"] = pa.array(families.feature[:, k].tolist(), pa.string()).dictionary_encode()
        columns[f"contribution {k}"] = families.contribution[:, k].astype(np.float32)
    buffer = BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    artifacts.write_bytes(f"{folder}/families.parquet", buffer.getvalue())
    values = {
        "threshold": families.threshold,
        "parts": list(families.parts),
        "flagged": families.flagged,
        "families": [family.to_dict() for family in families.families],
    }
    # Last: whoever finds it finds the rows.
    artifacts.write_json(f"{folder}/{FILE}", values)


def are_stored(artifacts: Artifacts, folder: str) -> bool:
    """Whether :func:`write_families` has stored families there."""
    return artifacts.exists(f"{folder}/{FILE}")


def read_families(artifacts: Artifacts, folder: str) -> Families:
    """The families that :func:`write_families` stored.

    Raises
    ------
    DataError
        When there are none.
    """
    import pyarrow.parquet as pq

    values: dict[str, Any] = artifacts.read_json(f"{folder}/{FILE}")
    table = pq.read_table(artifacts.local(f"{folder}/families.parquet"))
    count = sum(name.startswith("feature ") for name in table.column_names)
    n = table.num_rows
    feature = np.empty((n, count), dtype=object)
    contribution = np.zeros((n, count))
    for k in range(count):
        feature[:, k] = table[f"feature {k}"].to_pylist()
        contribution[:, k] = table[f"contribution {k}"].to_numpy()
    families = tuple(Family(**{**one, "top": tuple(Top(**top) for top in one["top"])}) for one in values["families"])
    return Families(
        families, float(values["threshold"]), tuple(values["parts"]), int(values["flagged"]),
        table["row"].to_numpy(), table["family"].to_numpy(), feature, contribution,
    )  # fmt: skip
