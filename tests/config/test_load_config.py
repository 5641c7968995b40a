from __future__ import annotations

from pathlib import Path

import pytest

from discover.config import Config, Limits, ServiceSetting, load_config
from discover.config.corrections import Correction
from discover.errors import ConfigError


def loaded(folder: Path, name: str, text: str) -> Config:
    (folder / name).write_text(text)
    return load_config(folder)


def problem(folder: Path, name: str, text: str) -> ConfigError:
    (folder / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    return caught.value


def test_without_a_file_everything_has_its_default(tmp_path: Path):
    assert load_config(tmp_path) == Config()


def test_a_pyproject_without_the_table_changes_nothing(tmp_path: Path):
    assert loaded(tmp_path, "pyproject.toml", "[tool.other]\nundercurrent = 1\n") == Config()


def test_every_key_is_read_from_pyproject(tmp_path: Path):
    config = loaded(
        tmp_path,
        "pyproject.toml",
        """
[project]
name = "shop"

[tool.undercurrent]
include = ["docs/hooks/"]
exclude = ["legacy/"]
roots = ["src", "./services/a/"]
catalogs = ["tools/catalogs"]
settings_modules = ["shop.settings"]
max_file_size = "1.5 MB"
corrections.steps = [{ drop = { unit = "shop/metrics.py::*" } }]
services = [{ name = "api", root = "services/a" }]

[tool.undercurrent.rules]
tests = false
docs = ["manual/"]

[tool.undercurrent.limits]
workflow_steps = 10
""",
    )
    assert config == Config(
        include=("docs/hooks/",),
        exclude=("legacy/",),
        roots=("src", "services/a"),
        catalogs=("tools/catalogs",),
        settings_modules=("shop.settings",),
        max_file_size=1_500_000,
        corrections=(Correction(action="drop", subject="steps", selected={"unit": "shop/metrics.py::*"}, line=12),),
        services=(ServiceSetting(name="api", root="services/a"),),
        rules={"tests": False, "docs": ("manual/",)},
        limits=Limits(workflow_steps=10),
        file="pyproject.toml",
    )


def test_yaml_says_the_same_as_toml(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    yaml = loaded(tmp_path / "a", "undercurrent.yaml", "rules: {tests: no}\nexclude: [x/]\nmax_file_size: 10\n")
    toml = loaded(
        tmp_path / "b",
        "pyproject.toml",
        '[tool.undercurrent]\nexclude = ["x/"]\nmax_file_size = 10\nrules.tests = false\n',
    )
    assert (yaml.rules, yaml.exclude, yaml.max_file_size) == (toml.rules, toml.exclude, toml.max_file_size)


def test_an_explicit_file_is_used_instead(tmp_path: Path):
    (tmp_path / "undercurrent.yaml").write_text("exclude: [a/]\n")
    other = tmp_path / "ci.yaml"
    other.write_text("exclude: [b/]\n")
    assert load_config(tmp_path, other).exclude == ("b/",)


def test_a_missing_explicit_file_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.yaml: can't be read"):
        load_config(tmp_path, tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("undercurrent.yaml", "include: []\nexclud: []\n", 2, "did you mean `exclude`?"),
        ("undercurrent.yaml", "rules:\n\n  test: false\n", 3, "unknown key `test` in `rules`; did you mean `tests`?"),
        ("undercurrent.yaml", "rules: {tests: 3}\n", 1, "must be true, false or a list of patterns, not the number 3"),
        ("undercurrent.yaml", "exclude: legacy\n", 1, 'as in `exclude = ["legacy/"]`, not the text `legacy`'),
        ("undercurrent.yaml", "exclude:\n- a\n- 3\n", 1, "a list with the number 3"),
        ("undercurrent.yaml", "limits:\n  call_depth: 0\n", 2, "a whole number above 0"),
        ("undercurrent.yaml", "limits:\n  workflow_steps: true\n", 2, "not `true`"),
        ("undercurrent.yaml", "max_file_size: big\n", 1, '"2 MB"'),
        ("undercurrent.yaml", "services:\n- root: a\n", 2, "needs `name`"),
        ("undercurrent.yaml", "services:\n- name: a\n  path: b\n", 3, "unknown key `path`"),
        ("undercurrent.yaml", "catalogs: [../outside]\n", 1, "inside it, not `../outside`"),
        ("undercurrent.yaml", "roots: [/etc]\n", 1, "inside it, not `/etc`"),
        ("undercurrent.yaml", "settings_modules: [a-b]\n", 1, "dotted module names"),
        ("undercurrent.yaml", "- a\n", 1, "must be a table of keys and values, not a list"),
        ("undercurrent.yaml", "a: 1\n---\nb: 2\n", 0, "one YAML document"),
        ("undercurrent.yaml", "a: [1\nb: 2\n", 2, "not usable YAML"),
        ("pyproject.toml", '[tool.undercurrent]\n\nexclude = "x"\n', 3, "must be a list of texts"),
        ("pyproject.toml", "[tool.undercurrent.rules]\nmigration = true\n", 2, "did you mean `migrations`?"),
        ("pyproject.toml", "[tool.undercurrent]\n[[tool.undercurrent.services]]\nname = 3\n", 2, "needs `name`"),
        ("pyproject.toml", "[tool.undercurrent]\nexclude = [\n", 0, "is not TOML"),
        ("pyproject.toml", "[tool.undercurrent]\nexclude = yes\n", 2, "is not TOML"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, name: str, text: str, line: int, message: str):
    error = problem(tmp_path, name, text)
    assert (error.file, error.line) == (name, line)
    assert message in str(error)


def test_two_places_for_settings_are_refused(tmp_path: Path):
    (tmp_path / "undercurrent.yaml").write_text("exclude: []\n")
    error = problem(tmp_path, "pyproject.toml", "[project]\n[tool.undercurrent]\nexclude = []\n")
    assert error.line == 2
    assert "keep one" in str(error)


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path):
    (tmp_path / "undercurrent.yaml").write_bytes(b"exclude:\n- a\n- \xff\n")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert caught.value.line == 3


def test_a_link_to_a_file_outside_the_root_is_not_read(tmp_path: Path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("exclude: [x]\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "undercurrent.yaml").symlink_to(outside)
    assert load_config(root) == Config()
