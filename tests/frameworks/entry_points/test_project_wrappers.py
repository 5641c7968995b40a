"""A project's own way to register or send is followed to its callers, without a rule of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]


def routes(found: Findings) -> list[tuple[str | None, str]]:
    return sorted((entry.detail.path, entry.unit) for entry in found.entry_points if entry.kind == "http")


def test_a_decorator_factory_around_a_registering_call_keeps_paths_and_handlers_together(find: Find) -> None:
    text = (
        "from flask import Flask\n"
        "app = Flask(__name__)\n"
        "def page(path):\n"
        "    def register(view):\n"
        "        app.add_url_rule('/pages' + path, view_func=view)\n"
        "        return view\n"
        "    return register\n"
        "@page('/a')\n"
        "def first(): ...\n"
        "@page('/b')\n"
        "def second(): ...\n"
    )
    assert routes(find({"app.py": text})) == [("/pages/a", "app.py::first"), ("/pages/b", "app.py::second")]


def test_a_function_that_adds_a_prefix_is_evaluated_for_each_caller(find: Find) -> None:
    text = (
        "from flask import Flask\n"
        "app = Flask(__name__)\n"
        "def scoped(rule):\n"
        "    return '/org/{}'.format(rule)\n"
        "@app.route(scoped('x'))\n"
        "def one(): ...\n"
        "@app.route(scoped('y'))\n"
        "def two(): ...\n"
    )
    assert routes(find({"app.py": text})) == [("/org/x", "app.py::one"), ("/org/y", "app.py::two")]


@pytest.mark.parametrize(
    "made",
    [
        "'/org/{}'.format(rule)",
        "'/{0}/{1}'.format('org', rule)",
        "'/{name}/{rule!s}'.format(rule=rule, name='org')",
        "'/org/%s' % rule",
        "'/%s/%s' % ('org', rule)",
        "'/%(name)s/%(rule)s' % {'name': 'org', 'rule': rule}",
        "'/'.join(['', 'org', rule])",
        "'/' + '/'.join(part for part in ('org', rule))",
        "f'/org/{rule}'",
        "'/org/' + rule",
    ],
)
def test_however_a_helper_makes_a_path_each_caller_has_its_own(find: Find, made: str) -> None:
    text = (
        "from flask import Flask\n"
        "app = Flask(__name__)\n"
        f"def scoped(rule):\n    return {made}\n"
        "@app.route(scoped('x'))\ndef one(): ...\n"
        "@app.route(scoped('y'))\ndef two(): ...\n"
    )
    assert routes(find({"app.py": text})) == [("/org/x", "app.py::one"), ("/org/y", "app.py::two")]


def test_both_returns_of_a_helper_and_the_helpers_that_it_calls_count_for_each_caller(find: Find) -> None:
    text = (
        "import os\nfrom flask import Flask\n"
        "app = Flask(__name__)\nMULTI = bool(os.environ.get('MULTI'))\n"
        "def prefixed(rule):\n    return '/<org>{}'.format(rule)\n"
        "def scoped(rule):\n    if MULTI:\n        return prefixed(rule)\n    return rule\n"
        "class Site:\n"
        "    def add(self, view, *urls):\n"
        "        for url in [scoped(url) for url in urls]:\n"
        "            app.add_url_rule(url, view_func=view)\n"
        "@app.route(scoped('/x'))\ndef one(): ...\n"
        "def two(): ...\ndef three(): ...\n"
        "site = Site()\nsite.add(two, '/y', '/yy')\nsite.add(three, '/z')\n"
    )
    found = routes(find({"app.py": text}))
    assert [path for path, unit in found if unit == "app.py::one"] == ["/<org>/x", "/x"]
    assert [path for path, unit in found if unit == "app.py::three"] == ["/<org>/z", "/z"]
    assert [path for path, unit in found if unit == "app.py::two"] == ["/<org>/y", "/<org>/yy", "/y", "/yy"]


def test_a_router_that_is_handed_to_a_function_keeps_its_prefix(find: Find) -> None:
    files = {
        "api.py": (
            "from fastapi import APIRouter\nrouter = APIRouter(prefix='/b')\n@router.get('/c')\ndef read(): ...\n"
        ),
        "main.py": (
            "from fastapi import FastAPI\nimport api\n"
            "def install(app, router, prefix):\n    app.include_router(router, prefix=prefix)\n"
            "app = FastAPI()\ninstall(app, api.router, '/a')\n"
        ),
    }
    assert routes(find(files)) == [("/a/b/c", "api.py::read")]


def test_a_task_decorator_made_with_partial_is_still_the_librarys(find: Find) -> None:
    text = (
        "from functools import partial\nfrom celery import shared_task\n"
        "job = partial(shared_task, queue='slow')\n"
        "@job(name='clean')\ndef clean(): ...\n"
        "def go():\n    clean.delay(1)\n"
    )
    found = find({"jobs.py": text})
    assert [entry.unit for entry in found.entry_points] == ["jobs.py::clean"]
    assert [(dispatch.unit, dispatch.targets) for dispatch in found.dispatches] == [
        ("jobs.py::go", ("jobs.py::clean",))
    ]


def test_a_method_of_the_same_name_on_something_else_sends_nothing(find: Find) -> None:
    text = (
        "from celery import shared_task\n"
        "@shared_task\ndef clean(): ...\n"
        "class Timer:\n    def delay(self, seconds): ...\n"
        "def go():\n    Timer().delay(3)\n"
    )
    assert find({"jobs.py": text}).dispatches == ()


def test_a_prefix_that_only_a_deployment_knows_is_taken_for_empty(find: Find) -> None:
    code = """
