"""Where a value is found: picks, and the settings that all records of a catalog file share."""

from __future__ import annotations

from typing import Literal

import msgspec

Paths = str | list[str]
"""One path or several."""

Scalar = str | int | float | bool | None


class Rule(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Settings of all records of a catalog file."""


class Pick(Rule, kw_only=True, frozen=True):
    """Where in a call, a decorator or a definition a value is found. The first way that finds something wins.

    The order is: `inside` narrows to a nested call first; then `argument` and `keyword`; `type_argument` or
    `receiver`; `attribute`; then `default`, as it stands.
    """

    argument: int | None = None
    """Position of the argument, from 0, the receiver not counted."""
    rest: bool = False
    """This positional argument and all that follow it: several values."""
    keyword: str | list[str] | None = None
    """Name (or names, first match wins) of the keyword argument."""
    inside: Paths | None = None
    """The value is itself a call of one of these paths, anywhere in the argument; `inner` picks from that call."""
    inner: Pick | None = None
    """What to pick from the call found by `inside`, or from the receiver's creating call (`receiver: call`)."""
    keys: bool = False
    """The picked value is a mapping: its keys."""
    type_argument: int | str | None = None
    """The receiver's type argument, by place or by the type variable's name: `Task[F]` has one, at 0."""
    key: str | list[str] | None = None
    """The picked value is a mapping, or a list of them: take this key of it, or the first of these that it has."""
    or_text: bool = False
    """With `key`: what is given as a text, and not as a mapping, stays what it is."""
    way: list[str] = []
    """The picked value is a mapping of mappings, or of objects: go by these keys and attributes, one in the other."""
    whole: bool = False
    """The call itself, as text: what a call that makes a schedule says."""
    receiver: Literal["class", "name", "value", "call"] | None = None
    """The object before the dot: its class, its text in the code, its constant, or the call that made it."""
    attribute: str | list[str] | None = None
    """A class attribute of the handler's (or the receiver's) class."""
    method: str | list[str] | None = None
    """The method of the picked class or object that runs; the first one that exists."""
    bound: int | None = None
    """Of each picked object its type argument of this number; a constant stays what it is."""
    parts: list[Pick | str] = []
    """The text is put together from these; what one of them does not find is `{}`."""
    value: Scalar = None
    """A constant that stands for the picked value when the argument is given at all."""
    call: bool = False
    """The whole call, for a schedule that its keywords say: `job(minute="0", hour="3")`."""
    default: Scalar | list[str] = None
    """When nothing was found. `{module}`, `{file}`, `{qualname}`, `{name}`, `{class}` stand for the handler's,
    `{called}` for the called name."""
    after: str = ""
    """Put after each text that was found: the open end of a path below which files are served."""
    before: str = ""
    """Put before each text that was found."""
    led_by: Pick | None = None
    """Put before each text that was found, in place of `before`, where this finds something."""
    member: bool = False
    """Given for a sender, an attribute of a project's class (`Order.status`) is that attribute, not what it holds."""
    anything: Paths | None = None
    """These paths, given for a sender, stand for any."""
    plus: float = 0
    """Added to a number."""
    times: float = 1
    """A number is multiplied by this: 60 for minutes."""
    pattern: str | None = None
    """The text must hold this regular expression; its first group that took part is the value."""
    form: Literal["text", "sql", "url", "path", "duration", "schedule"] = "text"
    """How to read the value: SQL names tables, a URL names its host, a duration is turned into seconds."""
    qualified: bool = False
    """Of tables that SQL names, keep what stands before the name: a warehouse's project and dataset."""


def paths_of(paths: Paths | None) -> tuple[str, ...]:
    """The paths as a tuple, whichever way they were written."""
    if paths is None:
        return ()
    return (paths,) if isinstance(paths, str) else tuple(paths)
