"""What code sets of its thread or process stays with all that follows: another process would not have it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting import beside

HEAD = """
import contextvars
import decimal
import locale
import os
import sys
import threading

import flask
import stripe
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import activate
from flask_login import current_user
from outside import effect

current = contextvars.ContextVar("current")
local = threading.local()
plain = {}


def speak(language):
    activate(language)


def level(depth, language):
    if depth:
        return level(depth - 1, language)
    return one(language)


def one(language):
    return two(language)


def two(language):
    return three(language)


def three(language):
    return speak(language)


class Client:
    def key(self, key):
        stripe.api_key = key

    def charge(self, key):
        self.key(key)


def keyed(key):
    return Client.charge(Client(), key)


def quietly(function):
    before = stripe.max_retries
    stripe.max_retries = 0
    try:
        return function()
    finally:
        stripe.max_retries = before


def shadowed(settings):
    settings.DEBUG = True


def spoken(language):
    translation.activate(language)
    try:
        return translation.gettext("x")
    finally:
        translation.deactivate()


"""
QUIET = [
    "os.environ.get('X')",
    "current_user.name = n",
    "quietly(str)",
    "shadowed(n)",
    "stripe.api_key == n",
    "flask.request.kept = n",
]
Codes = Callable[[str], list[str]]


@pytest.fixture
def codes(workflow_over: Callable[..., model.Workflow]) -> Codes:
    def run(body: str) -> list[str]:
        text = f"{HEAD}def job(n):\n{textwrap.indent(body, '    ')}\n"
        files = {"outside.py": "def effect(x): return x\n", "job.py": text}
        found = all_elements(beside.definition_of(workflow_over, files).runs[0])
        return [one.code for one in found if isinstance(one, records.Step)]

    return run


@pytest.mark.parametrize(
    "sets",
    [
        "translation.activate(n)",
        "activate(n)",
        "speak(n)",
        "timezone.activate(n)",
        "current.set(n)",
        "local.value = n",
        "os.environ['X'] = n",
        "os.environ.update(X=n)",
        "os.chdir(n)",
        "locale.setlocale(locale.LC_ALL, n)",
        "settings.DEBUG = n",
        "setattr(settings, n, True)",
        "stripe.api_key = n",
        "stripe.http.Client.retries = n",
        "flask.globals.kept = n",
        "decimal.getcontext().prec = n",
        "sys.path.insert(0, n)",
        "level(2, n)",
        "keyed(n)",
    ],
)
def test_what_lasts_stays_with_what_follows(codes: Codes, sets: str) -> None:
    found = codes(f"effect(1)\neffect(2)\n{sets}\neffect(3)\neffect(4)")
    assert found == ["effect(1)", "effect(2)", f"{sets}\neffect(3)\neffect(4)"]


@pytest.mark.parametrize(
    ("sets", "back"),
    [
        ("translation.activate(n)", "translation.deactivate()"),
        ("timezone.activate(n)", "timezone.deactivate()"),
        ("token = current.set(n)", "current.reset(token)"),
    ],
)
def test_what_is_set_back_need_not_stay(codes: Codes, sets: str, back: str) -> None:
    found = codes(f"effect(1)\n{sets}\neffect(2)\neffect(3)\n{back}\neffect(4)\neffect(5)")
    assert found == ["effect(1)", f"{sets}\neffect(2)\neffect(3)\n{back}", "effect(4)", "effect(5)"]


@pytest.mark.parametrize("harmless", ["spoken(n)", "translation.gettext(n)", "current.get()", *QUIET])
def test_what_does_not_last_is_cut(codes: Codes, harmless: str) -> None:
    assert codes(f"{harmless}\neffect(1)\neffect(2)")[-1] == "effect(2)"


def test_a_loop_whose_turns_set_what_lasts_is_one_step(codes: Codes) -> None:
    found = codes("effect(1)\nfor one in n:\n    translation.activate(one)\n    effect(2)\n    effect(3)\neffect(4)")
    assert [code.count("effect") for code in found] == [1, 3]
