"""The shape of the project: directions of imports, what importing costs, what is public, what the package carries."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import discover

HEAVY = ("exporters", "libcst", "pyvis", "networkx", "sqlglot", "rich", "jinja2", "dbos", "pathspec")


def modules_after(statement: str, project: Path) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sorted(sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    return {name.partition(".")[0] for name in run.stderr.split()}


def sources(project: Path) -> list[Path]:
    return sorted(file for package in ("discover", "exporters") for file in (project / package).rglob("*.py"))


def test_the_import_contracts_hold(project: Path):
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())",
    ]
    run = subprocess.run([*command, "--no-cache"], cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("statement", ["import discover", "import discover.model", "import discover.cli"])
def test_importing_loads_nothing_heavy(statement: str, project: Path):
    assert not modules_after(statement, project).intersection(HEAVY)


def test_asking_for_help_loads_nothing_heavy(project: Path):
    for command in ("--help", "scan --help", "export --help"):
        statement = f"from discover.cli import run\nrun({command.split()!r})"
        assert not modules_after(statement, project).intersection(HEAVY)


def test_an_exporter_loads_no_stage_of_the_discovery(project: Path):
    code = (
        "import sys, exporters\nfor name in exporters.NAMES: exporters.load(name)\n"
        "print(*sorted(name for name in sys.modules if name.startswith('discover.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert {name.split(".")[1] for name in run.stdout.split()} <= {"model", "errors"}


def test_each_public_name_exists_and_is_documented():
    for name in discover.__all__:
        value = getattr(discover, name)
        assert inspect.getdoc(value), name
    assert set(discover.__all__) <= set(dir(discover))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = discover.nothing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


def test_the_version_is_said_once_and_the_same(project: Path):
    said = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert said == discover.__version__


def test_every_package_says_what_it_is_for(project: Path):
    silent = [file for file in sources(project) if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_module_or_function_outgrows_a_reader(project: Path):
    """A module of more than 400 lines, or a function of more than 60, is looked at again; these are the limits."""
    too_long: list[str] = []
    for file in sources(project):
        text = file.read_text(encoding="utf-8")
        name = file.relative_to(project).as_posix()
        if len(text.splitlines()) > LONGEST_MODULE.get(name, 450):
            too_long.append(f"{name}: {len(text.splitlines())} lines")
        too_long += [
            f"{name}:{node.lineno}: {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > 60
        ]
    assert too_long == []


LONGEST_MODULE = {
    # One thing: a syntax tree.
    "discover/facts/records.py": 500,
    # One walk over Django's URL patterns, whose parts call each other.
    "discover/frameworks/plugins/django_urls.py": 520,
}


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_analysed_code_is_never_imported_or_run(project: Path):
    """Nothing in the discovery imports by a name from outside, or evaluates text."""
    for file in sources(project):
        name = file.relative_to(project).as_posix()
        if not name.startswith("discover/"):
            continue
        # The lazy public names of a package, the commands, the plugins: each from a table of our own modules.
        lazy = file.name == "__init__.py" or name in {"discover/cli/app.py", "discover/frameworks/find.py"}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"exec", "eval", "compile", "__import__"}, f"{name}:{node.lineno}"
                assert not called.startswith(("runpy.", "pickle.load", "importlib.util")), f"{name}:{node.lineno}"
                assert lazy or not called.endswith("import_module"), f"{name}:{node.lineno}"


def test_no_code_names_a_backend_that_it_is_measured_on(project: Path):
    names = ("redash", "healthchecks", "saleor", "netbox", "pretix", "nameko-examples", "cosmicpython")
    for file in [*sources(project), *(project / "discover").rglob("*.yaml")]:
        text = file.read_text(encoding="utf-8").casefold()
        assert not [name for name in names if name in text], file


def test_the_wheel_carries_all_data_files(project: Path, tmp_path: Path):
    pytest.importorskip("hatchling")
    builder = importlib.import_module("hatchling.build")
    code = (
        f"import os; os.chdir({str(project)!r}); import hatchling.build as b; print(b.build_wheel({str(tmp_path)!r}))"
    )
    assert builder
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import zipfile

    names = set(zipfile.ZipFile(tmp_path / run.stdout.split()[-1]).namelist())
    data = [
        file.relative_to(project).as_posix()
        for package in ("discover", "exporters")
        for file in (project / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    assert sorted(set(data) - names) == []
