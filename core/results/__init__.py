"""What is known of a finished run: its scores, rows, groups, maps and time line."""
