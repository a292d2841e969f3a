"""Widgets that show what the app holds, whoever has decided it."""

from streamlit.testing.v1 import AppTest


def app() -> AppTest:
    def script() -> None:
        import streamlit as st

        from dashboard.state import widget_sync

        wanted = st.session_state.get("wanted", 1)
        st.session_state["wanted"] = widget_sync.value("number", wanted)
        if st.session_state.pop("forget", False):
            widget_sync.forget("num")
            st.session_state["wanted"] = 5
        for decided in st.session_state.pop("decided", []):
            st.session_state["wanted"] = decided
        st.number_input(
            "Number", value=st.session_state["wanted"], key=widget_sync.key("number", st.session_state["wanted"])
        )

    return AppTest.from_function(script).run()


def test_what_the_user_enters_keeps_the_widget():
    at = app()
    at.number_input[0].set_value(7).run()
    assert (at.number_input[0].key, at.number_input[0].value) == ("number", 7)
    assert at.session_state["wanted"] == 7


def test_what_the_app_decides_is_shown_in_a_new_widget():
    at = app()
    at.number_input[0].set_value(7).run()
    at.session_state["decided"] = [3]
    at.run()
    assert (at.number_input[0].key, at.number_input[0].value) == ("number:1", 3)
    at.run()
    assert (at.number_input[0].key, at.number_input[0].value) == ("number:1", 3)
    at.number_input[0].set_value(9).run()
    assert (at.number_input[0].key, at.session_state["wanted"]) == ("number:1", 9)


def test_a_forgotten_widget_starts_from_what_the_app_holds():
    at = app()
    at.number_input[0].set_value(7).run()
    at.session_state["forget"] = True
    at.run()
    assert at.number_input[0].value == 5
