"""Conditions as people say them: readable, deterministic, and never evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.shared.conditions import condition_words, question_words, refusal_words, thing_words

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
    ("allow_connections", "“allow connections” is set", "“allow connections” is not set"),
    ("run_files", "“run files” is set", "“run files” is not set"),
    ("needs_to_verify_email", "it needs to verify email", "it does not need to verify email"),
    ("total > limit", "total is more than limit", "total is at most limit"),
    ("total <= 0", "total is at most 0", "total is more than 0"),
    ("0 < x < 9", "x is more than 0 and less than 9", "x is at most 0 or at least 9"),
    ("a and not b", "a is set and b is not set", "a is not set or b is set"),
    ("a or (b and c)", "a is set, or b and c are set", "a is not set, and either b or c is not set"),
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
    ("is_draft(order)", "order is a draft", "order is not a draft"),
    ("path.startswith('/api')", 'path starts with "/api"', 'path does not start with "/api"'),
    ("Order.objects.filter(paid=True).exists()", "there is an Order with paid set", "there is no Order with paid set"),
    ("any(x.is_paid for x in orders)", "x is paid for at least one x of orders", "x is paid for no x of orders"),
    ("(match := find(x)) is not None", "match is present", "match is missing"),
    ("data['is_paid']", "data is paid", "data is not paid"),
    ("gateway.charge(order)", "gateway's “charge” says yes for order", "gateway's “charge” says no for order"),
    ("it succeeds", "it succeeds", "not: it succeeds"),
    ("a.x_id != a._x_id", "a.x_id is not a._x_id", "a.x_id is a._x_id"),
    ("not _should_refresh_query(query)", "it should not refresh query", "it should refresh query"),
    ("should_notify(alert, state)", "it should notify for alert and state", "it should not notify for alert and state"),
    ("token_is_valid", "token is valid", "token is not valid"),
    ("user_exists", "user exists", "user does not exist"),
    ("user.has_changed()", "user has changed", "user has not changed"),
    ("is_shipping_required(lines)", "lines' shipping is required", "lines' shipping is not required"),
    ("self.is_email_verified", "email is verified", "email is not verified"),
    ("is_staff_user", "it is a staff user", "it is not a staff user"),
    ("is_newer", "it is newer", "it is not newer"),
    (
        "verify_profile(org, profile)",
        "“verify profile” succeeds for org and profile",
        "“verify profile” fails for org and profile",
    ),
    ("org.get_setting('sso')", 'org\'s setting for "sso" is set', 'org\'s setting for "sso" is not set'),
    ("query.schedule.get('disabled')", "query's schedule is disabled", "query's schedule is not disabled"),
    ("subscribed", "it is subscribed", "it is not subscribed"),
    ("user and mail", "user and mail are set", "user or mail is not set"),
    ("not a and not b", "neither a nor b is set", "a or b is set"),
    ("user is None or org is None", "user or org is missing", "user and org are present"),
    ("cached_tables is not None", "cached tables are present", "cached tables are missing"),
    ("len(matches) == 0", "there are no matches", "there are matches"),
    ("orders.exists()", "there are orders", "there are no orders"),
    (
        "Member.objects.filter(user=user, id=team.id).exists()",
        "there is a Member with this user and team's id",
        "there is no Member with this user and team's id",
    ),
    ("not any(x.is_paid for x in orders)", "x is paid for no x of orders", "x is paid for at least one x of orders"),
    (
        "not all(x.is_paid for x in orders if x.due)",
        "x is not paid for at least one x of orders where x's due is set",
        "x is paid for every x of orders where x's due is set",
    ),
    ("all([a, b])", "a and b are set", "a or b is not set"),
    ("webhooks := load_webhooks(event)", "there are webhooks", "there are no webhooks"),
    ("last_ping < six_months_ago", "last ping is before six months ago", "last ping is not before six months ago"),
    ("total < Decimal('0.00')", "total is less than 0.00", "total is at least 0.00"),
    ("form.cleaned_data['code'] == code", "form's code is code", "form's code is not code"),
    ("isinstance(e, S3Error)", "e is an S3Error", "e is not an S3Error"),
    ("isinstance(x, str)", "x is a text", "x is not a text"),
    ('"a" in request.GET', 'request contains "a"', 'request does not contain "a"'),
    ("options is None", "options are missing", "options are present"),
    ("redis.exists(key)", "key exists", "key does not exist"),
    ("kind in [Kind.A, Kind.B, Kin…", "kind is A or B, …", "kind is neither A nor B, …"),
    ("cancel_allowed", "cancel is allowed", "cancel is not allowed"),
    ("no error was raised", "no error was raised", "an error was raised"),
    ("the loop ran to its end", "the loop ran to its end", "the loop was left early"),
]


@pytest.mark.parametrize(("code", "yes", "no"), SAID)
def test_a_condition_and_its_opposite_in_words(code: str, yes: str, no: str) -> None:
    assert condition_words(code) == yes
    assert refusal_words(code) == no


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("user.is_active", "user is active?"),
        ("not user.is_active", "user is active?"),
        ("not _should_refresh_query(query)", "should it refresh query?"),
        ("is_late", "is it late?"),
        ("errors", "are there errors?"),
        ("not errors", "are there errors?"),
        ("a and b", "a and b are set?"),
    ],
)
def test_a_question_is_asked_plainly_and_never_by_its_opposite(code: str, asked: str) -> None:
    assert question_words(code) == asked


@pytest.mark.parametrize(
    ("code", "thing"),
    [
        ("models.Query.outdated_queries()", "Query's outdated queries"),
        ("zip(a, b)", "a and b side by side"),
        ("[x.id for x in lines]", "x's id for each x in lines"),
        ("Order.objects.filter(state__in=OPEN).order_by('id')", "Order with state in OPEN"),
        ("now() - timedelta(minutes=20)", "now − 20 minutes"),
        ("channel.make_token()", "channel's token"),
        ("queryset.iterator(chunk_size=100)", "queryset"),
    ],
)
def test_a_thing_is_named_as_people_name_it(code: str, thing: str) -> None:
    assert thing_words(code) == thing


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
