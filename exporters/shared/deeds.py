"""What a step does, as the end of a sentence that begins with "it": `inserts the user`, `calls Stripe (POST)`.

Names of steps come from the code. Where the first word is a verb that is no noun as well, the name is turned into the
third person; any other name is quoted, so that no sentence is wrong.
"""

from __future__ import annotations

from typing import Final

from discover.model import Call, End, Hop, Run, Step, Wait
from exporters.shared.metrics import clip
from exporters.shared.words import kind_words, node_title, retry_text, seconds_text

_LONGEST: Final = 90

_KNOWN: Final = """
accept activate add allocate anonymize append apply archive assign attach authenticate authorize build bump calculate
call cancel capture charge check clean clear close collect commit compute confirm configure construct convert copy
create deactivate deallocate decode decrease delete deliver detach disable disconnect dispatch download drop enable
encode enqueue ensure execute expire export extend extract fetch fill finalize find fulfill generate get grant handle
hydrate import increase increment initialize insert install instantiate invalidate invite issue load look make mark
merge migrate move normalize notify open parse perform persist populate post prepare preprocess process propagate
publish pull push put queue read rebuild recalculate receive reconcile reconstruct redirect refresh refund regenerate
register reindex reject release remove rename render replace requeue reserve reset resolve restore retrieve revoke run
save scale scan schedule select send serialize set split start stop store submit subscribe sync tell transfer trigger
truncate try unlock unsubscribe update upload validate verify void wait warn wrap write
"""
VERBS: Final = frozenset(_KNOWN.split())
_PARTICLES: Final = """
a about after again against all an and any as at away back before behind by down each every for from if in into is it
not of off on one or out over the this to through up via when with without
"""
_NO_NOUN: Final = frozenset(_PARTICLES.split())
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
    if verb not in VERBS or not rest or ":" in name or ";" in name or (first.isupper() and len(first) > 1):
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
    return clip(deed, 2 * _LONGEST) + _policies(node)


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
    return (as_deed(title) or f"runs {quoted(title)}") + _policies(node) + again


def _policies(node: Step | Call) -> str:
    found: list[str] = []
    if node.retry:
        found.append(retry_text(node.retry))
    if node.timeout is not None:
        found.append(f"at most {seconds_text(node.timeout)}")
    return f" ({'; '.join(found)})" if found else ""


def wait_deed(node: Wait) -> str:
    """How long, or for what, the flow waits."""
    if node.seconds is not None:
        return f"waits {seconds_text(node.seconds)}"
    return f"waits until {clip(node.until, _LONGEST)}" if node.until else "waits"


def end_deed(node: End, *, inside: bool) -> str:
    """How a run, or the call whose inside this is, ends."""
    text = clip(node.text, _LONGEST)
    if node.outcome == "raise":
        return f"fails with {text}" if text else "passes the error on"
    if text == "continue":
        return "goes on with the next one"
    if text == "break":
        return "leaves the loop"
    where = "stops there" if inside else "ends"
    if node.outcome == "stop" or text in {"", "None"}:
        return where
    return f"{where} with {text}"


_HANDED: Final = {
    "dispatch": "hands work over",
    "signal": "sends a signal",
    "publish": "publishes a message",
    "http": "calls an own route",
    "schedule": "schedules work",
    "poll": "leaves work",
    "callback": "names what comes next",
}


def hop_deed(node: Hop) -> str:
    """How work is handed over; who receives it is said behind it."""
    deed = _HANDED.get(node.kind, "hands work over")
    through = f" on {quoted(node.channel)}" if node.channel and node.kind in {"signal", "publish", "poll"} else ""
    return deed + through


def hop_delay(node: Hop) -> str:
    """When the receiver begins, where it is not at once."""
    if node.delay is not None:
        return f", {seconds_text(node.delay)} later"
    return f", later ({clip(node.delay_text, 40)})" if node.delay_text else ""


def run_name(run: Run) -> str:
    """What people call a run: its function's name, where its own is that name behind its module's."""
    function = run.unit.rpartition("::")[2]
    return function if run.name.endswith(f".{function}") else run.name or function or run.id
