"""JSONata as Step Functions embeds it: texts in `{% … %}`, with names and strings of analysed code quoted."""

from __future__ import annotations

import json

from exporters.canonical.conditions import All, Condition, Either, IsNone


def embedded(expression: str) -> str:
    """The expression as the value of a field."""
    return "{% " + expression + " %}"


def text(value: str) -> str:
    """A string literal: JSONata reads JSON's escapes."""
    return json.dumps(value)


def key(name: str) -> str:
    """One step of a path; names of variables are identifiers, those of messages begin with a sign of their own."""
    return name if name.isidentifier() and name.isascii() else f"`{name}`"


def condition(said: Condition, scope: str) -> str:
    """A condition over the variables, which are fields of the scope's variable."""
    match said:
        case IsNone(variable=name, negated=negated):
            return f"${scope}.{key(name)} {'!=' if negated else '='} null"
        case All(parts=parts):
            return " and ".join(f"({condition(part, scope)})" for part in parts)
        case Either(parts=parts):
            return " or ".join(f"({condition(part, scope)})" for part in parts)
