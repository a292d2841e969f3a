"""What is left out of rows once they are written: empty ones, numbers without end."""
