"""Lines of output become records: read, redacted, understood, kept for as long as promised."""
