from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from discover.config import Config
from discover.sources.tree import SourceTree, read_tree

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sources"


def shown(tree: SourceTree) -> str:
    layout = msgspec.to_builtins(tree.layout)
    content = {
        "files": [file.path for file in tree.files],
        "modules": tree.modules,
        **layout,
        "left_out": tree.left_out,
    }
    return msgspec.json.format(msgspec.json.encode(content, order="sorted"), indent=1).decode() + "\n"


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_each_fixture_tree_is_read_as_written_down(name: str, golden: Callable[[Path, str], None]):
    golden(FIXTURES / f"{name}.json", shown(read_tree(FIXTURES / name, Config())))


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_nothing_of_this_machine_is_in_the_layout(name: str):
    assert str(FIXTURES.parents[1]) not in shown(read_tree(FIXTURES / name, Config()))
