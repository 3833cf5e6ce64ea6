"""What was typed, and what it means: options, the file, the target, who asks."""
