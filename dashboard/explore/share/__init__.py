"""What leaves the Explore page: the panel Share with reports, files and links, and the rows of the list."""
