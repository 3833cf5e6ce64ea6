"""The output of a part is one stream, whatever the supervisor does to its files."""

from pathlib import Path

import pytest

from groundplan.operations.observe.logs.lines import LINE_BYTES, Lines, Room, pieces


class Supervisor:
    """Writes and rotates as supervisord does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write(b"")

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as stream:
            stream.write(data)

    def rotate(self) -> None:
        for number in (2, 1):
            old = self.path.with_name(f"{self.path.name}.{number}")
            if old.exists():
                old.rename(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.rename(self.path.with_name(f"{self.path.name}.1"))
        self.path.write_bytes(b"")


@pytest.fixture
def output(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path / "edge.log")


def reading(lines: Lines) -> list[bytes]:
    """All that is there, until it is quiet."""
    found: list[bytes] = []
    for _ in range(3):
        chunk = lines.read()
        lines.took(chunk)
        found += pieces(chunk.data)
    return found


def test_memory_is_used_again_and_what_was_in_it_is_not_read(output: Supervisor) -> None:
    room = Room()
    lines = Lines("global/edge", output.path, {})
    output.path.write_bytes(b"a long line, and then another one\n" * 3)
    for _ in range(2):
        lines.took(lines.read(room=room))
    output.path.write_bytes(output.path.read_bytes() + b"b\nnot whole")
    assert lines.read(room=room).data == b"", "more of it may come"
    chunk = lines.read(room=room)
    assert (bytes(chunk.data), chunk.is_all) == (b"b\n", True)


def marks(lines: Lines) -> dict[str, str]:
    return {name: place.as_text() for name, place in lines._places.items()}


def test_each_line_comes_once(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"a\nb\n")
    assert reading(lines) == [b"a", b"b"]
    output.write(b"c\n")
    assert reading(lines) == [b"c"]
    assert reading(lines) == []


def test_a_begun_line_waits_for_its_end(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"a\nbeg")
    assert reading(lines) == [b"a"]
    output.write(b"un\n")
    assert reading(lines) == [b"begun"]


def test_a_line_that_is_cut_by_a_rotation_is_one(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"a\nfirst ha")
    assert reading(lines) == [b"a"]
    output.rotate()
    output.write(b"lf\nb\n")
    assert reading(lines) == [b"first half", b"b"]


def test_rotations_while_nobody_looked(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"1\n")
    assert reading(lines) == [b"1"]
    for number in (2, 3, 4):
        output.write(b"%d\n" % number)
        output.rotate()
    output.write(b"5\n")
    assert reading(lines) == [b"2", b"3", b"4", b"5"]


def test_another_process_goes_on_from_the_marks(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"1\n2\n")
    assert reading(lines) == [b"1", b"2"]
    output.rotate()
    output.write(b"3\n")
    again = Lines("global/edge", output.path, marks(lines))
    assert reading(again) == [b"3"]


def test_marks_of_another_part_are_not_ours(output: Supervisor) -> None:
    lines = Lines("a/b-1", output.path, {})
    output.write(b"1\n")
    reading(lines)
    assert reading(Lines("a/b-10", output.path, marks(lines))) == [b"1"]


def test_a_chunk_that_was_not_kept_is_read_again(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"1\n2\n")
    lines.read()
    first, second = lines.read(), lines.read()
    assert [*pieces(first.data)] == [*pieces(second.data)] == [b"1", b"2"]
    assert first.identity == second.identity != ""


def test_an_inode_that_is_used_again_is_another_file(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"old line\n")
    assert reading(lines) == [b"old line"]
    with output.path.open("r+b") as stream:  # the same inode with another beginning
        stream.truncate()
        stream.write(b"new line, longer\n")
    assert reading(lines) == [b"new line, longer"]


def test_files_that_are_gone_are_forgotten(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"1\n")
    reading(lines)
    assert lines.gone() == ()
    output.path.unlink()
    assert reading(lines) == []
    assert len(lines.gone()) == 1
    assert marks(lines) == {}


def test_a_part_without_output_is_fine(tmp_path: Path) -> None:
    assert reading(Lines("a/b", tmp_path / "nothing.log", {})) == []


TRACE = b"""\
2026-11-25 09:00:00,1 [main] ERROR a.B - boom
java.lang.IllegalStateException: no
\tat a.B.c(B.java:7)
\tat a.B.main(B.java:3)
Caused by: java.io.IOException: disk
\t... 2 more
2026-11-25 09:00:01,1 [main] INFO a.B - next
"""


def test_a_stack_trace_belongs_to_its_line() -> None:
    first, second = pieces(TRACE)
    assert first.count(b"\n") == 5
    assert second.endswith(b"next")


PYTHON = b"""\
{"message":"failed"}
Traceback (most recent call last):
  File "x.py", line 1, in f
    g()
