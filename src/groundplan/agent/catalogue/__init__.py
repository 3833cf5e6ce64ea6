"""What the agent can be asked to perform, each with the real ports of this machine."""
