"""A team's own rules: Python files in a folder `rules/` beside the platform file.

They use the same decorator as the built-in ones and may do what any Python program may, so only
rules of one's own repository should be run; groundplan never fetches any.
"""

import importlib.util
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

from groundplan.checks.kinds import Kind
from groundplan.checks.rule import Rule, rules_of
from groundplan.errors import Finding, Place, SpecError

FOLDER = "rules"


def own_rules(beside: Path, *, taken: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules in the folder beside a platform file; SpecError for a file that does not load, and
    for an id that is `taken`, or another rule's."""
    found: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted((beside.parent / FOLDER).glob("*.py")):
        try:
            found += rules_of(_module(path))
        except (Exception, SystemExit) as error:
            # Whatever a user's file may raise: one that ends the program would pass the check.
            findings.append(_broken(path, error))
    count = Counter([*(rule.id for rule in found), *taken])
    twice = sorted({rule.id for rule in found if count[rule.id] > 1})
    findings += [_twice(beside.parent / FOLDER, name) for name in twice]
    if findings:
        raise SpecError(findings)
    return tuple(found)


def _module(path: Path) -> ModuleType:
    name = f"groundplan_own_rules_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _broken(path: Path, error: BaseException) -> Finding:
    trace = error.__traceback__
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        line = error.lineno
    return Finding(
        rule=Kind.BROKEN_RULES,
        message=f"this file of rules does not load: {type(error).__name__}: {error}",
        why="a rule that cannot be loaded would silently check nothing",
        try_="mend the file, or take it out of the folder",
        place=Place(str(path), line, 1),
    )


def _twice(folder: Path, name: str) -> Finding:
    return Finding(
        rule=Kind.DOUBLE_RULE,
        message=f"two rules are called {name}",
        why="findings are set aside by a rule's id, so it must be one rule's",
        try_="give one of them another id",
        place=Place(str(folder), 1, 1),
    )
