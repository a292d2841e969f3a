"""Reports on the way out of the dashboard: the view that they open with, their downloads, and links to read them."""
