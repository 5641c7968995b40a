"""What an application gives Flask-REST-JSONAPI as its permission manager runs before the resources that ask for it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    import requests
    from flask import Flask
    from flask_rest_jsonapi import Api, ResourceDetail

    app = Flask(__name__)
    api = Api(app)

    def permitted(view, view_args, view_kwargs, *args, **kwargs):
        requests.get("https://rights.example", timeout=1)
        return view(*view_args, **view_kwargs)

    def other(view, view_args, view_kwargs, *args, **kwargs):
        requests.get("https://other.example", timeout=1)

    api.permission_manager(permitted)

    class Orders(ResourceDetail):
        {decorators}
        def get(self, id):
            requests.get("https://orders.example", timeout=1)

    api.route(Orders, "orders", "/orders/<int:id>")
"""


@pytest.mark.parametrize(
    ("decorators", "hosts"),
    [
        ('decorators = (api.has_permission("is_owner", methods="GET"),)', ["rights.example", "orders.example"]),
        ("decorators = ()", ["orders.example"]),
        ("pass", ["orders.example"]),
    ],
)
def test_a_resource_that_asks_for_a_permission_runs_the_manager_first(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph], decorators: str, hosts: list[str]
) -> None:
    graph = scan_source({"shop/app.py": textwrap.dedent(CODE).format(decorators=decorators)})
    workflow = next(one for one in graph.workflows if one.name.startswith("GET /orders"))
    assert sorted(workflow.services) == sorted(hosts)
