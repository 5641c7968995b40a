"""Variables that are deleted, or that a loop without turns never sets: engines know no `UnboundLocalError` of the code.

A deletion that nothing asks about is left out. Where something may ask, all stays in the function; where a handler
would take the error, the statement that asks stays with those that may have set the variable.
"""

from __future__ import annotations

import ast

from exporters.cutting.exits import is_guard
from exporters.cutting.flow import Attempt, Body, Item, Plain, bodies_of, computed, heads_of, leaves
from exporters.cutting.live import Live, Variables, reads, variables
from exporters.cutting.names import names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.state import States

_TAKING = frozenset({"UnboundLocalError", "NameError", "Exception", "BaseException"})


def deletes(body: Body) -> bool:
    """Whether anything in it deletes a variable."""
    return any(_deleted(leaf) for leaf in leaves(body))


def without_deletions(body: Body, live: Live, states: States) -> None:
    """Leave out what only deletes variables that are set, and that nothing asks for; raise where something may."""
    for leaf in leaves(body):
        for name in sorted(_deleted(leaf) & live.after.get(id(leaf), frozenset())):
            raise CannotCutError(f"it deletes `{name}`, and may ask for it then")
    _drop(body, states)


def _drop(items: Body, states: States) -> None:
    items[:] = [item for item in items if not (isinstance(item, Plain) and _only_deletes(item, states))]
    for item in items:
        for body in bodies_of(item):
            _drop(body, states)


def _only_deletes(leaf: Plain, states: States) -> bool:
    match leaf.tree:
        case [ast.Delete(targets=targets)] if all(isinstance(one, ast.Name) for one in targets):
            env = states.before.get(id(leaf), {})
            return all(name in env and not env[name].may_miss for name in _deleted(leaf))
        case _:
            return False


def _deleted(leaf: Plain) -> Variables:
    if "del " not in leaf.text:
        return frozenset()
    parts = [node for node in leaf.nodes() if isinstance(node, ast.Delete)]
    targets = [one for part in parts for one in part.targets]
    return variables({one.id for one in targets if isinstance(one, ast.Name)}, leaf.frame)


def missed(items: Body, states: States, *, is_taken: bool = False) -> Variables:
    """Variables that may be missing where a handler around takes the error of asking for them.

    What stands behind a `return` on other ways is taken for set: there the flow knows less than the code says.
    """
    found: Variables = frozenset()
    for item in items:
        if is_guard(item):
            continue
        if is_taken:
            env = states.before.get(id(item), {})
            asked = frozenset[str]().union(*(reads(leaf) for leaf in heads_of(item)))
            if unset := sorted(asked - env.keys()) if env else []:
                raise CannotCutError(f"it asks for `{unset[0]}` where that is not set")
            found |= frozenset(name for name in asked if name in env and env[name].may_miss)
        for body in bodies_of(item):
            inside = is_taken or (isinstance(item, Attempt) and body is item.body and _takes(item))
            found |= missed(body, states, is_taken=inside)
    return found


def _takes(item: Item) -> bool:
    if not isinstance(item, Attempt):
        return False
    kinds = [handler.kind for handler in item.handlers]
    return any(kind is None or names_in([computed(kind)]).read & _TAKING for kind in kinds)
