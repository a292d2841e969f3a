"""Escaped HTML and small SVG figures, which pages, reports and the renderers of samples share."""
