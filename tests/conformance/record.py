"""The record of a run as plain data, and the differences between two of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import yaml

from tests.conformance.arrange import Calls, arranged, said_once
from tests.conformance.matching import fits, is_named

PLACEHOLDER = "<volatile {}>"


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that left the backend. `body` is the JSON of it where it is JSON, else its text."""

    service: str
    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    body: Any = None

    @property
    def label(self) -> str:
        """`service METHOD path`."""
        return f"{self.service} {self.method} {self.path}"


class Mail(msgspec.Struct, frozen=True):
    """A mail that left the backend."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str


class Response(msgspec.Struct, frozen=True):
    """What the backend answered to a request. `body` is the JSON of it where it is JSON, else its text."""

    status: int
    body: Any = None


class Record(msgspec.Struct, frozen=True):
    """All that a run left outside: calls in the order of their arrival, mails, rows, messages, responses.

    `effects` are the keys under which services did what they do once for each, by call.
    """

    calls: tuple[Call, ...] = ()
    effects: dict[str, tuple[str, ...]] = {}
    mails: tuple[Mail, ...] = ()
    rows: dict[str, tuple[dict[str, Any], ...]] = {}
    messages: dict[str, tuple[Any, ...]] = {}
    responses: tuple[Response, ...] = ()


def renamed(record: Record, names: Mapping[str, str]) -> Record:
    """The record with addresses, which each run has of its own, told by names that all share."""

    def named(text: str) -> str:
        for address, name in names.items():
            text = text.replace(address, name)
        return text

    return msgspec.convert(mapped(msgspec.to_builtins(record), named), Record, strict=True)


def steady(record: Record, volatile: Sequence[str]) -> Record:
    """The record with each text that no two runs share (a random key) replaced by the number of its first showing."""
    if not volatile:
        return record
    seen: dict[str, str] = {}
    pattern = re.compile("|".join(f"(?:{one})" for one in volatile))

    def placeholder(found: re.Match[str]) -> str:
        return seen.setdefault(found.group(), PLACEHOLDER.format(len(seen) + 1))

    return msgspec.convert(
        mapped(msgspec.to_builtins(record), lambda text: pattern.sub(placeholder, text)), Record, strict=True
    )


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data with each of its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [mapped(one, change) for one in value]
    return value


def differences(one: Record, other: Record, calls: Calls, *, repeats: bool = False) -> list[str]:
    """What two runs of a scenario left that is not the same, a line or a few each; empty where all is the same.

    `calls` is the scenario's own order: what it lets come in any order is compared in one order. With `repeats` (runs
    that were killed) none of the first run's calls, mails and messages may be missing in the other, and none may be
    there more often; what a service does once however often it is asked (`effects`) is the same in both.
    """
    return [
        *_difference("calls", _calls(one, calls, repeats), _calls(other, calls, repeats)),
        *(_too_often("call", one.calls, other.calls) if repeats else []),
        *(
            line
            for label in sorted({*one.effects, *other.effects})
            for line in _difference(
                f"effects of {label}", sorted(one.effects.get(label, ())), sorted(other.effects.get(label, ()))
            )
        ),
        *_difference("mails", _bag(one.mails, repeats), _bag(other.mails, repeats)),
        *(_too_often("mail", one.mails, other.mails) if repeats else []),
        *_difference("responses", one.responses, other.responses),
        *(
            line
            for table in sorted({*one.rows, *other.rows})
            for line in _difference(f"rows of {table}", _bag(one.rows.get(table, ())), _bag(other.rows.get(table, ())))
        ),
        *(
            line
            for name in sorted({*one.messages, *other.messages})
            for line in _difference(
                f"messages of {name}",
                _bag(one.messages.get(name, ()), repeats),
                _bag(other.messages.get(name, ()), repeats),
            )
        ),
        *(
            line
            for name in sorted(other.messages if repeats else ())
            for line in _too_often(f"message of {name}", one.messages.get(name, ()), other.messages[name])
        ),
    ]


def _too_often(what: str, one: Sequence[Any], other: Sequence[Any]) -> list[str]:
    """What the other run repeats more often than the first one did."""
    allowed, made = Counter(map(shown, one)), Counter(map(shown, other))
    return [
        f"{what} made {times} times, not {allowed[text]}: {text}"
        for text, times in sorted(made.items())
        if 0 < allowed[text] < times
    ]


def _without_repeats(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Calls without those that were made before."""
    return tuple(call for number, call in enumerate(calls) if call not in calls[:number])


def _calls(record: Record, pattern: Calls, repeats: bool) -> tuple[Call, ...]:
    calls = _without_repeats(record.calls) if repeats else record.calls
    wanted = said_once(pattern) if repeats else pattern
    by_content = arranged(calls, wanted, fits)
    order = arranged(calls, wanted, is_named) if by_content is None else by_content
    return calls if order is None else tuple(calls[number] for number in order)


def _bag(found: Sequence[Any], repeats: bool = False) -> list[Any]:
    texts = {shown(one): one for one in found} if repeats else None
    return [texts[text] for text in sorted(texts)] if texts is not None else sorted(found, key=shown)


def _difference(what: str, one: Sequence[Any], other: Sequence[Any]) -> list[str]:
    lines: list[str] = []
    for number in range(max(len(one), len(other))):
        left = shown(one[number]) if number < len(one) else "(nothing)"
        right = shown(other[number]) if number < len(other) else "(nothing)"
        if left != right:
            lines.append(f"{what}, number {number + 1}:\n  one:   {left}\n  other: {right}")
    return lines


def shown(value: Any) -> str:
    """One line that says a value, the same for equal values."""
    plain = msgspec.to_builtins(value)
    return (
        yaml.safe_dump(plain, default_flow_style=True, width=10_000, allow_unicode=True).replace("\n...\n", "").strip()
    )
