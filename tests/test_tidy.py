"""The house rules that a machine can check, on every file that git tracks."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
FUNCTION_LINES_HARD = 70
POSITIONAL_MAX = 5
BANNED_WORD = re.compile(r"(util|helper|manager|misc|common)s?", re.IGNORECASE)

# Functions over FUNCTION_LINES_MAX, as "path:name": lines. This list may only shrink.
LONG_FUNCTIONS: dict[str, int] = {}

# Written so that this file does not match itself.
MACHINE_WORDS = {
    "a registry's host name": r"pypi[.]org/simple|pythonhosted[.]|[.]pkg[.]dev\b|artifactor[y]",
    "a package index of one machine": r"^--?(extra-)?index-ur[l]|file:///op[t]",
    "a path of one machine": r"(?<![\w.}])/(work|roo[t]|home/\w+|Users/\w+)/",
}

TYPES_ONLY = r"\bTYPE_CHECKIN[G]\b"
MOCKING = r"\bunittest\.moc[k]\b|\bmocke[r]\b|\bmock\.patc[h]\b"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix == ".py")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def within(folder: str) -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(ROOT / folder)]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions() -> Iterator[tuple[Path, Function]]:
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, Function):
                yield path, node


def function_lengths() -> dict[str, int]:
    """Lines by "path:name"; the longest counts where a file has a name twice."""
    lengths: dict[str, int] = {}
    for path, node in functions():
        assert node.end_lineno is not None
        name = f"{name_of(path)}:{node.name}"
        lengths[name] = max(lengths.get(name, 0), node.end_lineno - node.lineno + 1)
    return lengths


def none(problems: list[str]) -> None:
    """Fails with every problem, not with the first."""
    assert not problems, "\n" + "\n".join(problems)


def test_files_are_short() -> None:
    lengths = {path: len(text(path).splitlines()) for path in python_files()}
    none(
        [
            f"{name_of(path)}: {lines} lines, at most {FILE_LINES_MAX}"
            for path, lines in lengths.items()
            if lines > FILE_LINES_MAX
        ]
    )


def test_functions_are_short() -> None:
    found = function_lengths()
    none(
        [
            f"{name}: {lines} lines, at most {FUNCTION_LINES_MAX}"
            for name, lines in found.items()
            if lines > LONG_FUNCTIONS.get(name, FUNCTION_LINES_MAX)
        ]
    )


def test_list_of_long_functions_only_shrinks() -> None:
    found = function_lengths()
    none(
        [
            f"{name}: listed with {allowed} lines, has {found.get(name, 0)}; correct the list"
            for name, allowed in LONG_FUNCTIONS.items()
            if found.get(name) != allowed or not FUNCTION_LINES_MAX < allowed <= FUNCTION_LINES_HARD
        ]
    )


def test_functions_take_few_positional_parameters() -> None:
    problems = []
    for path, node in functions():
        if node.name.startswith("test_"):  # pytest passes by name
            continue
        named = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
        if named and named[0] in {"self", "cls"}:
            named = named[1:]
        if len(named) > POSITIONAL_MAX:
            problems.append(f"{name_of(path)}:{node.lineno}: {node.name} takes {len(named)}")
    none(problems)


def test_names_say_what_things_are() -> None:
    problems = []
    for path in python_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        problems += [f"{name_of(path)}: {word}" for word in parts if BANNED_WORD.fullmatch(word)]
        problems += [
            f"{name_of(path)}:{node.lineno}: class {node.name}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
            if any(map(BANNED_WORD.fullmatch, re.findall("[A-Z][a-z]+", node.name)))
        ]
    none(problems)


def test_each_module_says_what_it_is_for() -> None:
    none([name_of(path) for path in python_files() if not ast.get_docstring(tree(path))])


def test_imports_stand_at_the_top() -> None:
    none(
        [
            f"{name_of(path)}:{inner.lineno}: import inside {node.name}"
            for path, node in functions()
            for inner in ast.walk(node)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        ]
    )


@pytest.mark.parametrize("pattern", [TYPES_ONLY, MOCKING])
def test_no_import_only_for_types_and_no_patching(pattern: str) -> None:
    none([name_of(path) for path in python_files() if re.search(pattern, text(path))])


@pytest.mark.parametrize("what", MACHINE_WORDS)
def test_files_name_no_registry_and_no_machine(what: str) -> None:
    pattern = re.compile(MACHINE_WORDS[what], re.MULTILINE)
    problems = []
    for path in tracked():
        if found := pattern.search(text(path)):
            line = text(path).count("\n", 0, found.start()) + 1
            problems.append(f"{name_of(path)}:{line}: {what}: {found.group()}")
    none(problems)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported_by(path: Path) -> frozenset[str]:
    """Modules that a file names, in imports (`from a import b`: a and a.b) or as whole strings."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def test_each_module_is_imported() -> None:
    """A module that nothing imports, or names as the command line's table does, is dead."""
    sources = within("src")
    problems = []
    for path in sources:
        module = module_of(path)
        begins = path.name in {"__init__.py", "__main__.py"}
        if not begins and not any(module in imported_by(other) for other in sources):
            problems.append(f"{name_of(path)}: no other module imports it")
    none(problems)


def folder_of(module: str) -> str:
    return module.rpartition(".")[0]


def reach_of(module: str) -> str:
    """Where tests of a module test what it imports, too: its folder, and the rooms beside it."""
    folder = folder_of(module)
    in_a_room = folder.count(".") > 1
    return f"{folder_of(folder) if in_a_room else folder}."


def test_each_module_is_tested() -> None:
    """By a test that imports it or its folder, or through a tested module near it."""
    modules = {module_of(path): path for path in within("src") if not path.stem.startswith("__")}
    imported = frozenset[str]().union(*(imported_by(test) for test in within("tests")))
    open_ends = [name for name in modules if name in imported or folder_of(name) in imported]
    tested: set[str] = set()
    while open_ends:
        name = open_ends.pop()
        tested.add(name)
        near = imported_by(modules[name]) & modules.keys() - tested
        open_ends += [other for other in near if other.startswith(reach_of(name))]
    none(
        [
            f"{name_of(path)}: no test reaches it"
            for name, path in modules.items()
            if name not in tested
        ]
    )


def test_each_data_file_is_used() -> None:
    """A template or table in the package that no module names is dead."""
    everything = "\n".join(map(text, within("src")))
    data = [path for path in tracked() if path.is_relative_to(ROOT / "src")]
    none(
        [
            f"{name_of(path)}: no module names it or its folder"
            for path in data
            if path.suffix != ".py" and path.name != "py.typed"
            if path.name not in everything and path.parent.name not in everything
        ]
    )
