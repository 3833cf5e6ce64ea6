"""Whatever happens ends in words and in one of the exit codes that scripts rely on."""

import pytest
from cli.doubles import DESIGN, REFUSAL, Prompt


def test_a_verb_that_ends_well_is_0(prompt: Prompt) -> None:
    assert prompt("version").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("statsu",), "There is no verb 'statsu'. Did you mean 'status'?"),
        (("xyzzy",), "There is no verb 'xyzzy'."),
        (("version", "--outptu", "json"), "Did you mean '--output'?"),
        (("version", "--color", "pink"), "'pink' is not one of 'auto', 'always', 'never'"),
        (("version", "one", "two"), "unexpected extra argument"),
        (("completion",), "Missing argument '{bash|zsh|fish}'"),
        (("--colr", "never", "version"), "Did you mean '--color'?"),
        (("-o", "json", "completion", "bash"), "'completion' has only one form of output"),
        (("logs", "edge", "-n", "-3"), "-3 is not in the range"),
        (("version", "-o", ""), "'' is not one of"),
    ],
)
def test_wrong_usage_is_1_and_never_2(prompt: Prompt, words: tuple[str, ...], said: str) -> None:
    told = prompt(*words)
    assert told.code == 1
    assert said in told.err
    assert " --help" in told.err, "it says where the help is"
    assert told.out == ""


def test_no_verb_shows_the_verbs(prompt: Prompt) -> None:
    told = prompt()
    assert (told.code, told.err) == (1, "")
    assert "init        Write a small platform.yaml" in told.out


def test_a_wrong_file_is_3_with_every_finding_on_stderr(prompt: Prompt) -> None:
    prompt.write("platform: shop\nregins: {}\nservces: {}\n")
    told = prompt("plan")
    assert (told.code, told.out) == (3, "")
    assert "platform.yaml:2:1" in told.err
    assert "platform.yaml:3:1" in told.err
    assert "  2 | regins: {}\n    | ^^^^^^\n" in told.err


def test_a_refusal_is_4_and_says_what_where_why_and_what_to_try(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = REFUSAL
    told = prompt("up", "--quiet")
    assert (told.code, told.out) == (4, "")
    assert told.err == (
        "error  starting failed\n"
        "  where  north/redis-1\n"
        "  why    port 6379 is taken\n"
        "  try    stop the other one\n"
    )


def test_a_bug_is_4_one_line_and_no_traceback(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = KeyError("a\nb")
    told = prompt("up", "--quiet")
    assert told.code == 4
    assert "this is a bug in groundplan: KeyError: 'a\\nb'" in told.err
    assert "--trace" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("words", [("--trace", "up"), ("up", "--trace")])
def test_trace_shows_the_traceback_too(prompt: Prompt, words: tuple[str, ...]) -> None:
    prompt.write()
    prompt.target.refusal = KeyError("x")
    told = prompt(*words)
    assert told.code == 4
    assert "Traceback (most recent call last)" in told.err
    assert "this is a bug" in told.err


def test_an_operating_system_error_is_4_and_names_the_file(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = PermissionError(13, "Permission denied", "/proc/1/mem")
    told = prompt("up")
    assert told.code == 4
    assert "permission denied\n  where  /proc/1/mem\n" in told.err


def test_an_interruption_is_130_and_says_what_is_left(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = KeyboardInterrupt()  # type: ignore[assignment]
    told = prompt("up")
    assert told.code == 130
    assert "Interrupted: what was started keeps running; `groundplan up` goes on" in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("-q", "--color", "always", "-o", "json", "status"),
        ("status", "-q", "--color", "always", "-o", "json"),
        ("--color=always", "status", "-ojson", "--no-input", "--yes"),
    ],
)
def test_options_of_every_verb_stand_before_or_after_it(
    prompt: Prompt, words: tuple[str, ...]
) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    told = prompt(*words)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith('{\n "format_version": "1.0"')


def test_the_option_after_the_verb_wins(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    assert prompt("--color", "always", "status", "--color", "never").out.startswith("shop (prod")
    assert prompt("--color", "never", "status", "--color", "always").out.startswith("\x1b[32mshop")
