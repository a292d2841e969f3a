"""Tables: a sample is a row, and so is a unit."""
