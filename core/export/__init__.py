"""A run as files for use elsewhere: report, bundle, notebook, picture card, scores, links; one kind a module."""
