"""The way out of Explore: a report to edit and send, pictures, tables, a bundle, and links that can be revoked."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.export import pictures
from core.export.text import ReportText, read_text, write_text
from core.jobs.derived.families import DerivedFamilies
from dashboard.explore.share.share_links import share_links
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, percent, plain
from dashboard.help.links import more
from dashboard.report import shared
from dashboard.report.addresses import download_url
from dashboard.report.view import current
from dashboard.server import derived
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.export.context import ReportContext
    from core.export.view import ReportView

_NO_BROWSER = (
    "PDF and pictures need Chromium or Chrome on the server, and there is none. Open the report and choose "
    "“Print or save as PDF”; the picture card can be had as SVG."
)
_LOOK_SECONDS = 0.5
_DOWNLOAD, _OPEN = ":material/download:", ":material/open_in_new:"


def share_button(run: SharedRun) -> None:
    """A button that opens the panel."""
    if (
        st.button(
            "Share",
            key="share_open",
            icon=":material/ios_share:",
            type="primary",
            help=more("Report, files and links", "pages", "share"),
        )
        or st.session_state.pop("share_again", "") == run.id
    ):
        _panel(run)


@st.dialog("Share this run", width="large", icon=":material/ios_share:")
def _panel(run: SharedRun) -> None:
    view = current(run)
    try:
        context = _shown(run, view)
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")
        return
    report, link, files = st.tabs(["Report", "Links", "Data and model"])
    with report:
        _report(run, view)
    with link:
        share_links(run, context)
    with files:
        _files(run, view)


class _Words:
    """What a report says where nobody wrote anything."""

    def __init__(self, context: "ReportContext") -> None:
        from core.export import summary
        from core.export.sections import sections

        self.title, self.summary = summary.title(context), summary.summary(context)
        self.sections = {name: section.title for name, section in sections()}
        self.grouped = context.families is not None
        self.flagged = context.outcome.flagged or 0
        self.run = context.run
        self.families = DerivedFamilies(context.run.score, context.threshold, context.judged)


def _shown(run: SharedRun, view: "ReportView") -> "ReportContext":
    """The run as its report sees it; what it says of every row is that of this page."""
    from core.export.context import ReportContext

    return ReportContext(run, view)


@st.fragment(key="share_report")
def _report(run: SharedRun, view: "ReportView") -> None:
    try:
        words = _Words(_shown(run, view))
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")
        return
    text = read_text(run)
    st.caption(
        "One file that opens in any browser without a server: the threshold can be moved in it. It opens with the "
        "threshold that is set on this page now. What you write is kept with the run."
    )
    left, right = st.columns(2)
    _field(left.text_input, run, "title", "Title", text.title, words.title)
    _field(right.text_input, run, "author", "Author", text.author, "", placeholder="Who answers for it")
    _field(st.text_area, run, "summary", "Summary", text.summary, words.summary, height=190)
    if text.title or text.summary:
        st.button(
            "Write title and summary from the numbers again",
            key=_key(run, "again"),
            icon=":material/undo:",
            type="tertiary",
            on_click=_keep,
            args=(run,),
            kwargs={"title": "", "summary": ""},
        )
    with st.expander("Notes and sections", icon=":material/edit_note:"):
        st.multiselect(
            "Sections",
            list(words.sections),
            [name for name in words.sections if name not in text.left_out],
            format_func=lambda name: words.sections[name],
            key=_key(run, "sections"),
            on_change=_choose,
            args=(run, tuple(words.sections)),
            help=more("What the run has nothing of is left out by itself.", "pages", "share"),
        )
        name = st.selectbox(
            "A note on", list(words.sections), format_func=lambda name: words.sections[name], key="share_noted"
        )
        st.text_area(
            "Note",
            text.notes.get(name, ""),
            key=_key(run, f"note_{name}"),
            on_change=_note,
            args=(run, name),
            placeholder="Stands below the section's title.",
            height=90,
            label_visibility="collapsed",
        )
    if words.flagged and not words.grouped:
        _grouping(words)
    able = pictures.browser() is not None
    with st.container(horizontal=True):
        st.link_button("Open", download_url("report.html", run.id, view, how="open"), icon=_OPEN, type="primary")
        _link("HTML", "report.html", run, view)
        _link("PDF", "report.pdf", run, view, disabled=not able)
        _link("PNG", "report.png", run, view, disabled=not able)
    st.markdown(
        "**Picture card**",
        help=more("The scores, the threshold and the key numbers as one picture.", "pages", "share"),
    )
    with st.container(horizontal=True):
        _link("For a chat, 1200 × 630", "card.png", run, view, how="chat", disabled=not able)
        _link("For a slide, 1920 × 1080", "card.png", run, view, how="slide", disabled=not able)
        _link("SVG", "card.svg", run, view)
    if not able:
        st.caption(_NO_BROWSER)


def _grouping(words: _Words) -> None:
    """The way to the families, which the report has once a worker has grouped the flagged rows."""
    says = nouns_for(words.run)
    now = derived.status(words.run.id, words.families)
    if now.running:
        st.fragment(_progress, run_every=_LOOK_SECONDS)(words)
        return
    if now.problem:
        st.warning(says(f"The rows could not be grouped. {plain(now.problem)}"), icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center", key="share_families"):
        st.markdown(
            f":material/workspaces: The report goes without families: the {says.count(words.flagged, 'flagged')} are "
            "not grouped at this threshold yet.",
            width="stretch",
        )
        st.button(
            "Try again" if now.problem else "Group them now",
            key="share_group",
            on_click=_group,
            args=(words.run, words.families),
            help=more(
                says(
                    "A worker explains each row and groups those with the same reason; ten thousand rows take a "
                    "minute. It is kept with the run."
                ),
                "pages",
                "share",
            ),
        )


def _group(run: SharedRun, families: DerivedFamilies) -> None:
    derived.begin(run.id, families)
    shared.forget()


def _progress(words: _Words) -> None:
    now = derived.status(words.run.id, words.families)
    if not now.running:
        # The page behind follows, and the panel is opened again where it was.
        st.session_state["share_again"] = words.run.id
        st.rerun(scope="app")
    says = nouns_for(words.run)
    st.progress(now.share, text=f"Explaining {says.count(words.flagged, 'flagged')}, {percent(now.share)} done.")


def _files(run: SharedRun, view: "ReportView") -> None:
    says = nouns_for(run)
    st.markdown(
        says(
            "**Scores**  \nEvery row with its part, label, score and whether it is flagged at the threshold of this "
            "page."
        )
    )
    with st.container(horizontal=True):
        _link("Parquet", "scores.parquet", run, view)
        _link("Parquet with your columns", "scores.parquet", run, view, how="columns")
    st.caption(says("CSV stands below the list of flagged rows."))
    st.markdown(says("**Verdicts**  \nWhat people decided about rows: verdict, comment, tag, who and when."))
    with st.container(horizontal=True):
        _link("CSV", "verdicts.csv", run, view)
        _link("Parquet", "verdicts.parquet", run, view)
    st.markdown(
        says(
            "**A bundle to run elsewhere**  \nModel, encoding, recipe, schema and this threshold as a folder, with a "
            "script that scores new rows where Anomalens is installed. Safetensors and JSON alone."
        )
    )
    _link("Bundle (ZIP)", "bundle.zip", run, view)
    st.markdown("**A notebook**  \nThe same steps as code: a button on the Runs page, or:")
    st.code(f"anomalens notebook {run.id} --out run.ipynb", language="sh")


def _link(
    label: Markdown, name: str, run: SharedRun, view: "ReportView", *, how: str = "", disabled: bool = False
) -> None:
    more = {"how": how} if how else {}
    st.link_button(label, download_url(name, run.id, view, **more), icon=_DOWNLOAD, disabled=disabled)


def _key(run: SharedRun, name: str) -> str:
    return f"share_{run.id}_{name}"


def _field(
    widget: Callable[..., object], run: SharedRun, name: str, label: str, written: str, otherwise: str, **more: object
) -> None:
    """A text: what was written, or else what the numbers say, to be changed."""
    # Another text of either kind takes another widget: one that is there keeps what is in it.
    key = _key(run, f"{name}_{zlib.crc32(f'{bool(written)} {otherwise}'.encode()):x}")
    widget(label, written or otherwise, key=key, on_change=_write, args=(run, name, key, otherwise), **more)


def _write(run: SharedRun, name: str, key: str, otherwise: str) -> None:
    """Keep one text; what others wrote meanwhile in another one stays."""
    said = str(st.session_state.get(key) or "")
    _keep(run, **{name: "" if said.strip() == otherwise.strip() else said})


def _note(run: SharedRun, name: str) -> None:
    kept = read_text(run).notes
    _keep(run, notes={**kept, name: str(st.session_state.get(_key(run, f"note_{name}")) or "")})


def _choose(run: SharedRun, names: tuple[str, ...]) -> None:
    chosen = st.session_state.get(_key(run, "sections")) or []
    _keep(run, left_out=tuple(name for name in names if name not in chosen))


def _keep(run: SharedRun, **changes: object) -> None:
    text: ReportText = replace(read_text(run), **changes)  # type: ignore[arg-type]
    write_text(run, text)
    shared.forget()
