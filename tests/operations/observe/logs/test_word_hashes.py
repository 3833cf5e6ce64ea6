"""Every word has its number wherever it stands; other words have others."""

import random
import re

import numpy as np
import pytest

from groundplan.operations.observe.logs.word_hashes import hashes, spread


def number(word: str) -> int:
    (found,) = hashes(word.encode()).tolist()
    return int(found)


@pytest.mark.parametrize("size", range(1, 40))
def test_a_word_has_one_number_wherever_it_stands(size: int) -> None:
    word = "".join(random.Random(size).choices("abcxyz0189", k=size))
    for text in (
        word,
        word.upper(),
        f"a {word}",
        f"{word}.",
        f"\x10{word}\x19",
        f"é{word}_",
        f"@{word}[",
    ):
        assert number(word) in hashes(text.encode()).tolist()


def test_words_are_told_apart() -> None:
    chance = random.Random(7)
    words = {"".join(chance.choices("ab01", k=chance.randrange(1, 32))) for _ in range(20_000)}
    found = hashes(" ".join(sorted(words)).encode())
    assert len(set(found.tolist())) == len(words)


def test_a_letter_changes_all_bits() -> None:
    words = [f"needle{end}".encode() for end in "0123456789abcdefghijklmnopqrstuvwxyz"]
    spreads = spread(np.concatenate([hashes(word) for word in words]))
    for shift in range(0, 64, 8):
        found = (spreads >> np.uint64(shift)) & np.uint64(255)
        assert len(set(found.tolist())) > len(words) // 2


def test_a_text_is_cut_as_an_expression_cuts_it() -> None:
    chance = random.Random(3)
    text = bytes(chance.choices(range(256), k=5_000))
    words = re.findall(rb"[a-z0-9]+", text.lower())
    assert hashes(text).tolist() == [number(word.decode()) for word in words]
    assert hashes(b"").tolist() == hashes(b" -- ").tolist() == []


def test_a_long_text_is_cut_as_a_short_one() -> None:
    """It is looked at in blocks, whose ends are in words, at their ends, and between them."""
    chance = random.Random(5)
    text = bytearray(chance.choices(b"abcxyz019 -_", k=4 * 2**18))
    for block, around in enumerate((b"straddling", b"ends- then", b"then -ends"), start=1):
        text[block * 2**18 - 5 : block * 2**18 + 5] = around
    words = re.findall(rb"[a-z0-9]+", text)
    short = [hashes(b" ".join(words[n : n + 1000])) for n in range(0, len(words), 1000)]
    assert hashes(bytes(text)).tolist() == np.concatenate(short).tolist()


def test_a_very_long_word_is_one() -> None:
    assert number("x" * 300_000) != number("x" * 299_999)
