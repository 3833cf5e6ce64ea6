"""Which platform is meant: the file's, or the only one that is built here."""

from pathlib import Path

import pytest
from cli.doubles import DESIGN, FakeTarget, Prompt

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.errors import SpecError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def session(prompt: Prompt, home: Path) -> Session:
    """Every folder below the home holds the same design."""
    return Session(pick_target=lambda folder, _: FakeTarget(folder=folder, built=DESIGN))


def test_the_file_names_the_platform_and_its_folder(
    prompt: Prompt, session: Session, home: Path
) -> None:
    prompt.write()
    assert chosen(session, None, None).target.folder == home / "shop-production"
    assert str(chosen(session, "platform.yaml", "staging")) == "shop (staging)"


def test_without_a_file_it_is_the_only_one_built_here(session: Session, home: Path) -> None:
    (home / "shop-production").mkdir(parents=True)
    assert str(chosen(session, None, None)) == "shop (production)"


def test_several_built_here_need_a_choice(session: Session, home: Path) -> None:
    (home / "shop-production").mkdir(parents=True)
    (home / "other-production").mkdir()
    with pytest.raises(Mistake, match="several platforms are built here"):
        chosen(session, None, None)


def test_a_folder_that_cannot_be_read_is_not_the_one_that_is_meant(
    prompt: Prompt, home: Path
) -> None:
    def pick(folder: Path, source: Path) -> FakeTarget:
        return FakeTarget(
            folder=folder, built=DESIGN, is_unreadable=folder.name.startswith("other")
        )

    (home / "shop-production").mkdir(parents=True)
    (home / "other-production").mkdir()
    assert str(chosen(Session(pick_target=pick), None, None)) == "shop (production)"


def test_no_file_and_nothing_built_says_how_to_begin(session: Session) -> None:
    with pytest.raises(SpecError, match="groundplan init"):
        chosen(session, None, None)


def test_what_runs_is_found_while_its_file_is_half_edited(
    prompt: Prompt, session: Session, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt.write("platform: [")
    (home / "shop-production").mkdir(parents=True)
    assert str(chosen(session, None, None)) == "shop (production)"
    assert "note: the file is wrong" in capsys.readouterr().err


def test_a_wrong_environment_never_shows_another_one(
    prompt: Prompt, session: Session, home: Path
) -> None:
    prompt.write()
    (home / "shop-production").mkdir(parents=True)
    with pytest.raises(SpecError, match="stagng"):
        chosen(session, None, "stagng")


def test_a_file_that_is_named_and_not_there_is_an_error(session: Session, home: Path) -> None:
    (home / "shop-production").mkdir(parents=True)
    with pytest.raises(SpecError):
        chosen(session, "elsewhere.yaml", None)
