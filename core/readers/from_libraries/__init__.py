"""What libraries hand over, on its way to a table: rows, data frames, arrays, sheets, and which of several is read."""
