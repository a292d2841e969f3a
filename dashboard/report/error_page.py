"""The page that stands where a report cannot: a sentence, in the browser's own colours."""

from html import escape


def error_page(sentence: str) -> str:
    """A page that says why there is no report."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>No report</title><style>body{font:18px/1.5 system-ui,sans-serif;max-width:36rem;margin:18vh auto;"
        "padding:0 1.5rem;color-scheme:light dark}</style><h1>No report here</h1><p>" + escape(sentence) + "</p></html>"
    )
