"""A report is opened with the whole selection: filters, a stretch of time and a family beside what was there before."""

import numpy as np
import pytest
from run_fixture import WrittenRun, write_run
from test_report import NOW, render

from core.explain.families.grouping import Family, Top
from core.explain.families.stored import Families, folder_of, write_families
from core.export.context import ReportContext
from core.export.selection import chips, row_filter
from core.export.view import ReportView
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(tmp_path_factory.mktemp("home")))
        return open_workspace()


@pytest.fixture(scope="module")
def written(workspace: Workspace) -> WrittenRun:
    return write_run(workspace, 600)


def test_filters_and_a_family_are_told_with_their_size(workspace, written):
    rows = np.flatnonzero(written.scores > written.threshold)[:40]
    family = Family(1, 40, 1.0, int(rows[0]), (Top("bytes", 0.9),), "Odd.", 1.0, 0, 0)
    found = Families(
        (family,), 0.5, ("test",), 40, rows, np.ones(40, np.int64), np.full((40, 1), "bytes", object), np.ones((40, 1))
    )
    write_families(workspace.artifacts, folder_of(written.run_id, "", 0.5, ("test",)), found)
    view = ReportView(
        rows="all", where=(("service", "is", "http"), ("duration", "between", 2, None)), family=(1, 0.5, ("test",))
    )
    assert ReportView.from_dict(view.to_dict()) == view
    context = ReportContext(FinishedRun.open(workspace, written.run_id), view)
    frame = written.frame
    wanted = np.isin(np.arange(600), rows) & ((frame["service"] == "http") & (frame["duration"] >= 2)).to_numpy()
    assert chips(context) == ["Family 1", "service is http", "duration at least 2"]
    assert sorted(row_filter(context).rows) == list(np.flatnonzero(wanted))
    assert f"<b>{wanted.sum()} row" in render(context, NOW)


@pytest.mark.parametrize("view", [{"time": (1.0, 5.0)}, {"family": (3, 0.7, ("test",))}, {"where": (("x", "is", 1),)}])
def test_what_is_not_there_any_more_is_left_out(workspace, written, view):
    context = ReportContext(FinishedRun.open(workspace, written.run_id), ReportView(**view))
    assert chips(context) == []
    assert row_filter(context).rows is None
