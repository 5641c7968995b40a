"""Each command over the bundled backend, from the command line to what it writes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Mapping[str, str | bytes]], Path]


def test_the_main_job_finds_the_workflow_over_all_its_runs(undercurrent: Undercurrent, lead_enrichment: Path):
    run = undercurrent("scan", lead_enrichment, "--format", "json")
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    lead = next(flow for flow in document["workflows"] if flow["unit"] == "leads/routes.py::create_lead")
    assert [piece["unit"].rpartition("::")[2] for piece in lead["runs"]] == [
        "lookup_company",
        "verify_mailbox",
        "route_lead",
    ]
    assert "Slack" in lead["services"]
    assert lead in document["workflows"][:2], "it hides the most, beside the nightly job that joins it half way"
    assert document["skipped"] == []


def test_an_earlier_document_gives_the_same_page_as_the_folder(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path
):
    undercurrent("scan", lead_enrichment, "--format", "json", "-o", tmp_path / "leads.json")
    one = undercurrent("show", tmp_path / "leads.json", "create_lead")
    two = undercurrent("show", lead_enrichment, "create_lead")
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout
    assert "queue → run 2: " in one.stdout


def test_the_diagram_is_one_file_and_is_named_at_the_end(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path
):
    page = tmp_path / "reports" / "leads.html"
    run = undercurrent("diagram", lead_enrichment, "-o", page, "--title", "Leads & <more>")
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines()[-1].endswith(f"written to {page}")
    assert list(page.parent.iterdir()) == [page]
    text = page.read_text(encoding="utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert "Leads &amp; &lt;more&gt;" in text


@pytest.mark.parametrize("target", ["yaml", "mermaid", "dbos", "unmeshed"])
def test_each_target_is_written_below_the_folder(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path, target: str
):
    run = undercurrent("export", lead_enrichment, "--to", target, "--workflow", "create_lead", "-o", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert files
    assert all(b"\r" not in file.read_bytes() for file in files)
    assert f"written to {tmp_path / 'out'}" in run.stderr


@pytest.mark.parametrize("target", ["yaml", "temporal"])
def test_what_was_edited_in_the_folder_is_replaced_by_force_alone(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path, target: str
):
    out = tmp_path / "out"
    command = ("export", lead_enrichment, "--to", target, "--workflow", "create_lead", "-o", out)
    assert undercurrent(*command).returncode == 0
    written = {file: file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}
    again = undercurrent(*command)
    assert again.returncode == 0, again.stderr
    edited, *others = [file for file in written if file.suffix == ".yaml"] + [out / "notes.txt"]
    edited.write_text("name: mine\n")
    (out / "notes.txt").write_text("mine")
    for other in others[:-1]:
        other.unlink()
    refused = undercurrent(*command)
    assert refused.returncode == 2
    said = f"{out}: nothing was written, since it would replace what differs there: {edited.relative_to(out)}; "
    assert f"{said}name another folder, or replace it with --force" in refused.stderr
    assert edited.read_text() == "name: mine\n"
    assert not any(other.exists() for other in others[:-1])
    forced = undercurrent(*command, "--force")
    assert forced.returncode == 0, forced.stderr
    assert {file: file.read_bytes() for file in written} == written
    assert (out / "notes.txt").read_text() == "mine"


def test_a_link_in_the_folder_is_not_followed_out_of_it(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path
):
    command = (
        "export",
        lead_enrichment,
        "--to",
        "yaml",
        "--workflow",
        "create_lead",
        "-o",
        tmp_path / "out",
        "--force",
    )
    assert undercurrent(*command).returncode == 0
    (file,) = (tmp_path / "out").glob("*.yaml")
    file.unlink()
    file.symlink_to(tmp_path / "other.yaml")
    run = undercurrent(*command)
    assert run.returncode == 2
    assert f"{file.name}: leads out of {tmp_path / 'out'}" in run.stderr
    assert not (tmp_path / "other.yaml").exists()


def test_one_definition_goes_to_standard_output(undercurrent: Undercurrent, lead_enrichment: Path):
    run = undercurrent("export", lead_enrichment, "--to", "yaml", "--workflow", "create_lead")
    assert run.returncode == 0, run.stderr
    assert "create_lead" in run.stdout


def test_many_files_need_a_folder(undercurrent: Undercurrent, lead_enrichment: Path):
    run = undercurrent("export", lead_enrichment, "--to", "dbos")
    assert run.returncode == 2
    assert "name a folder with -o" in run.stderr


def test_a_definition_is_one_workflow(undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path):
    made = undercurrent("export", lead_enrichment, "--to", "yaml", "--workflow", "create_lead", "-o", tmp_path / "out")
    assert f"1 file written to {tmp_path / 'out'}" in made.stderr
    (file,) = (tmp_path / "out").glob("*.yaml")
    run = undercurrent("export", file, "--to", "yaml", "--workflow", "create_lead")
    assert run.returncode == 2
    assert f"{file} is one definition: --workflow picks one of a backend's" in run.stderr


def test_a_loss_is_reported_and_strict_makes_it_a_status(undercurrent: Undercurrent, tree: Tree, tmp_path: Path):
    root = tree(
        {
            "app.py": """\
            import requests
            from flask import Flask

            app = Flask(__name__)


            @app.post("/orders")
            def create_order():
                while not ready():
                    requests.post("https://api.example.com/poll", timeout=3)
                return {}


            def ready():
                return False
            """
        }
    )
    command = ("export", root, "--to", "unmeshed", "-o", tmp_path / "out")
    lax, strict = undercurrent(*command), undercurrent(*command, "--strict")
    assert lax.returncode == 0, lax.stderr
    lost = [line for line in strict.stderr.splitlines() if line.startswith("lost: ")]
    assert strict.returncode == (3 if lost else 0)
    assert lost, "a loop that waits has no counterpart there"


def test_rules_are_listed_as_the_repository_sets_them(undercurrent: Undercurrent, tree: Tree):
    root = tree({"pyproject.toml": "[tool.undercurrent.rules]\ntests = false\nvendored = ['copied/']\n"})
    run = undercurrent("rules", root)
    assert run.returncode == 0, run.stderr
    assert "Settings: pyproject.toml" in run.stdout
    assert "tests (off)" in run.stdout
    assert "patterns: copied/" in run.stdout
    assert "migrations (on)" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "missing.yaml"), "missing.yaml"),
        (("run", "bad.yaml"), "bad.yaml:3:1: "),
        (("run", "lead.yaml", "--input", "{"), "--input is no JSON"),
        (("run", "lead.yaml", "--input", "@missing.json"), "missing.json: No such file"),
        (("run", "lead.yaml", "--root", "missing"), "missing: no such folder"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    undercurrent: Undercurrent, lead_enrichment: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
):
    definition = undercurrent("export", lead_enrichment, "--to", "yaml", "--workflow", "create_lead").stdout
    (tmp_path / "lead.yaml").write_text(definition, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("name: x\nsteps: [\n", encoding="utf-8")
    run = undercurrent(*arguments)
    assert run.returncode == 2, run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr


SHOP = {
    "undercurrent.yaml": "catalogs: [courier.yaml]\n",
    "courier.yaml": """
        library: courier
        documentation: https://example.com/
        imports: [courier]
        effects:
          - call: courier.send
            kind: http
            detail: POST
    """,
    "app.py": """
        import courier
        from flask import Flask
        app = Flask(__name__)
        @app.post("/orders")
        def order():
            courier.send("parcel")
    """,
    "other.py": "import app\n",
}


@pytest.mark.parametrize("linked", [False, True])
def test_one_python_file_is_scanned_with_the_settings_beside_it(
    undercurrent: Undercurrent, tree: Tree, tmp_path: Path, linked: bool
):
    file = tree(SHOP) / "app.py"
    if linked:
        (tmp_path / "alias.py").symlink_to(file)
        file = tmp_path / "alias.py"
    first = undercurrent("scan", file, "--format", "json")
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert [flow["unit"] for flow in document["workflows"]] == ["app.py::order"]
    assert [effect["kind"] for effect in document["effects"]] == ["http"]
    assert document["stats"]["files"] == 1
    assert undercurrent("scan", file, "--format", "json").stdout == first.stdout
    assert "POST /orders" in undercurrent("show", file, "1").stdout
    assert "Settings: undercurrent.yaml" in undercurrent("rules", file).stdout
    page = tmp_path / "page.html"
    assert undercurrent("diagram", file, "-o", page).returncode == 0
    assert "parcel" in page.read_text(encoding="utf-8"), "the source is quoted"


def test_one_python_file_that_nobody_can_read_is_skipped(undercurrent: Undercurrent, tree: Tree):
    run = undercurrent("scan", tree({"a.py": "def (:\n"}) / "a.py", "--strict")
    assert run.returncode == 3, run.stderr
    assert "a.py:1: " in run.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.py", "none.py: no such file; name"), ("pipe.py", "pipe.py: is neither a folder nor a Python file; name")],
)
def test_one_file_that_cannot_be_scanned_is_said_with_what_can(
    undercurrent: Undercurrent, tmp_path: Path, name: str, said: str
):
    os.mkfifo(tmp_path / "pipe.py")
    run = undercurrent("scan", name)
    assert run.returncode == 2
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
