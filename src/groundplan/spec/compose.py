"""From text to a tree of nodes with their places, by the events of libyaml.

Events and a stack of our own, because composing recursively overflows the C stack on hostile
nesting. Bounds hold for what aliases repeat, too, so that nothing has to be expanded to be judged.
"""

from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.emptiness import is_empty
from groundplan.spec.nodes import Entry, Listing, Mark, Node, Path, Scalar, Table, dotted
from groundplan.spec.rules import DEPTH_MAX, NODES_MAX, Rule
from groundplan.spec.syntax import explain_syntax

SHOWN_KEYS_MAX = 8
_TEXT_TAG = "tag:yaml.org,2002:str"


def compose(text: str, file: str) -> tuple[Table, tuple[Finding, ...]]:
    """The tree, and findings that do not keep it from being read; SpecError for those that do."""
    composer = _Composer(file)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            composer.take(event)
    except yaml.YAMLError as error:
        fatal = explain_syntax(error, text, file)
        raise SpecError([*composer.findings, fatal]) from error
    return composer.tree(), tuple(composer.findings)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    node: Listing | Table
    anchor: str | None
    size: int = 1
    height: int = 0
    key: Scalar | None = None


@dataclass(slots=True)
class _Composer:
    """Builds the tree; `take` is called with each event."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)  # None: not complete yet
    root: Node | None = None
    documents: int = 0
    size: int = 0  # of all that is open

    def tree(self) -> Table:
        """The root, when it is a mapping."""
        if isinstance(self.root, Table):
            return self.root
        mark = self.root.mark if self.root else Mark(1, 1)
        if self.root is None or is_empty(self.root):
            self._fatal(
                Rule.EMPTY,
                mark,
                message="the file is empty",
                why="no line of it says anything",
                try_="start with `platform: <name>`, or write a first file with: groundplan init",
            )
        kind = "a list" if isinstance(self.root, Listing) else "a single value"
        self._fatal(
            Rule.WRONG_TYPE,
            mark,
            message=f"the file is {kind}, not a mapping",
            why="a platform file is made of keys such as platform: and regions:",
            try_="start with `platform: <name>`",
        )

    def take(self, event: yaml.Event) -> None:
        """One event further."""
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, _mark(event))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close(event)
            case yaml.MappingStartEvent():
                self._open(Table(_mark(event), in_line=bool(event.flow_style)), event)
            case yaml.SequenceStartEvent():
                self._open(Listing(_mark(event), in_line=bool(event.flow_style)), event)
            case yaml.AliasEvent():
                mark = _mark(event)
                self._attach(self._aliased(event.anchor or "", mark), mark)
            case yaml.DocumentStartEvent():
                self._start_document(_mark(event))

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        if event.tag is not None:
            self._refuse_tag(event.tag, mark)
        node = Scalar(mark, event.value, plain=not event.style and event.tag is None)
        if event.anchor:
            self.anchors[event.anchor] = node
        self._attach(node, mark)

    def _start_document(self, mark: Mark) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fatal(
                Rule.MANY_DOCUMENTS,
                mark,
                message="a second YAML document starts here",
                why="a platform is one document; Kubernetes manifests go into services: and mesh:",
                try_="remove the line `---`, or move what follows into a file of its own",
            )

    def _open(self, node: Listing | Table, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event.tag, node.mark, collection=True)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(node, event.anchor))
        self.size += 1
        if len(self.stack) > DEPTH_MAX:
            self._too_deep(node.mark)

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        done = self.stack.pop()
        self.size -= done.size
        mark = Mark(*done.node.mark[:2], _end(done.node, event))
        in_line, size, height = done.node.in_line, done.size, done.height + 1
        match done.node:
            case Table(entries=entries):
                node: Node = Table(mark, in_line, entries, size, height)
            case Listing(items=items):
                node = Listing(mark, in_line, items, size, height)
        if done.anchor:
            self.anchors[done.anchor] = node
        self._attach(node, mark)

    def _aliased(self, anchor: str, mark: Mark) -> Node:
        if anchor not in self.anchors:
            self._fatal(
                Rule.BROKEN_YAML,
                mark,
                message=f"*{anchor} repeats something that no &{anchor} above names",
                why="an alias can only repeat what was written before it",
                try_=f"write &{anchor} before the value to repeat, or quote the text: '*{anchor}'",
            )
        node = self.anchors[anchor]
        if node is None:
            self._fatal(
                Rule.UNSUPPORTED_YAML,
                mark,
                message=f"*{anchor} repeats the value that it is part of",
                why="such a value would never end",
                try_="write the value out",
            )
        return node

    def _attach(self, node: Node, mark: Mark) -> None:
        """Puts a complete node where it belongs: the root, a list, a key or a key's value."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.size += node.size
        self.size += node.size
        top.height = max(top.height, node.height)
        if self.size > NODES_MAX:
            self._too_many(mark)
        if len(self.stack) + node.height > DEPTH_MAX + 1:
            self._too_deep(mark)
        if isinstance(top.node, Listing):
            top.node.items.append(node)
        elif top.key is None:
            top.key = self._key(node)
        else:
            self._put(top.node, top.key, node)
            top.key = None

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar) and node.text == "<<" and node.plain:
            self._note(
                Rule.UNSUPPORTED_YAML,
                node.mark,
                message="merge keys (<<) are not read",
                why="YAML 1.2 has no merge keys: they hide where a value comes from",
                try_="write the keys out, or repeat whole values with &name and *name",
            )
        elif isinstance(node, Scalar) and node.text:
            return node
        else:
            message, why, try_ = _unusable_key(node)
            self._note(Rule.UNSUPPORTED_YAML, node.mark, message=message, why=why, try_=try_)
        return Scalar(node.mark, "")  # its value is read and dropped

    def _put(self, table: Table, key: Scalar, value: Node) -> None:
        before = table.entries.get(key.text)
        if before is not None:
            self._note(
                Rule.DUPLICATE_KEY,
                key.mark,
                before.key.mark,
                message=f'"{key.text}" is written twice',
                why=f"only one of the two can count; the first is in line {before.key.mark.line}",
                try_="keep one of them",
            )
        elif key.text:
            table.entries[key.text] = Entry(key, value)

    def _refuse_tag(self, tag: str | None, mark: Mark, *, collection: bool = False) -> None:
        if tag is not None and (collection or tag not in ("!", _TEXT_TAG)):
            self._note(
                Rule.UNSUPPORTED_YAML,
                mark,
                message=f"the tag {tag.replace('tag:yaml.org,2002:', '!!')} is not read",
                why="each key of a platform file has one type already",
                try_="remove the tag",
            )

    def _too_deep(self, mark: Mark) -> None:
        self._fatal(
            Rule.TOO_LARGE,
            mark,
            message=f"values are nested more than {DEPTH_MAX} levels deep",
            why="no key of a platform file is deeper than ten",
            try_="look for a bracket, a dash or an alias that is repeated by mistake",
        )

    def _too_many(self, mark: Mark) -> None:
        self._fatal(
            Rule.TOO_LARGE,
            mark,
            message=f"the file holds more than {NODES_MAX:,} values, with what aliases (*x) repeat",
            why="the whole platform of the design document has about 1,000",
            try_="write fewer aliases of aliases, or name another file",
        )

    def _note(
        self, rule: Rule, mark: Mark, *related: Mark, message: str, why: str, try_: str
    ) -> None:
        finding = Finding(
            rule=rule,
            message=message,
            why=why,
            try_=try_,
            place=self._place(mark),
            path=dotted(self._path()[:SHOWN_KEYS_MAX]),
            related=tuple(self._place(other) for other in related),
        )
        self.findings.append(finding)

    def _fatal(self, rule: Rule, mark: Mark, *, message: str, why: str, try_: str) -> NoReturn:
        self._note(rule, mark, message=message, why=why, try_=try_)
        raise SpecError(self.findings)

    def _path(self) -> Path:
        """The key that is being read."""
        keys: list[str | int] = []
        for top in self.stack:
            if isinstance(top.node, Listing):
                keys.append(len(top.node.items))
            elif top.key is not None:
                keys.append(top.key.text)
        return tuple(keys)

    def _place(self, mark: Mark) -> Place:
        return Place(self.file, mark.line, mark.column, mark.end)


def _end(node: Listing | Table, event: yaml.CollectionEndEvent) -> tuple[int, int] | None:
    """A block ends where the next key begins, which says nothing: its first key stands for it,
    unless that repeats what was written elsewhere."""
    if node.in_line:
        return _mark(event).end
    keys = [entry.key.mark for entry in node.entries.values()] if isinstance(node, Table) else []
    return keys[0].end if keys and keys[0][:2] == node.mark[:2] else node.mark.end


def _mark(event: yaml.Event) -> Mark:
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    return Mark(start.line + 1, start.column + 1, (end.line + 1, end.column + 1))


def _unusable_key(node: Node) -> tuple[str, str, str]:
    if isinstance(node, Table) and node.in_line:
        return (
            "{{ }} is not read",
            "it belongs to templates, and a platform file is complete without one",
            "write the value, or put quotes around text that holds braces",
        )
    return (
        f"a key is {'empty' if isinstance(node, Scalar) else 'a list or a mapping'}",
        "keys are names",
        "write a name before the colon; text that starts with [ needs quotes",
    )
