"""The pages are true: commands and options are in them, quoted output is current, links lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from discover.cli.app import COMMANDS, app
from discover.errors import ExitCode

PAGES = ("README.md", "CHANGELOG.md", "docs", "benchmarks/README.md", "benchmarks/truth/README.md", "fixtures")
CONTEXT = click.Context(app, info_name="undercurrent")


def pages(project: Path) -> list[Path]:
    return sorted(
        file
        for name in PAGES
        for file in ([project / name] if name.endswith(".md") else (project / name).rglob("*.md"))
    )


def command(name: str) -> click.Command:
    found = app.get_command(CONTEXT, name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_teaches(name: str):
    found = command(name)
    assert found.help
    assert found.epilog
    assert "undercurrent" in found.epilog
    undescribed = [
        option.name for option in found.params if isinstance(option, click.Option) and not (option.help or "").strip()
    ]
    assert undescribed == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_and_option_is_documented(name: str, project: Path):
    text = (project / "docs" / "commands.md").read_text(encoding="utf-8")
    assert f"## {name}\n" in text
    assert f"| `undercurrent {name}` |" in (project / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    for parameter in command(name).params:
        for option in parameter.opts if isinstance(parameter, click.Option) else []:
            assert option in section


def test_each_exit_status_is_documented(project: Path):
    text = (project / "README.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} | " in text


def test_what_the_pages_quote_is_current(project: Path):
    run = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=project, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_links_between_pages_lead_somewhere(project: Path):
    broken: list[str] = []
    for page in pages(project):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        name = page.relative_to(project)
        targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
        broken += [f"{name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert broken == []


def test_the_python_in_the_readme_runs(project: Path):
    blocks = re.findall(r"```python\n(.*?)```", (project / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        run = subprocess.run([sys.executable, "-c", block], cwd=project, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert run.stdout


def test_the_two_commands_of_the_readme_are_in_the_makefile(project: Path):
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    readme = (project / "README.md").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target} " in readme
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    assert "make test" in (project / ".ci" / "run").read_text(encoding="utf-8")


def test_every_change_stands_under_a_version(project: Path):
    lines = (project / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"
    assert all(re.fullmatch(r"## \[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?", line) for line in headings)


def test_no_page_or_source_names_a_machine(project: Path):
    if shutil.which("git") is None or not (project / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=project, capture_output=True, text=True, check=True)
    names = listed.stdout.splitlines()
    places = [f"{place}/" for place in (Path.home(), project) if len(place.parts) > 1]
    for name in names:
        file = project / name
        if file.suffix in {".py", ".md", ".yaml", ".toml", ".j2", ".css", ".js"} and file.is_file():
            text = file.read_text(encoding="utf-8")
            assert not [place for place in places if place in text], name


HELD = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`((?: \[[^\]]+\])*)")


def test_each_hard_hop_is_held_by_tests_that_exist(project: Path):
    rows = [row for row in (project / "docs" / "hard-hops.md").read_text().splitlines() if row.startswith("| ")]
    kinds = [row for row in rows if re.match(r"\| \d+ \|", row)]
    assert [int(row.split("|")[1]) for row in kinds] == list(range(1, 28))
    for row in rows:
        if row.startswith(("| ---", "| | what", "| what stops")):
            continue
        held = HELD.findall(row)
        assert held, row
        for file, function, cases in held:
            text = (project / file).read_text()
            assert f"def {function}(" in text, (file, function)
            around = text + "".join(path.read_text() for path in sorted((project / file).parent.glob("*.yaml")))
            folders = {path.name for path in (project / "fixtures").glob("*/*")}
            for case in re.findall(r"\[([^\]]+)\]", cases):
                assert case in folders or re.search(rf'(?m)^( *"|- it[^:]*: ){re.escape(case)}("|$)', around), case
