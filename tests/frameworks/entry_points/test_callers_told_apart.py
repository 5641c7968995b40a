"""A registering call that many callers lead to has a route of each, up to a limit that is reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

TEXT = (
    "from flask import Flask\n"
    "app = Flask(__name__)\n"
    "def show(): ...\n"
    "def add(rule):\n"
    "    app.add_url_rule(rule, view_func=show)\n"
    "add('/a')\n"
    "add('/b')\n"
    "add('/c')\n"
)


@pytest.mark.parametrize(("limit", "reported"), [(2, [(5, "callers")]), (4, [])])
def test_callers_beyond_those_that_are_told_apart_are_reported(
    find: Find, monkeypatch: pytest.MonkeyPatch, limit: int, reported: list[tuple[int, str]]
) -> None:
    monkeypatch.setattr("discover.frameworks.workbench.FRAMES", limit)
    found = find({"app.py": TEXT})
    assert len(found.entry_points) == min(limit, 3)
    assert [(problem.line, problem.what) for problem in found.problems] == reported
