"""Strings that the code puts together: each piece may be one of several, and `{}` stands for what is not known."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from discover.resolve.text_methods import LEAVING_OUT, changed
from discover.resolve.values import NOTHING, ConstantValue, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discover.resolve.interning import Interner

_TEXTS = 12
_FORMATTER = string.Formatter()
_PERCENT = re.compile(r"%(?:\((\w+)\))?[#0 +-]*\d*(?:\.\d+)?([a-zA-Z%])")


class Texts:
    """Builds strings out of values."""

    def __init__(self, intern: Interner) -> None:
        self._intern = intern

    def joined(self, parts: Sequence[Values]) -> Values:
        """The parts, one after the other."""
        texts = [""]
        for part in parts:
            texts = [text + one for text in texts for one in (texts_of(part) or ["{}"])][:_TEXTS]
        return tuple(self._intern.constant(text) for text in dict.fromkeys(texts))

    def formatted(self, templates: Values, positional: Sequence[Values], named: Mapping[str, Values]) -> Values:
        """`"/prefix/{}".format(rule)`."""
        known = {**named, **{str(number): values for number, values in enumerate(positional)}}
        found: Values = NOTHING
        for template in texts_of(templates):
            parts: list[Values] = []
            automatic = 0
            try:
                fields = list(_FORMATTER.parse(template))
            except ValueError:
                continue
            for literal, field, _, _ in fields:
                parts.append((self._intern.constant(literal),))
                if field is None:
                    continue
                if not field:
                    field, automatic = str(automatic), automatic + 1
                parts.append(known.get(field, NOTHING))
            found = join(found, self.joined(parts))
        return found

    def percent(self, templates: Values, positional: Sequence[Values], named: Mapping[str, Values]) -> Values:
        """`"/prefix/%s" % rule`."""
        found: Values = NOTHING
        for template in texts_of(templates):
            parts: list[Values] = []
            given = iter(positional)
            end = 0
            for field in _PERCENT.finditer(template):
                parts.append((self._intern.constant(template[end : field.start()]),))
                end = field.end()
                if field[2] == "%":
                    parts.append((self._intern.constant("%"),))
                else:
                    parts.append(named.get(field[1], NOTHING) if field[1] else next(given, NOTHING))
            parts.append((self._intern.constant(template[end:]),))
            found = join(found, self.joined(parts))
        return found

    @staticmethod
    def is_made_by(method: str) -> bool:
        """Whether a method of a text makes one that is known here."""
        return method in ("format", "join") or method in LEAVING_OUT

    def left(self, method: str, texts: Values, given: Sequence[Values]) -> Values:
        """`rule.strip("/")`."""
        made = [changed(method, text, given) for text in texts_of(texts)]
        return tuple(self._intern.constant(text) for text in dict.fromkeys(made) if text is not None)

    @staticmethod
    def besides(values: Values, further: Values) -> Values:
        """The values and those further ones that differ from all of them by more than slashes at the ends.

        A path that is given a slash to begin with is told with it.
        """
        texts = {str(v.value): v for v in values if isinstance(v, ConstantValue)}
        bare = {text.strip("/") for text in texts}
        found = {value: value for value in values}
        new: list[Value] = []
        for value in further:
            text = str(value.value) if isinstance(value, ConstantValue) else ""
            whole = texts.get(text[1:]) if text.startswith("/") and text[1:2] not in ("/", "{") else None
            if whole is not None:
                found[whole] = value
            elif not isinstance(value, ConstantValue) or text.strip("/") not in bare:
                new.append(value)
        return join(tuple(dict.fromkeys(found.values())), tuple(new))

    def between(self, separators: Values, items: Sequence[Values]) -> Values:
        """`"/".join(items)`."""
        found: Values = NOTHING
        for separator in texts_of(separators):
            parts: list[Values] = []
            for item in items:
                parts += [(self._intern.constant(separator),), item] if parts else [item]
            found = join(found, self.joined(parts))
        return found


def are_constants(values: Values) -> bool:
    """Whether there are values, and all are constants."""
    return bool(values) and all(isinstance(value, ConstantValue) for value in values)


def texts_of(values: Values) -> list[str]:
    """The constants among the values as text, not too many."""
    return [str(v.value) for v in values if isinstance(v, ConstantValue)][:_TEXTS]
