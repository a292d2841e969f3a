"""What the readers of all file formats share: unpacking, character sets, dialects, kinds of values, the Parquet writer."""
