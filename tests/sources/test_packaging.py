from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover.config import Config
from discover.sources.packaging import Packaging, Script, join_folder, packagings
from discover.sources.reader import Reader
from discover.sources.walk import walk

Tree = Callable[[Mapping[str, str | bytes]], Path]


def read(root: Path) -> list[Packaging]:
    return packagings(Reader(walk(root, Config())))


@pytest.mark.parametrize(
    ("file", "text", "where"),
    [
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["src"]\n', ("svc/src",)),
        ("pyproject.toml", '[tool.setuptools.package-dir]\n"" = "lib"\n', ("svc/lib",)),
        ("pyproject.toml", '[tool.poetry]\npackages = [{include = "shop", from = "src"}]\n', ("svc/src",)),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]\n', ("svc/src",)),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["app", "../x", "../../y"]\n', ("svc/app", "x")),
        ("setup.cfg", "[metadata]\nname = x\n[options.packages.find]\nwhere = src\n", ("svc/src",)),
        ("setup.cfg", "[options]\npackage_dir =\n    = src\n", ("svc/src",)),
        ("setup.py", "setup(package_dir={'': 'src'}, packages=find_packages('src'))\n", ("svc/src",)),
        ("setup.py", "setuptools.setup(packages=setuptools.find_packages(where='lib'))\n", ("svc/lib",)),
        ("setup.py", "setup(packages=find_packages())\n", ()),
    ],
)
def test_where_packages_lie_is_read_from_every_format(tree: Tree, file: str, text: str, where: tuple[str, ...]):
    (found,) = read(tree({f"svc/{file}": text}))
    assert found.folder == "svc"
    assert found.where == where


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("pyproject.toml", '[project]\nname = "x"\n[project.scripts]\nnightly = "shop.jobs:main"\n', 4),
        ("pyproject.toml", '[tool.poetry.scripts]\nnightly = {callable = "shop.jobs:main"}\n', 2),
        ("setup.cfg", "[options]\n[options.entry_points]\nconsole_scripts =\n    nightly = shop.jobs:main\n", 4),
        ("setup.py", "setup(\n  entry_points={'console_scripts': [\n    'nightly = shop.jobs:main']})\n", 3),
        ("setup.py", 'setup(entry_points="""\n[console_scripts]\nnightly=shop.jobs:main\n""")\n', 3),
    ],
)
def test_installed_commands_are_read_with_their_lines(tree: Tree, file: str, text: str, line: int):
    (found,) = read(tree({file: text}))
    assert found.scripts == (Script("nightly", "shop.jobs:main", line),)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("setup.cfg", "[flake8]\nmax-line-length = 100\n"),
        ("setup.cfg", "no section\n"),
        ("setup.py", "def f(:\n"),
        ("setup.py", "print('x')\n"),
        ("setup.py", "(" * 5000),
    ],
)
def test_metadata_that_says_nothing_is_passed_over(tree: Tree, file: str, text: str):
    assert read(tree({file: text})) == []


def test_setup_py_is_never_run(tree: Tree):
    root = tree({"setup.py": "import os\nos.mkdir('ran')\nraise SystemExit\nsetup(name='a' + str(1))\n"})
    (found,) = read(root)
    assert found.name == ""
    assert not (root / "ran").exists()


@pytest.mark.parametrize(
    ("folder", "text", "joined"),
    [("a/b", "../c", "a/c"), ("", ".", ""), ("a", "../..", None), ("a", "/etc", None), ("", "../x", None)],
)
def test_a_folder_that_leads_out_of_the_root_is_none(folder: str, text: str, joined: str | None):
    assert join_folder(folder, text) == joined
