"""Operations that the agent performs, started and followed from the command line."""
