"""Of several URLs that callers make of one request, what they share is told; of several hosts, nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    import requests
    BASE = "https://api.example.com/v1"

    def _post(base, path):
        return requests.post(base + path, timeout=5)

    def authorise():
        return _post(BASE, "/authorisations")

    def void(number):
        return _post({base}, f"/authorisations/{{number}}/void")
"""


@pytest.mark.parametrize(
    ("base", "target", "service"),
    [
        ("BASE", "https://api.example.com/v1/authorisations/{}", "api.example.com"),
        ('"https://api.example.com/v2"', "https://api.example.com/{}", "api.example.com"),
        ('"https://other.example.com"', "", ""),
    ],
)
def test_what_all_urls_share_is_the_target(
    base: str, target: str, service: str, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    (effect,) = scan_source({"m.py": CODE.format(base=base)}).effects
    assert (effect.target, effect.service) == (target, service)
