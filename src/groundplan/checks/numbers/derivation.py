"""How a number came about, line by line, with the origin of every input.

A Derivation is frozen: each method gives a new one with a line more. Rules take their `assumes` and
`facts` from it, `explain` prints it.
"""

from dataclasses import dataclass, replace

from groundplan.checks.facts import Fact
from groundplan.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The file says so, here."""

    path: str
    place: Place

    def __str__(self) -> str:
        return f"{self.path}, {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A table says so."""

    fact: Fact

    def __str__(self) -> str:
        return str(self.fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Nobody says so: the file may, with this key."""

    key: str

    def __str__(self) -> str:
        return f"assumed; say {self.key} to replace it" if self.key else "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """It follows from the lines above, by this formula."""

    formula: str

    def __str__(self) -> str:
        return self.formula


Origin = Written | Known | Assumed | Computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One input or one step."""

    label: str
    value_text: str
    origin: Origin

    def __str__(self) -> str:
        return f"{self.label}: {self.value_text}  ({self.origin})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """Lines in the order of the argument, and the sentence that they end in."""

    lines: tuple[Line, ...] = ()
    result: str = ""

    def written(self, label: str, value: object, path: str, place: Place) -> "Derivation":
        """Adds an input from the platform file."""
        return self._with(label, value, Written(path=path, place=place))

    def known(self, label: str, value: object, fact: Fact) -> "Derivation":
        """Adds an input from a table."""
        return self._with(label, value, Known(fact=fact))

    def assumed(self, label: str, value: object, key: str = "") -> "Derivation":
        """Adds an input that nobody wrote; `key` is where the file may say it."""
        return self._with(label, value, Assumed(key=key))

    def computed(self, label: str, value: object, formula: str) -> "Derivation":
        """Adds a step."""
        return self._with(label, value, Computed(formula=formula))

    def then(self, other: "Derivation") -> "Derivation":
        """Adds the lines of another derivation; its result is left behind."""
        return replace(self, lines=(*self.lines, *other.lines))

    def concluded(self, result: str) -> "Derivation":
        """Ends with a sentence."""
        return replace(self, result=result)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Each assumption with its value, as findings name them."""
        assumed = (line for line in self.lines if isinstance(line.origin, Assumed))
        return tuple(dict.fromkeys(f"{line.label}: {line.value_text}" for line in assumed))

    @property
    def facts(self) -> tuple[str, ...]:
        """Each row that it rests on with date and source, as findings name them."""
        origins = (line.origin for line in self.lines)
        return tuple(dict.fromkeys(str(origin) for origin in origins if isinstance(origin, Known)))

    @property
    def paths(self) -> tuple[str, ...]:
        """The keys of the file that it rests on."""
        origins = (line.origin for line in self.lines)
        written = (origin.path for origin in origins if isinstance(origin, Written))
        return tuple(dict.fromkeys(written))

    def __str__(self) -> str:
        return "\n".join([*map(str, self.lines), *([self.result] if self.result else [])])

    def _with(self, label: str, value: object, origin: Origin) -> "Derivation":
        line = Line(label=label, value_text=str(value), origin=origin)
        return replace(self, lines=(*self.lines, line))
