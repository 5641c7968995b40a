"""Copies of described libraries in the tree: told by what they define, and left out for their description."""

from __future__ import annotations

from discover.config import load_config
from discover.pipeline import scan

BOTTLE = """
    class Bottle:
        def route(self, path=None, method="GET", callback=None, **options):
            def decorator(callback):
                return callback
            return decorator(callback) if callback else decorator
        def get(self, path=None, **options):
            return self.route(path, "GET", **options)
        def run(self, **kwargs):
            serve(self)
    class HTTPError(Exception): ...
    class HTTPResponse(Exception): ...
    class Request: ...
    class Response: ...
    class BaseRequest: ...
    class BaseResponse: ...
    class FileUpload: ...
    class FormsDict(dict): ...
    class LocalRequest(BaseRequest): ...
    class LocalResponse(BaseResponse): ...
    def abort(code=500, text=""): ...
    def redirect(url, code=None): ...
    def static_file(filename, root, **kwargs): ...
    def template(*args, **kwargs): ...
    def jinja2_template(*args, **kwargs): ...
    def mako_template(*args, **kwargs): ...
    def response(): ...
    def request(): ...
    def run(app=None, **kwargs): ...
    def serve(app): ...
    def default_app(): ...
    def view(name, **defaults): ...
    def jinja2_view(name, **defaults): ...
    def mako_view(name, **defaults): ...
    def route(path=None, **options): ...
    def get(path=None, **options): ...
    def post(path=None, **options): ...
    def put(path=None, **options): ...
    def delete(path=None, **options): ...
    def patch(path=None, **options): ...
    def error(code=500): ...
    def hook(name): ...
    def install(plugin): ...
    def mount(prefix, app): ...
"""
VIEWS = """
    from {module} import Bottle
    app = Bottle()
    @app.get("/orders")
    def orders():
        return []
"""


def scanned(root):
    """The graph of a tree."""
    return scan(root, load_config(root, None), workers=1)


def paths(graph):
    """The routes of a graph."""
    return [trigger.detail.path for trigger in graph.triggers if trigger.kind == "http"]


def test_routes_are_found_through_a_copy_and_its_files_are_told_as_left_out(tree):
    graph = scanned(tree({"lib/bottle.py": BOTTLE, "shop.py": VIEWS.format(module="bottle")}))
    assert paths(graph) == ["/orders"]
    assert [(entry.file, entry.reason) for entry in graph.skipped] == [
        ("lib/bottle.py", "a copy of the library bottle")
    ]
    assert not [unit for unit in graph.units if unit.id.startswith("lib/")]


def test_a_copy_inside_the_projects_own_package_is_one(tree):
    files = {
        "shop/__init__.py": "",
        "shop/core/__init__.py": "",
        "shop/core/bottle.py": BOTTLE,
        "shop/views.py": VIEWS.format(module="shop.core.bottle"),
        "shop/more.py": VIEWS.format(module=".core.bottle").replace("/orders", "/more"),
    }
    assert paths(scanned(tree(files))) == ["/more", "/orders"]


def test_a_librarys_own_repository_is_read(tree):
    metadata = '[project]\nname = "bottle"\n'
    graph = scanned(tree({"pyproject.toml": metadata, "bottle.py": BOTTLE, "app.py": VIEWS.format(module="bottle")}))
    assert not graph.skipped


def test_a_module_of_the_projects_own_that_shares_a_name_is_read(tree):
    own = """
        class Bottle:
            def get(self, path):
                return lambda view: view
    """
    graph = scanned(tree({"bottle.py": own, "shop.py": VIEWS.format(module="bottle")}))
    assert not graph.skipped
    assert paths(graph) == []


def test_the_rule_can_be_switched_off(tree):
    files = {"bottle.py": BOTTLE, "shop.py": VIEWS.format(module="bottle")}
    graph = scanned(tree({**files, "undercurrent.yaml": "rules: {copies: false}\n"}))
    assert not graph.skipped
    assert [unit for unit in graph.units if unit.id.startswith("bottle.py")]


def test_a_list_of_patterns_names_the_copies_instead(tree):
    files = {"lib/bottle.py": BOTTLE, "shop.py": VIEWS.format(module="bottle")}
    graph = scanned(tree({**files, "undercurrent.yaml": "rules: {copies: [lib/]}\n"}))
    assert not graph.skipped
    assert paths(graph) == ["/orders"]
