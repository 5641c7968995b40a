"""What an attribute is while a `with` block lasts: `with pages.below("/user"): pages.add("/orders", show)`.

A context manager of the project's own sets an attribute of its object before it yields, and sets it back behind that.
Within the block the attribute is what this call gave; everywhere else what the constructor said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.facts.walking import within
from discover.frameworks.reading.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})

Setting = tuple["Function", ir.Expr]
"""A method, and what it assigns to an attribute of its object."""


def told_apart(assigned: Sequence[Setting]) -> tuple[list[Setting], list[Setting]]:
    """What lasts, and what only a context manager sets and sets back."""
    methods = [method for method, _ in assigned]
    passing = [one for one in assigned if _is_manager(one[0]) and methods.count(one[0]) > 1]
    return [one for one in assigned if one not in passing], passing


def entered_with(use: Frame | None, passing: Sequence[Setting]) -> tuple[Frame, ir.Expr] | None:
    """What the innermost block around a use, or around a call that leads to it, sets; None outside of such blocks."""
    while use is not None and use.site is not None:
        for entering in _entered_around(use.site):
            for target in entering.targets:
                for method, value in passing:
                    if method is target.function:
                        return Frame(method, entering, use.outer), value
        use = use.outer
    return None


def _is_manager(method: Function) -> bool:
    return method.record.is_generator and not _MANAGERS.isdisjoint(map(ending, method.record.decorators))


def _entered_around(site: CallSite) -> Iterator[CallSite]:
    """The calls on the same object whose blocks a call stands in, from the innermost."""
    called = site.call.function
    if not isinstance(called, ir.Attribute):
        return
    for block in reversed(site.function.statements):
        if not isinstance(block, ir.With) or not block.line <= site.line <= block.end_line:
            continue
        if not _stands_in(site, block):
            continue
        for item in block.items:
            entered = item.value
            if isinstance(entered, ir.Call) and isinstance(entered.function, ir.Attribute):
                found = site.function.sites.get(entered.number)
                if found is not None and text_of(entered.function.value) == text_of(called.value):
                    yield found


def _stands_in(site: CallSite, block: ir.With) -> bool:
    """Whether a call within a block's lines is of its body: where they share a line, it may be the entered one."""
    if site.line > block.body[0].line:
        return True
    return any(isinstance(one, ir.Call) and one.number == site.call.number for one in within(block.body))
