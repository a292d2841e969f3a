"""What the Help page draws: the contents, the document of the address, or what a search found."""

from typing import Any

import streamlit as st
from markupsafe import Markup, escape

from dashboard import theme
from dashboard.format import plain, plural
from dashboard.help import documents, finding, links
from dashboard.help.documents import START, Document, Section
from dashboard.state import page_url

_QUERY = "help_query"
_PATH = " / "


def search_box() -> str:
    """The field; what is looked for stands in the address, so that going back shows the results again."""
    shown = page_url.param("q")
    if st.session_state.get("help_shown") != shown:
        st.session_state["help_shown"] = st.session_state[_QUERY] = shown
    return st.text_input(
        "Search in Help",
        key=_QUERY,
        placeholder="Search in Help",
        icon=":material/search:",
        label_visibility="collapsed",
        max_chars=200,
        on_change=_searched,
    )


def help_view(query: str) -> None:
    """The contents beside a document, or beside the places that a search found."""
    topic = page_url.param("topic", START)
    known = topic in documents.topics()
    if not known:
        st.warning(f"Help has no part called “{plain(topic)}”. This is its beginning.", icon=":material/link_off:")
    shown = documents.document(topic if known else START)
    place = page_url.param("place")
    found = finding.find(query, _all_sections()) if query.strip() else None
    body = _results(query, found) if found is not None else Markup(_themed(shown.html))
    st.html(theme.ASSETS / "help.css")
    st.html(
        Markup(
            '<div class="help"><nav aria-label="Contents of Help">{}</nav>'
            '<div class="help-body" data-topic="{}">{}</div></div>'
        ).format(_contents(shown, "" if found is not None else shown.topic), shown.topic, body)
    )
    # Where nothing is looked for, the page goes to its place once each time that the address names another.
    goal = {"topic": shown.topic, "place": "" if found is not None else place}
    _component()(key="help_script", data=goal, height=1, on_go_change=_go)


def _contents(shown: Document, current: str) -> Markup:
    lines = []
    for one in documents.documents():
        here = one.topic == current
        inner = [_link(section) for section in one.sections if section.level == 2] if here else []
        parts = Markup("<ul>{}</ul>").format(Markup("").join(inner)) if inner else Markup("")
        mark = Markup(' aria-current="page"') if here else Markup("")
        lines.append(
            Markup('<li><a href="{}" data-topic="{}" data-place=""{}>{}</a>{}</li>').format(
                links.address("" if one.topic == START else one.topic), one.topic, mark, one.title, parts
            )
        )
    return Markup("<ul>{}</ul>").format(Markup("").join(lines))


def _link(section: Section) -> Markup:
    return Markup('<li><a href="{}" data-topic="{}" data-place="{}">{}</a></li>').format(
        links.address(section.topic, section.place), section.topic, section.place, section.title
    )


def _results(query: str, hits: list[finding.Hit]) -> Markup:
    if not hits:
        return Markup(
            '<p role="status">Help says nothing of <strong>{}</strong>. Try another word, or the beginning of one.</p>'
        ).format(query)
    items = [
        Markup('<li><a href="{}" data-topic="{}" data-place="{}">{}</a>{}{}<p>{}</p></li>').format(
            links.address(hit.section.topic, hit.section.place),
            hit.section.topic,
            hit.section.place,
            hit.section.title,
            Markup(" <code>{}</code>").format(hit.section.code) if hit.section.code else "",
            Markup('<span class="help-path">{}</span>').format(_PATH.join(hit.section.path))
            if hit.section.path
            else "",
            Markup("").join(
                Markup("<mark>{}</mark>").format(piece) if matches else escape(piece) for piece, matches in hit.excerpt
            ),
        )
        for hit in hits
    ]
    many = f"The first {len(hits)} places" if len(hits) == finding.MOST else plural(len(hits), "place")
    if not hits[0].whole:
        many = f"No place has all of these words. With some of them: {many[0].lower()}{many[1:]}"
    return Markup('<p role="status" class="help-count">{}</p><ol class="help-found">{}</ol>').format(
        many, Markup("").join(items)
    )


def _all_sections() -> list[Section]:
    return [section for one in documents.documents() for section in one.sections]


def _themed(html: str) -> str:
    """Pictures of the pages in the theme that this browser shows."""
    return html.replace('-light.png"', '-dark.png"') if theme.is_dark() else html


def _searched() -> None:
    query = str(st.session_state.get(_QUERY, "")).strip()
    st.session_state["help_shown"] = query
    page_url.set_params(q=query)


def _go() -> None:
    """Follow a link that was clicked, without loading the whole page again."""
    target: Any = (st.session_state.get("help_script") or {}).get("go") or {}
    topic, place = str(target.get("topic", "")), str(target.get("place", ""))
    # At once, so that going back is one step.
    st.query_params.from_dict(
        {name: value for name, value in (("topic", topic), ("place", place)) if value and value != START}
    )


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    script = (theme.ASSETS / "help.js").read_text(encoding="utf-8")
    return st.components.v2.component("anomalens_help", js=script, isolate_styles=False)
