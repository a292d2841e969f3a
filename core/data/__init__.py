"""From an uploaded file to a matrix: reading, schema, split, encoding, samples."""
