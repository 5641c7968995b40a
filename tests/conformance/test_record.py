"""Two records that differ are told apart, and the difference can be read; what may differ is not told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.conformance import spec
from tests.conformance.expectations import faults
from tests.conformance.record import Call, Mail, Record, Response, differences, steady

PAY = Call("bank", "POST", "/charges", headers={"Idempotency-Key": "k1"}, body={"amount": 5})
ASK = Call("shop", "GET", "/stock", query={"sku": ["a", "b"]})
MAIL = Mail("shop@x.example", ("ann@x.example",), "Thanks", "Your order")
WHOLE = Record(
    calls=(ASK, PAY),
    effects={"bank POST /charges": ("k1",)},
    mails=(MAIL,),
    rows={"orders": ({"status": "paid", "total": 5},)},
    messages={"audit": ({"event": "paid"},)},
    responses=(Response(201),),
)
SCENARIO: dict[str, Any] = {
    "name": "x",
    "stimuli": [{"request": {"path": "/"}, "status": 201}],
    "calls": [
        {"call": "shop GET /stock", "query": {"sku": ["a", "b"]}},
        {"call": "bank POST /charges", "headers": {"Idempotency-Key": "k1"}, "json": {"amount": 5}},
    ],
    "mails": [{"to": ["ann@x.example"], "subject": "Thanks"}],
    "rows": {"orders": [{"status": "paid"}]},
    "messages": {"audit": [{"event": "paid"}]},
}
OTHERS: dict[str, dict[str, Any]] = {
    "calls": {"calls": (ASK, msgspec.structs.replace(PAY, body={"amount": 6}))},
    "rows of orders": {"rows": {"orders": ({"status": "new", "total": 5},)}},
    "mails": {"mails": ()},
    "messages of audit": {"messages": {"audit": ({"event": "paid"}, {"event": "paid"})}},
    "responses": {"responses": (Response(500),)},
}


def scenario(**changes: Any) -> spec.Scenario:
    return spec.converted({**SCENARIO, **changes}, spec.Scenario, "test")


def changed(**changes: Any) -> Record:
    return msgspec.structs.replace(WHOLE, **changes)


@pytest.mark.parametrize("what", OTHERS)
def test_one_difference_is_one_line_that_names_its_place(what: str):
    other = msgspec.structs.replace(WHOLE, **OTHERS[what])
    assert differences(WHOLE, WHOLE, scenario().calls) == []
    (line,) = differences(WHOLE, other, scenario().calls)
    assert line.startswith(what + ",")
    assert faults(scenario(), WHOLE) == []
    assert faults(scenario(), other) != []


def test_only_calls_that_a_scenario_lets_swap_may_swap():
    swapped = msgspec.structs.replace(WHOLE, calls=(PAY, ASK))
    free = scenario(calls=[SCENARIO["calls"]])
    assert differences(WHOLE, swapped, scenario().calls)
    assert faults(scenario(), swapped)
    assert differences(WHOLE, swapped, free.calls) == []
    assert faults(free, swapped) == []


def test_calls_of_one_name_that_may_swap_are_told_apart_by_what_they_hold():
    small, large = (msgspec.structs.replace(PAY, body={"amount": amount}) for amount in (1, 2))
    said = [{"call": "bank POST /charges", "json": {"amount": amount}} for amount in (1, 2)]
    one, other = (msgspec.structs.replace(WHOLE, calls=calls) for calls in ((small, large), (large, small)))
    for record in (one, other):
        assert faults(scenario(calls=[said]), record) == []
    assert differences(one, other, [said]) == []
    assert faults(scenario(calls=said), other)
    assert differences(one, other, said)


def test_a_killed_run_may_repeat_what_the_original_repeats_and_may_lose_nothing():
    original = changed(calls=(ASK, ASK, PAY), mails=(MAIL, MAIL))
    assert differences(original, original, scenario().calls, repeats=True) == []
    assert differences(original, WHOLE, scenario().calls, repeats=True) == []
    assert differences(original, WHOLE, scenario().calls)
    assert differences(original, changed(calls=(ASK, ASK)), scenario().calls, repeats=True)
    assert differences(original, changed(mails=()), scenario().calls, repeats=True)
    assert differences(original, changed(messages={}), scenario().calls, repeats=True)


@pytest.mark.parametrize(
    ("twice", "line"),
    [
        ({"calls": (ASK, ASK, PAY)}, "call made 2 times, not 1: "),
        ({"calls": (ASK, PAY, PAY)}, "call made 2 times, not 1: "),
        ({"mails": (MAIL, MAIL)}, "mail made 2 times, not 1: "),
        ({"messages": {"audit": ({"event": "paid"},) * 2}}, "message of audit made 2 times, not 1: "),
    ],
)
def test_a_killed_run_repeats_nothing_that_the_original_does_once(twice: dict[str, Any], line: str):
    (found,) = differences(WHOLE, changed(**twice), scenario().calls, repeats=True)
    assert found.startswith(line)


def test_a_killed_run_does_nothing_twice_that_a_service_does_once_for_a_key():
    again = msgspec.structs.replace(PAY, headers={"Idempotency-Key": "k2"})
    original = changed(calls=(ASK, PAY, PAY))
    other = changed(calls=(ASK, PAY, again), effects={"bank POST /charges": ("k1", "k2")})
    found = differences(original, other, scenario().calls, repeats=True)
    assert any(line.startswith("effects of bank POST /charges, number 2") for line in found)
    only_effects = changed(calls=(ASK, PAY, PAY), effects=other.effects)
    (line,) = differences(original, only_effects, scenario().calls, repeats=True)
    assert line.startswith("effects of bank POST /charges, number 2")


def test_random_texts_are_compared_by_where_they_show_again():
    def record(first: str, second: str) -> Record:
        calls = tuple(msgspec.structs.replace(PAY, headers={"Idempotency-Key": key}) for key in (first, second))
        return steady(Record(calls=calls), ["key-[0-9]+"])

    assert differences(record("key-1", "key-1"), record("key-7", "key-7"), []) == []
    assert differences(record("key-1", "key-2"), record("key-7", "key-7"), [])


def test_a_misspelled_key_of_a_scenario_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"test: .*mailz"):
        scenario(mailz=[])
