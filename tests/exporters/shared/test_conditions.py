"""Conditions as people say them: readable, deterministic, and never evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.shared.conditions import condition_words, refusal_words, thing_words

SAID = [
    ("status == QUALIFIED", "status is QUALIFIED", "status is not QUALIFIED"),
    ("not order", "order is not set", "order is set"),
    ("user is None", "user is missing", "user is present"),
    ("user is not None", "user is present", "user is missing"),
    ("errors", "there are errors", "there are no errors"),
    ("order.lines", "order has lines", "order has no lines"),
    ("status", "status is set", "status is not set"),
    ("customer.blocked", "customer is blocked", "customer is not blocked"),
    ("self.user.is_authenticated", "user is authenticated", "user is not authenticated"),
    ("site.imports_enabled", "site's imports are enabled", "site's imports are not enabled"),
    ("self.user.email_verified", "user's email is verified", "user's email is not verified"),
    ("order.all_reserved", "order is all reserved", "order is not all reserved"),
    ("allow_connections", "allow connections is set", "allow connections is not set"),
    ("run_files", "run files is set", "run files is not set"),
    ("needs_to_verify_email", "it needs to verify email", "it does not need to verify email"),
    ("total > limit", "total is more than limit", "total is at most limit"),
    ("total <= 0", "total is at most 0", "total is more than 0"),
    ("0 < x < 9", "0 is less than x and x is less than 9", "0 is at least x or x is at least 9"),
    ("a and not b", "a is set and b is not set", "a is not set or b is set"),
    ("a or (b and c)", "a is set, or b is set and c is set", "a is not set, and either b is not set or c is not set"),
    ("state in ('a', 'b')", 'state is "a" or "b"', 'state is neither "a" nor "b"'),
    ("x in [1, 2, 3]", "x is 1, 2 or 3", "x is none of 1, 2 or 3"),
    ("domain in FREE_MAIL", "domain is in FREE_MAIL", "domain is not in FREE_MAIL"),
    ('"error" in answer', 'answer contains "error"', 'answer does not contain "error"'),
    ('name == ""', "name is empty", "name is not empty"),
    ("flag == False", "flag is not set", "flag is set"),
    ("flag is False", "flag is false", "flag is not false"),
    ("flag is not True", "flag is not true", "flag is true"),
    ("user.verified is False", "user is not verified", "user is verified"),
    ("Status.PAID == order.status", "PAID is order's status", "PAID is not order's status"),
    ('"POST" == request.method', 'request\'s method is "POST"', 'request\'s method is not "POST"'),
    ("settings.DEBUG", "setting DEBUG is set", "setting DEBUG is not set"),
    ("len(items) > 3", "the number of items is more than 3", "the number of items is at most 3"),
    ("isinstance(x, (A, B))", "x is an A or B", "x is not an A or B"),
    ("form.is_valid()", "form is valid", "form is not valid"),
    ("is_draft(order)", "order is draft", "order is not draft"),
    ("path.startswith('/api')", 'path starts with "/api"', 'path does not start with "/api"'),
    ("Order.objects.filter(paid=True).exists()", "Order with paid True exists", "Order with paid True does not exist"),
    ("any(x.is_paid for x in orders)", "x is paid for any of orders", "x is paid for none of orders"),
    ("(match := find(x)) is not None", "find(x) is present", "find(x) is missing"),
    ("data['is_paid']", "data is paid", "data is not paid"),
    ("gateway.charge(order)", "gateway.charge(order) says yes", "gateway.charge(order) says no"),
    ("it succeeds", "it succeeds", "not: it succeeds"),
    ("a.x_id != a._x_id", "a.x_id is not a._x_id", "a.x_id is a._x_id"),
]


@pytest.mark.parametrize(("code", "yes", "no"), SAID)
def test_a_condition_and_its_opposite_in_words(code: str, yes: str, no: str) -> None:
    assert condition_words(code) == yes
    assert refusal_words(code) == no


def test_what_a_loop_goes_over_is_a_thing_not_a_question() -> None:
    assert thing_words("self.order.lines") == "order's lines"
    assert thing_words("options['names']") == "options' names"
    assert thing_words("not ( closed") == "not ( closed"


names = st.sampled_from(["order", "self.user", "a.b_c", "X", "items[0]", "f(x)", "'text'", "None", "3", "x.is_on()"])
tests = st.recursive(
    names,
    lambda inner: st.one_of(
        st.builds("(not ({}))".format, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["==", "!=", "<", "in", "is", "and", "or"]), inner),
        st.builds("all(({}) for x in y)".format, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(tests)
def test_twice_denied_is_said_as_before(code: str) -> None:
    assert condition_words(f"not ({code})") == refusal_words(code)
    assert refusal_words(f"not ({code})") == condition_words(code)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=60), tests))
def test_any_text_gives_words_on_one_line(text: str) -> None:
    for said in (condition_words(text), refusal_words(text), thing_words(text)):
        assert "\n" not in said
        assert said.strip() or not text.strip()


def test_a_very_deep_expression_stays_as_it_is() -> None:
    deep = "(" * 300 + "x" + ")" * 300
    assert condition_words(deep) == deep
