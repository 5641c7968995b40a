"""Routes by the project's own loops and helpers: each path keeps its view, whoever hands the table on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

ONCE_FOR_EACH_CLASS = """
def configure(blueprint, table, decorators=None):
    made = {}
    for path, view in table:
        function = made.get(view)
        if function is None:
            function = view.as_view(view.__name__)
            for decorator in decorators or []:
                function = decorator(function)
            made[view] = function
        blueprint.add_url_rule(path, view_func=function)
    return blueprint
"""
EACH_TIME = """
def configure(blueprint, table):
    for path, view in table:
        blueprint.add_url_rule(path, view_func=view.as_view(view.__name__))
    return blueprint
"""
VIEWS = """
from flask.views import MethodView
class Order(MethodView):
    def get(self): ...
class Orders(MethodView):
    def post(self): ...
class Chat(MethodView):
    def delete(self): ...
"""
ORDERS = """
from flask import Blueprint
from api import configure
from views import Chat, Order, Orders
page = configure(Blueprint("orders", __name__), [("/orders", Orders), ("/orders/<id>", Order), ("/chat", Chat)])
"""
OLD = """
from flask import Blueprint
from api import configure
from views import Order
page = configure(Blueprint("old", __name__), [("/old/<id>", Order)])
"""
APP = """
from flask import Flask
import old, orders
app = Flask(__name__, static_folder=None)
app.register_blueprint(orders.page)
app.register_blueprint(old.page)
"""


def routes(found: Findings) -> list[tuple[str | None, str]]:
    return sorted((entry.detail.path, entry.unit) for entry in found.entry_points if entry.kind == "http")


@pytest.mark.parametrize("api", [ONCE_FOR_EACH_CLASS, EACH_TIME], ids=["once for each class", "each time"])
def test_each_path_keeps_its_view_through_a_function_of_the_project(find: Find, api: str) -> None:
    files = {"api.py": api, "views.py": VIEWS, "orders.py": ORDERS, "old.py": OLD, "app.py": APP}
    assert routes(find(files)) == [
        ("/chat", "views.py::Chat.delete"),
        ("/old/<id>", "views.py::Order.get"),
        ("/orders", "views.py::Orders.post"),
        ("/orders/<id>", "views.py::Order.get"),
    ]


def test_a_table_that_only_data_names_gets_no_views_of_other_tables(find: Find) -> None:
    plugins = (
        "import importlib\n"
        "from flask import Blueprint\n"
        "from api import configure\n"
        "def load(app, name):\n"
        "    module = importlib.import_module(name)\n"
        "    app.register_blueprint(configure(Blueprint(name, name), module.routes), url_prefix='/plugins')\n"
    )
    files = {"api.py": EACH_TIME, "views.py": VIEWS, "old.py": OLD, "plugins.py": plugins}
    files["app.py"] = APP.replace("old, orders", "old, plugins").replace(
        "app.register_blueprint(orders.page)", "plugins.load(app, input())"
    )
    found = find(files)
    assert routes(found) == [("/old/<id>", "views.py::Order.get")]
    assert [problem.reason for problem in found.problems] == ["handler not known"]


def test_a_long_table_keeps_every_row(find: Find) -> None:
    views = "from flask.views import MethodView\n" + "".join(
        f"class View{number}(MethodView):\n    def get(self): ...\n" for number in range(40)
    )
    rows = ", ".join(f"('/v{number}', views.View{number})" for number in range(40))
    orders = f"from flask import Blueprint\nfrom api import configure\nimport views\ntable = [{rows}]\n"
    orders += "page = configure(Blueprint('orders', __name__), table)\n"
    files = {"api.py": EACH_TIME, "views.py": views, "orders.py": orders}
    files["app.py"] = APP.replace("old, orders", "orders").replace("app.register_blueprint(old.page)", "")
    expected = sorted((f"/v{number}", f"views.py::View{number}.get") for number in range(40))
    assert routes(find(files)) == expected


def test_a_setting_that_is_off_names_no_path(find: Find) -> None:
    text = (
        "import os\n"
        "from flask import Flask\n"
        "app = Flask(__name__, static_folder=None)\n"
        "DEBUG_URL = os.getenv('DEBUG_URL', False)\n"
        "if DEBUG_URL:\n"
        "    @app.route(DEBUG_URL)\n"
        "    def fail(): ...\n"
    )
    assert [path for path, _ in routes(find({"app.py": text}))] == ["{}"]


JOINS = """
def join(*parts):
    parts = list(parts)
    if not parts:
        return ""
    begins = parts[0].startswith("/")
    bare = [part.strip("/") for part in parts]
    whole = "/".join(part for part in bare if part)
    if begins:
        whole = "/" + whole
    if whole == "//":
        whole = "/"
    return whole
"""


def test_a_helper_that_joins_paths_gives_each_route_its_own(find: Find) -> None:
    text = (
        "import os\n"
        "from tornado.web import Application, RequestHandler\n"
        "from paths import join\n"
        "BASE = os.environ['PREFIX']\n"
        "class Order(RequestHandler):\n"
        "    def get(self): ...\n"
        "class Chat(RequestHandler):\n"
        "    def get(self): ...\n"
        "def address(name):\n"
        "    return join(join(BASE, 'user/'), name)\n"
        "app = Application([(join('/api', '/orders/'), Order), (join(BASE, 'chat'), Chat)])\n"
    )
    found = routes(find({"paths.py": JOINS, "app.py": text}))
    assert found == [("/api/orders", "app.py::Order.get"), ("{}/chat", "app.py::Chat.get")]


def test_slashes_that_are_stripped_do_not_come_twice(find: Find) -> None:
    text = (
        "from flask import Flask\n"
        "app = Flask(__name__, static_folder=None)\n"
        "def assets(folder):\n"
        "    folder = folder.strip('/')\n"
        "    rule = f'/{folder}/<path:path>'\n"
        "    def send(path): ...\n"
        "    app.add_url_rule(rule, view_func=send)\n"
        "assets('/plugins/flags/')\n"
        "assets('themes')\n"
    )
    found = [path for path, _ in routes(find({"app.py": text}))]
    assert found == ["/plugins/flags/<path:path>", "/themes/<path:path>"]
