"""Rules of Terraform's state, which holds every secret and the power to delete everything."""

import re
from collections.abc import Iterator
from typing import Any

from groundplan.checks.reading import listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity

S3 = "terraform.backend.s3"
PLACEHOLDER = re.compile(r"[{<$]")


@rule(
    "SEC018",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Each environment has a state of its own.",
    why="a plan for dev can delete production, and whoever may read one reads the secrets of all",
    source="HashiCorp, Terraform recommended practices; AWS prescriptive guidance",
)
def environments_do_not_share_a_state(subject: Subject) -> Iterator[Problem]:
    terraform, environments = subject.platform.terraform, subject.platform.environments
    backend = terraform.backend.s3 if terraform and terraform.backend else None
    if backend is None or backend.workspace_key_prefix or len(environments) < 2:
        return
    own = [name for name, each in environments.items() if _own_state(each.overlay)]
    is_told_apart = PLACEHOLDER.search(backend.key + backend.bucket)
    if not is_told_apart and len(own) < len(environments) - 1:
        yield Problem(
            path=f"{S3}.key",
            also=tuple(f"environments.{name}" for name in environments),
            message=f"{len(environments)} environments ({listed(environments)}) share 1 state:"
            f" {backend.bucket}/{backend.key}",
            try_="add workspace_key_prefix: environments, or give each environment's overlay a"
            " terraform.backend.s3.key",
        )


def _own_state(overlay: Any) -> bool:
    for key in ("terraform", "backend", "s3"):
        overlay = overlay.get(key) if isinstance(overlay, dict) else None
    return isinstance(overlay, dict) and bool({"key", "bucket"} & overlay.keys())


@rule(
    "SEC019",
    severity=Severity.LOW,
    nature=Nature.STALE,
    statement="Terraform's version has an upper bound, its keys are not deprecated, and its"
    " providers are of the line that gets fixes.",
    why="a major release changes what a plan means on the day that it comes out",
    source="Terraform 1.11 changelog; HashiCorp, version constraints",
)
def terraform_is_bounded_and_current(subject: Subject) -> Iterator[Problem]:
    terraform = subject.platform.terraform
    if terraform is None:
        return
    required = terraform.required_version
    if required and not re.search(r"<|~>|(?:^|,)\s*=?\s*v?[0-9]", required):
        yield Problem(
            path="terraform.required_version",
            message=f'required_version "{required}" has no upper bound: Terraform 2 would be taken',
            try_='write required_version: "~> 1.11"',
        )
    backend = terraform.backend.s3 if terraform.backend else None
    row = subject.facts.deprecation("terraform-key", "backend.s3.dynamodb_table")
    if backend and backend.dynamodb_table and row:
        yield Problem(
            path=f"{S3}.dynamodb_table",
            also=("terraform.required_version",) if required else (),
            message=f"dynamodb_table is {row.status} since Terraform {row.since}",
            try_=f"write {row.instead} in its place",
            facts=(str(row.fact),),
        )
    for name, wanted in terraform.required_providers.items():
        lines = subject.facts.engines(f"terraform-provider-{wanted.source.rpartition('/')[2]}")
        newest = max(lines, key=lambda line: line.numbers, default=None)
        if newest and newest.numbers and _stays_below(wanted.version, newest.numbers[0]):
            since = f", out since {newest.released}" if newest.released else ""
            yield Problem(
                path=f"terraform.required_providers.{name}.version",
                message=f'"{wanted.version}" keeps {wanted.source} below {newest.line}{since}:'
                " fixes go there",
                try_=f'write version: "~> {newest.line}.0"',
                facts=(str(newest.fact),),
            )


def _stays_below(constraint: str, major: int) -> bool:
    """Whether no version of that line is admitted: by "~> 5.0", "5.31", "= 5.31" or "< 6"."""
    for part in constraint.split(","):
        found = re.fullmatch(r"\s*(~>|<=?|=|) ?v?([0-9]+)((?:\.[0-9]+)*)\S*\s*", part)
        if found is None:
            continue
        sign, number, rest = found[1], int(found[2]), found[3]
        is_open = sign == "~>" and not rest  # "~> 5" lets the only number grow
        below = number - 1 if sign == "<" and not rest.strip(".0") else number
        if not is_open and below < major:
            return True
    return False
