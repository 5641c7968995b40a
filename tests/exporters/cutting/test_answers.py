"""What a handler leaves for its answer, or for the rest of its request, keeps it whole: each step has another one."""

from __future__ import annotations

import textwrap

import pytest

from discover import model
from exporters.canonical import records
from exporters.cutting.build import build

HEAD = "import requests\nfrom flask import flash, request, session\n\n\n"
EFFECTS = ('requests.post("http://a.example")', 'requests.post("http://b.example")')


def _whole(head: str, body: str, framework: str) -> str:
    """Why the handler of these lines between two effects is whole; empty where it is not."""
    lines = [EFFECTS[0], *textwrap.dedent(body).strip().split("\n"), EFFECTS[1]]
    text = f"{HEAD}{head}\n{textwrap.indent(chr(10).join(lines), '    ')}\n"
    unit = "app.py::view"
    first = text.split("\n").index(f"    {EFFECTS[0]}") + 1
    nodes = tuple(
        model.Step(id=f"{unit}:{line}", name=f"Step {line}", kind="http", effect="e", unit=unit, line=line)
        for line in (first, first + len(lines) - 1)
    )
    trigger = model.Trigger(id="http:view", kind="http", framework=framework, handler=unit, line=1)
    workflow = model.Workflow(id="w", name="GET /", triggers=("http:view",), unit=unit, body=nodes)
    steps = build(workflow, {"http:view": trigger}, {"app.py": text}.get).definition.runs[0].steps
    found = [step for step in steps if isinstance(step, records.Step)]
    return found[0].whole if len(found) == 1 else ""


@pytest.mark.parametrize(
    "leaves",
    [
        "session.pop('a', None)",
        "session.update(a=1)",
        "flash('done')",
        "request.who = 1",
        "from flask import after_this_request\nafter_this_request(print)",
    ],
)
def test_flask_s_request_is_left_as_it_is(leaves: str) -> None:
    assert _whole("def view():", leaves, "flask")


@pytest.mark.parametrize("leaves", ["request.session.pop('a', None)", "request.session.set_expiry(5)"])
def test_django_s_session_is_left_as_it_is(leaves: str) -> None:
    assert _whole("def view(request):", leaves, "django") == "it changes `request`, which is made anew for each step"


@pytest.mark.parametrize("leaves", ["response.delete_cookie('a')", "response.headers.append('a', 'b')"])
def test_a_response_that_fastapi_makes_is_left_as_it_is(leaves: str) -> None:
    assert "`response`" in _whole("def view(response: Response):", leaves, "fastapi")


def test_what_is_only_asked_is_asked_anew() -> None:
    assert not _whole("def view(request):", "found = request.session.get('a')", "django")
    assert not _whole("def view():", "found = session.get('a')", "flask")
