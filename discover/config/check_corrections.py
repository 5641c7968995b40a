"""A configuration's `corrections` to records, or a `ConfigError` that names the line and says what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from discover.config.corrections import ACTIONS, KINDS, NOUNS, SHAPES, Action, Correction, Shape, Subject

if TYPE_CHECKING:
    from discover.config.checking import Checking, Path
    from discover.config.safe_yaml import Plain

_UNIT_FIELDS = ("from", "to", "unit")


class CorrectionChecker:
    """Checks the corrections of one file."""

    def __init__(self, checker: Checking) -> None:
        self._checker = checker

    def corrections(self, path: Path, value: Plain) -> tuple[Correction, ...]:
        """All corrections, in the order of the file."""
        table = cast("dict[Subject, Any]", self._checker.table(path, value, SHAPES))
        found: list[Correction] = []
        for subject, entries in table.items():
            where = (*path, subject)
            if not isinstance(entries, list):
                raise self._checker.fail(where, f"`{'.'.join(where)}` must be a list of corrections")
            found += [self._one((*where, str(i)), entry, subject) for i, entry in enumerate(cast("list[Any]", entries))]
        return tuple(found)

    def _one(self, path: Path, value: Plain, subject: Subject) -> Correction:
        shape = SHAPES[subject]
        table = self._checker.table(path, value, (*ACTIONS, "because", *shape.says))
        actions = [name for name in ACTIONS if name in table]
        if len(actions) != 1:
            raise self._checker.fail(path, "a correction needs exactly one of `add`, `drop` and `rename`")
        action = cast("Action", actions[0])
        where = (*path, action)
        fields = self._checker.table(where, table[action], (*shape.selects, *(shape.adds if action == "add" else ())))
        said = {name: self._text((*path, name), table[name]) for name in shape.says if name in table}
        texts = {name: self._text((*where, name), fields[name]) for name in fields if name not in {"line", "methods"}}
        correction = Correction(
            action=action,
            subject=subject,
            selected=texts if action == "rename" else {**texts, **said},
            said=said if action == "rename" else {},
            methods=self._checker.texts((*where, "methods"), fields["methods"]) if "methods" in fields else (),
            at=self._line((*where, "line"), fields["line"]) if "line" in fields else 0,
            because=self._text((*path, "because"), table["because"]) if "because" in table else "",
            line=self._checker.line_of(where),
        )
        self._complete(where, correction, shape)
        return correction

    def _complete(self, path: Path, correction: Correction, shape: Shape) -> None:
        noun, action, given = NOUNS[correction.subject], correction.action, correction.selected
        missing = [name for name in shape.required if name not in given]
        if missing and (action == "add" or len(missing) == len(shape.required)):
            raise self._checker.fail(path, f"to {action} a {noun}, `{missing[0]}` must say which")
        if action == "rename" and not correction.said:
            names = " or ".join(f"`{name}`" for name in shape.says)
            raise self._checker.fail(path, f"to rename a {noun}, {names} must stand beside `rename`")
        if action == "drop" and set(given) - set(shape.selects):
            name = min(set(given) - set(shape.selects))
            raise self._checker.fail(path, f"`{name}` has no meaning where a {noun} is dropped")
        if action == "add":
            self._addable(path, correction, shape)
        kinds = KINDS[correction.subject]
        if "kind" in given and given["kind"] not in kinds:
            raise self._checker.fail((*path, "kind"), f"`kind` must be one of {', '.join(kinds)}")

    def _addable(self, path: Path, correction: Correction, shape: Shape) -> None:
        noun, given = NOUNS[correction.subject], correction.selected
        if shape.needs_place and not correction.at and "call" not in given:
            raise self._checker.fail(path, f"to add a {noun}, `call` (its text) or `line` must say where it happens")
        if shape.needs_unit and (correction.at or "call" in given):
            raise self._checker.fail(path, "to make a call of a library a step, add an effect; `unit` alone says which")
        if correction.subject in {"effects", "entry_points"} and "kind" not in given:
            raise self._checker.fail(path, f"to add a {noun}, `kind` must say what it is")
        for name in ("from", "unit"):
            if "*" in given.get(name, ""):
                raise self._checker.fail((*path, name), f"to add a {noun}, `{name}` must name one unit, not a pattern")

    def _text(self, path: Path, value: Plain) -> str:
        name = path[-1]
        if not isinstance(value, str) or not value.strip():
            raise self._checker.fail(path, f"`{name}` must be a text")
        if name in _UNIT_FIELDS and not re.search(r"::|\*", value):
            example = "`shop/orders.py::Order.place`"
            raise self._checker.fail(
                path, f"`{name}` must be a unit, as {example}, or a pattern with `*`, not `{value}`"
            )
        return value

    def _line(self, path: Path, value: Plain) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._checker.fail(path, "`line` must be a line's number")
        return value
