"""Paths that a function gives only while a setting is on: kept beside the path by default."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

APP = """
from flask import Flask
from flask_restful import Api, Resource
import settings

app = Flask(__name__)


class ScopedApi(Api):
    def add_scoped(self, resource, *urls):
        return self.add_resource(resource, *[scoped(url) for url in urls])


def scoped(rule):
    if settings.MULTI:
        return "/<org>" + rule
    return rule


class Orders(Resource):
    def get(self): ...


api = ScopedApi(app)
api.add_scoped(Orders, "/orders", "/all-orders")


@app.get(scoped("/login"))
def login(): ...
"""


def paths(found: Findings) -> dict[str, list[str]]:
    return {e.detail.path or "": list(e.detail.also) for e in found.entry_points if e.kind == "http"}


@pytest.mark.parametrize(
    "setting",
    [
        'os.environ.get("MULTI", "false")',
        'as_boolean(os.getenv("MULTI", "no"))',
        'bool(int(os.environ.get("MULTI", "0")))',
    ],
)
def test_what_is_behind_a_setting_that_is_off_is_a_further_path(find: Find, setting: str) -> None:
    code = f"import os\ndef as_boolean(s): return s.lower() in ('yes', 'true')\nMULTI = {setting}\n"
    assert paths(find({"app.py": APP, "settings.py": code})) == {
        "/orders": ["/<org>/orders"],
        "/all-orders": ["/<org>/all-orders"],
        "/login": ["/<org>/login"],
    }


@pytest.mark.parametrize("setting", ['os.environ.get("MULTI", "true")', 'os.environ["MULTI"]', "True", "read()"])
def test_a_setting_that_may_be_on_gives_both_paths(find: Find, setting: str) -> None:
    found = paths(find({"app.py": APP, "settings.py": f"import os\nMULTI = {setting}\n"}))
    assert found["/orders"] == found["/<org>/orders"] == []
