"""The cloud: files that other tools apply, rendered from the same file that runs here."""
