"""Rules of cost: budgets that hold, that say what they are for, and that somebody acts on."""
