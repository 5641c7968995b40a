"""Signals of models whose code is not there: a receiver's `sender=Contact` says that an application's class is one.

Of such a class no type is known, but the path of each call on it is (`crm.models.Contact.objects.get().save`), and
by that it is told from which of its objects or queries the call comes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.frameworks.handing_over.sending import Senders, Sending
from discover.frameworks.rules.matching import Match
from discover.resolve.values import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog import spec
    from discover.frameworks.workbench import Workbench

_QUERY = r"\.\w+(\.\w+\(\)(?!\[))*"
"""A manager, and what a query is refined by."""
_OBJECT = rf"(\(\)|{_QUERY}\.a?(get|first|last|latest|earliest|create)\(\)|{_QUERY}(\.\w+\(\))?(\[\]|\[0\]))"
"""An object that is made, that a query answers with or goes over, or that comes first of what `get_or_create` gives."""
_OWNERS = {
    "django.db.models.Model": re.compile(_OBJECT),
    "django.db.models.Manager": re.compile(_QUERY),
    "django.db.models.RelatedManager": re.compile(rf"{_OBJECT}\.(?P<relation>\w+)"),
}


def send_of_unseen_models(bench: Workbench, sending: Sending) -> None:
    """Let the calls on such classes send what the same calls on the project's models do."""
    for library, rule in bench.catalog.emits:
        wanted = _wanted(bench, rule) if sending.has_receiver(rule.signals) else []
        for path in paths_of(rule.call) if wanted else ():
            owner, _, name = path.rpartition(".")
            if owner in _OWNERS:
                for match, sender in _calls(bench, path, name, _OWNERS[owner], wanted, rule.relation):
                    sending.tell(library, rule, match, Senders(own=(sender,)))


def _wanted(bench: Workbench, rule: spec.Emit) -> list[str]:
    """The paths of classes that the receivers of a rule's signals name as senders; what a call gives is any class."""
    signals = [entry for entry in bench.found.entry_points.values() if entry.kind == "signal"]
    heard = [entry.detail.sender for entry in signals if not {*entry.names}.isdisjoint(rule.signals)]
    senders = sorted({one for one in heard if one and "::" not in one and "(" not in one})
    ending = f".{rule.relation}" if rule.relation else ""
    return [one for one in senders if one.endswith(ending)]


def _calls(
    bench: Workbench, path: str, name: str, owner: re.Pattern[str], wanted: list[str], relation: str | None
) -> Iterator[tuple[Match, str]]:
    for called in sorted(bench.program.external_calls):
        head, _, last = called.rpartition(".")
        if last != name:
            continue
        for sender in wanted:
            cls = sender.rpartition(".")[0].rpartition(".")[0] if relation else sender
            found = owner.fullmatch(head[len(cls) :]) if head.startswith(cls) else None
            if found is not None and (not relation or sender == f"{cls}.{found['relation']}.{relation}"):
                for site in bench.program.external_calls[called]:
                    yield Match(site, path, NOTHING), sender
