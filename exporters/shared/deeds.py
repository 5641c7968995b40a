"""What a step does, as the end of a sentence that begins with "it": `inserts the user`, `calls Stripe (POST)`.

Names of steps come from the code. Where the first word is a verb that is no noun as well, the name is turned into the
third person; any other name is quoted, so that no sentence is wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from discover.model import END_FAILED, END_RUN, FAILED_THERE, Call, End, Hop, Run, Step, Wait
from exporters.shared.conditions import parsed
from exporters.shared.metrics import clip
from exporters.shared.names import DEEDS, is_symbol
from exporters.shared.values import value_words
from exporters.shared.words import kind_words, node_title, retry_text, seconds_text

_LONGEST: Final = 90
_MOST_AWAITED: Final = 3

_PARTICLES: Final = """
a about after again against all an and any as at away back before behind by down each every for from if in into is it
not of off on one or out over the this to through up via when with without
"""
_NO_NOUN: Final = frozenset(_PARTICLES.split())
_LATER: Final = "Stop until the next try"
"""How the model names the end of a try after which the broker tries again."""
_EFFECTS: Final = {
    "db_read": "reads the database",
    "db_write": "writes to the database",
    "http": "makes an HTTP call",
    "cache": "uses the cache",
    "email": "sends an e-mail",
    "message": "sends a message",
    "file": "uses a file",
    "cloud": "uses the cloud",
    "process": "runs a program",
    "sdk": "calls a service",
}


def third_person(verb: str) -> str:
    """`fetch` as `fetches`, `apply` as `applies`, `insert` as `inserts`."""
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}s"


def as_deed(name: str) -> str:
    """A step's name in the third person; empty where it does not begin with a verb."""
    first, _, rest = name.partition(" ")
    verb = first.lower()
    if verb not in DEEDS or not rest or ":" in name or ";" in name or (first.isupper() and len(first) > 1):
        return ""
    following = rest.partition(" ")[0]
    thing = rest if following in _NO_NOUN or not following.isalpha() or not following.islower() else f"the {rest}"
    return f"{third_person(verb)} {thing}"


def quoted(text: str) -> str:
    """A name in quotation marks, cut where it is long."""
    return f"“{clip(text, _LONGEST)}”"


def step_deed(node: Step) -> str:
    """What an effect does."""
    title = node_title(node)
    deed = as_deed(title)
    if not deed:
        deed = _request(title) or f"{_EFFECTS.get(node.kind, kind_words(node))}: {quoted(title)}"
    return _with_policies(clip(deed, 2 * _LONGEST), node)


def _request(title: str) -> str:
    """`POST to mailbox.example.com` as a call."""
    verb, _, rest = title.partition(" ")
    if not (verb.isupper() and len(verb) > 2 and rest.startswith(("to ", "from "))):
        return ""
    return f"calls {rest.partition(' ')[2]} ({verb})"


def call_deed(node: Call) -> str:
    """What a call of the project's own function does."""
    title = node_title(node)
    again = ", as shown before" if node.seen else ""
    return _with_policies(as_deed(title) or f"runs {quoted(title)}", node) + again


def _with_policies(deed: str, node: Step | Call) -> str:
    """A deed with its tries and its limit of time, in one pair of brackets with what is in brackets already."""
    found: list[str] = []
    if node.retry:
        found.append(retry_text(node.retry))
    if node.timeout is not None:
        found.append(f"at most {seconds_text(node.timeout)}")
    if not found:
        return deed
    return f"{deed[:-1]}, {'; '.join(found)})" if deed.endswith(")") else f"{deed} ({'; '.join(found)})"


def wait_deed(node: Wait) -> str:
    """How long, or for what, the flow waits."""
    if node.seconds is not None:
        return f"waits {seconds_text(node.seconds)}"
    return f"waits until {clip(node.until, _LONGEST)}" if node.until else "waits"


