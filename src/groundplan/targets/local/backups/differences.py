"""What a copy holds, beside what its source held. Pure."""

from collections.abc import Iterator

from groundplan.ports.archive import Fault, Table, What


def differences(wanted: tuple[Table, ...], found: tuple[Table, ...]) -> Iterator[Fault]:
    """A fault for each table that is not what it was."""
    there = {table.name: table for table in found}
    for table in wanted:
        other = there.pop(table.name, None)
        if other is None:
            why = f"it is not there; it had {table.rows} rows"
        elif other.rows != table.rows:
            why = f"it has {other.rows} rows and had {table.rows}"
        elif other.digest != table.digest:
            why = f"its {table.rows} rows have other contents"
        else:
            continue
        yield Fault(what=What.DIFFERENT, where=table.name, why=why)
    for name in there:
        yield Fault(what=What.DIFFERENT, where=name, why="it was not there before")
