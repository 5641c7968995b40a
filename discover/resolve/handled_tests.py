"""Tests and texts in a method that are decided by which handler runs: `self.action in ("create", "update")`."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

from discover.facts import records as ir
from discover.resolve.handlers import facts_of, handled
from discover.resolve.values import ConstantValue, ContainerValue, InstanceValue, Values

Names = dict[str, Values]
"""What local names and attributes of the object (`self.name`) were given on the way."""


class HandledTests(ABC):
    """What is known of an object while its handler runs, and what that decides."""

    def __init__(self, receiver: InstanceValue) -> None:
        self.receiver = receiver
        self.handler = handled(receiver)
        self.facts = facts_of(receiver.cls, self.handler)
        self.itself = ""
        """What the method calls the object."""
        self.has_decided = False

    @abstractmethod
    def values(self, expression: ir.Expr, names: Names) -> Values:
        """What an expression is; of a list, what it holds."""

    def holds(self, test: ir.Expr, names: Names) -> bool | None:
        """Whether a test holds; None where what is known does not decide it."""
        match test:
            case ir.Opaque(operator="not"):
                found = self.holds(test.parts[0], names)
                return None if found is None else not found
            case ir.Choice() if test.operator and not test.tests:
                parts = [self.holds(one, names) for one in test.values]
                settles = test.operator == "or"
                if settles in parts:
                    return settles
                return None if None in parts else not settles
            case ir.Opaque(operator="==" | "!=", parts=[left, right]):
                mine, other = self.text(left, names), self.text(right, names)
                if mine is None or other is None:
                    return None
                return self.decided((mine == other) == (test.operator == "=="))
            case ir.Opaque(operator="in" | "not in", parts=[left, right]):
                mine, others = self.text(left, names), self.texts(right, names)
                if mine is None or others is None:
                    return None
                return self.decided((mine in others) == (test.operator == "in"))
            case _:
                return None

    def decided(self, answer: bool) -> bool:
        """Note that what is known decided something."""
        self.has_decided = True
        return answer

    def text(self, expression: ir.Expr, names: Names) -> str | None:
        """The one string that an expression is."""
        known = self.facts.get(self.dotted(expression))
        if known is not None:
            return known
        values = self.values(expression, names)
        texts = [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
        return texts[0] if len(texts) == len(values) == 1 and "{}" not in texts[0] else None

    def dotted(self, expression: ir.Expr) -> str:
        """`self.request.method` as `request.method`."""
        parts: list[str] = []
        while isinstance(expression, ir.Attribute):
            parts.append(expression.name)
            expression = expression.value
        is_own = isinstance(expression, ir.Name) and expression.id == self.itself
        return ".".join(reversed(parts)) if is_own else ""

    def texts(self, expression: ir.Expr, names: Names) -> set[str] | None:
        """The strings that a sequence, or the keys that a mapping holds; None where not all are known."""
        if isinstance(expression, ir.Sequence):
            texts = [self.text(item, names) for item in expression.items]
            return None if None in texts else {text for text in texts if text is not None}
        found: set[str] = set()
        values = self.values(expression, names)
        for value in values:
            if not isinstance(value, ContainerValue) or value.is_shared:
                return None
            if value.kind == "dict":
                found.update(str(key) for key in value.items)
                continue
            held = value.element.values
            found.update(v.value for v in held if isinstance(v, ConstantValue) and isinstance(v.value, str))
            if not all(isinstance(v, ConstantValue) for v in held):
                return None
        return found if values else None


def fits(case: ir.Case, subject: str | None) -> bool | None:
    """Whether a case of plain strings takes the subject; None where that is not known."""
    if case.guard is not None or subject is None:
        return None
    if case.text == "_":
        return True
    texts: list[object] = []
    for one in case.text.split(" | "):
        try:
            texts.append(ast.literal_eval(one))
        except (SyntaxError, ValueError):
            return None
    return subject in texts
