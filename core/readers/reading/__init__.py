"""What the readers of all formats share: unpacking, character sets, layouts, kinds of values, the Parquet writer."""
