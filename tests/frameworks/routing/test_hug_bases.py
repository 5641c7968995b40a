"""What hug's APIs put before all their routes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

PART = 'import hug\n\n@hug.get("/item")\ndef item(): ...\n'


@pytest.mark.parametrize(
    ("main", "part", "paths"),
    [
        ("", "", ["/item", "/own"]),
        ('hug.API(__name__).http.base_url = "/v1"\n', "", ["/item", "/v1/own"]),
        ('@hug.extend_api("/part")\ndef parts():\n    return [part]\n', "", ["/own", "/part/item"]),
        ('@hug.extend_api("/part", base_url="/v2")\ndef parts():\n    return [part]\n', "", ["/own", "/v2/part/item"]),
        ('hug.API(__name__).extend(part, "/part", base_url="/v2")\n', "", ["/own", "/v2/part/item"]),
        (
            'hug.API(__name__).http.base_url = "/v1"\n@hug.extend_api("/part")\ndef parts():\n    return [part]\n',
            'hug.API(__name__).http.base_url = "/lost"\n',
            ["/v1/own", "/v1/part/item"],
        ),
        ('class Client:\n    base_url = ""\nclient = Client()\nclient.base_url = "/x"\n', "", ["/item", "/own"]),
    ],
)
def test_a_base_stands_before_the_routes_of_the_outermost_api(
    main: str, part: str, paths: list[str], find: Callable[[dict[str, str]], Findings]
) -> None:
    own = 'import hug\nimport part\n\n@hug.get("/own")\ndef own(): ...\n\n'
    found = find({"main.py": own + main, "part.py": PART + part})
    assert sorted(entry.detail.path or "" for entry in found.entry_points if entry.kind == "http") == paths
