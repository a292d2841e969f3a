"""The Help page: what stands in ``assets/docs``, with a search."""

import streamlit as st

from dashboard.help import help_view

PAGE = {"title": "Help", "icon": ":material/help:", "order": 90}

title, search = st.columns([1, 2], vertical_alignment="center")
title.title("Help", anchor=False)
with search:
    query = help_view.search_box()
help_view.help_view(query)
