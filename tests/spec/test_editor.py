"""The JSON Schema makes a real editor helpful: the YAML language server that editors run."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import npm
import pytest
from language_server import Server, serving

from groundplan.spec.schema import schema

pytestmark = [pytest.mark.stories, pytest.mark.timeout(600)]
PACKAGE = "yaml-language-server@2.0.0"
# The line that `groundplan schema --help` shows.
FIRST = "# yaml-language-server: $schema=platform.schema.json\n"
CURSOR = "|"
BEGINNING = f"""{FIRST}platform: shop
regions:
  europe: {{primary: eu-west-1}}
"""


@dataclass
class Editor:
    """Opens texts beside the schema; a bar in the text is the cursor."""

    folder: Path
    server: Server
    opened: int = 0

    def open(self, text: str) -> dict[str, Any]:
        """The document and the cursor, as requests name them."""
        self.opened += 1
        uri = (self.folder / f"platform-{self.opened}.yaml").as_uri()
        before = text.partition(CURSOR)[0]
        document = {"uri": uri, "languageId": "yaml", "version": 1}
        self.server.tell(
            "textDocument/didOpen", {"textDocument": {**document, "text": text.replace(CURSOR, "")}}
        )
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return {"textDocument": {"uri": uri}, "position": place}

    def offered(self, text: str) -> dict[str, str]:
        """What is offered at the cursor, with what is said about it."""
        answer = self.server.ask("textDocument/completion", self.open(text))
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: str(item.get("documentation", "")) for item in items}

    def told(self, text: str) -> list[str]:
        """What is marked in the text."""
        uri = self.open(text)["textDocument"]["uri"]
        marked = self.server.wait(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
            ),
            "diagnostics",
        )
        return [each["message"] for each in marked["params"]["diagnostics"]]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("editor")
    modules = npm.installed(folder, PACKAGE)
    (folder / "platform.schema.json").write_text(json.dumps(schema()), encoding="utf-8")
    node, entry = shutil.which("node"), modules / "yaml-language-server/bin/yaml-language-server"
    assert node is not None
    yaml = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
    with serving([node, str(entry), "--stdio"], {"yaml": yaml}) as server:
        yield Editor(folder=folder, server=server)


def test_sections_are_offered(editor: Editor) -> None:
    offered = editor.offered(BEGINNING + CURSOR)
    assert {"primary_database", "disaster_recovery", "kpis"} <= set(offered)
    assert "platform" not in offered  # is written already


def test_keys_of_a_section_are_offered(editor: Editor) -> None:
    offered = editor.offered(f"{BEGINNING}disaster_recovery:\n  {CURSOR}\n")
    assert {"rto", "rpo", "scenarios"} <= set(offered)
    assert "primary_database" not in offered


def test_choices_are_offered_as_values(editor: Editor) -> None:
    offered = editor.offered(f"{BEGINNING}deployment_strategy:\n  type: {CURSOR}\n")
    assert {"blue-green", "canary", "rolling"} <= set(offered)


def test_a_key_tells_what_it_means(editor: Editor) -> None:
    at = editor.open(f"{BEGINNING}disaster_recovery:\n  r{CURSOR}to: 4 hours\n  rpo: 1 hour\n")
    told = editor.server.ask("textDocument/hover", at)
    assert told is not None
    assert "4 hours" in json.dumps(told["contents"])


def test_a_slip_of_the_pen_is_marked(editor: Editor) -> None:
    assert any("regoins" in message for message in editor.told(f"{BEGINNING}regoins: {{}}\n"))


def test_a_wrong_choice_is_marked(editor: Editor) -> None:
    told = editor.told(f"{BEGINNING}mesh: {{mtls: SOMETIMES}}\n")
    assert any("STRICT" in message for message in told)


def test_a_file_without_mistakes_has_no_marks(editor: Editor) -> None:
    assert editor.told(BEGINNING) == []
