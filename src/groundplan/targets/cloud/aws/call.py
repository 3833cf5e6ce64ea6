"""One call of AWS as a value: what a dry run shows is what is called."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Answer = Mapping[str, Any]
SECRET = frozenset({"SecretString", "SecretBinary", "MasterUserPassword"})
HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`operation` as boto3 names it. As text it is a command for AWS's own client, no secret in it;
    an operation's name in AWS's rules is `action`."""

    service: str
    region: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """rds:PromoteReadReplica"""
        words = self.operation.split("_")
        name = "".join("DB" if word == "db" else word.capitalize() for word in words)
        return f"{self.service}:{name}"

    def __str__(self) -> str:
        return shlex.join(
            ["aws", self.service, _dashed(self.operation), "--region", self.region, *self._words()]
        )

    def __repr__(self) -> str:
        return f"Call({self})"

    def _words(self) -> Iterator[str]:
        for name, value in self.parameters.items():
            option = f"--{_kebab(name)}"
            match value:
                case True:
                    yield option
                case False:
                    yield option.replace("--", "--no-", 1)
                case _ if name in SECRET:
                    yield from (option, HIDDEN)
                case str() | int():
                    yield from (option, str(value))
                case [*words] if all(isinstance(word, str) for word in words):
                    yield from (option, *words)
                case _:
                    yield from (option, json.dumps(value))


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _kebab(name: str) -> str:
    """DBInstanceIdentifier is --db-instance-identifier there, and MultiAZ --multi-az."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1-\2", name)
    return re.sub("([a-z0-9])([A-Z])", r"\1-\2", words).lower()
