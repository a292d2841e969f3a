"""Logo, styles and the scripts of the pages' own components."""
