"""The short words on a diagram: titles, sub-lines, labels and tags, from a node's fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from discover.model import (
    END_RUN,
    Branch,
    Call,
    Decision,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    RetryPolicy,
    Run,
    Step,
    Trigger,
    Wait,
    safeguard_text,
)
from discover.model.routes import plain_route
from exporters.shared.conditions import condition_words, is_denied, parsed, question_words, thing_words
from exporters.shared.metrics import clip
from exporters.shared.names import split_words
from exporters.shared.values import listed

_EFFECTS = {
    "http": "HTTP call",
    "db_read": "database read",
    "db_write": "database write",
    "message": "message",
    "email": "e-mail",
    "cache": "cache",
    "file": "file",
    "cloud": "cloud API",
    "process": "subprocess",
    "sdk": "service call",
}
_GUARDS = {
    "fallback": "try, with a fallback",
    "retry": "try again on errors",
    "swallow": "try, errors are ignored",
    "reraise": "try, errors are passed on",
    "compensate": "try, undone on errors",
    "cleanup": "with clean-up",
    "covered": "covered",
}

_ANY = frozenset(["Exception", "BaseException"])
LEAVES = ": leave the loop"
"""How the label of a way ends that leaves the loop around its decision."""
_OTHER_ANSWER = {"yes": "no", "no": "yes"}
_SAFEGUARDS = {
    "breaker": "breaker",
    "lock": "lock",
    "limit": "rate limit",
    "once": "once",
    "dead_letter": "dead letters",
}


def number_text(value: float) -> str:
    """A number without needless digits: `5`, `0.5`."""
    return f"{value:g}"


def seconds_text(seconds: float) -> str:
    """A span of time in the largest unit that keeps it short: `90 s`, `5 min`, `2 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{number_text(round(seconds / size, 1))} {unit}"
    return f"{number_text(round(seconds, 3))} s"


def certainty_words(confidence: float) -> str:
    """How sure something is, in the words that all pages use."""
    if confidence >= 1:
        return "declared in code"
    percent = round(confidence * 100)
    return f"resolved ({percent} %)" if confidence >= 0.8 else f"inferred ({percent} %): check it"


def retry_text(retry: RetryPolicy) -> str:
    """One line that says how something is tried again."""
    parts = [f"up to {retry.attempts} tries" if retry.attempts else "tries without a known end"]
    if retry.asked:
        parts.append("only when it asks for another")
    if retry.delay is not None:
        parts.append(f"{seconds_text(retry.delay)} apart")
    if retry.backoff is not None and retry.backoff != 1:
        parts.append(f"growing ×{number_text(retry.backoff)}")
    if retry.max_delay is not None:
        parts.append(f"at most {seconds_text(retry.max_delay)}")
    if retry.jitter:
        parts.append("each at random up to that")
    if retry.on and not retry.asked:
        parts.append("on " + ", ".join(retry.on))
    parts += [f"with {one.text}" for one in retry.unsaid]
    return ", ".join(parts)


def branch_label(branch: Branch, of: Node | None = None) -> str:
    """The word on the line that leaves a fan; conditions of a decision are told in words."""
    label = (branch.label or branch.condition or "otherwise").replace(": go on with the next item", ": next item")
    if isinstance(of, Decision) and is_asked_plainly(of):
        answer, parted, more = label.partition(":")
        label = _OTHER_ANSWER.get(answer, answer) + parted + more
    asks = isinstance(of, Decision) and label == branch.condition and not is_match(of)
    return clip(condition_words(label) if asks else label, 30)


def is_asked_plainly(node: Decision) -> bool:
    """Whether the code asks for the opposite, and its question is put the other way round: yes is no."""
    is_named = bool(node.name) and node.name != node.condition
    return not is_named and len(node.branches) <= 2 and is_denied(node.condition)


def lane_title(branch: Branch, of: Node) -> str:
    """The way out of a fan as a line of text: its word, and what it asks."""
    if isinstance(of, Guard):
        caught = caught_words(branch.label)
        if catches_all(branch.label):
            return "on any other error" if of.handlers[0] is not branch else "on any error"
        return f"on {caught}" if caught else clip(branch.label, 60)
    label = branch_label(branch, of)
    if isinstance(of, Parallel) or not branch.condition:
        return label
    asked = branch.condition if isinstance(of, Decision) and is_match(of) else condition_words(branch.condition)
    return asked if branch.label in {"", branch.condition} else f"{label}: {asked}"


def caught_words(label: str) -> str:
    """The errors that a handler catches, in words; empty where it catches any, or the analysis says what it is for."""
    names = label.strip("(), ").replace(",", " ").split() if label.startswith("(") else [label]
    if not label or " " in names[0] or any(name in _ANY for name in names):
        return ""
    return listed(list(dict.fromkeys(name.rpartition(".")[2] for name in names)), "or")


def catches_all(label: str) -> bool:
    """Whether a handler is for every error that no handler before it is for."""
    return not label or label == "any error" or any(name in _ANY for name in label.strip("(), ").split(", "))


def is_match(node: Decision) -> bool:
    """Whether the branches are patterns that one value is compared with, and not conditions of their own."""
    branches = node.branches
    return node.name != node.condition and bool(branches) and branches[0].label == branches[0].condition


def is_jump(node: End) -> bool:
    """Whether only a turn of a loop ends here, or the loop."""
    return node.outcome == "stop" and node.text in {"continue", "break"}


def frame_title(node: Node) -> str:
    """The title of the outline around a loop or a try."""
    if isinstance(node, Loop):
        return clip(loop_words(node), 70)
    if isinstance(node, Guard):
        if node.kind == "covered":
            return clip(", ".join(cover_facts(node)), 60)
        title = node.name if node.kind == "fallback" and node.name.startswith("Falls back") else _GUARDS[node.kind]
        return f"{title} · {clip(retry_text(node.retry), 60)}" if node.retry else clip(title, 60)
    return clip(node.name, 60)


def loop_words(node: Loop) -> str:
    """How often a loop goes round: `for each line in order's lines`, `as long as x is set`."""
    over, _, until = (node.over or node.name).partition(", until ")
    if node.kind == "while":
        asked = condition_words(over)
        words = "again and again" if asked == "always" else f"as long as {clip(asked, 140)}"
    else:
        words = _each_words(over)
    return f"{words}, until {clip(condition_words(until), 80)}" if until else words


