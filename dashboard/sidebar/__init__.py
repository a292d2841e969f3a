"""The left side of every page: navigation, the tour of the first visit, and the runs at hand."""
