"""Records in Parquet files, partitioned by time: the one engine of logs and lake."""
