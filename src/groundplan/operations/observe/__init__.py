"""What is promised, against what is counted: budgets, logs, and how long they are kept."""
