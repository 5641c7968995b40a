"""What a project's own wrapper does around a class's view where that is registered is told with the view."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

WRAPPERS = """
import functools
def counted(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        print(1)
        return view(*args, **kwargs)
    return inner
def limited(number):
    def wrap(view):
        def inner(*args, **kwargs):
            print(number)
            return view(*args, **kwargs)
        return inner
    return wrap
class Logged:
    def __init__(self, view):
        self.view = view
    def __call__(self, *args, **kwargs):
        print(2)
        return self.view(*args, **kwargs)
"""
DJANGO = """
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views import View
from wrappers import Logged, counted, limited
class Show(View):
    def get(self, request): ...
class Edit(View):
    def post(self, request): ...
named = counted(Show.as_view())
urlpatterns = [path("show", {view}), path("edit", counted(Edit.as_view())){more}]
"""
FLASK = """
from flask import Flask
from flask.views import MethodView
from wrappers import Logged, counted, limited
app = Flask(__name__)
class Show(MethodView):
    def get(self): ...
class Edit(MethodView):
    def post(self): ...
app.add_url_rule("/show", view_func={view})
app.add_url_rule("/edit", view_func=counted(Edit.as_view("edit")))
"""
COUNTED, LIMITED, LOGGED = "counted.<locals>.inner", "limited.<locals>.wrap.<locals>.inner", "Logged.__call__"


def told(find: Find, text: str) -> tuple[list[tuple[str | None, str]], list[tuple[str, str, str]]]:
    """The routes with their units, and what runs around these, by which way."""
    found = find({"urls.py": text, "wrappers.py": WRAPPERS})
    routes = [(one.detail.path, one.unit.partition("::")[2]) for one in found.entry_points if one.kind == "http"]
    hooks = [hook for hook in found.hooks if hook.moment == "before"]
    around = [
        (hook.unit.partition("::")[2], hook.target.partition("::")[2], "".join(way.value for way in hook.ways))
        for hook in hooks
    ]
    return sorted(routes), sorted(around)


@pytest.mark.parametrize(
    ("view", "wrappers"),
    [
        ("Show.as_view()", []),
        ("login_required(Show.as_view())", []),
        ("counted(Show.as_view())", [COUNTED]),
        ("login_required(counted(Show.as_view()))", [COUNTED]),
        ("counted(login_required(Show.as_view()))", [COUNTED]),
        ("limited(3)(Show.as_view())", [LIMITED]),
        ("counted(limited(3)(Show.as_view()))", [COUNTED, LIMITED]),
        ("Logged(Show.as_view())", [LOGGED]),
        ("named", [COUNTED]),
    ],
)
def test_a_url_patterns_wrapper_stands_around_the_classs_view(find: Find, view: str, wrappers: list[str]) -> None:
    routes, around = told(find, DJANGO.replace("{view}", view).replace("{more}", ""))
    assert routes == [("/edit", "Edit.post"), ("/show", "Show.get")]
    assert around == [("Edit.post", COUNTED, ""), *(("Show.get", wrapper, "") for wrapper in wrappers)]


def test_a_wrapper_of_one_of_several_paths_stands_there_alone(find: Find) -> None:
    more = ', path("plain", Show.as_view()), path("logged", Logged(Show.as_view()))'
    _, around = told(find, DJANGO.replace("{view}", "counted(Show.as_view())").replace("{more}", more))
    assert around == [
        ("Edit.post", COUNTED, ""),
        ("Show.get", LOGGED, "/logged"),
        ("Show.get", COUNTED, "/show"),
    ]


@pytest.mark.parametrize(
    ("view", "wrappers"),
    [
        ("Show.as_view('show')", []),
        ("counted(Show.as_view('show'))", [COUNTED]),
        ("limited(3)(Show.as_view('show'))", [LIMITED]),
        ("Logged(Show.as_view('show'))", [LOGGED]),
    ],
)
def test_a_registering_calls_wrapper_stands_around_the_classs_view(find: Find, view: str, wrappers: list[str]) -> None:
    routes, around = told(find, FLASK.replace("{view}", view))
    assert routes == [("/edit", "Edit.post"), ("/show", "Show.get")]
    assert around == [("Edit.post", COUNTED, ""), *(("Show.get", wrapper, "") for wrapper in wrappers)]
