"""Nothing is lost: failover, backups, restores, new credentials, and drills of all of them."""
