"""Parts of a page that hold state."""
