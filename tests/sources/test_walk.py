from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from discover.config import Config, load_config
from discover.errors import InputError
from discover.sources.reader import Reader
from discover.sources.records import Walk
from discover.sources.walk import walk

Result = TypeVar("Result")
Tree = Callable[[Mapping[str, str | bytes]], Path]


def paths(found: Walk) -> list[str]:
    return [file.path for file in found.files]


def reasons(found: Walk) -> dict[str, str]:
    return {skipped.file: skipped.reason for skipped in found.skipped}


def within_seconds(call: Callable[[], Result]) -> Result:
    """What the call returns; one that waits for ever fails instead."""

    def give_up(*_: object) -> None:
        pytest.fail("waits for ever")

    former = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(10)
    try:
        return call()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def test_files_come_sorted_with_size_and_place(tree: Tree):
    root = tree({"b.py": "x", "a/c.py": "", "a.py": "pass"})
    found = walk(root, Config())
    assert paths(found) == ["a.py", "a/c.py", "b.py"]
    assert found.files[0].size == 4
    assert Path(found.files[0].absolute).read_text() == "pass"


def test_a_single_python_file_is_a_tree(tree: Tree):
    root = tree({"a.py": "", "b.py": ""})
    assert paths(walk(root / "a.py", Config())) == ["a.py"]


@pytest.mark.parametrize(("name", "message"), [("none", "no such file or folder"), ("notes.txt", "neither a folder")])
def test_what_cannot_be_walked_is_said_with_what_to_do(tree: Tree, name: str, message: str):
    root = tree({"notes.txt": "x"})
    with pytest.raises(InputError, match=message) as caught:
        walk(root / name, Config())
    assert "give the path of a repository's folder" in str(caught.value)


LEFT_OUT = {
    "caches": ["__pycache__/a.py", ".git/hooks/a.py", ".tox/py/a.py", "x.egg-info/a.py", "build/lib/a.py"],
    "hidden": [".github/scripts/a.py", "app/.tools/deep/a.py"],
    "virtualenvs": [".venv/a.py", "venv/lib/a.py"],
    "vendored": [
        "node_modules/x/a.py",
        "lib/site-packages/a.py",
        "app/_vendor/a.py",
        "vendor/x.py",
        "third_party/x.py",
    ],
    "generated": ["api_pb2.py", "api_pb2_grpc.py"],
    "migrations": [
        *("app/migrations/0001_initial.py", "migrations/versions/abc.py", "alembic/versions/abc.py"),
        *("alembic/env.py", "south_migrations/a.py"),
    ],
    "tests": ["tests/a.py", "app/test/a.py", "testdata/a.py", "integration_tests/steps.py"],
    "docs": ["docs/conf.py", "doc/a.py", "documentation/a.py"],
    "examples": ["examples/a.py", "samples/a.py", "example/a.py"],
}


@pytest.mark.parametrize(("rule", "path"), [(rule, path) for rule, found in LEFT_OUT.items() for path in found])
def test_each_rule_leaves_out_its_files_and_no_others_do(tree: Tree, rule: str, path: str):
    root = tree({path: "x = 1\n", "app.py": ""})
    on = walk(root, Config(rules={rule: True}))
    assert paths(on) == ["app.py"]
    assert on.left_out == {rule: 1}
    off = walk(root, Config(rules={"hidden": False, rule: False}))
    assert path in paths(off)
    assert off.left_out == {}


@pytest.mark.parametrize(
    "path",
    [
        *("app/migrations/__init__.py", "app/migrations/tasks/clean_up.py", "versions/a.py", "app/env.py"),
        *("contest/a.py", "latest.py", "attest_test_x.py", "testing/a.py", "docstrings/a.py", "build/a.py"),
        *("env/settings.py", "vendors/views.py", "pb2.py", "examples/a.py", "a.b/c.py", "..a.py"),
    ],
)
def test_names_that_only_resemble_a_rule_are_read(tree: Tree, path: str):
    assert paths(walk(tree({path: "x = 1\n"}), Config())) == [path]


@pytest.mark.parametrize(
    ("path", "text", "is_test"),
    [
        ("test_api.py", "def test_a():\n    pass\n", True),
        ("api_test.py", "import pytest\n", True),
        ("app/tests.py", "class A(TestCase):\n    pass\n", True),
        ("app/tests.py", "class A:\n    async def test_it(self): ...\n", True),
        ("conftest.py", "from pytest import fixture\n", True),
        ("test_api.py", "class TestApi(ApiTests):\n    api = 1\n", True),
        ("lab/tests.py", "class TestResults(models.Model):\n    passed = BooleanField()\n", False),
        ("load_test.py", "class TestPlan:\n    def run(self): ...\n", False),
        ("latest_test.py", "def testimonials(request): ...\n", False),
        ("ab_test.py", "def assign(user): ...\n", False),
        ("management/commands/test_mail.py", "class Command(BaseCommand): ...\n", False),
        ("test_connection.py", "def connect(): ...\n", False),
    ],
)
def test_a_module_named_as_a_test_is_one_only_when_it_holds_tests(tree: Tree, path: str, text: str, is_test: bool):
    found = walk(tree({path: text, "app.py": ""}), Config())
    assert (path not in paths(found)) is is_test