ValueError: bad
{"message":"next"}
"""


def test_a_traceback_belongs_to_its_line() -> None:
    assert [piece.count(b"\n") for piece in pieces(PYTHON)] == [4, 0]


def test_a_trace_that_still_grows_waits(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    output.write(b"ERROR boom\n\tat a\n")
    first = lines.read()
    assert first.data == b"", "more of it may come"
    output.write(b"\tat b\nnext\n")
    second = lines.read()
    lines.took(second)
    assert tuple(pieces(second.data)) == (b"ERROR boom\n\tat a\n\tat b",)
    assert reading(lines) == [b"next"]


def test_a_line_of_ten_megabytes_is_kept_in_parts(output: Supervisor) -> None:
    lines = Lines("global/edge", output.path, {})
    line = bytes(range(65, 91)) * 400_000
    output.write(b"before\n" + line + b"\nafter\n")
    found: list[bytes] = []
    for _ in range(8):
        chunk = lines.read()
        lines.took(chunk)
        found += pieces(chunk.data)
    assert found[0] == b"before"
    assert found[-1] == b"after"
    assert b"".join(found[1:-1]) == line
    assert max(map(len, found)) <= LINE_BYTES


CSV = (
    b'2026-11-25 09:00:00.123 UTC,"app","shop",4711,,6926.1,3,"SELECT",2026-11-25 08:59:00 UTC,,0,'
    b'ERROR,42P01,"relation ""nope"" does not exist",,,,,,"SELECT *\n{""a"": 1}\n\n'
    b'FROM ""nope"";",15,,"psql","client backend",,0'
)
NEXT = b'2026-11-25 09:00:01 +03,,,4711,,6926.1,4,,,,0,LOG,00000,"ready",,,,,,,,,"","postmaster",,0'


def test_a_record_of_csvlog_goes_on_until_its_quotes_are_closed() -> None:
    data = b"before\n" + CSV + b"\n" + NEXT + b"\nafter\n"
    assert list(pieces(data)) == [b"before", CSV, NEXT, b"after"]


def test_quotes_that_are_never_closed_end_at_the_next_record() -> None:
    cut = CSV[: CSV.index(b"FROM")]
    assert list(pieces(cut + NEXT + b"\n" + CSV)) == [cut.removesuffix(b"\n"), NEXT, CSV]
    lines = cut + b"x" * 1000 + b"\n" + (b"y" * 1000 + b"\n") * 600
    assert max(map(len, pieces(lines))) <= 2 * LINE_BYTES, "memory is bounded"


@pytest.mark.parametrize("cut", range(1, len(CSV), 17))
def test_a_record_of_csvlog_that_comes_in_two_reads_is_one(cut: int, output: Supervisor) -> None:
    lines = Lines("north/postgres", output.path, {})
    output.write(b"a\n" + CSV[:cut])
    first = lines.read()
    lines.took(first)
    output.write(CSV[cut:] + b"\n" + NEXT + b"\n")
    assert [*pieces(first.data), *reading(lines)] == [b"a", CSV, NEXT]
