"""Rules of recovery and availability."""
