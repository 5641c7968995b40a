"""Expressions that stand for values, in a reader's words: `self.order.total` is "order's total"."""

from __future__ import annotations

import ast
from typing import Final

from exporters.shared.metrics import clip
from exporters.shared.names import DEEDS, ORDERS, VERBS, is_plural, is_symbol, split_words

_LONGEST_TEXT: Final = 48
_OWNERS: Final = ("self", "cls")
_SETTINGS: Final = ("settings", "config", "conf")
_PARAMETERS: Final = ("GET", "POST", "form", "args", "query_params")
"""What a request's parameters are called."""
_CHECKED: Final = ("cleaned_data", "validated_data")
"""What a form or a serializer holds: its own fields."""
_WITHOUT_CHANGE: Final = frozenset(
    ["lower", "upper", "casefold", "strip", "lstrip", "rstrip", "all", "copy", "items", "keys", "values"]
)
_REFINING: Final = "iterator order_by distinct select_related prefetch_related using only defer select_for_update"
_SAME_ROWS: Final = frozenset(_REFINING.split())
"""Methods of queries that leave what is asked for as it is."""
_CONVERSIONS: Final = "int float str bool list tuple set frozenset dict abs Decimal sorted reversed iter"
_CASTS: Final = frozenset(_CONVERSIONS.split())
_FINDING: Final = "build calculate compute create fetch find generate get load make parse read resolve retrieve"
_FOUND: Final = frozenset(_FINDING.split())
"""A function that begins so is named by what it gives: `get_total` is the total."""
_NOW: Final = frozenset(["now", "utcnow", "today", "monotonic"])
_SIGNS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "modulo",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}
_ORDINALS: Final = {0: "first", 1: "second", 2: "third", -1: "last"}
_MOST_GIVEN: Final = 3


