"""Amounts of something: data, memory, processors, money, shares, counts, versions."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from groundplan.units.quantity import NUMBER, Quantity, Slips

_BYTE_POWERS = {"": 0, "K": 1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def _bytes(number: str, prefix: str, binary: str) -> int:
    return int(Decimal(number) * (1024 if binary else 1000) ** _BYTE_POWERS[prefix])


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Bytes(Quantity):
    """An amount of data: "500GB" (powers of 1000), "4Gi" or "4GiB" (powers of 1024)."""

    bytes: int

    forms: ClassVar[str] = "a number and B, KB, MB, GB, TB, Ki, Mi, Gi or Ti"
    what: ClassVar[str] = "an amount of data"
    slips: ClassVar[Slips] = (
        (r"(?i)\b(kilo|mega|giga|tera)bytes?", lambda found: f"{found[1][0].upper()}B"),
        (r"(?i)([kmgt])b$", lambda found: f"{found[1].upper()}B"),
    )
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

    forms: ClassVar[str] = "a number and Ki, Mi, Gi or Ti, or k, M, G or T for powers of ten"
    what: ClassVar[str] = "an amount of memory"
    slips: ClassVar[Slips] = (
        (r" ", ""),
        (r"(?i)([kmgt])i?b?$", lambda found: f"{found[1].upper()}i"),
    )
    examples: ClassVar[tuple[str, ...]] = ("512Mi", "1Gi")
    pattern: ClassVar[str] = rf"({NUMBER})([kKMGTP]?)(i?)"
    takes_numbers: ClassVar[bool] = True

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        number, prefix, binary = groups
        if (binary and not prefix) or (prefix == "k" and binary) or (prefix == "K" and not binary):
            raise cls._refusal(text)
        return cls(text=text, bytes=_bytes(number, prefix, binary))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CpuQuantity(Quantity):
    """Processor time in the words of Kubernetes: "250m" is a quarter of a core, "2" two cores."""

    cores: float

    forms: ClassVar[str] = "a number of cores, or thousandths of a core with m"
    what: ClassVar[str] = "an amount of processor time"
    slips: ClassVar[Slips] = ((r"(?i)mi?$", "m"), (r"(?i) ?cores?$", ""))
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

    forms: ClassVar[str] = "a dollar sign and digits, with commas between thousands or none"
    what: ClassVar[str] = "an amount of US dollars"
    slips: ClassVar[Slips] = (
        (r" ?USD$", ""),
        (r"(?i)^\$?(\d+) ?k$", r"\1,000"),
        (r"^\$?(\d{1,3})\.(?=\d{3}$)", r"\1,"),
        (r"^(?=\d)", "$"),
    )
    examples: ClassVar[tuple[str, ...]] = ("$10,000", "$2,000", "$99.50")
    pattern: ClassVar[str] = rf"\$((?:{GROUPED})(?:\.[0-9]{{1,2}})?)"

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        return cls(text=text, amount=Decimal(groups[0].replace(",", "")))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Percent(Quantity):
    """A share: "99.9%", or the bare number where the document writes one (`percentage: 60`)."""

    percent: Decimal

    forms: ClassVar[str] = "a number and %"
    what: ClassVar[str] = "a percentage"
    slips: ClassVar[Slips] = ((r",", "."), (r" ?%+$", "%"), (r" ?percent$", "%"))
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

    forms: ClassVar[str] = "digits, with commas between thousands or none"
    what: ClassVar[str] = "a whole number"
    slips: ClassVar[Slips] = (
        (r"(?i)^(\d+) ?k$", r"\1,000"),
        (r"^(\d{1,3})[. _](?=\d{3}$)", r"\1,"),
    )
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

    forms: ClassVar[str] = "numbers with dots between them"
    what: ClassVar[str] = "a version"
    slips: ClassVar[Slips] = ((r"\.[xX*]$", ""),)
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
