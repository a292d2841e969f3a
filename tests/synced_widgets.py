"""Finding a widget that the app has replaced since: its key begins with its name."""

from typing import Any


def widget_named(widgets: Any, name: str) -> Any:
    """The widget of that name among those of its kind, of whatever generation (``dashboard/state/widget_sync.py``)."""
    return next(w for w in widgets if w.key is not None and (w.key == name or w.key.startswith(f"{name}:")))
