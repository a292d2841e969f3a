"""The page Explore for series: the time line with its lanes, events, and what is seen of one of them."""
