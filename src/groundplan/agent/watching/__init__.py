"""What the agent does unasked: it mends databases and makes the backups that are due."""
