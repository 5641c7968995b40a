"""Names and calls that are true or false, as claims: `order.is_paid` is "order is paid", or "order is not paid".

A claim is about something (an attribute's owner, what a name speaks of), or about "it": the work that is told.
"""

from __future__ import annotations

import ast
from typing import Final

from exporters.shared.names import (
    DEEDS,
    ORDERS,
    STATES,
    VERBS,
    article,
    inner_verb,
    is_noun,
    is_of_a_part,
    is_plural,
    is_state,
    is_symbol,
    split_words,
)
from exporters.shared.values import given_words, is_code, is_thing, last_name, listed, owned, plain_text, value_words

_FEW_WORDS: Final = 3
"""A longer name is no noun but half a sentence."""
_OF_ITS_ARGUMENT: Final = frozenset(["is", "are", "was", "has"])
"""`is_draft(order)` says something of the order."""
_NEGATED: Final = {
    "is": "is not",
    "are": "are not",
    "was": "was not",
    "were": "were not",
    "has": "has no",
    "have": "have no",
    "had": "had no",
    "can": "can not",
    "should": "should not",
    "must": "must not",
    "will": "will not",
    "may": "may not",
    "might": "might not",
    "does": "does not",
    "did": "did not",
    "could": "could not",
    "would": "would not",
}
_BEING: Final = frozenset(["is", "are", "was", "were"])
_HAVING: Final = {"has": "has not", "have": "have not", "had": "had not"}
_PARTICIPLES: Final = frozenset(["been", "run", "begun", "sent", "seen", "gone", "left", "paid", "done", "got"])
_CHECKS: Final = frozenset(["authenticate", "authorize", "check", "confirm", "ensure", "validate", "verify"])
_GRANTED: Final = frozenset(["allowed", "enabled", "disabled", "required", "needed", "supported", "permitted"])
"""`cancel_allowed` is no order to do something."""
_SWITCHED: Final = 2
"""A switch has at least so many words: `send_email`, but not `force`."""


def attribute_claim(node: ast.Attribute, holds: bool) -> str:
    """`customer.blocked` as "customer is blocked"."""
    words, owner = split_words(node.attr), value_words(node.value)
    if not owner:
        return name_claim(node.attr, holds)
    said = _spoken(words, owner, holds) if not is_symbol(node.attr) else ""
    if said:
        return said
    if is_of_a_part(node.attr):
        return _of_part(owned(owner, " ".join(words[:-1])), words, holds)
    if is_state(node.attr):
        return f"{owner} {_be(owner, node.value)} {_not(holds)}{' '.join(words)}"
    if is_plural(node.attr) and len(words) <= _FEW_WORDS and words[0] not in ORDERS:
        return f"{owner} has {_no(holds)}{' '.join(words)}"
    return thing_claim(value_words(node), node.attr, holds)


def name_claim(name: str, holds: bool) -> str:
    """`token_is_valid` as "token is valid", `errors` as "there are errors"."""
    words = split_words(name)
    if not is_symbol(name):
        said = _spoken(words, "", holds)
        if said:
            return said
        if len(words) > 1 and is_of_a_part(name) and words[0] not in ORDERS:
            return _of_part(" ".join(words[:-1]), words, holds)
        if words[0] == "all" and len(words) > _SWITCHED and is_state(name):
            return _of_part(" ".join(words[:-1]), words, holds)
        if is_state(name) and words[0] not in ORDERS | {"any"}:
            return f"it is {_not(holds)}{' '.join(words)}"
    return thing_claim(value_words(ast.Name(id=name)), name, holds)


def thing_claim(words: str, name: str, holds: bool) -> str:
    """What a thing's being there is called: `there are errors`, `status is set`."""
    parts = split_words(name)
    if is_plural(name) and len(parts) <= _FEW_WORDS and parts[0] not in ORDERS | {"not", "no", "non"}:
        return f"there are {_no(holds)}{words}"
    if len(parts) >= _SWITCHED and parts[0] in ORDERS and words == " ".join(parts):
        words = f"“{words}”"
    return f"{words} {'is set' if holds else 'is not set'}"


def call_claim(node: ast.Call, holds: bool) -> str:
    """`form.is_valid()` as "form is valid", `verify_profile(org)` as "“verify profile” succeeds for org"."""
    func = node.func
    name = last_name(func)
    owner = value_words(func.value) if isinstance(func, ast.Attribute) else ""
    words = split_words(name)
    if name == "exists" and not node.args:
        return _existing(owner or "it", func, holds)
    if name == "exists" and len(node.args) == 1:
        return f"{value_words(node.args[0]) or 'it'} {'exists' if holds else 'does not exist'}"
    if words[:2] == ["check", "if"]:
        words = words[2:]
    if not words or is_symbol(name):
        return f"{plain_text(node)} {'is true' if holds else 'is not true'}"
    if isinstance(func, ast.Name) and words[0] in _OF_ITS_ARGUMENT and len(words) > 1 and _has_one_argument(node):
        return _spoken(words, value_words(node.args[0]), holds)
    said = _spoken(words, owner, holds)
    if not said and is_of_a_part(name) and (words[0] not in ORDERS | DEEDS or words[-1] in _GRANTED):
        said = _of_part(owned(owner, " ".join(words[:-1])), words, holds)
    if not said and words[-1] in STATES and words[0] not in DEEDS:
        said = f"{owner or 'it'} is {_not(holds)}{words[-1]}"
    if said:
        given = given_words(node, said)
        return f"{said} for {given}" if given else said
    return _answered(node, words, owner, holds)


