"""The writer of HCL: aligned as terraform fmt does, and text is text."""

from groundplan.targets.cloud.hcl_text import Block, Expression, document


def test_neighbours_are_aligned_and_long_values_are_not() -> None:
    values = {
        "a": 1,
        "long_name": True,
        "map": {"x": "y", "two words": None},
        "z": Expression("var.z"),
        "empty": [],
        "none": {},
    }
    assert document([Block("resource", ("kind", "name"), values)]) == (
        'resource "kind" "name" {\n'
        "  a         = 1\n"
        "  long_name = true\n"
        "  map = {\n"
        '    x           = "y"\n'
        '    "two words" = null\n'
        "  }\n"
        "  z     = var.z\n"
        "  empty = []\n"
        "  none  = {}\n"
        "}\n"
    )


def test_text_is_never_a_template() -> None:
    block = Block("a", (), {"text": '${x} %{if} "quoted" \\ é'})
    assert '"$${x} %%{if} \\"quoted\\" \\\\ é"' in document([block])


def test_blocks_in_blocks_and_long_lists() -> None:
    inner = Block("inner", (), {"items": ["a" * 40, "b" * 40]})
    assert document([Block("outer", (), {}, (inner, Block("none"))), Block("none")]) == (
        "outer {\n"
        "  inner {\n"
        "    items = [\n"
        f'      "{"a" * 40}",\n'
        f'      "{"b" * 40}",\n'
        "    ]\n"
        "  }\n"
        "\n"
        "  none {}\n"
        "}\n"
        "\n"
        "none {}\n"
    )
