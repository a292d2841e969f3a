"""Why a sample is odd: what was to be expected of it, which parts made its score, samples like it, families of such.

Numbers in, dataclasses out: the pages, the command line and a report say the same. ``opening.explainer_of`` opens a
finished run with the explainer of its kind of data, ``position_explainer.PositionExplainer`` is what these share, and
``family_store.compute_families`` groups flagged samples; the rest are functions of arrays. No kind of data is named.
"""