def test_a_folder_named_as_vendored_is_kept_when_it_is_an_application(tree: Tree):
    root = tree({"vendor/models.py": "", "vendor/api.py": "", "lib/vendor/six.py": ""})
    assert paths(walk(root, Config())) == ["vendor/api.py", "vendor/models.py"]


def test_a_folder_named_docs_is_kept_when_it_is_a_package(tree: Tree):
    assert paths(walk(tree({"docs/__init__.py": "", "docs/api.py": ""}), Config())) == [
        "docs/__init__.py",
        "docs/api.py",
    ]


def test_a_virtual_environment_is_known_by_its_contents(tree: Tree):
    found = walk(tree({"my env/pyvenv.cfg": "", "my env/lib/a.py": "", "a.py": ""}), Config())
    assert paths(found) == ["a.py"]
    assert found.left_out == {"virtualenvs": 1}


def test_pyvenv_in_the_root_itself_does_not_hide_the_root(tree: Tree):
    assert paths(walk(tree({"pyvenv.cfg": "", "a.py": ""}), Config())) == ["a.py"]


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ("# @generated\n", "generated"),
        ("# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n", "generated"),
        ('# coding: utf-8\n\n"""\n    Shop (generated by OpenAPI Generator 7)\n"""\n', "generated"),
        ('"""Automatically generated by a tool. Do not edit."""\n', "generated"),
        ("# Generated by Django 5.0 on 2024-01-01\n", "migrations"),
    ],
)
def test_a_generated_file_is_known_by_its_head(tree: Tree, head: str, rule: str):
    found = walk(tree({"models.py": head + "x = 1\n", "app.py": ""}), Config())
    assert paths(found) == ["app.py"]
    assert found.left_out == {rule: 1}


@pytest.mark.parametrize("head", ["", "# Generated by Django 5.0 on 2024-01-01\n"])
def test_a_migration_that_runs_code_of_the_project_is_read(tree: Tree, head: str):
    text = head + "class Migration:\n    operations = [migrations.RunPython(fill)]\n"
    found = walk(tree({"app/migrations/0002_fill.py": text, "app/migrations/0001_initial.py": head}), Config())
    assert paths(found) == ["app/migrations/0002_fill.py"]
    assert found.left_out == {"migrations": 1}


@pytest.mark.parametrize(
    "head", ["", '"""Deals with code that is automatically generated by tools."""\n', "import x\n"]
)
def test_code_that_talks_of_generated_files_is_read(tree: Tree, head: str):
    text = head + 'MARK = "@generated"\n\n\ndef is_generated(head):\n    return MARK in head  # @generated\n'
    assert paths(walk(tree({"a.py": text}), Config())) == ["a.py"]


def test_gitignore_is_honoured_at_every_level(tree: Tree):
    root = tree(
        {
            ".gitignore": "secret/\n*.tmp.py\n",
            "secret/a.py": "",
            "x.tmp.py": "",
            "app/.gitignore": "/local.py\n!keep.tmp.py\n",
            "app/local.py": "",
            "app/sub/local.py": "",
            "app/keep.tmp.py": "",
        }
    )
    found = walk(root, Config())
    assert paths(found) == ["app/keep.tmp.py", "app/sub/local.py"]
    assert found.left_out == {"gitignore": 3}


def test_exclude_adds_and_include_takes_back(tree: Tree):
    root = tree(
        {
            ".gitignore": "generated/\n",
            "legacy/a.py": "",
            "legacy/keep/b.py": "",
            "tests/helpers/c.py": "",
            "tests/d.py": "",
            "generated/e.py": "",
            "app.py": "",
        }
    )
    config = Config(exclude=("legacy/",), include=("legacy/keep/", "tests/helpers/", "generated/e.py"))
    found = walk(root, config)
    assert paths(found) == ["app.py", "generated/e.py", "legacy/keep/b.py", "tests/helpers/c.py"]
    assert found.left_out == {"exclude": 1, "gitignore": 1, "tests": 1}


def test_include_by_name_reaches_into_left_out_folders(tree: Tree):
    root = tree({"tests/deep/factories.py": "", "tests/other.py": ""})
    assert paths(walk(root, Config(include=("factories.py",)))) == ["tests/deep/factories.py"]


