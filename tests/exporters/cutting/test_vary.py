"""`Vary: Cookie` stands where a request was asked for its session; steps that do not respond do not add it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover import load_config, scan
from exporters.cutting.export import definitions

Tree = Callable[[Mapping[str, str]], Path]
FLASK = """
import flask
import requests
from flask import Flask, jsonify, session
from flask_login import current_user, login_required
app = Flask(__name__)
{hook}
@app.post("/orders")
{gate}
def create():
    requests.post("http://a.example/", json={first})
    requests.post("http://b.example/")
    return jsonify({last})
"""
DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    "shop/urls.py": """
from django.urls import path
from shop.views import create
urlpatterns = [path("orders", create)]
""",
    "shop/views.py": """
import requests
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
{gate}
def create(request):
    requests.post("http://a.example/", json={first})
    requests.post("http://b.example/")
    return JsonResponse({last})
""",
}
BEFORE = """
@app.before_request
def known():
    session.get("user")
"""
PLAIN = {"hook": "", "gate": "", "first": "1", "last": "{}"}


def _told(tree: Tree, files: Mapping[str, str]) -> list[str]:
    root = tree(files)
    graph = scan(root, load_config(root), cache=None)
    _, losses = definitions(graph, lambda path: (root / path).read_text() if (root / path).is_file() else None)
    return [loss.why.partition("`")[2].partition("`")[0] for loss in losses if loss.code == "vary-header"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, []),
        ({"first": "session['user']"}, ["session"]),
        ({"first": "flask.session['user']"}, ["flask.session"]),
        ({"first": "current_user.id"}, ["current_user"]),
        ({"gate": "@login_required"}, ["login_required"]),
        ({"hook": BEFORE}, ["known"]),
        ({"hook": BEFORE.replace("session", "flask.session")}, ["known"]),
        ({"first": "session['user']", "last": "session['user']"}, []),
    ],
)
def test_flask(tree: Tree, words: dict[str, str], told: list[str]) -> None:
    assert _told(tree, {"app.py": FLASK.format(**PLAIN | words)}) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, []),
        ({"first": "request.session['user']"}, ["request.session"]),
        ({"first": "request.user.pk"}, ["request.user"]),
        ({"gate": "@login_required"}, ["login_required"]),
        ({"gate": "@login_required", "last": "{'user': request.user.pk}"}, []),
    ],
)
def test_django(tree: Tree, words: dict[str, str], told: list[str]) -> None:
    assert _told(tree, DJANGO | {"shop/views.py": DJANGO["shop/views.py"].format(**PLAIN | words)}) == told
