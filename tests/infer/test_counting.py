from __future__ import annotations

import pytest

from discover.infer.workflows import infer_workflows
from discover.model import Guard

WHILE = """
def entry(limit):
    {start}
    while {test}:
        try:
            effect.http.post("a")
            break
        except Timeout:
            {handled}
        {after}
"""

CASES = {
    "a step of one from zero makes as many tries as the bound says": ("n = 0", "n < 5", "pass", "n += 1", 5),
    "a bound that belongs to it makes one more": ("n = 0", "n <= 5", "pass", "n += 1", 6),
    "a larger step makes fewer tries": ("n = 0", "n < 60", "pass", "n += 10", 6),
    "a later start makes fewer tries": ("n = 3", "n < 5", "pass", "n += 1", 2),
    "counting down to zero counts too": ("n = 3", "n > 0", "pass", "n -= 1", 3),
    "a bound that stands first is read from the right": ("n = 0", "5 > n", "pass", "n += 1", 5),
    "a further condition can only end it sooner": ("n = 0", "not limit and n < 5", "pass", "n += 1", 5),
    "the handler may count": ("n = 0", "n < 5", "n += 1", "pass", 5),
    "an alternative condition bounds nothing": ("n = 0", "limit or n < 5", "pass", "n += 1", None),
    "an unknown start tells nothing": ("n = limit", "n < 5", "pass", "n += 1", None),
    "a start that is missing tells nothing": ("pass", "n < 5", "pass", "n += 1", None),
    "a step that is unknown tells nothing": ("n = 0", "n < 5", "pass", "n += limit", None),
    "a step away from the bound tells nothing": ("n = 0", "n < 5", "pass", "n -= 1", None),
    "no step at all tells nothing": ("n = 0", "n < 5", "pass", "pass", None),
    "a counter that is set anew tells nothing": ("n = 0", "n < 5", "n = 0", "n += 1", None),
    "a step that may be skipped tells nothing": ("n = 0", "n < 5", "continue", "n += 1", None),
    "a step under a condition tells nothing": ("n = 0", "n < 5", "pass", "if limit: n += 1", None),
    "two starts tell nothing": ("n = 0\n    if limit: n = 1", "n < 5", "pass", "n += 1", None),
}


@pytest.mark.parametrize(("start", "test", "handled", "after", "expected"), CASES.values(), ids=CASES.keys())
def test_tries_are_counted_only_where_start_step_and_bound_are_known(linked, start, test, handled, after, expected):
    code = WHILE.format(start=start, test=test, handled=handled, after=after)
    (guard,) = infer_workflows(linked(code))[0][0].workflow.body
    assert isinstance(guard, Guard)
    assert guard.retry is not None
    assert isinstance(guard, Guard)
    assert guard.retry is not None
    assert guard.retry.attempts == expected


@pytest.mark.parametrize(
    ("counter", "expected"),
    [("range(3)", 3), ("range(1, 4)", 3), ("range(0, 10, 5)", 2), ("range(limit)", None), ("count()", None)],
)
def test_a_range_says_how_often(linked, counter, expected):
    code = f"""
    def entry(limit):
        for attempt in {counter}:
            try:
                effect.http.post("a")
                break
            except Timeout:
                pass
    """
    (guard,) = infer_workflows(linked(code))[0][0].workflow.body
    assert isinstance(guard, Guard)
    assert guard.retry is not None
    assert guard.retry.attempts == expected


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("TRIES", 3),
        ("settings.TRIES", 4),
        ("1, TRIES", 2),
        ("settings.tries()", None),
        ("given", None),
        ("OTHER", None),
    ],
)
def test_a_module_s_constant_says_how_often(workflow_of, bound, expected):
    code = f"""
        import os, requests, settings
        from fastapi import FastAPI
        app = FastAPI()
        TRIES = 3
        OTHER = 1
        OTHER = 2
        @app.get("/")
        def entry():
            return ask()
        def ask(given=3):
            for attempt in range({bound}):
                try:
                    return requests.get("https://example.com/a", timeout=5)
                except OSError:
                    pass
    """
    files = {"m.py": code, "settings.py": "TRIES = 4\ndef tries():\n    return 4\n"}
    guards = [n for n in _all(workflow_of(files, "::entry").body) if isinstance(n, Guard)]
    assert [guard.retry and guard.retry.attempts for guard in guards] == [expected]


