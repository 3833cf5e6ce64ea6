"""Where the data lives: PostgreSQL as a group of servers, Redis as a cache that may be absent."""
