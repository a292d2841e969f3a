"""``python -m core.reference``: bring the tables of the documentation up to date."""

from core.reference import DOCS, write

names = write()
print("\n".join(f"Wrote {DOCS.name}/{name}." for name in names) or "The documentation is up to date.")
