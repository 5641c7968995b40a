from __future__ import annotations

from pathlib import Path

import pytest

from discover.config import Config, Limits, load_config
from discover.config.rules import NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize("key", [name for name in Config.__struct_fields__ if name != "file"])
def test_every_setting_is_explained(key: str):
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("name", [*NAMES, *Limits.__struct_fields__])
def test_every_rule_and_limit_is_explained(name: str):
    assert f"`{name}`" in PAGE


def test_defaults_on_the_page_are_the_real_ones():
    limits = Limits()
    for name in Limits.__struct_fields__:
        assert f"| `{name}` | {getattr(limits, name)} |" in PAGE
    assert f"`{Config().max_file_size}`" in PAGE


@pytest.mark.parametrize(("language", "name"), [("toml", "pyproject.toml"), ("yaml", "undercurrent.yaml")])
def test_the_examples_on_the_page_are_valid_and_say_the_same(tmp_path: Path, language: str, name: str):
    example = PAGE.split(f"```{language}\n", 1)[1].split("```", 1)[0]
    (tmp_path / name).write_text(example)
    config = load_config(tmp_path)
    assert config.exclude == ("legacy/",)
    assert config.rules == {"tests": False, "docs": ("manual/",)}
    assert config.services[0].root == "services/api"