def _all(body):
    for node in body:
        yield node
        yield from _all(getattr(node, "body", ()))


CHECKED = """
TRIES = 4
def entry(limit):
    {start}
    {loop}:
        {before}
        try:
            effect.http.post("a")
            return
        except Timeout:
            {handled}
        {after}
"""

CHECKS = {
    "a check after the step": ("n = 0", "while True", "pass", "n += 1", "if n >= 4: raise", 4),
    "a check before the step": ("n = 0", "while True", "pass", "if n >= 4: raise", "n += 1", 5),
    "a check before the work": ("n = 0", "while True", "if n == 3: return", "n += 1", "pass", 3),
    "a first try that counts as one": ("n = 1", "while True", "pass", "if n > 4: raise", "n += 1", 5),
    "a check that goes on where it holds": (
        *("n = 0", "while True", "pass", "n += 1"),
        "if n < 4: sleep(1)\n        else: raise Gone()",
        4,
    ),
    "one of two reasons to give up": ("n = 0", "while True", "pass", "n += 1", "if limit or n >= 4: raise", 4),
    "both reasons together tell nothing": ("n = 0", "while True", "pass", "n += 1", "if limit and n >= 4: raise", None),
    "counting down": ("n = 4", "while True", "pass", "n -= 1", "if n <= 0: raise", 4),
    "a loop that counts for ever": ("pass", "for n in count(1)", "pass", "if n == 4: raise", "pass", 4),
    "a check that only waits tells nothing": ("n = 0", "while True", "pass", "n += 1", "if n >= 4: sleep(9)", None),
    "a check of something else tells nothing": ("n = 0", "while True", "pass", "n += 1", "if limit >= 4: raise", None),
    "a check the wrong way round tells nothing": ("n = 0", "while True", "pass", "n += 1", "if n < 4: raise", None),
    "a bound that is given tells nothing": ("n = 0", "while True", "pass", "n += 1", "if n >= limit: raise", None),
}


@pytest.mark.parametrize(
    ("start", "loop", "before", "handled", "after", "expected"), CHECKS.values(), ids=CHECKS.keys()
)
def test_a_check_that_gives_up_says_how_often(linked, start, loop, before, handled, after, expected):
    code = CHECKED.format(start=start, loop=loop, before=before, handled=handled, after=after)
    (guard,) = [n for n in infer_workflows(linked(code))[0][0].workflow.body if isinstance(n, Guard)]
    assert guard.retry is not None
    assert guard.retry.attempts == expected


@pytest.mark.parametrize(
    ("bound", "expected"), [("config.TRIES", 4), ("OWN", 6), ("limit", None), ("config.unknown()", None)]
)
@pytest.mark.parametrize("form", ["while", "check"])
def test_a_bound_may_be_a_constant_of_any_module(workflow_of, bound, expected, form):
    loop = f"while n < {bound}" if form == "while" else "while True"
    check = "pass" if form == "while" else f"if n >= {bound}: raise"
    code = f"""
    import requests
    from fastapi import FastAPI
    from shop import config
    app = FastAPI()
    OWN = 6
    @app.post("/pay")
    def pay(limit: int):
        n = 0
        {loop}:
            try:
                return requests.post("https://example.com/pay", timeout=1)
            except requests.Timeout:
                n += 1
                {check}
    """
    files = {"shop/__init__.py": "", "shop/config.py": "TRIES = 4", "shop/app.py": code}
    (guard,) = [n for n in workflow_of(files, "::pay").body if isinstance(n, Guard)]
    assert guard.retry is not None
    assert guard.retry.attempts == expected
