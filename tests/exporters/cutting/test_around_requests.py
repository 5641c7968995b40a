"""What frameworks run around a request happens again for each step of it: what that does is a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover import load_config, scan
from exporters.base import Loss
from exporters.cutting.export import definitions

Tree = Callable[[Mapping[str, str]], Path]

VIEW = """
    requests.post("http://a.example/")
    requests.post("http://b.example/")
"""
FLASK = """
import requests
from flask import Flask, g, jsonify
app = Flask(__name__)
@app.before_request
def load():
    seen()
def seen():
    g.seen = requests.post("http://seen.example/").json()
@app.after_request
def told(response):
    requests.post("http://told.example/")
    return response
@app.teardown_request
def closed(error):
    requests.post("http://closed.example/")
@app.errorhandler(ValueError)
def wrong(error):
    requests.post("http://wrong.example/")
@app.post("/orders")
def create():{view}
    return jsonify({{}})
"""
DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": """
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["shop.around.Seen", "shop.around.Old", "shop.around.quiet"]
""",
    "shop/around.py": """
import requests
from django.utils.deprecation import MiddlewareMixin
class Seen:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        requests.post("http://seen.example/")
        return self.get_response(request)
class Old(MiddlewareMixin):
    def process_response(self, request, response):
        requests.post("http://old.example/")
        return response
def quiet(get_response):
    def run(request):
        return get_response(request)
    return run
""",
    "shop/urls.py": """
from django.urls import path
from shop.views import create
urlpatterns = [path("orders", create)]
""",
    "shop/views.py": f"""
import requests
from django.http import HttpResponse
def create(request):{VIEW}
    return HttpResponse()
""",
}
FASTAPI = """
import requests
from fastapi import FastAPI
app = FastAPI()
@app.middleware("http")
async def seen(request, call_next):
    requests.post("http://seen.example/")
    return await call_next(request)
@app.post("/orders")
def create():{view}
"""
AIOHTTP = """
import requests
from aiohttp import web
@web.middleware
async def seen(request, handler):
    requests.post("http://seen.example/")
    return await handler(request)
async def create(request):{view}
    return web.Response()
app = web.Application(middlewares=[seen])
app.router.add_post("/orders", create)
"""
EACH = "when the run begins, and again for each step"
CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "flask": (
        {"app.py": FLASK.format(view=VIEW)},
        {
            "load": "when the run begins, and again in a step that asks for what was left on `g`",
            "closed": "once more for each step",
        },
    ),
    "django": (DJANGO, {"Old.process_response": EACH, "Seen.__call__": EACH}),
    "fastapi": ({"app.py": FASTAPI.format(view=VIEW)}, {"seen": EACH}),
    "aiohttp": ({"app.py": AIOHTTP.format(view=VIEW)}, {"seen": EACH}),
}


def _losses(root: Path) -> list[Loss]:
    graph = scan(root, load_config(root), cache=None)
    _, losses = definitions(graph, lambda path: (root / path).read_text() if (root / path).is_file() else None)
    return [loss for loss in losses if loss.code == "middleware-repeated"]


@pytest.mark.parametrize("framework", CASES)
def test_what_is_done_around_a_request_that_is_cut_is_a_loss(framework: str, tree: Tree) -> None:
    files, expected = CASES[framework]
    told = {}
    for loss in _losses(tree(files)):
        assert loss.where.endswith("::create#create")
        name, _, rest = loss.why.partition(", which runs around each request, does ")
        told[name.strip("`")] = rest.rpartition(": ")[2]
    assert told == expected


def test_what_is_done_is_told_with_its_place(tree: Tree) -> None:
    why = next(loss.why for loss in _losses(tree(CASES["flask"][0])) if "`load`" in loss.why)
    assert "does “POST seen.example” (app.py:9): " in why


def test_hooks_before_a_view_that_is_one_step_run_twice(tree: Tree) -> None:
    view = FLASK.format(view=f"\n    with LOCK:{VIEW.replace('    ', '        ')}        return 1")
    view = view.replace("    return jsonify({})\n", "")
    told = [loss.why for loss in _losses(tree({"app.py": f"from threading import Lock\nLOCK = Lock()\n{view}"}))]
    assert [why.endswith(EACH) for why in told if "`load`" in why] == [True]
