"""The page Explore for samples that are pictures: a gallery, and one of them looked at closely."""
