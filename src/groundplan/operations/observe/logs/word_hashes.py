"""The words of a text as numbers, all of them at once. Pure.

Words are runs of plain letters and digits, in small letters. Two that are of one length and begin
alike for 32 letters have one number; whoever asks for them reads some rows for nothing.
"""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
_STEP = 8  # bytes that are taken at once
_STEPS = 4
_BLOCK = 1 << 18
_CASE = ord("a") - ord("A")
_MASKS = np.array([2 ** (8 * size) - 1 for size in range(_STEP + 1)], np.uint64)
_PRIME, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


def spread(numbers: Hashes) -> Hashes:
    """The numbers with all of their bits depending on all; dear, so of each word once."""
    for prime in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        numbers = (numbers ^ (numbers >> _HALF)) * np.uint64(prime)
    return numbers ^ (numbers >> _HALF)


def hashes(text: bytes | memoryview) -> Hashes:
    """One number for each word, in their order."""
    codes = np.frombuffer(text, np.uint8)
    small = np.zeros(len(codes) + _STEP * _STEPS, np.uint8)  # no word ends behind it
    np.bitwise_or(codes, _CASE, out=small[: len(codes)])
    edges = _edges(codes, small)
    return _mixed(small, edges[::2], edges[1::2] - edges[::2])


def _edges(codes: npt.NDArray[np.uint8], small: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Where words begin and end, in turns. In blocks: a line of ten megabytes takes its room once,
    not once for each question."""
    found, is_within = [np.zeros(0, np.int64)], False
    for begin in range(0, len(codes), _BLOCK):
        block = codes[begin : begin + _BLOCK]
        is_word = np.empty(len(block) + 1, np.bool_)
        is_word[0] = is_within
        is_letter = (small[begin : begin + len(block)] - ord("a")) < 26
        np.logical_or(is_letter, (block - ord("0")) < 10, out=is_word[1:])
        found.append(np.flatnonzero(is_word[1:] != is_word[:-1]) + begin)
        is_within = bool(is_word[-1])
    if is_within:
        found.append(np.array([len(codes)], np.int64))
    return np.concatenate(found)


def _mixed(
    small: npt.NDArray[np.uint8], begins: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
) -> Hashes:
    """Some bytes of each word after the others."""
    found = sizes.astype(np.uint64)
    from_each = np.ndarray((len(small) - _STEP + 1,), "<u8", buffer=small, strides=(1,))
    which: slice | npt.NDArray[np.int64] = slice(None)  # of the words go on
    for begin in range(0, _STEP * _STEPS, _STEP):
        piece = from_each[begins[which] + begin] & _MASKS[np.minimum(sizes[which] - begin, _STEP)]
        mixed = (found[which] ^ piece) * _PRIME
        found[which] = mixed ^ (mixed >> _HALF)
        which = np.flatnonzero(sizes > begin + _STEP)
        if not len(which):
            break
    return found
