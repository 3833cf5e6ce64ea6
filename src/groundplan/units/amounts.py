"""Amounts of something: data, memory, processors, money, shares, counts, versions."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from groundplan.units.quantity import NUMBER, Quantity

_BYTE_POWERS = {"": 0, "K": 1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def _bytes(number: str, prefix: str, binary: str) -> int:
    return int(Decimal(number) * (1024 if binary else 1000) ** _BYTE_POWERS[prefix])


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Bytes(Quantity):
    """An amount of data: "500GB" (powers of 1000), "4Gi" or "4GiB" (powers of 1024)."""

    bytes: int

    forms: ClassVar[str] = "an amount of data: a number and B, KB, MB, GB, TB, Ki, Mi, Gi or Ti"
    examples: ClassVar[tuple[str, ...]] = ("500GB", "100GB", "4Gi")
    pattern: ClassVar[str] = rf"({NUMBER}) ?(?:([kKMGTP])(i)B?|([kKMGTP]?)B)"

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        number, binary_prefix, binary, prefix = groups
        return cls(text=text, bytes=_bytes(number, binary_prefix or prefix, binary))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MemoryQuantity(Quantity):
    """Memory in the words of Kubernetes: "512Mi", "1Gi"."""

    bytes: int

    forms: ClassVar[str] = "memory: a number and Ki, Mi, Gi or Ti (or k, M, G, T for powers of ten)"
    examples: ClassVar[tuple[str, ...]] = ("512Mi", "1Gi")
    pattern: ClassVar[str] = rf"({NUMBER})([kKMGTP]?)(i?)"
    takes_numbers: ClassVar[bool] = True

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        number, prefix, binary = groups
        if (binary and not prefix) or (prefix == "k" and binary) or (prefix == "K" and not binary):
            raise ValueError(f'"{text}" is not {cls.forms}')
        return cls(text=text, bytes=_bytes(number, prefix, binary))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CpuQuantity(Quantity):
    """Processor time in the words of Kubernetes: "250m" is a quarter of a core, "2" two cores."""

    cores: float

    forms: ClassVar[str] = "processor cores: a number, or thousandths of a core with m"
    examples: ClassVar[tuple[str, ...]] = ("250m", "2", "0.5")
    pattern: ClassVar[str] = r"([0-9]+(?:\.[0-9]+)?)(m?)"
    takes_numbers: ClassVar[bool] = True

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        number, milli = groups
        return cls(text=text, cores=float(Decimal(number) / (1000 if milli else 1)))


GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Money(Quantity):
    """US dollars: "$10,000"."""

    amount: Decimal

    forms: ClassVar[str] = "an amount of US dollars"
    examples: ClassVar[tuple[str, ...]] = ("$10,000", "$2,000", "$99.50")
    pattern: ClassVar[str] = rf"\$((?:{GROUPED})(?:\.[0-9]{{1,2}})?)"

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        return cls(text=text, amount=Decimal(groups[0].replace(",", "")))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Percent(Quantity):
    """A share: "99.9%", or the bare number where the document writes one (`percentage: 60`)."""

    percent: Decimal

    forms: ClassVar[str] = "a percentage"
    examples: ClassVar[tuple[str, ...]] = ("99.9%", "80%")
    pattern: ClassVar[str] = rf"({NUMBER}) ?%?"
    takes_numbers: ClassVar[bool] = True

    @property
    def ratio(self) -> float:
        """The share as a fraction of one."""
        return float(self.percent / 100)

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        return cls(text=text, percent=Decimal(groups[0]))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Count(Quantity):
    """A whole number, with or without thousands separators: "10,000"."""

    value: int

    forms: ClassVar[str] = "a whole number, with commas between thousands or none"
    examples: ClassVar[tuple[str, ...]] = ("10,000", "5000")
    pattern: ClassVar[str] = f"({GROUPED})"
    takes_numbers: ClassVar[bool] = True

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        return cls(text=text, value=int(groups[0].replace(",", "")))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Version(Quantity):
    """A version of a program: "15.3". Compared number by number, so 15.10 is after 15.9."""

    numbers: tuple[int, ...]
    suffix: str

    forms: ClassVar[str] = "a version: numbers with dots between them"
    examples: ClassVar[tuple[str, ...]] = ("15.3", "7.0")
    pattern: ClassVar[str] = r"v?([0-9]+(?:\.[0-9]+)*)((?:[-+][0-9A-Za-z.+-]+)?)"
    takes_numbers: ClassVar[bool] = True

    @property
    def major(self) -> int:
        """The first number."""
        return self.numbers[0]

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        numbers = tuple(int(number) for number in groups[0].split("."))
        return cls(text=text, numbers=numbers, suffix=groups[1])
