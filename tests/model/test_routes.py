"""Routes that patterns write, as people and requests do."""

from __future__ import annotations

import pytest

from discover.model.routes import plain_route, route_with_places


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (r"^orders/(?P<code>\d+)/?$", "orders/<code>"),
        (r"/orders/(?P<pk>[^/.]+)\.(?P<format>[a-z0-9]+)/?", "/orders/<pk>.<format>"),
        (r"/image/(?P<id>[.0-9A-Za-z_=\-]+)/", "/image/<id>/"),
        (r"/(?P<kind>new|old\.er)", "/<kind>"),
        ("/a/<int:n>/{m:int}", "/a/<int:n>/{m:int}"),
    ],
)
def test_a_group_that_holds_one_part_is_a_place_in_the_route(route: str, told: str):
    assert route_with_places(route) == plain_route(route) == told


@pytest.mark.parametrize("pattern", [".*", r"[\w/]+", r"\S+", r"[^\s]+", r"a/(b|c)"])
def test_a_group_that_may_hold_a_slash_is_a_path(pattern: str):
    assert route_with_places(f"/media/(?P<file>{pattern})") == "/media/<path:file>"
