"""The panel Share of the Explore page: reports, files and links."""
