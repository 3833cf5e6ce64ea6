"""Where a design becomes real."""
