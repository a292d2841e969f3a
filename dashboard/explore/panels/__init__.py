"""The panels of the Explore page, one a file."""