def _each_words(over: str) -> str:
    """`for order in orders` as "for each order in orders"; what only counts is said without its counter."""
    item, _, things = over.partition(" in ")
    if not things:
        return f"for each {over}"
    tree = parsed(things)
    call = tree.func.id if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) else ""
    if isinstance(tree, ast.Call) and call == "range" and len(tree.args) == 1:
        return f"{clip(thing_words(ast.unparse(tree.args[0])), 60)} times"
    names = [name.strip(" ()") for name in item.split(",") if name.strip(" ()")]
    if call == "enumerate":
        names = names[1:]
    named = [" ".join(split_words(name)) for name in names if name.strip("_")]
    return f"for each {clip(listed(named or ['item'], 'and'), 60)} in {clip(thing_words(things), 80)}"


def node_title(node: Node) -> str:
    """The name on a card."""
    if isinstance(node, Decision) and node.condition:
        return _question(node)
    if node.name:
        return " ".join(node.name.split())
    if isinstance(node, Decision):
        return "Decision"
    if isinstance(node, End):
        return clip(f"{node.outcome} {node.text}", 90)
    if isinstance(node, Wait):
        return f"Wait {seconds_text(node.seconds)}" if node.seconds is not None else f"Wait for {node.until}"
    if isinstance(node, Hop):
        return f"Hand over to {node.channel}" if node.channel else "Hand over"
    if isinstance(node, Call):
        return node.callee.rpartition("::")[2] or "Call"
    if isinstance(node, (Loop, Guard)):
        return frame_title(node)
    if isinstance(node, (Parallel, OneOf)):
        return "In parallel" if isinstance(node, Parallel) else "One of"
    return " ".join(f"{node.detail} {node.target or node.service}".split()) or node.kind