def test_a_file_above_the_limit_is_skipped_with_an_entry(tree: Tree):
    root = tree({"data.py": b"x = 1\n" * 1_750_000, "app.py": ""})
    found = walk(root, Config())
    assert paths(found) == ["app.py"]
    assert "larger than 2,000,000 bytes (10,500,000)" in reasons(found)["data.py"]
    assert "max_file_size" in reasons(found)["data.py"]
    assert "data.py" in paths(walk(root, Config(max_file_size=20_000_000)))


def test_a_binary_named_as_python_is_skipped_with_an_entry(tree: Tree):
    assert reasons(walk(tree({"a.py": b"\x7fELF\x00\x01"}), Config())) == {"a.py": "is not text: it holds NUL bytes"}


def test_a_pipe_named_as_python_is_skipped_and_never_opened(tree: Tree):
    root = tree({"app.py": ""})
    os.mkfifo(root / "pipe.py")
    assert reasons(walk(root, Config())) == {"pipe.py": "is not a regular file"}


def test_links_out_of_the_root_are_skipped_and_links_inside_count_once(tree: Tree, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("x = 1\n")
    root = tree({"app/a.py": ""})
    (root / "out").symlink_to(outside)
    (root / "out.py").symlink_to(outside / "secret.py")
    (root / "alias").symlink_to(root / "app")
    (root / "b.py").symlink_to("app/a.py")
    (root / "app/loop").symlink_to(root)
    (root / "gone.py").symlink_to("nowhere.py")
    (root / "self.py").symlink_to("self.py")
    found = walk(root, Config())
    assert paths(found) == ["app/a.py"]
    assert found.links == {"alias": "app", "app/loop": "", "b.py": "app/a.py"}
    assert reasons(found) == {
        "gone.py": "is a symbolic link that leads nowhere",
        "out": "is a symbolic link that leads out of the root",
        "out.py": "is a symbolic link that leads out of the root",
        "self.py": "is a symbolic link that leads nowhere",
    }


@pytest.mark.parametrize("name", [".gitignore", "sub/.gitignore", ".git/info/exclude", "crontab", "undercurrent.yaml"])
def test_what_leads_out_of_the_root_is_not_read_and_told(tree: Tree, tmp_path: Path, name: str):
    (tmp_path / "outside").write_text("*\n")
    root = tree({"a.py": "", "sub/b.py": "", ".git/info/x": ""})
    (root / name).symlink_to(tmp_path / "outside")
    found = walk(root, Config())
    assert paths(found) == ["a.py", "sub/b.py"]
    assert found.others == ()
    assert reasons(found) == {name: "is a symbolic link that leads out of the root"}


def test_a_link_out_of_the_root_that_nobody_would_read_is_not_told(tree: Tree, tmp_path: Path):
    (tmp_path / "outside").write_text("x")
    root = tree({"a.py": ""})
    (root / "notes.txt").symlink_to(tmp_path / "outside")
    assert reasons(walk(root, Config())) == {}


def test_a_gitignore_that_is_a_link_inside_the_root_counts(tree: Tree):
    root = tree({"a.py": "", "b.py": "", "rules": "b.py\n"})
    (root / ".gitignore").symlink_to("rules")
    assert paths(walk(root, Config())) == ["a.py"]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("name", [".gitignore", "sub/.gitignore", ".git/info/exclude"])
def test_a_named_pipe_for_patterns_stops_nothing_and_is_told(tree: Tree, name: str, linked: bool):
    root = tree({"a.py": "", "sub/b.py": "", ".git/info/x": ""})
    os.mkfifo(root / "pipe" if linked else root / name)
    if linked:
        (root / name).symlink_to(root / "pipe")
    found = within_seconds(lambda: walk(root, Config()))
    assert paths(found) == ["a.py", "sub/b.py"]
    assert reasons(found) == {name: "can't be read: not a regular file"}


@pytest.mark.parametrize("name", ["a.py", "crontab", "Procfile", "pyproject.toml", "bin/start", "undercurrent.yaml"])
def test_a_named_pipe_in_the_place_of_a_file_stops_nothing_and_is_told(tree: Tree, name: str):
    root = tree({"main.py": "", "bin/x.py": ""})
    os.mkfifo(root / name)
    found = within_seconds(lambda: walk(root, load_config(root)))
    assert paths(found) == ["bin/x.py", "main.py"]
    assert reasons(found) == {name: "is not a regular file"}


@pytest.mark.parametrize("name", ["a.py", "Procfile"])
def test_a_file_that_became_a_named_pipe_after_the_walk_is_read_as_empty(tree: Tree, name: str):
    root = tree({"a.py": "x = 1\n", "Procfile": "web: python a.py\n"})
    reader = Reader(walk(root, Config()))
    (root / name).unlink()
    os.mkfifo(root / name)
    assert within_seconds(lambda: reader.text(name)) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf8_are_skipped_with_an_entry(tree: Tree):
    root = tree({"a.py": ""})
    (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.py"))).write_text("x = 1\n")
    folder = Path(os.fsdecode(os.fsencode(root) + b"/d\xff"))
    folder.mkdir()
    (folder / "b.py").touch()
    found = walk(root, Config())
    assert paths(found) == ["a.py"]
    assert reasons(found) == {
        "caf\\udce9.py": "the name is not valid UTF-8",
        "d\\udcff": "the name is not valid UTF-8",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_single_file_whose_name_is_not_utf8_is_skipped_with_an_entry(tree: Tree):
    file = Path(os.fsdecode(os.fsencode(tree({"a.py": ""})) + b"/caf\xe9.py"))
    file.touch()
    assert reasons(walk(file, Config())) == {"caf\\udce9.py": "the name is not valid UTF-8"}


def test_odd_names_are_read_as_they_are(tree: Tree):
    names = sorted(["a b.py", 'q"uote.py', "new\nline.py", "</script>/x.py", "ünï.py", "back\\slash.py"])
    assert paths(walk(tree(dict.fromkeys(names, "")), Config())) == names


def test_folders_nested_very_deep_are_walked(tmp_path: Path):
    deep = tmp_path
    for _ in range(300):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "a.py").touch()
    assert len(walk(tmp_path, Config()).files) == 1


def test_scripts_without_an_extension_are_read_when_their_first_line_says_python(tree: Tree):
    root = tree({"bin/job": "#!/usr/bin/env python3\n", "bin/run": "#!/bin/sh\n", "LICENSE": "#!/usr/bin/python\n"})
    found = walk(root, Config())
    assert paths(found) == ["bin/job"]
    assert [file.path for file in found.others] == ["bin/run"]


APP_NAMED_TEST = {
    "shop/__init__.py": "",
    "shop/urls.py": "from shop.test.urls import urlpatterns\n",
    "shop/test/__init__.py": "",
    "shop/test/urls.py": "urlpatterns = []\n",
    "shop/test/ui/views.py": "def show(request): ...\n",
}


@pytest.mark.parametrize(
    "around",
    [
        {},
        {"shop/urls.py": "from .test import urls\n"},
        {"shop/urls.py": "", "shop/orders/views.py": "    from ..test.urls import urlpatterns\n"},
        {"shop/urls.py": "", "shop/settings.py": 'INSTALLED_APPS = [\n    "django",\n    "shop.test",\n]\n'},
    ],
)
def test_an_application_that_is_named_as_tests_are_is_kept_where_code_uses_it(
    tree: Tree, around: Mapping[str, str]
) -> None:
    found = walk(tree({**APP_NAMED_TEST, **around}), Config())
    assert {"shop/test/urls.py", "shop/test/ui/views.py"} <= set(paths(found))


@pytest.mark.parametrize(
    "around",
    [
        {"shop/urls.py": ""},
        {"shop/urls.py": "from shop.testing import urls\n"},
        {"shop/urls.py": "", "shop/test_urls.py": "from shop.test import urls\nimport pytest\n"},
        {"shop/test/test_views.py": "def test_it(): ...\n"},
        {"shop/test/conftest.py": "import pytest\n"},
    ],
    ids=["nobody", "another name", "only tests", "it holds tests", "it holds what tests share"],
)
def test_a_folder_of_tests_with_urls_of_its_own_is_left_out(tree: Tree, around: Mapping[str, str]) -> None:
    found = walk(tree({**APP_NAMED_TEST, **around}), Config())
    assert not [path for path in paths(found) if path.startswith("shop/test/")]


@pytest.mark.parametrize(
    ("module", "main", "is_kept"),
    [
        ('pages = Blueprint("ft", __name__)\n', "from shop.functional_tests import pages\n", True),
        ('@pages.route("/ft")\ndef ft(): ...\n', "from .functional_tests import ft\n", True),
        ('pages = Blueprint("ft", __name__)\n', "", False),
        ("def make(): ...\n", "from shop.functional_tests import make\n", False),
    ],
    ids=["a blueprint", "a route", "nobody imports it", "no routes"],
)
def test_a_package_of_routes_that_is_named_as_tests_are_is_kept_where_code_imports_it(
    tree: Tree, module: str, main: str, is_kept: bool
) -> None:
    files = {"shop/__init__.py": "", "shop/main.py": main, "shop/functional_tests/__init__.py": module}
    assert ("shop/functional_tests/__init__.py" in paths(walk(tree(files), Config()))) == is_kept
