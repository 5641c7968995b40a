from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from discover.config import Config, ServiceSetting
from discover.errors import InputError
from discover.sources.records import Layout
from discover.sources.tree import SourceTree, read_tree

Tree = Callable[[Mapping[str, str | bytes]], Path]
Read = Callable[[Mapping[str, str | bytes]], SourceTree]


def test_an_empty_repository_is_an_error_that_says_what_to_do(tmp_path: Path):
    with pytest.raises(InputError, match="holds no Python files; give the folder of a Python backend"):
        read_tree(tmp_path, Config())


def test_a_repository_of_tests_alone_names_the_rule_that_left_them_out(tree: Tree):
    with pytest.raises(InputError, match=r"left out, by tests \(1\); `undercurrent rules`"):
        read_tree(tree({"tests/a.py": ""}), Config())


def test_a_tree_whose_only_file_is_unreadable_is_no_error(read: Read):
    assert [entry.file for entry in read({"a.py": b"\0"}).skipped] == ["a.py"]


def test_configured_roots_and_services_replace_the_ones_found(tree: Tree):
    root = tree({"manage.py": "", "lib/a.py": "", "src/b.py": ""})
    config = Config(roots=("lib",), services=(ServiceSetting(name="api", root="lib"),))
    found = read_tree(root, config)
    assert [r.path for r in found.import_roots] == ["lib"]
    assert [(s.name, s.root) for s in found.services] == [("api", "lib")]


@pytest.mark.parametrize(
    ("files", "services"),
    [
        (["a.py"], [("tree", "")]),
        (["manage.py", "shop/a.py"], [("tree", "")]),
        (["a/manage.py", "a/x/y.py", "b/manage.py", "b/x/y.py"], [("a", "a"), ("b", "b")]),
        (["Dockerfile", "a/Dockerfile", "a/x.py", "b/Dockerfile", "b/x.py"], [("a", "a"), ("b", "b")]),
        (["pyproject.toml", "backend/manage.py", "backend/shop/a.py"], [("tree", "")]),
        (
            ["Dockerfile", "main.py", "x.py", "y.py", "worker/Dockerfile", "worker/a.py"],
            [("tree", ""), ("worker", "worker")],
        ),
        (["docker/Dockerfile", "a.py"], [("tree", "")]),
    ],
)
def test_services_are_the_folders_that_are_deployed(read: Read, files: list[str], services: list[tuple[str, str]]):
    assert [(s.name, s.root) for s in read(dict.fromkeys(files, "")).services] == services


@pytest.mark.parametrize(
    ("path", "text", "root"),
    [
        ("pytest.ini", "[pytest]\npythonpath = lib\n", "lib"),
        ("Dockerfile", "FROM x\nENV PYTHONPATH=/app/lib:/app\n", "lib"),
        ("docker-compose.yml", "services:\n  a:\n    environment:\n      PYTHONPATH: lib\n", "lib"),
        (".env", "PYTHONPATH=./lib\n", "lib"),
        ("alembic.ini", "[alembic]\nprepend_sys_path = lib\n", "lib"),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n', "lib"),
        ("lib/manage.py", "", "lib"),
        ("lib/serverless.yml", "functions: {}\n", "lib"),
        (
            "template.yaml",
            "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: ./lib/}}}\n",
            "lib",
        ),
    ],
)
def test_import_roots_are_read_from_what_sets_the_path(read: Read, path: str, text: str, root: str):
    found = read({"lib/pkg/__init__.py": "", path: text})
    assert root in [candidate.path for candidate in found.import_roots if candidate.declared]


def test_a_layout_survives_being_written_and_read(read: Read):
    layout = read({"a.py": "", "Procfile": "web: gunicorn a:app\n"}).layout
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(layout), type=Layout) == layout


PROGRAM = """
import sys
from pathlib import Path
import msgspec
from discover.config import load_config
from discover.sources.tree import read_tree
found = read_tree(Path(sys.argv[1]), load_config(Path(sys.argv[1])))
print(msgspec.json.encode((found.files, found.skipped, found.left_out, found.layout, found.modules)).decode())
"""


def test_hash_seeds_do_not_change_a_byte(project: Path):
    def output(seed: str) -> str:
        folder = project / "fixtures" / "sources"
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(project)}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    assert output("1") == output("2")


def test_nothing_heavy_is_imported_for_a_tree_that_needs_none(project: Path, tree: Tree):
    root = tree({"a.py": ""})
    program = PROGRAM + "print([m for m in ('yaml', 'tomllib', 'libcst') if m in sys.modules])"
    command = [sys.executable, "-c", program, str(root)]
    result = subprocess.run(command, env={"PYTHONPATH": str(project)}, check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]"