from django.conf import settings
from django.urls import path

prefix = ""
if below := settings.SITE_ROOT.strip("/"):
    prefix = f"{below}/"

def login(request): ...

urlpatterns = [path(f"{prefix}login/", login)]
"""
    found = find({"urls.py": code})
    assert [entry.detail.path for entry in found.entry_points] == ["/login/"]


def test_a_function_that_makes_pattern_objects_gives_their_routes(find: Find) -> None:
    code = """
from django.urls import URLPattern, include, path, re_path
from django.urls.resolvers import RegexPattern, RoutePattern

def hook(request): ...
def page(request): ...

def shop_url(route, view, name=None):
    pattern = RegexPattern(route, name=name, is_endpoint=True)
    pattern.live = True
    return URLPattern(pattern, view, {}, name)

urlpatterns = [
    re_path("^stripe/", include([shop_url(r"^hook/$", hook, name="hook")])),
    URLPattern(RoutePattern("page/"), page),
]
"""
    found = find({"urls.py": code})
    assert sorted((entry.detail.path or "", entry.unit) for entry in found.entry_points) == [
        ("/page/", "urls.py::page"),
        ("/stripe/hook/", "urls.py::hook"),
    ]


def test_a_route_is_of_the_framework_whose_object_holds_it(find: Find) -> None:
    code = "from quart import Quart\napp = Quart(__name__)\n@app.get('/a')\nasync def a(): ...\n"
    found = find({"app.py": code})
    assert [entry.framework for entry in found.entry_points] == ["quart"]


def test_a_group_of_commands_stands_where_it_is_hung_up_and_not_where_a_loop_hangs_up_copies(find: Find) -> None:
    main = (
        "import copy, click\n"
        "from shop import config, orders, stock\n"
        "@click.group()\n"
        "def cli(): ...\n"
        "for command in [orders, stock]:\n"
        "    old = copy.copy(command)\n"
        "    old.hidden = True\n"
        "    cli.add_command(old)\n"
        "cli.add_command(config)\n"
    )
    shop = (
        "import click\n"
        "@click.group()\n"
        "def config(): ...\n"
        "@click.group()\n"
        "def orders(): ...\n"
        "@click.group()\n"
        "def stock(): ...\n"
        "@orders.command()\n"
        "def create(): ...\n"
        "@stock.command()\n"
        "def count(): ...\n"
        "config.add_command(orders)\n"
        "config.add_command(stock)\n"
    )
    found = find({"main.py": main, "shop.py": shop})
    commands = sorted(entry.detail.command or "" for entry in found.entry_points if entry.kind == "command")
    assert commands == ["config orders create", "config stock count"]
    assert all(any(name in entry.names for name in ("orders create", "stock count")) for entry in found.entry_points)


INCLUDING = (
    "import os\n"
    "from typing import Any, cast\n"
    "from fastapi import APIRouter, FastAPI\n"
    "FIRST = os.environ.get('FIRST', '')\n"
    "orders, users, people = APIRouter(prefix='/orders'), APIRouter(), APIRouter()\n"
    "@orders.get('/all')\n"
    "def list_orders(): ...\n"
    "@users.get('/me')\n"
    "def me(): ...\n"
    "@people.get('/everybody')\n"
    "def everybody(): ...\n"
    "def include(application: FastAPI, router: APIRouter, **options: Any):\n"
    "    first = f\"/{FIRST.strip('/')}\" if FIRST else ''\n"
    "    given = cast(str | None, options.get('prefix'))\n"
    "    if TEST:\n"
    "        whole = f\"{first}/{given.strip('/')}\"\n"
    "    else:\n"
    "        whole = f'{first}'\n"
    "    final: dict[str, Any] = {**options, 'prefix': whole}\n"
    "    application.include_router(router, **final)\n"
    "def include_open(application: FastAPI, router: APIRouter, prefix: str | None = None):\n"
    "    include(application, router, prefix=prefix, tags=['open'])\n"
    "def get_app():\n"
    "    application = FastAPI()\n"
    "    include(application, orders)\n"
    "    include_open(application, users, prefix='/users/')\n"
    "    include_open(application, people)\n"
    "    return application\n"
)


@pytest.mark.parametrize("test", ["given", "given is not None", "not (not given)"])
def test_a_way_that_a_caller_does_not_take_gives_its_router_no_prefix(find: Find, test: str) -> None:
    assert routes(find({"app.py": INCLUDING.replace("TEST", test)})) == [
        ("/everybody", "app.py::everybody"),
        ("/orders/all", "app.py::list_orders"),
        ("/users/me", "app.py::me"),
    ]


def test_a_way_that_no_argument_decides_is_told_with_the_other(find: Find) -> None:
    found = routes(find({"app.py": INCLUDING.replace("TEST", "os.environ.get('MODE') == 'full'")}))
    assert ("/users/me", "app.py::me") in found
    assert ("/me", "app.py::me") in found


def methods(found: Findings) -> list[tuple[str | None, tuple[str, ...], str]]:
    return sorted((entry.detail.path, entry.detail.methods, entry.unit) for entry in found.entry_points)


def test_a_method_that_a_wrapper_is_given_registers_for_the_caller_that_gives_it(find: Find) -> None:
    text = (
        "from fastapi import APIRouter, FastAPI\n"
        "app, orders = FastAPI(), APIRouter(prefix='/orders')\n"
        "app.include_router(orders)\n"
        "def renamed(path, new_path, method, old_method=None):\n"
        "    def register(function):\n"
        "        (old_method or method)(path=path, deprecated=True)(function)\n"
        "        method(path=new_path)(function)\n"
        "    return register\n"
        "@renamed('/a', '/b', orders.get)\n"
        "def read(): ...\n"
        "@renamed('/c', '/d', app.post, old_method=orders.put)\n"
        "def write(): ...\n"
    )
    assert methods(find({"app.py": text})) == [
        ("/d", ("POST",), "app.py::write"),
        ("/orders/a", ("GET",), "app.py::read"),
        ("/orders/b", ("GET",), "app.py::read"),
        ("/orders/c", ("PUT",), "app.py::write"),
    ]


def test_a_registering_call_of_a_given_method_means_what_each_caller_gives(find: Find) -> None:
    text = (
        "from aiohttp import web\n"
        "app = web.Application()\n"
        "async def read(request): ...\n"
        "async def write(request): ...\n"
        "def route(add, path, handler):\n"
        "    add('/api' + path, handler)\n"
        "route(app.router.add_get, '/read', read)\n"
        "route(app.router.add_post, '/write', write)\n"
    )
    assert methods(find({"app.py": text})) == [
        ("/api/read", ("GET",), "app.py::read"),
        ("/api/write", ("POST",), "app.py::write"),
    ]


@pytest.mark.parametrize("holds", ["list[APIRouter]", "Iterable[APIRouter]", "tuple[APIRouter, APIRouter]"])
def test_an_annotated_list_of_routers_holds_those_that_are_given_back(find: Find, holds: str) -> None:
    text = (
        "from collections.abc import Iterable\n"
        "from fastapi import APIRouter, FastAPI\n"
        "orders, users = APIRouter(prefix='/orders'), APIRouter()\n"
        "@orders.get('/all')\n"
        "def list_orders(): ...\n"
        "@users.get('/me')\n"
        "def me(): ...\n"
        f"def routers() -> {holds}:\n"
        "    return [orders, users]\n"
        "app = FastAPI()\n"
        "for router in routers():\n"
        "    app.include_router(router, prefix='/api')\n"
    )
    assert routes(find({"app.py": text})) == [("/api/me", "app.py::me"), ("/api/orders/all", "app.py::list_orders")]


def test_an_annotated_mapping_of_applications_holds_those_that_are_given_back(find: Find) -> None:
    text = (
        "from aiohttp import web\n"
        "class Api:\n"
        "    def __init__(self):\n"
        "        self.first: web.Application = web.Application()\n"
        "        self.second: web.Application = web.Application()\n"
        "    @property\n"
        "    def versions(self) -> dict[str, web.Application]:\n"
        "        return {'v1': self.first, 'v2': self.second}\n"
        "    def load(self):\n"
        "        for version in ('v1', 'v2'):\n"
        "            self.register(self.versions[version])\n"
        "        self.first.add_subapp('/v2', self.versions['v2'])\n"
        "    def register(self, app: web.Application):\n"
        "        app.add_routes([web.get('/info', self.info)])\n"
        "    async def info(self, request): ...\n"
    )
    assert routes(find({"app.py": text})) == [("/info", "app.py::Api.info"), ("/v2/info", "app.py::Api.info")]
