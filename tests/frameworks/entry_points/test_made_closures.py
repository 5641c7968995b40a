"""What is registered through a function of the project's that makes another one runs what that was made for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

PAGES = (
    "class Page:\n"
    "    def process(self):\n"
    "        return self.show()\n"
    "    def show(self): ...\n"
    "class Home(Page):\n"
    "    def show(self): ...\n"
    "class About(Page):\n"
    "    def show(self): ...\n"
)
APP = "from flask import Blueprint, Flask\napp = Flask(__name__)\n"


def runs(found: Findings) -> list[tuple[str | None, str, str]]:
    """Each route with its function and the class of the object on which that runs."""
    entries = (entry for entry in found.entry_points if entry.kind == "http")
    return sorted(
        (entry.detail.path, entry.unit.partition("::")[2], entry.receiver.partition("::")[2]) for entry in entries
    )


def around(found: Findings) -> list[tuple[str, str]]:
    """What runs around a function, by name."""
    hooks = (hook for hook in found.hooks if hook.moment == "before")
    return sorted((hook.unit.partition("::")[2], hook.target.partition("::")[2]) for hook in hooks)


@pytest.mark.parametrize(
    "made",
    [
        "def view_of(page):\n    def view(**given):\n        return page().process()\n    return view\n",
        "def view_of(page):\n    def view():\n        own = page()\n        return own.process()\n    return view\n",
        "def view_of(page):\n    async def view(**given):\n        return await page().process()\n    return view\n",
        "def view_of(page):\n    return lambda **given: page().process()\n",
    ],
    ids=["called at once", "by a name", "awaited", "lambda"],
)
def test_a_closure_made_for_a_class_runs_the_method_of_that_class(find: Find, made: str) -> None:
    text = (
        APP
        + PAGES
        + made
        + "app.add_url_rule('/h', view_func=view_of(Home))\napp.add_url_rule('/a', view_func=view_of(About))\n"
    )
    assert runs(find({"app.py": text})) == [("/a", "Page.process", "About"), ("/h", "Page.process", "Home")]


def test_a_class_method_of_the_projects_own_makes_views(find: Find) -> None:
    text = (
        APP
        + "class View:\n"
        + "    @classmethod\n"
        + "    def as_view(cls):\n"
        + "        def view(**given):\n"
        + "            return cls().dispatch(**given)\n"
        + "        return view\n"
        + "    def dispatch(self): ...\n"
        + "class Home(View): ...\n"
        + "class About(View): ...\n"
        + "app.add_url_rule('/h', view_func=Home.as_view())\n"
        + "app.add_url_rule('/a', view_func=About.as_view())\n"
    )
    assert runs(find({"app.py": text})) == [("/a", "View.dispatch", "About"), ("/h", "View.dispatch", "Home")]


def test_a_decorator_that_is_called_at_the_registration_stands_around_its_function(find: Find) -> None:
    text = (
        APP
        + "def signed_in(view):\n"
        + "    def inner(**given):\n"
        + "        check()\n"
        + "        return view(**given)\n"
        + "    return inner\n"
        + "def check(): ...\n"
        + "def pay(): ...\n"
        + "def show(): ...\n"
        + "app.add_url_rule('/pay', view_func=signed_in(pay))\n"
        + "app.add_url_rule('/show', view_func=signed_in(show))\n"
    )
    found = find({"app.py": text})
    assert runs(found) == [("/pay", "pay", ""), ("/show", "show", "")]
    assert around(found) == [("pay", "signed_in.<locals>.inner"), ("show", "signed_in.<locals>.inner")]


def test_a_function_that_others_run_too_is_not_told_in_the_place_of_a_closure_that_does_more(find: Find) -> None:
    text = (
        APP
        + "def signed_in(view):\n"
        + "    def inner(**given):\n"
        + "        check()\n"
        + "        return view(**given)\n"
        + "    return inner\n"
        + "def check(): ...\n"
        + "def pay(): ...\n"
        + "def nightly():\n"
        + "    pay()\n"
        + "app.add_url_rule('/pay', view_func=signed_in(pay))\n"
    )
    assert runs(find({"app.py": text})) == [("/pay", "signed_in.<locals>.inner", "")]


def test_what_a_blueprints_own_method_makes_of_a_class_or_hands_on_is_told_apart(find: Find) -> None:
    text = (
        APP
        + PAGES
        + "def ping(): ...\n"
        + "def view_of(given):\n"
        + "    if isinstance(given, type):\n"
        + "        def view(**named):\n"
        + "            return given().process()\n"
        + "        return view\n"
        + "    elif callable(given):\n"
        + "        return given\n"
        + "    raise ValueError(given)\n"
        + "class Own(Blueprint):\n"
        + "    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):\n"
        + "        if view_func is not None:\n"
        + "            view_func = view_of(view_func)\n"
        + "        super().add_url_rule('/v1' + rule, endpoint, view_func, **options)\n"
        + "pages = Own('pages', __name__)\n"
        + "pages.add_url_rule('/h', 'h', Home)\n"
        + "pages.add_url_rule('/ping', 'ping', ping)\n"
        + "app.register_blueprint(pages)\n"
    )
    found = find({"app.py": text})
    assert runs(found) == [("/v1/h", "Page.process", "Home"), ("/v1/ping", "ping", "")]
    assert not found.problems


def test_a_closure_that_picks_one_of_two_views_may_run_either(find: Find) -> None:
    text = (
        APP
        + PAGES
        + "def view_of(page):\n"
        + "    def view(**given):\n"
        + "        return page().show()\n"
        + "    return view\n"
        + "def either(first, second):\n"
        + "    one = view_of(first)\n"
        + "    other = view_of(second)\n"
        + "    def view(**given):\n"
        + "        return one(**given) if given['kind'] == 'home' else other(**given)\n"
        + "    return view\n"
        + "app.add_url_rule('/<kind>', view_func=either(Home, About))\n"
    )
    assert runs(find({"app.py": text})) == [("/<kind>", "About.show", "About"), ("/<kind>", "Home.show", "Home")]


PREFIXED = (
    "from contextlib import contextmanager\n"
    + APP
    + "class Own(Blueprint):\n"
    + "    def __init__(self, *given):\n"
    + "        self.above = None\n"
    + "        self.before = ''\n"
    + "        super().__init__(*given)\n"
    + "    def add_url_rule(self, rule, endpoint=None, view_func=None):\n"
    + "        super().add_url_rule(self.before + rule, endpoint, view_func)\n"
    + "        if self.above:\n"
    + "            super().add_url_rule(self.above + rule, endpoint, view_func)\n"
    + "    @contextmanager\n"
    + "    def below(self, above, before=''):\n"
    + "        self.above = above\n"
    + "        self.before = before\n"
    + "        try:\n"
    + "            yield\n"
    + "        finally:\n"
    + "            self.above = None\n"
    + "            self.before = ''\n"
    + "def a(): ...\n"
    + "def b(): ...\n"
    + "def c(): ...\n"
    + "pages = Own('pages', __name__)\n"
    + "others = Own('others', __name__)\n"
    + "app.register_blueprint(pages)\n"
    + "app.register_blueprint(others)\n"
)


def test_a_prefix_holds_as_long_as_the_block_that_sets_it(find: Find) -> None:
    text = (
        PREFIXED
        + "pages.add_url_rule('/a', 'a', a)\n"
        + "with pages.below('/user/<id>', '/user'):\n"
        + "    pages.add_url_rule('/b', 'b', b)\n"
        + "with others.below('/x'):\n"
        + "    others.add_url_rule('/c', 'c', c)\n"
    )
    expected = [("/a", "a", ""), ("/c", "c", ""), ("/user/<id>/b", "b", ""), ("/user/b", "b", ""), ("/x/c", "c", "")]
    assert runs(find({"app.py": text})) == expected


def test_a_block_of_another_object_sets_no_prefix(find: Find) -> None:
    text = PREFIXED + "with others.below('/x'):\n    pages.add_url_rule('/a', 'a', a)\n"
    assert runs(find({"app.py": text})) == [("/a", "a", "")]


def test_a_path_that_both_ways_of_a_test_put_something_before_is_never_told_without(find: Find) -> None:
    text = (
        APP
        + "def add(path, view):\n"
        + "    app.add_url_rule(path, view_func=view)\n"
        + "def show(): ...\n"
        + "for kind in kinds():\n"
        + "    for path in ('/a', '/b'):\n"
        + "        if kind == 'one':\n"
        + "            path = '/one' + path\n"
        + "        else:\n"
        + "            path = '/other' + path\n"
        + "        add(path, show)\n"
    )
    paths = [path for path, *_ in runs(find({"app.py": text}))]
    assert paths == ["/one/a", "/one/b", "/other/a", "/other/b"]


DJANGO = {
    "manage.py": "from django.core.management import execute_from_command_line\n",
    "shop/__init__.py": "",
    "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\n",
}


def test_a_view_behind_an_own_decorator_in_a_url_pattern_has_it_around(find: Find) -> None:
    urls = (
        "from django.urls import path\n"
        "def audited(view):\n"
        "    def inner(request, **given):\n"
        "        note(request)\n"
        "        return view(request, **given)\n"
        "    return inner\n"
        "def note(request): ...\n"
        "def one(request): ...\n"
        "def two(request): ...\n"
        "urlpatterns = [path('one', audited(one)), path('two', audited(two))]\n"
    )
    found = find({**DJANGO, "shop/urls.py": urls})
    assert runs(found) == [("/one", "one", ""), ("/two", "two", "")]
    assert around(found) == [("one", "audited.<locals>.inner"), ("two", "audited.<locals>.inner")]


def test_a_url_pattern_of_a_view_made_for_a_class_runs_that_classs_method(find: Find) -> None:
    urls = (
        "from django.urls import path\n"
        + PAGES
        + "def view_of(page):\n"
        + "    def view(request):\n"
        + "        return page().process()\n"
        + "    return view\n"
        + "urlpatterns = [path('h', view_of(Home)), path('a', view_of(About))]\n"
    )
    expected = [("/a", "Page.process", "About"), ("/h", "Page.process", "Home")]
    assert runs(find({**DJANGO, "shop/urls.py": urls})) == expected


@pytest.mark.parametrize(
    "made",
    ["getattr(page, 'show')", "TABLE['show']", "os.environ['show']", "page.show if page else page.process"],
    ids=["by name", "by key", "unknown", "one of two"],
)
def test_a_closure_that_runs_what_no_call_made_keeps_its_route(find: Find, made: str) -> None:
    text = (
        "import os\n"
        + APP
        + PAGES
        + "TABLE = {'show': Home.show}\n"
        + "def view_of(page):\n"
        + f"    chosen = {made}\n"
        + "    def view(**given):\n"
        + "        return chosen()\n"
        + "    return view\n"
        + "app.add_url_rule('/h', view_func=view_of(Home))\n"
    )
    found = find({"app.py": text})
    assert [path for path, *_ in runs(found)] == ["/h"]
    assert not found.problems


def test_a_closure_made_for_a_function_that_answers_an_object_keeps_its_route(find: Find) -> None:
    text = (
        APP
        + PAGES
        + "def home():\n"
        + "    return Home()\n"
        + "def view_of(page):\n"
        + "    def view(**given):\n"
        + "        return page().show()\n"
        + "    return view\n"
        + "app.add_url_rule('/h', view_func=view_of(home))\n"
    )
    assert runs(find({"app.py": text})) == [("/h", "view_of.<locals>.view", "")]


def test_a_closure_that_was_made_to_call_two_functions_is_told_itself(find: Find) -> None:
    text = (
        APP
        + "def guarded(check, view):\n"
        + "    def inner(**given):\n"
        + "        check()\n"
        + "        return view(**given)\n"
        + "    return inner\n"
        + "def check(): ...\n"
        + "def pay(): ...\n"
        + "app.add_url_rule('/pay', view_func=guarded(check, pay))\n"
    )
    assert runs(find({"app.py": text})) == [("/pay", "guarded.<locals>.inner", "")]


def test_the_constructor_runs_before_the_method_of_the_class_that_a_closure_was_made_for(find: Find) -> None:
    text = (
        APP
        + "class Page:\n"
        + "    def process(self): ...\n"
        + "class Home(Page):\n"
        + "    def __init__(self): ...\n"
        + "class About(Page): ...\n"
        + "def view_of(page):\n"
        + "    def view(**given):\n"
        + "        return page().process()\n"
        + "    return view\n"
        + "app.add_url_rule('/h', view_func=view_of(Home))\n"
        + "app.add_url_rule('/a', view_func=view_of(About))\n"
    )
    found = find({"app.py": text})
    assert runs(found) == [("/a", "Page.process", "About"), ("/h", "Page.process", "Home")]
    assert around(found) == [("Page.process", "Home.__init__")]
    assert [hook.on for hook in found.hooks] == [("app.py::Home",)]


def test_makers_with_ever_more_ways_to_each_other_come_to_an_end(find: Find) -> None:
    names = [f"p{number}" for number in range(7)]
    text = (
        APP
        + f"def view_of({', '.join(names)}):\n"
        + "    def view():\n"
        + "        return p0()\n"
        + "".join(f"    if {name}:\n        return {name}\n" for name in names)
        + "    return view\n"
        + "def register():\n"
        + "    x = None\n"
        + f"    x = view_of({', '.join(['x'] * 7)})\n" * 7
        + "    app.add_url_rule('/x', view_func=x)\n"
    )
    assert runs(find({"app.py": text})) == [("/x", "view_of.<locals>.view", "")]


@pytest.mark.parametrize(
    "body",
    [
        "    if (name := name or view.__name__):\n        pass\n    if name:\n",
        "    with lock() as name:\n      if name:\n",
        "    def choose():\n        nonlocal name\n        name = 'x'\n    choose()\n    if name:\n",
        "    def choose():\n        nonlocal name\n        name = 'x'\n    choose()\n    if name is not None:\n",
    ],
    ids=["walrus", "with", "nonlocal", "nonlocal, not None"],
)
def test_a_test_of_a_name_that_more_than_the_caller_sets_leaves_no_route_out(find: Find, body: str) -> None:
    text = (
        APP
        + "def show(): ...\n"
        + "def add(rule, view, name=None):\n"
        + body
        + "        app.add_url_rule(rule, view_func=view)\n"
        + "add('/show', show)\n"
    )
    assert runs(find({"app.py": text})) == [("/show", "show", "")]


@pytest.mark.parametrize("setting", ["pages.prefix = '/x'\n", "setattr(pages, 'prefix', '/x')\n"])
def test_a_route_behind_a_prefix_that_is_set_from_outside_is_kept(find: Find, setting: str) -> None:
    text = (
        APP
        + "class Pages:\n"
        + "    def __init__(self, prefix=None):\n"
        + "        self.prefix = prefix\n"
        + "    def add(self, rule, view):\n"
        + "        if self.prefix:\n"
        + "            app.add_url_rule(self.prefix + rule, view_func=view)\n"
        + "def show(): ...\n"
        + "pages = Pages()\n"
        + setting
        + "pages.add('/show', show)\n"
    )
    assert runs(find({"app.py": text})) == [("/x/show", "show", "")]


def test_a_block_on_one_line_sets_its_prefix_for_the_calls_in_it(find: Find) -> None:
    text = PREFIXED + "with others.below('/x'): pages.add_url_rule('/a', 'a', a); others.add_url_rule('/c', 'c', c)\n"
    assert runs(find({"app.py": text})) == [("/a", "a", ""), ("/c", "c", ""), ("/x/c", "c", "")]
