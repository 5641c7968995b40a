"""The shape of the project: directions of imports, what importing costs, what is public, what the package carries."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import networkx as nx
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


def test_no_module_of_the_discovery_needs_itself_through_others():
    graph = grimp.build_graph("discover", exclude_type_checking_imports=True, cache_dir=None)
    needs = nx.DiGraph((a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a))
    assert [sorted(circle) for circle in nx.strongly_connected_components(needs) if len(circle) > 1] == []


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


LONGEST_MODULE = {
    # One thing: the records of a syntax tree.
    "discover/facts/records.py": 460,
    # One table, with the few lines behind each of its rows: what calls of the standard library give.
    "discover/resolve/intrinsics.py": 430,
}
LONGEST_FUNCTION = {
    # One table: what each part of the page's index says.
    "exporters/html/view/build.py: _entries": 45,
    # One decision after another about one loop; each is a line or two.
    "discover/infer/attempts.py: retried": 45,
}


def test_no_module_or_function_outgrows_a_reader(project: Path):
    too_long: list[str] = []
    for file in sources(project):
        text = file.read_text(encoding="utf-8")
        name = file.relative_to(project).as_posix()
        if len(text.splitlines()) > LONGEST_MODULE.get(name, 400):
            too_long.append(f"{name}: {len(text.splitlines())} lines")
        too_long += [
            f"{name}: {node.name}: {lines_of(node)} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and lines_of(node) > LONGEST_FUNCTION.get(f"{name}: {node.name}", 40)
        ]
    assert too_long == []


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


# Whatever imports by a name, finds a module, or makes code of text: not to be imported, under any name.
IMPORTERS = ("importlib", "imp", "runpy", "pkgutil", "pickle", "marshal", "shelve", "code", "codeop", "zipimport")
RUNNERS = {"exec", "eval", "compile", "__import__", "__builtins__", "__loader__", "__spec__"}
# Each with what it may have, and why that never reaches the analysed code.
MAY_IMPORT = {
    # Public names that load their home on first use, from a table of our own modules.
    "discover/__init__.py": {"importlib.import_module"},
    "discover/facts/__init__.py": {"importlib.import_module"},
    # The commands, the plugins that our catalogs name, the exporters: tables of our own modules.
    "discover/cli/app.py": {"importlib.import_module"},
    "discover/frameworks/find.py": {"importlib.import_module"},
    "exporters/__init__.py": {"importlib.import_module"},
    # Data files of our own packages.
    "discover/cli/schema.py": {"importlib.resources.files"},
    "exporters/html/page/assets.py": {"importlib.resources.files", "importlib.util.find_spec"},
    "exporters/shared/copies.py": {"importlib.resources"},
    # The file beside our own catalogs that holds them parsed, as byte code beside its source.
    "discover/catalog/compiled.py": {"importlib.util.cache_from_source"},
    # Names of parameters are kept off those of built-in functions.
    "exporters/cutting/names.py": {"builtins"},
    "exporters/python_code/text.py": {"builtins"},
    # Code in an edited definition is compiled to see whether it can be read; what that gives is thrown away.
    "exporters/canonical/code_checks.py": {"compile"},
    # Workers: the user runs them, to run the backend; no scan loads them.
    "exporters/dbos/embedded.py": {"importlib"},
    "exporters/dbos/durable/commands.py": {"importlib"},
}
WORKERS = (
    "exporters/worker/",
    *(
        f"exporters/{engine}/runtime/"
        for engine in ("bpmn", "conductor", "restate", "serverlessworkflow", "stepfunctions", "temporal", "unmeshed")
    ),
)


def imported(node: ast.AST) -> list[str]:
    """The dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def ways_to_run_code(source: str) -> list[str]:
    """Imports and names in a source that could import or run what is not ours."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        found += [name for name in imported(node) if name.partition(".")[0] in {*IMPORTERS, "builtins", "_imp"}]
        if isinstance(node, ast.Name) and node.id in RUNNERS:
            found.append(node.id)
        if isinstance(node, ast.Attribute) and node.attr in {"__import__", "__builtins__", "__loader__"}:
            found.append(node.attr)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.modules":
            found.append("sys.modules")
    return found


def test_the_analysed_code_is_never_imported_or_run(project: Path):
    """Imports are forbidden, not calls: a call can be spelled in any way."""
    wrong = [
        f"{name}: {way}"
        for file in sources(project)
        if not (name := file.relative_to(project).as_posix()).startswith(WORKERS)
        for way in ways_to_run_code(file.read_text(encoding="utf-8"))
        if way not in MAY_IMPORT.get(name, ())
    ]
    assert wrong == []


def test_no_permission_to_import_outlives_its_use(project: Path):
    for name, ways in MAY_IMPORT.items():
        assert ways <= set(ways_to_run_code((project / name).read_text(encoding="utf-8"))), name


@pytest.mark.parametrize(
    "source",
    [
        "from importlib import import_module as load",
        "import importlib as i",
        "import runpy",
        "from builtins import exec as e",
        "run = eval",
        "__builtins__['exec']('1')",
        "import sys\nsys.modules['a']",
        "from pickle import loads",
        "x.__loader__.exec_module(y)",
    ],
)
def test_another_spelling_is_no_way_around(source: str):
    assert ways_to_run_code(source)


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
