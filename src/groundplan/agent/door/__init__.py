"""How others speak with the agent: its API, those who ask it, its own metrics."""
