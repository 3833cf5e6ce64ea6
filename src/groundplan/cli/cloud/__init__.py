"""What verbs do with `--target cloud`: the same operations, shown as calls before they are made."""
