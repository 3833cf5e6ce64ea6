"""The long-running process of a platform: samples its promises and keeps their ledger."""
