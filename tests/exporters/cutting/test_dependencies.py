"""What a request depends on is solved for each step: where that does something, the export says so."""

from __future__ import annotations

from discover import model
from exporters.cutting.build import build

FILES = {
    "app.py": """
import requests
from fastapi import Depends, FastAPI

app = FastAPI()


def known():
    return requests.post("http://users.example/seen").json()


@app.post("/orders")
def create(user=Depends(known)):
    requests.post("http://a.example")
    requests.post("http://b.example")
"""
}
UNIT = "app.py::create"


def _step(line: int, kind: str = "http", unit: str = UNIT) -> model.Step:
    return model.Step(id=f"{unit}:{line}", name=f"Step {line}", kind=kind, effect="e", unit=unit, line=line)


def _losses(kind: str, framework: str = "fastapi") -> list[str]:
    seen = model.Call(
        id=f"{UNIT}:12",
        name="known",
        callee="app.py::known",
        evidence="dependency",
        unit=UNIT,
        line=12,
        body=(_step(9, kind, "app.py::known"),),
    )
    trigger = model.Trigger(id="http:create", kind="http", framework=framework, handler=UNIT, line=12)
    workflow = model.Workflow(
        id="w", name="POST /orders", triggers=("http:create",), unit=UNIT, body=(seen, _step(14), _step(15))
    )
    return [loss.why for loss in build(workflow, {"http:create": trigger}, FILES.get).losses if "depend" in loss.code]


def test_what_a_dependency_does_is_a_loss() -> None:
    [why] = _losses("http")
    assert why == "what the request depends on does “Step 9”: when the run begins, and again for each step"


def test_what_a_dependency_only_reads_is_none() -> None:
    assert not _losses("db_read")
    assert not _losses("http", "flask")
