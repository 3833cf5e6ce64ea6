"""What an operation shows is read while it lives, and gone afterwards."""

from groundplan.agent.performing.board import Board


def test_what_is_shown_is_there_until_it_is_cleared() -> None:
    board = Board()
    assert board.doing("a") == ("", None)
    board.share("a", "copying", 0.5)
    board.show("a", {"phase": "watching"})
    assert (board.doing("a"), board.facts("a")) == (("copying", 0.5), {"phase": "watching"})
    assert not board.facts("b")
    board.clear("a")
    assert (board.doing("a"), board.facts("a")) == (("", None), {})
