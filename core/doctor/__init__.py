"""A look over a workspace, store, files and leftovers, and what can be mended of what it finds."""
