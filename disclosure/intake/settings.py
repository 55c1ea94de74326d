"""Settings: YAML files that people edit, read safely, with every complaint at its line."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from disclosure.diagnostics import Finding, Place
from disclosure.intake import values

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # PyYAML built without libyaml: slower, otherwise the same
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_DEPTH = 50


class _Loader(_BaseLoader):
    """Plain data only; repeated keys and impossible dates are collected, not raised or lost."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.complaints: list[tuple[str, yaml.Mark, dict[str, object]]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem_mark=key_node.start_mark)
            key = self.construct_object(key_node)
            if key in seen:
                facts = {"key": key_node.value, "first": seen[key]}
                self.complaints.append(("F206", key_node.start_mark, facts))
            seen.setdefault(key, key_node.start_mark.line + 1)
        return super().construct_mapping(node, deep=deep)

    def construct_date(self, node: yaml.ScalarNode) -> date | str:
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            self.complaints.append(("F208", node.start_mark, {"value": node.value}))
            return str(node.value)


# What an unquoted word means. Narrower than YAML 1.1, which reads `no` as false, `12:30` as 750 and
# `0012` as ten: here a code with a leading zero and a number of 16 or more digits stay text.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,14})", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}", list("-+0123456789")),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first
    )
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_date)


def read(path: Path, *, file: str) -> tuple[dict[Any, Any] | None, list[Finding]]:
    """The mapping that the YAML file at `path` holds, or None with the findings that say why not.

    `file` is the name findings use. Values are dict, list, str, int, float, bool, `datetime.date`
    and None; keys are scalars. Never raises for what a file contains or for a file that is missing.
    """
    text, finding = _text(path, file)
    return (None, [finding]) if finding else parse(text, file=file)


def parse(text: str, *, file: str) -> tuple[dict[Any, Any] | None, list[Finding]]:
    """The same for text that is at hand, such as the front matter of a Markdown page."""
    try:
        if findings := list(_refused(text, file)):
            return None, findings
        loader = _Loader(text)
        try:
            value = loader.get_single_data()
            complaints = loader.complaints
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return None, [Finding("F205", _error_place(error, file), {})]
    if complaints:
        return None, [Finding(code, _at(mark, file), facts) for code, mark, facts in complaints]
    if not isinstance(value, dict):
        return None, [Finding("F209", Place(file, row=1 if text.strip() else 0), {})]
    return value, []


def lines(path: Path) -> Mapping[tuple[str | int, ...], int]:
    """The line of every entry of a file that `read` accepted, by its way from the top.

    `lines(path)["fields", 3, "name"]` is where the name of the fourth field stands. Keys are given
    as written (a year is "2026"). Meant for the moment when something is wrong: it parses again.
    """
    return {way: line for way, (line, _) in places(path.read_text("utf-8-sig")).items()}


def places(text: str) -> Mapping[tuple[str | int, ...], tuple[int, int]]:
    """The line and the column of every entry of a text that `parse` accepted, as `lines` names them."""
    found: dict[tuple[str | int, ...], tuple[int, int]] = {}

    def walk(node: yaml.Node | None, way: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                found[(*way, key.value)] = (key.start_mark.line + 1, key.start_mark.column + 1)
                walk(value, (*way, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                mark = value.start_mark
                found[(*way, number)] = (mark.line + 1, mark.column + 1)
                walk(value, (*way, number))

    walk(yaml.compose(text, Loader=_Loader), ())
    return found


def _text(path: Path, file: str) -> tuple[str, Finding | None]:
    try:
        if path.exists() and not path.is_file():  # reading a pipe or a device may never end
            return "", Finding("F202", Place(file), {"name": path.name})
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return "", Finding("F201", Place(file), {"name": path.name})
    except OSError:
        return "", Finding("F202", Place(file), {"name": path.name})
    if len(content) > MAX_BYTES:
        return "", Finding("F204", Place(file), {"name": path.name})
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        return "", Finding("F203", Place(file, row=row), {"name": path.name})


def _refused(text: str, file: str) -> Iterator[Finding]:
    """What YAML allows and a settings file does not need: references, tags, bottomless nesting; and
    what no text may hold, however it is spelled."""
    if found := list(_unfit(text, file)):
        yield from found
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield Finding("F207", _at(event.start_mark, file), {"what": "引用（& 或 *）"})
        elif getattr(event, "tag", None):
            yield Finding("F207", _at(event.start_mark, file), {"what": "标签（!）"})
        elif isinstance(event, yaml.ScalarEvent):
            for finding in _unfit(event.value, file):  # written as \u202e
                place = _at(event.start_mark, file)
                yield Finding(finding.code, place, finding.facts)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                yield Finding("F207", _at(event.start_mark, file), {"what": "过深的嵌套"})
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _unfit(text: str, file: str) -> Iterator[Finding]:
    """The first character that cannot be seen, the first word that is kept for other use."""
    for code, key, pattern in (
        ("F150", "character", values.HIDDEN),
        ("F146", "word", values.RESERVED),
    ):
        if found := pattern.search(text):
            row = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            shown = found[0] if key == "word" else f"U+{ord(found[0]):04X}"
            yield Finding(code, Place(file, row=row, column=column), {key: shown})


def _at(mark: Any, file: str) -> Place:
    return Place(file, row=mark.line + 1, column=mark.column + 1)


def _error_place(error: yaml.YAMLError, file: str) -> Place:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return _at(mark, file) if mark else Place(file)
