"""What was decided without being asked, as a list behind a fold: the same notes that the command line prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.format import plain, plural

if TYPE_CHECKING:
    from core.notes.note import Note


def notes_list(notes: "Sequence[Note]", key: str) -> None:
    """Draw the notes; nothing where there are none."""
    if not notes:
        return
    with st.expander(f"{plural(len(notes), 'note')} on what was decided on the way", icon=":material/info:", key=key):
        note_lines(notes)


def note_lines(notes: "Sequence[Note]") -> None:
    """Draw each note in a line."""
    for note in notes:
        st.caption(f"•  {plain(note.text)}")