def _question(node: Decision) -> str:
    """What a decision asks: in words, unless the analysis named it itself."""
    if node.name and node.name != node.condition:
        return " ".join(node.name.split())
    if len(node.branches) > 2:
        return "Which case?"
    return clip(question_words(node.condition), 110)


def node_kind(node: Node) -> str:
    """The legend's kind: what shape, icon and colour a card has."""
    if isinstance(node, Step):
        return {"db_read": "store", "db_write": "store", "cache": "store", "file": "store"}.get(node.kind, "external")
    return {
        Call: "call",
        Decision: "decision",
        OneOf: "one_of",
        Parallel: "parallel",
        Loop: "loop",
        Guard: "guard",
        Wait: "wait",
        Hop: "hop",
        End: "end",
    }[type(node)]


def kind_words(node: Node) -> str:
    """What sort of thing a node is, for the panel and the outline."""
    if isinstance(node, Step):
        return _EFFECTS.get(node.kind, node.kind or "step")
    if isinstance(node, Hop):
        return {"signal": "signal", "publish": "message published", "http": "own route called"}.get(
            node.kind, f"hand-over ({node.kind})"
        )
    if isinstance(node, End):
        if node.name == END_RUN:
            return "end"
        return "jump" if is_jump(node) else {"return": "result", "raise": "error", "stop": "end"}[node.outcome]
    return {
        Call: "call",
        Decision: "decision",
        OneOf: "one of several targets",
        Parallel: "parallel parts",
        Loop: "loop",
        Guard: "try",
        Wait: "wait",
    }[type(node)]


def tags(node: Node) -> list[str]:
    """Short marks for a card's corner: retries, timeouts, delays, doubts."""
    found: list[str] = []
    if isinstance(node, (Step, Call)):
        if node.retry:
            found.append(f"retry ×{node.retry.attempts}" if node.retry.attempts else "retry")
        if node.timeout is not None:
            found.append(f"max {seconds_text(node.timeout)}")
    found += [_SAFEGUARDS[one.kind] for one in node.safeguards]
    if isinstance(node, Hop):
        if node.delay is not None:
            found.append(f"after {seconds_text(node.delay)}")
        elif node.delay_text:
            found.append("later")
        if node.after:
            found.append("in its turn")
        if not node.runs:
            found.append("no receiver")
    if isinstance(node, Call) and node.seen:
        found.append("shown before")
    if node.confidence < 0.8:
        found.append("inferred")
    return found


def trigger_title(trigger: Trigger) -> str:
    """A trigger in its framework's words: `POST /orders`, `every 5 min`, `order_paid`."""
    detail = trigger.detail
    if detail.path is not None:
        return f"{' '.join(detail.methods)} {plain_route(detail.path) or '/'}".strip()
    for value in (detail.schedule, detail.signal, detail.topic, detail.command, detail.name, detail.queue):
        if value:
            return value
    return trigger.handler.rpartition("::")[2]


def trigger_titles(triggers: Iterable[Trigger]) -> list[str]:
    """The titles of one workflow's triggers, the plainest first."""
    return sorted(map(trigger_title, triggers), key=lambda title: (title.count("{"), len(title), title))


def _schedule_words(schedule: str) -> str:
    """`every 3600 s` as "every 1 h"."""
    every = re.fullmatch(r"every (\d+(?:\.\d+)?) s", schedule)
    return f"every {seconds_text(float(every.group(1)))}" if every else schedule


def run_facts(run: Run) -> list[str]:
    """Queue, schedule, retries and timeout of a run, each in a few words."""
    facts = [f"queue {run.queue}"] if run.queue else []
    if run.schedule:
        facts.append(_schedule_words(run.schedule))
    return facts + cover_facts(run)


def cover_facts(covered: Guard | Run) -> list[str]:
    """What is around a piece of work, each in a few words: retries, a limit of time, safeguards."""
    facts = [retry_text(covered.retry)] if covered.retry else []
    if covered.timeout is not None:
        facts.append(f"max {seconds_text(covered.timeout)}")
    return facts + ([safeguard_text(one) for one in covered.safeguards] if isinstance(covered, Guard) else [])
