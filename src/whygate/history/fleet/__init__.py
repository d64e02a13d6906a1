"""Many repositories: which they are, what each says, kept in Parquet files, and counted."""
