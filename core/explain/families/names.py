"""Names that people give to families: kept with the run, and found again when the rows are grouped anew.

A name belongs to the typical row of the family that it was given to. Grouped at another threshold or under another
score, the family that holds this row has the name. A file each, so that two people who name at once lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.errors import DataError

if TYPE_CHECKING:
    from core.explain.families.stored import Families
    from core.results.finished_run import FinishedRun

LONGEST = 60
"""Characters of a name; what is longer is cut."""


def read_names(run: FinishedRun) -> dict[int, str]:
    """The names that were given in a run, by the row that each belongs to."""
    names = {}
    for path in run.space.artifacts.list(_folder(run)):
        try:
            values = run.space.artifacts.read_json(path)
        except DataError:  # taken away at this moment
            continue
        names[int(values["row"])] = str(values["name"])
    return names


def names_of(families: Families, names: Mapping[int, str]) -> dict[int, str]:
    """The names of families by their numbers; the name of a family's own typical row goes before others in it."""
    by_typical = {
        family.number: names[family.typical]
        for family in families.families
        if family.number and family.typical in names
    }
    by_row: dict[int, str] = {}
    for row, number in zip(families.row.tolist(), families.family.tolist(), strict=True):
        if number and row in names:
            by_row.setdefault(number, names[row])
    return by_row | by_typical


def name_family(run: FinishedRun, families: Families, number: int, name: str) -> None:
    """Give a family a name in place of the one that it has; an empty one takes it away.

    Raises
    ------
    DataError
        When there is no such family; the others have nothing in common to be named.
    """
    family = next((one for one in families.families if one.number == number and number), None)
    if family is None:
        known = ", ".join(str(one.number) for one in families.families if one.number)
        none = run.nouns("The flagged rows have no families: nothing is common to many.")
        remedy = f"Choose one of {known}." if known else none
        raise DataError(f"There is no family {number} to be named. {remedy}")
    text = " ".join(name.split())[:LONGEST]
    if text:
        run.space.artifacts.write_json(_file(run, family.typical), {"row": family.typical, "name": text})
    inside = set(families.rows_of(number).tolist())
    for row in read_names(run):
        if row in inside and not (text and row == family.typical):
            run.space.artifacts.delete(_file(run, row))


def titles_of(families: Families, names: Mapping[int, str]) -> dict[int, str]:
    """What families are called, by their numbers: by people, else by their reason; equal reasons are counted."""
    titles: dict[int, str] = {}
    for family in families.families:
        title = names.get(family.number) or family.reason
        if not family.number or not title:
            continue
        same = sum(other.rpartition(" · ")[0] == title or other == title for other in titles.values())
        titles[family.number] = f"{title} · {same + 1}" if same and family.number not in names else title
    return titles


def title_of(number: int, names: Mapping[int, str]) -> str:
    """What a family is called: its title, else "Family 3", and "Others" for the rows of none."""
    return names.get(number) or (f"Family {number}" if number else "Others")


def _folder(run: FinishedRun) -> str:
    return f"{run.folder}/families/names"


def _file(run: FinishedRun, row: int) -> str:
    return f"{_folder(run)}/{row}.json"
