"""Delimited text: its delimiter, comments, what stands above and below the table, and an account of every line."""