def value_words(node: ast.expr) -> str:
    """What an expression stands for; empty for the object itself (`self`)."""
    match node:
        case ast.Constant():
            return _constant(node)
        case ast.Name(id=name):
            return "" if name in _OWNERS else name_words(name)
        case ast.Attribute():
            return _attribute(node)
        case ast.Subscript():
            return _item(node)
        case ast.Call():
            return _call(node)
        case ast.NamedExpr(target=target, value=value):
            return value_words(target if is_named_best(value) else value)
        case ast.Await(value=value) | ast.Starred(value=value):
            return value_words(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"−{value_words(inner)}"
        case ast.BinOp(op=operator) if type(operator) in _SIGNS:
            return f"{value_words(node.left)} {_SIGNS[type(operator)]} {value_words(node.right)}"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return _comprehension(node)
        case _:
            return plain_text(node)


def plain_text(node: ast.AST) -> str:
    """The code itself, on one line and cut where it is long."""
    return clip(ast.unparse(node), _LONGEST_TEXT)


def is_named_best(node: ast.expr) -> bool:
    """Whether the name that a value is given in passing (`:=`) says more than the value."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(), *_]):
            return False
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Constant():
            return False
        case _:
            return True


def is_code(node: ast.expr) -> bool:
    """Whether an expression has no words and is shown as its own text."""
    return not isinstance(node, ast.Constant | ast.Name) and value_words(node) == plain_text(node)


def is_thing(node: ast.Call) -> bool:
    """Whether a call is named by the thing that it gives: `get_total()`, `orders.first()`, `open_orders()`."""
    name = last_name(node.func)
    words = split_words(name)
    if is_code(node) or not words:
        return False
    is_named = len(words) > 1 and words[0] not in _FOUND and not is_plural(name)
    return not is_named or name in _SAME_ROWS or name == "values_list"


def is_constant(node: ast.expr) -> bool:
    """Whether the expression is written out: a text, a number, a tuple of them, a name in capitals."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(is_constant, node.elts))
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    return isinstance(node, ast.Constant)


def last_name(node: ast.expr) -> str:
    """The name that an expression is, or ends in; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def name_words(name: str) -> str:
    """A name as words; what stands for one fixed thing stays as it is written."""
    words = split_words(name)
    return name if is_symbol(name) or not words else " ".join(words)


def listed(values: list[str], word: str) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {word} {values[-1]}"


def given_words(node: ast.Call, beside: str = "") -> str:
    """What a call is given, in words: its arguments but for switches, and for what `beside` has said already."""
    values = [value_words(one) or "it" for one in node.args]
    values += [value_words(one.value) or "it" for one in node.keywords if not isinstance(one.value, ast.Constant)]
    said = beside.split()
    values = [one for one in dict.fromkeys(values) if not set(one.split()) <= set(said)]
    if len(values) > _MOST_GIVEN:
        values = [*values[:_MOST_GIVEN], "more"]
    return listed(values, "and") if values else ""


def _constant(node: ast.Constant) -> str:
    if isinstance(node.value, str):
        return f'"{clip(node.value, _LONGEST_TEXT)}"'
    return plain_text(node)


def _attribute(node: ast.Attribute) -> str:
    owner, name = node.value, node.attr
    last = last_name(owner)
    if name in {"value", "name"} and last.isupper():
        return value_words(owner)
    if (name == "objects" and is_symbol(last)) or (name == "query" and is_symbol(last) and not last.isupper()):
        return last
    if last in _SETTINGS and name.isupper():
        return f"setting {name}"
    if name in _PARAMETERS and last == "request":
        return "request"
    if last == "request" and name.isupper():
        return f"request's {name.lower()}"
    if name in _CHECKED:
        return value_words(owner) or name_words(name)
    if is_symbol(name):
        return name
    if isinstance(owner, ast.BinOp):
        return f"the {name_words(name)} of {value_words(owner)}"
    return owned(value_words(owner), name_words(name))


def owned(owner: str, thing: str) -> str:
    """`order`, `total` as "order's total"."""
    if not owner:
        return thing
    return f"{owner}' {thing}" if owner.endswith("s") and not owner.endswith("ss") else f"{owner}'s {thing}"


def _item(node: ast.Subscript) -> str:
    of = value_words(node.value)
    match node.slice:
        case ast.Constant(value=str() as key):
            return owned(of, _key(key))
        case ast.Constant(value=int() as place) if place in _ORDINALS:
            return f"the {_ORDINALS[place]} of {of or 'it'}"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            return f"the last of {of or 'it'}"
        case ast.Slice():
            return f"a part of {of or 'it'}"
        case other:
            return f"{of or 'it'} at {value_words(other)}"


def _key(key: str) -> str:
    return " ".join(split_words(key)) if key.isidentifier() and not is_symbol(key) else f'"{clip(key, 30)}"'


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> str:
    """`[line.id for line in lines]` as "line's id for each line in lines"."""
    if len(node.generators) != 1:
        return plain_text(node)
    source = node.generators[0]
    over, item = value_words(source.iter) or "it", value_words(source.target)
    asked = " that fit" if source.ifs else ""
    if ast.dump(node.elt) == ast.dump(source.target).replace("Store()", "Load()"):
        return f"{over}{asked}"
    return f"{value_words(node.elt)} for each {item} in {over}{asked}"


def _call(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return _method(node, node.func)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "len" and len(node.args) == 1:
        return f"the number of {value_words(node.args[0])}"
    if name == "getattr" and len(node.args) >= 2 and isinstance(node.args[1], ast.Constant):
        return owned(value_words(node.args[0]), _key(str(node.args[1].value)))
    if name in _CASTS and node.args:
        cast = node.args[0]
        is_number = name == "Decimal" and isinstance(cast, ast.Constant)
        return str(cast.value) if is_number and isinstance(cast, ast.Constant) else value_words(cast)
    if name == "enumerate" and node.args:
        return value_words(node.args[0])
    if name == "zip" and len(node.args) > 1:
        return f"{listed([value_words(one) or 'it' for one in node.args], 'and')} side by side"
    if name in _NOW and not node.args:
        return "now" if name != "today" else "today"
    if name == "timedelta" and node.keywords and not node.args:
        return listed([f"{value_words(one.value)} {one.arg}" for one in node.keywords], "and")
    if name == "range" and node.args:
        return _range([value_words(one) or "it" for one in node.args])
    words = split_words(name)
    if len(words) > 1 and words[0] in _FOUND and not is_symbol(name):
        return " ".join(["the", *words[1:]]) + _of(node, words)
    if words and words[0] not in DEEDS | VERBS | ORDERS and not is_symbol(name):
        return " ".join(words) + _of(node, words)
    return plain_text(node)


def _range(bounds: list[str]) -> str:
    first, last = ("0", bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1])
    return f"the numbers from {first} up to {last}" + (f" in steps of {bounds[2]}" if len(bounds) > 2 else "")


def _of(node: ast.Call, words: list[str]) -> str:
    given = given_words(node, " ".join(words))
    return f" of {given}" if given else ""


def _method(node: ast.Call, func: ast.Attribute) -> str:
    owner, name = value_words(func.value), func.attr
    if name in _NOW or (name == "time" and owner == "time"):
        return "now" if name != "today" else "today"
    if (name in _WITHOUT_CHANGE and not node.args) or name in _SAME_ROWS:
        return owner or plain_text(node)
    if name == "count" and not node.args and not node.keywords:
        return f"the number of {owner or 'them'}"
    if name in {"first", "last"} and not node.args:
        return f"the {name} {owner or 'one'}"
    if name == "get" and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        return owned(owner, _key(node.args[0].value))
    if name == "get" and node.args and not node.keywords:
        return f"{owner or 'it'} at {value_words(node.args[0])}"
    if name in {"filter", "get", "exclude", "filter_by"} and node.keywords and not node.args:
        said = " and ".join(map(_where, node.keywords))
        return f"{owner or 'one'} {'but those ' if name == 'exclude' else ''}with {said}"
    if name == "values_list" and node.args:
        return owned(owner, listed([_field(one) for one in node.args], "and"))
    if name == "split":
        return f"the parts of {owner or 'it'}"
    words = split_words(name)
    if (
        is_symbol(name)
        or not words
        or words[0] in VERBS | ORDERS
        or (isinstance(func.value, ast.Name) and owner == "sys")
    ):
        return plain_text(node)
    if len(words) > 1 and words[0] in _FOUND:
        return owned(owner, " ".join(words[1:])) + _for(node, words)
    if words[0] in DEEDS or len(words) == 1:
        return plain_text(node)
    return owned(owner, " ".join(words)) + _for(node, words)


def _for(node: ast.Call, words: list[str]) -> str:
    given = given_words(node, " ".join(words))
    return f" for {given}" if given else ""


def _field(node: ast.expr) -> str:
    return _key(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else value_words(node)


_LOOKUPS: Final = {
    "in": "in",
    "gt": "more than",
    "gte": "of at least",
    "lt": "less than",
    "lte": "of at most",
    "iexact": "",
    "exact": "",
    "contains": "containing",
    "icontains": "containing",
    "startswith": "starting with",
}


def _where(keyword: ast.keyword) -> str:
    """A keyword of a query: `id=check.id` as "check's id", `state__in=OPEN` as "state in OPEN"."""
    if keyword.arg is None:
        return f"what {value_words(keyword.value)} says"
    fields, value = keyword.arg.split("__"), value_words(keyword.value) or "it"
    lookup = fields.pop() if fields[-1] in _LOOKUPS or fields[-1] == "isnull" else ""
    field = " ".join(fields).replace("_", " ")
    if lookup == "isnull" or (not lookup and value in {"True", "False"}):
        is_there = (value == "True") != (lookup == "isnull")
        if not lookup:
            return f"{field} {'set' if is_there else 'not set'}"
        return field if is_there else f"no {field}"
    if not lookup and value == field:
        return f"this {field}"
    if not lookup and value.endswith(f"'s {field}"):
        return value
    return " ".join(filter(None, [field, _LOOKUPS.get(lookup, ""), value]))