def end_deed(node: End, *, inside: bool, answers: bool = False) -> str:
    """How a run, or the call whose inside this is, ends; `answers`: somebody waits for what it gives."""
    if node.name == _LATER:
        return "stops until the next try"
    if node.name == END_RUN:
        return "ends the run" if inside else "ends"
    if node.name == END_FAILED:
        return f"fails{_status_words(node.text)}"
    if node.name == FAILED_THERE:
        return "fails with that"
    if node.outcome == "raise":
        return f"fails with {outcome_words(node.text)}" if node.text else "passes the error on"
    if node.text == "continue":
        return "goes on with the next one"
    if node.text == "break":
        return "leaves the loop"
    where = "stops there" if inside else "ends"
    if node.outcome == "stop" or node.text in {"", "None"}:
        return where
    said = outcome_words(node.text)
    if said.startswith("redirects "):
        return said
    return f"answers with {said}" if answers and not inside else f"{where} with {said}"


def _status_words(text: str) -> str:
    """What a process is told to end with."""
    match parsed(text):
        case ast.Call(args=[ast.Constant(value=bool() | int() as status), *_]):
            return f" with exit status {int(status)}"
        case ast.Call(args=[given, *_]):
            return f" with {clip(value_words(given) or 'itself', _LONGEST)}"
        case _:
            return ""


def outcome_words(text: str) -> str:
    """What a run ends with: of a made answer or error its name and its text, of anything else its words."""
    tree = parsed(" ".join(text.split()))
    match tree:
        case ast.Call(func=ast.Name(id="redirect"), args=[to, *_]):
            return f"redirects to {clip(value_words(to), _LONGEST)}"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if is_symbol(name):
            said = args[0].value if args and isinstance(args[0], ast.Constant) else None
            given = f": “{said}”" if isinstance(said, str) else f" ({value_words(args[0]) or 'itself'})" if args else ""
            return clip(f"{name}{given}", _LONGEST)
        case ast.expr():
            return clip(value_words(tree) or "itself", _LONGEST)
        case _:
            return clip(text, _LONGEST)


_HANDED: Final = {
    "dispatch": "hands work over to",
    "http": "calls the own route",
    "schedule": "schedules",
    "callback": "names as what comes next",
}
_SENT: Final = {
    "signal": ("sends the signal", "hears", "hear"),
    "publish": ("publishes a message on", "receives", "receive"),
    "poll": ("leaves work in", "picks up", "pick up"),
}


def hop_deed(node: Hop) -> str:
    """How work is handed over; who receives it is said behind it."""
    if node.kind in _SENT:
        sent = _SENT[node.kind][0]
        return f"{sent} {quoted(node.channel)}" if node.channel else sent.removesuffix(" on").removesuffix(" in")
    return _HANDED.get(node.kind, _HANDED["dispatch"])


def hop_receiving(node: Hop, number: int) -> str:
    """What the receivers of what is sent do with it, as the end of a sentence; empty where work is handed to them."""
    return _SENT[node.kind][1 if number == 1 else 2] if node.kind in _SENT else ""


def hop_alone(node: Hop) -> str:
    """A hand-over of which no receiver is known."""
    return hop_deed(node) if node.kind in _SENT else {"schedule": "schedules work"}.get(node.kind, "hands work over")


def hop_delay(node: Hop) -> str:
    """When the receiver begins, where it is not at once."""
    if node.delay is not None:
        return f", {seconds_text(node.delay)} later"
    return f", later ({clip(node.delay_text, 40)})" if node.delay_text else ""


def hop_turn(node: Hop, names: Mapping[str, str]) -> str:
    """What has to end well before the receiver begins."""
    if len(node.after) > _MOST_AWAITED:
        return f", once those {len(node.after)} have ended well"
    said = [quoted(names.get(run, run)) for run in node.after]
    return f", once {' and '.join(said)} {'has' if len(said) == 1 else 'have'} ended well" if said else ""


def run_name(run: Run) -> str:
    """What people call a run: its function's name, where its own is that name behind its module's."""
    function = run.unit.rpartition("::")[2]
    return function if run.name.endswith(f".{function}") else run.name or function or run.id
