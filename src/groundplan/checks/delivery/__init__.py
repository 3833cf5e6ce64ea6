"""The rules of delivery: how a version reaches users, who decides, and how it is taken back."""
