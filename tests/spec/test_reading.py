"""Files that cannot be read: one clear finding each, never a traceback, never a wait."""

import gzip
import os
import socket
from pathlib import Path

import pytest

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.load import load
from groundplan.spec.rules import BYTES_MAX, Rule

SHOP = "platform: shop\nregions: {americas: {primary: us-east-1}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "platform.yaml"
    path.write_text(SHOP)
    return path


def only_finding(path: Path) -> Finding:
    with pytest.raises(SpecError) as refused:
        load(path)
    assert len(refused.value.findings) == 1
    return refused.value.findings[0]


def test_a_missing_file_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(SHOP)
    finding = only_finding(tmp_path / "platfrom.yaml")
    assert finding.rule == Rule.UNREADABLE
    assert finding.why == "there is no such file"
    assert finding.try_ == f"did you mean {tmp_path / 'platform.yaml'}?"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    finding = only_finding(tmp_path / "nowhere" / "platform.yaml")
    assert finding.why == "there is no such file"
    assert str(tmp_path / "nowhere") in finding.try_


def test_a_file_in_the_place_of_a_folder_is_told(shop: Path) -> None:
    assert only_finding(shop / "platform.yaml").why == "there is no such file"


def test_a_directory_is_told_with_the_file_in_it(shop: Path) -> None:
    finding = only_finding(shop.parent)
    assert finding.why == "it is a directory"
    assert finding.try_ == f"name the file in it: {shop}"


def test_an_empty_directory_is_told(tmp_path: Path) -> None:
    assert only_finding(tmp_path).try_ == "name a file, for example platform.yaml"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert only_finding(tmp_path / "pipe").rule == Rule.UNREADABLE


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may have 107 characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert only_finding(Path("socket")).rule == Rule.UNREADABLE


def test_a_device_without_an_end_is_refused() -> None:
    assert only_finding(Path("/dev/zero")).rule == Rule.UNREADABLE


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert only_finding(tmp_path / "loop").why == "too many levels of symbolic links"


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_an_impossible_name_is_told(tmp_path: Path, name: str) -> None:
    assert only_finding(tmp_path / name).rule == Rule.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_of_others_is_told(shop: Path) -> None:
    shop.chmod(0)
    finding = only_finding(shop)
    assert finding.why == "this account may not read it"
    assert "chmod" in finding.try_


@pytest.mark.parametrize(
    ("data", "why", "line", "column"),
    [
        (SHOP.encode("utf-16"), "it is UTF-16", 1, 1),
        (gzip.compress(SHOP.encode(), mtime=0), "it is gzip, compressed", 1, 1),
        (b"\x7fELF\x02\x01\x01\0\0\0", "it holds a zero byte", 1, 8),
        (b"platform: shop\nproviders: {primary: \xe9}\n", "the byte 0xe9 here is not UTF-8", 2, 22),
        (
            "platform: é\nname: a\x07b\n".encode(),
            "it holds the control character U+0007 here",
            2,
            8,
        ),
        (b"platform: sh\xc3", "the byte 0xc3 here is not UTF-8", 1, 13),
    ],
)
def test_what_is_not_text_is_told_with_its_place(
    tmp_path: Path, data: bytes, why: str, line: int, column: int
) -> None:
    path = tmp_path / "platform.yaml"
    path.write_bytes(data)
    finding = only_finding(path)
    assert (finding.rule, finding.why) == (Rule.NOT_TEXT, why)
    assert finding.place == Place(str(path), line, column)


def test_ten_megabytes_are_told_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("platform: shop\n" + "# more\n" * 1_500_000)
    finding = only_finding(path)
    assert finding.rule == Rule.TOO_LARGE
    assert f"has {path.stat().st_size:,} bytes" in finding.message
    assert finding.message.endswith(f"a platform file has at most {BYTES_MAX:,}")


@pytest.mark.parametrize("piece", ["[", "{a: ", "- ", "? ", "a: &a [*a, "])
def test_the_deepest_nesting_that_fits_is_told(tmp_path: Path, piece: str) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(piece * ((BYTES_MAX - 10) // len(piece)))
    with pytest.raises(SpecError):
        load(path)


def test_a_large_file_has_few_environments(tmp_path: Path) -> None:
    """Each is checked with the whole file, so that fifty of them would take a minute."""
    names = range(6)
    environments = "".join(
        f"  e{n}: {{instance_type: t3.small, min_capacity: 1, max_capacity: 2,"
        " overlay: {waf: {runs_at: edge}}}\n"
        for n in names
    )
    path = tmp_path / "platform.yaml"
    text = f"platform: shop\nregions: {{a: {{primary: n}}}}\nenvironments:\n{environments}"
    tasks = ", ".join("x" for _ in range(100_000))
    path.write_text(text)
    load(path)
    path.write_text(
        f"{text}implementation_timeline: [{{name: a, months: 1-2, tasks: [{tasks}]}}]\n"
    )
    finding = only_finding(path)
    assert finding.rule == Rule.TOO_LARGE
    assert finding.message.startswith("6 environments have overlays; a file of 100,104 values")


@pytest.mark.parametrize("section", ["disaster_recovery", "cost_monitoring"])
def test_what_is_proven_one_by_one_is_not_endless(tmp_path: Path, section: str) -> None:
    scenario = "{{name: s{n}, trigger: t, action: a, automation: manual}}"
    form, around = {
        "disaster_recovery": (scenario, "{{rto: 1 hour, rpo: 1 hour, scenarios: [{items}]}}"),
        "cost_monitoring": ("{{name: b{n}, limit: $5}}", "{{budgets: [{items}]}}"),
    }[section]
    path = tmp_path / "platform.yaml"
    head = "platform: shop\nregions: {a: {primary: n}}\n"
    for count in (100, 101):
        items = ", ".join(form.format(n=n) for n in range(count))
        path.write_text(f"{head}{section}: {around.format(items=items)}\n")
        if count == 100:
            load(path)
    finding = only_finding(path)
    assert finding.rule == Rule.OUT_OF_RANGE
    assert finding.message == "the list has 101 items, and at most 100 are read"
