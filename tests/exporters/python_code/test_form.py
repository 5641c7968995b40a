"""The Python of exported packages is as a formatter leaves it, passes a linter, and has types that hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import exporters
from discover.config import load_config
from discover.pipeline import scan
from exporters.base import ExportResult
from exporters.cutting.export import definitions
from tests.exporters.semantics import numbered

FIXTURES = ("bff", "lead_enrichment", "orders", "signup", "support_tickets")
FORMS = tuple(name for name in exporters.FROM_DEFINITIONS if name != "yaml")
_PYRIGHT = (sys.executable, "-m", "pyright", "--outputjson")
FEW = ("dbos", "temporal")
"""Between them they have all kinds of modules that depend on the definition."""


def put(result: ExportResult, folder: Path) -> None:
    for artifact in result.artifacts:
        file = folder / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")


@pytest.fixture(scope="module", params=[*FIXTURES, "semantics"])
def packages(request: pytest.FixtureRequest, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages of every form, side by side, of one fixture's workflows or of each element that definitions have."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "semantics":
        made, lost = numbered(), []
    else:
        root = project / "fixtures" / request.param / "app"
        sources = {str(file.relative_to(root)): file.read_text(encoding="utf-8") for file in root.rglob("*.py")}
        made, lost = definitions(scan(root, load_config(root)), sources.get)
    for form in FORMS if request.param == "lead_enrichment" else FEW:
        put(exporters.load_writer(form).write(made, lost), folder / form)
    return folder


def test_a_formatter_would_leave_it_alone(packages: Path):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "--no-cache", "."],
        cwd=packages,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_linter_finds_nothing(packages: Path):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "--output-format", "concise", "."],
        cwd=packages,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_its_types_hold(packages: Path):
    if not packages.name.startswith("lead_enrichment"):
        pytest.skip("one fixture is enough: the types of generated code differ by its form alone")
    folder = packages / "temporal"
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard"}), encoding="utf-8")
    config = [*_PYRIGHT, "--pythonpath", sys.executable, "workers/post_api_leads", "workers/workflows.py"]
    done = subprocess.run(config, cwd=folder, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["generalDiagnostics"]
    backend = re.compile('Import "leads[.]')
    wrong = [f"{one['file']}: {one['message']}" for one in told if not backend.match(one["message"])]
    assert wrong == []
