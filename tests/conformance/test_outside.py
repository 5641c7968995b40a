"""A stand-in of a service that does a thing once for a key, however often it is asked, and tells what it has done."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conformance.outside import Outside
from tests.conformance.spec import Answer, Kill, Service, converted

ONCE = {"POST /charges": "header Idempotency-Key", "POST /holds": "json reference", "PUT /parcels/*": "path"}
BANK = {"bank": Service(headers=("Idempotency-Key",), once=ONCE)}


@contextmanager
def bank(*answers: Answer, kill: Kill | None = None) -> Generator[Outside]:
    outside = Outside(BANK, {"bank": answers}, kill)
    try:
        yield outside
    finally:
        outside.close()


def asked(outside: Outside, path: str, body: Any = None, key: str = "", method: str = "POST") -> Any:
    """What is answered: the body's JSON, the status of a failure, None where the connection breaks."""
    headers = {"Idempotency-Key": key} if key else {}
    request = urllib.request.Request(
        outside.url("bank") + path, json.dumps(body or {}).encode(), headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return None


def numbered(*numbers: int) -> list[Answer]:
    return [Answer(json={"number": number}) for number in numbers]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "/charges", "key": "a"}, {"path": "/charges", "key": "b"}),
        ({"path": "/holds", "body": {"reference": "a"}}, {"path": "/holds", "body": {"reference": "b"}}),
        ({"path": "/parcels/a", "method": "PUT"}, {"path": "/parcels/b", "method": "PUT"}),
    ],
)
def test_a_known_key_gets_its_answer_again_and_another_key_is_another_effect(one: Any, other: Any):
    with bank(*numbered(1, 2)) as outside:
        assert [asked(outside, **request)["number"] for request in (one, other, one)] == [1, 2, 1]
        assert sum(map(len, outside.effects.values())) == 2
        assert len(outside.calls) == 3


def test_what_has_no_key_is_done_each_time():
    with bank(*numbered(1, 2)) as outside:
        assert [asked(outside, "/charges")["number"] for _ in range(2)] == [1, 2]
        assert outside.effects == {}


def test_a_failure_is_no_effect():
    with bank(Answer(status=503), Answer(closed=True), *numbered(1)) as outside:
        assert [asked(outside, "/charges", key="a") for _ in range(3)] == [503, None, {"number": 1}]
        assert outside.effects == {"bank POST /charges": ["a"]}


def test_what_was_done_for_a_caller_that_was_killed_is_not_done_again():
    with bank(*numbered(1, 2), kill=Kill("bank POST /charges")) as outside:
        assert asked(outside, "/charges", key="a") is None
        assert asked(outside, "/charges", key="a") == {"number": 1}
        assert outside.effects == {"bank POST /charges": ["a"]}


@pytest.mark.parametrize("place", ["cookie x", "json", "header X-Key"])
def test_a_place_where_no_key_can_be_is_an_error(place: str):
    with pytest.raises(ValueError, match=f"test: '{place}' is no place of a key"):
        converted({"once": {"POST /charges": place}}, Service, "test")
