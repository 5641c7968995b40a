"""The catalog format: what a file may say, and how its mistakes are explained."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from discover.catalog.check import parse_library
from discover.catalog.spec import Library, Pick, Rule, paths_of
from discover.errors import ConfigError

HEAD = "library: house\nimports: [house]\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("entry_points:\n  - decorater: house.job\n    kind: task\n", 4, "did you mean `decorator`?"),
        ("entry_points:\n  - decorator: house.job\n    kind: tusk\n", 5, "Invalid enum value 'tusk'; known are "),
        ("effects:\n  - call: a.b\n    kind: mail\n", 5, ", email, "),
        (
            "dispatches:\n  - {call: a.b, to: {argument: 0, form: urll}}\n",
            4,
            "known are duration, path, schedule, sql, text, url",
        ),
        ("entry_points:\n  - kind: task\n", 4, "exactly one of `decorator`, `subclass`, `call`, `table` and `assigns`"),
        ("entry_points:\n  - call: house.add\n    kind: task\n", 4, "needs `handler`"),
        ("entry_points:\n  - subclass: house.Job\n    kind: task\n", 4, "needs `method`"),
        ("effects:\n  - kind: http\n", 4, "missing required field `call`"),
        ("hooks:\n  - methods: [run]\n", 4, "either `call`, or `class` and `on`"),
        ("hooks:\n  - call: house.send\n", 4, "needs `methods`"),
        ("dispatches:\n  - call: house.send\n    to: {argumant: 0}\n", 5, "did you mean `argument`?"),
        ("types: [\n", 4, "is not YAML"),
        ("types: &a {}\neffects: *a\n", 0, "no anchors and aliases"),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_a_hint(text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_library("house.yaml", HEAD + text)
    assert raised.value.file == "house.yaml"
    assert message in str(raised.value)
    assert raised.value.line == line


def test_on_is_a_key_and_not_a_boolean() -> None:
    text = HEAD + "hooks:\n  - class: house.View\n    on: get\n    methods: [load]\n"
    assert parse_library("house.yaml", text).hooks[0].on == "get"


def test_a_path_may_stand_alone_or_in_a_list() -> None:
    assert paths_of("a.b") == ("a.b",)
    assert paths_of(["a.b", "c.d"]) == ("a.b", "c.d")
    assert paths_of(None) == ()


def test_the_page_about_catalogs_names_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalogs.md").read_text()
    for record in [Library, Pick, *Rule.__subclasses__()]:
        for field in msgspec.structs.fields(record):
            assert f"`{field.encode_name}`" in page, f"{record.__name__}.{field.encode_name}"


def test_the_example_on_the_page_is_a_valid_catalog() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalogs.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]
    assert parse_library("example.yaml", example).library == "house_queue"