def predicate(words: list[str], holds: bool) -> str:
    """`["is", "active"]` as `is active` or `is not active`."""
    verb, rest = ("has" if words[0] == "have" else words[0]), words[1:]
    thing = " ".join(rest)
    if verb in _BEING and is_noun(rest):
        thing = f"{article(rest[0])} {thing}"
    if holds:
        return f"{verb} {thing}"
    if verb in _HAVING and (rest[-1] in _PARTICIPLES or (len(rest) == 1 and is_state(rest[-1]))):
        return f"{_HAVING[verb]} {thing}"
    return f"{_negated(verb)} {thing}"


def _spoken(words: list[str], owner: str, holds: bool) -> str:
    """What a name with a verb in it says; empty where it has none."""
    if words and words[0] in VERBS and len(words) > 1:
        rest = words[1:]
        if words[0] in _BEING and len(rest) > 1 and is_of_a_part("_".join(rest)):
            return _of_part(owned(owner, " ".join(rest[:-1])), rest, holds)
        return f"{owner or 'it'} {predicate(words, holds)}"
    place = inner_verb(words)
    if not place:
        return ""
    about, said = owned(owner, " ".join(words[:place])), words[place:]
    if len(said) == 1:
        return f"{about} {said[0] if holds else 'does not exist'}" if said[0] == "exists" else ""
    return f"{about} {_inner(said, holds)}"


def _inner(said: list[str], holds: bool) -> str:
    return " ".join([said[0] if holds else _negated(said[0]), *said[1:]])


def _negated(verb: str) -> str:
    plain = verb[:-2] if verb.endswith("ches") else verb.removesuffix("s")
    return _NEGATED.get(verb, f"does not {plain}")


def _of_part(part: str, words: list[str], holds: bool) -> str:
    owner, _, thing = part.rpartition("'s ")
    if thing == owner.rpartition(" ")[2]:
        part = owner
    return f"{part} {'are' if is_plural(words[-2]) else 'is'} {_not(holds)}{words[-1]}"


def _be(owner: str, node: ast.expr) -> str:
    return "are" if owner and is_plural(last_name(node)) else "is"


def _not(holds: bool) -> str:
    return "" if holds else "not "


def _has_one_argument(node: ast.Call) -> bool:
    return len(node.args) == 1 and all(isinstance(one.value, ast.Constant) for one in node.keywords)


def _existing(owner: str, func: ast.expr, holds: bool) -> str:
    """`orders.exists()` as "there are orders"; of rows that are asked for, "there is an Order with …"."""
    rows = func.value if isinstance(func, ast.Attribute) else func
    if not is_code(rows) and is_plural(owner.partition(" with ")[0].rpartition(" ")[2]):
        return f"there are {_no(holds)}{owner}"
    if is_code(rows) or not is_symbol(owner):
        return f"{owner} {'exists' if holds else 'does not exist'}"
    return f"there is {article(owner) + ' ' if holds else 'no '}{owner}"


def _no(holds: bool) -> str:
    return "" if holds else "no "


def _answered(node: ast.Call, words: list[str], owner: str, holds: bool) -> str:
    """What a function answers whose name is no claim: a check succeeds, a thing is there, any other says yes."""
    if words[0] not in _CHECKS and is_thing(node):
        name = words[-1] if len(words) > 1 else ""
        value = value_words(node)
        if is_plural(name) and " for " not in value and " of " not in value:
            return f"there are {_no(holds)}{value.removeprefix('the ')}"
        return f"{value} {'is set' if holds else 'is not set'}"
    said = owned(owner, f"“{' '.join(words)}”")
    answers = ("succeeds", "fails") if words[0] in _CHECKS else ("says yes", "says no")
    given = given_words(node)
    return f"{said} {answers[not holds]}" + (f" for {given}" if given else "")


def kind_claim(subject: str, kinds: list[str], holds: bool) -> str:
    """`isinstance`: "order is a Draft"."""
    named = [_PLAIN_KINDS.get(one, one) for one in kinds] or ["nothing"]
    return f"{subject} is {_not(holds)}{article(named[0])} {listed(named, 'or')}"


_PLAIN_KINDS: Final = {"str": "text", "int": "whole number", "float": "number", "bytes": "text in bytes"}
