"""Keeps widgets in step with what they edit: an address, a draft, a dataset's schema.

Streamlit can put a value into a widget that is there already, by its session state, but the browser may miss it: when
two answers come close together it shows only the second, which says nothing of the value any more, and the browser then
sends the old value back as if the user had chosen it. So a widget is handed its value only at birth. Whoever wants
another one in it takes a new widget, by a key of another generation; what the user enters keeps the widget as it is.
"""

from typing import Any

import streamlit as st

_PLACE = "held:"


def key(name: str, value: Any) -> str:
    """The key of the widget that is to show ``value``; hand it the same value as its default.

    It is ``name`` at first, and changes when the widget shows something else than it should.
    """
    generation, given = st.session_state.get(_PLACE + name, (0, value))
    if not _same(st.session_state.get(_key(name, generation), given), value):
        generation += 1
    st.session_state[_PLACE + name] = (generation, value)
    return _key(name, generation)


def value(name: str, default: Any = None) -> Any:
    """What the widget holds now; ``default`` where it was not drawn."""
    generation, _ = st.session_state.get(_PLACE + name, (0, None))
    return st.session_state.get(_key(name, generation), default)


def entered(name: str, default: Any = None) -> Any:
    """What the user has entered since the widget was handed its value; ``default`` where that is nothing new."""
    _, given = st.session_state.get(_PLACE + name, (0, default))
    now = value(name, given)
    return default if _same(now, given) else now


def forget(prefix: str) -> None:
    """Draw every widget whose name begins so anew next time."""
    for place in [k for k in st.session_state if isinstance(k, str) and k.startswith(_PLACE + prefix)]:
        generation, given = st.session_state[place]
        st.session_state[place] = (generation + 1, given)


def _same(a: Any, b: Any) -> bool:
    """Whether two values look alike in a widget; the order in which several were chosen does not show."""
    return set(a) == set(b) if isinstance(a, list) and isinstance(b, list) else a == b


def _key(name: str, generation: int) -> str:
    return f"{name}:{generation}" if generation else name
