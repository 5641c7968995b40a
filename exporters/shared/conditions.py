"""Conditions in a reader's words: `status == QUALIFIED` is "status is QUALIFIED".

The expression's tree is turned into words by its form alone, so that the same code always gives the same words. What
is no expression, such as the words that the analysis itself writes, stays as it is; nothing is ever evaluated.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Final

from exporters.shared.names import ORDERS, STATES, VERBS, article, is_of_a_part, is_plural, is_state, split_words
from exporters.shared.values import is_constant, plain_text, value_words

_LONGEST: Final = 400
"""Longer expressions are programs: their own text says as much."""

_FEW_WORDS: Final = 3
"""A longer name is no noun but half a sentence."""

_COMPARED: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Eq: ("is", "is not"),
    ast.NotEq: ("is not", "is"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.Lt: ("is less than", "is at least"),
    ast.LtE: ("is at most", "is more than"),
    ast.Gt: ("is more than", "is at most"),
    ast.GtE: ("is at least", "is less than"),
    ast.In: ("is in", "is not in"),
    ast.NotIn: ("is not in", "is in"),
}
_ALIKE: Final = (ast.Eq, ast.Is)
_UNLIKE: Final = (ast.NotEq, ast.IsNot)
_ASKING: Final = {
    "startswith": ("starts with", "does not start with"),
    "endswith": ("ends with", "does not end with"),
    "match": ("matches", "does not match"),
    "fullmatch": ("matches", "does not match"),
    "issubset": ("is part of", "is not part of"),
    "issuperset": ("holds all of", "does not hold all of"),
    "isdisjoint": ("shares nothing with", "shares something with"),
}
_OF_ITS_ARGUMENT: Final = frozenset(["is", "are", "was", "has"])
"""`is_draft(order)` says something of the order."""
_NEGATED: Final = {
    "is": "is not",
    "are": "are not",
    "was": "was not",
    "were": "were not",
    "has": "has no",
    "have": "have no",
    "can": "can not",
    "should": "should not",
    "must": "must not",
    "will": "will not",
    "may": "may not",
    "does": "does not",
    "did": "did not",
    "could": "could not",
    "would": "would not",
}


def condition_words(text: str) -> str:
    """What an expression asks, in words; a text that is no expression comes back on one line."""
    return _asked(text, holds=True)


def refusal_words(text: str) -> str:
    """The opposite of what an expression asks, in words."""
    return _asked(text, holds=False)


def thing_words(text: str) -> str:
    """What an expression stands for, in words: what a loop goes over."""
    flat = " ".join(text.split())
    tree = parsed(flat) if len(flat) <= _LONGEST else None
    return (value_words(tree) if tree is not None else "") or flat


@lru_cache(maxsize=4096)
def _asked(text: str, *, holds: bool) -> str:
    flat = " ".join(text.split())
    tree = parsed(flat) if len(flat) <= _LONGEST else None
    if tree is None:
        return flat if holds else f"not: {flat}"
    return _test(tree, holds)


def parsed(text: str) -> ast.expr | None:
    """The tree of an expression; None where the text is none."""
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _test(node: ast.expr, holds: bool) -> str:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _test(inner, not holds)
        case ast.BoolOp():
            return _joined(node, holds)
        case ast.Compare():
            return _comparison(node, holds)
        case ast.Constant(value=value):
            return "always" if bool(value) == holds else "never"
        case ast.Call():
            return _call(node, holds)
        case ast.NamedExpr(value=value) | ast.Await(value=value):
            return _test(value, holds)
        case ast.Attribute():
            return _attribute(node, holds)
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)) if key.isidentifier():
            return _attribute(ast.Attribute(value=owner, attr=key), holds)
        case ast.Name(id=name):
            return _name(name, holds)
        case _:
            return f"{value_words(node)} {'is set' if holds else 'is not set'}"


def _joined(node: ast.BoolOp, holds: bool) -> str:
    """Parts joined by "and" or "or"; a negated "and" is an "or" of the opposites."""
    both = isinstance(node.op, ast.And) == holds
    parts: list[str] = []
    mixed = False
    for value in node.values:
        words = _test(value, holds)
        if isinstance(_bare(value), ast.BoolOp):
            mixed = True
            words = f"either {words}" if both else words
        parts.append(words)
    word = "and" if both else "or"
    return f", {word} ".join(parts) if mixed else f" {word} ".join(parts)


def _bare(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node = node.operand
    return node


def _comparison(node: ast.Compare, holds: bool) -> str:
    operands = [node.left, *node.comparators]
    pairs = [
        _compared(operands[index], operator, operands[index + 1], holds) for index, operator in enumerate(node.ops)
    ]
    return (" and " if holds else " or ").join(pairs)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, holds: bool) -> str:
    if is_constant(left) and not is_constant(right) and isinstance(operator, (*_ALIKE, *_UNLIKE)):
        left, right = right, left
    said = _special(left, operator, right, holds)
    if said:
        return said
    verb = _COMPARED[type(operator)][not holds]
    subject, object_ = value_words(left), value_words(right)
    if subject == object_:
        subject, object_ = plain_text(left), plain_text(right)
    return f"{subject} {verb.replace('is', 'are', 1) if is_plural(_last_name(left)) else verb} {object_}"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _special(left: ast.expr, operator: ast.cmpop, right: ast.expr, holds: bool) -> str:
    """Comparisons that have words of their own: with nothing, with empty things, with lists of values."""
    subject = value_words(left)
    if isinstance(operator, (*_ALIKE, *_UNLIKE)):
        same = isinstance(operator, _ALIKE) == holds
        match right:
            case ast.Constant(value=None):
                return f"{subject} is {'missing' if same else 'present'}"
            case ast.Constant(value=""):
                return f"{subject} is {'' if same else 'not '}empty"
            case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
                return f"{subject} is {'' if same else 'not '}empty"
            case ast.Constant(value=bool() as value):
                said = _test(left, bool(value) == same)
                # What is missing is not set either, but it is not False.
                is_any = isinstance(operator, ast.Is | ast.IsNot) and said.endswith((" is set", " is not set"))
                return f"{subject} is {'' if same else 'not '}{'true' if value else 'false'}" if is_any else said
            case _:
                return ""
    if isinstance(operator, (ast.In, ast.NotIn)):
        inside = isinstance(operator, ast.In) == holds
        if isinstance(right, (ast.Tuple, ast.List, ast.Set)) and right.elts:
            values = _listed([value_words(one) for one in right.elts])
            return f"{subject} {'is' if inside else 'is neither' if len(right.elts) == 2 else 'is none of'} " + (
                values if inside or len(right.elts) != 2 else values.replace(" or ", " nor ")
            )
        if is_constant(left):
            return f"{value_words(right)} {'contains' if inside else 'does not contain'} {subject}"
    return ""


def _listed(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def _call(node: ast.Call, holds: bool) -> str:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    said = _known_call(name, owner, node.args, holds)
    if said:
        return said
    words = split_words(name)
    subject = f"{value_words(owner)} " if owner is not None and value_words(owner) else ""
    given = ", ".join(value_words(one) for one in (*node.args, *(one.value for one in node.keywords)))
    given = f" ({given})" if given else ""
    if words and words[0] in VERBS and len(words) > 1:
        if owner is None and words[0] in _OF_ITS_ARGUMENT and len(node.args) == 1 and not node.keywords:
            return f"{value_words(node.args[0])} {_predicate(words, holds)}"
        return f"{subject or 'it '}{_predicate(words, holds)}{given}"
    if words and (words[-1] in STATES or name == "exists"):
        verb = ("exists", "does not exist") if name == "exists" else ("is " + words[-1], "is not " + words[-1])
        return f"{subject}{verb[not holds]}".strip() if not given else f"{subject}{verb[not holds]}{given}".strip()
    if (words and words[0] == "get") or name == "getattr":
        return f"{value_words(node)} {'is set' if holds else 'is not set'}"
    return f"{plain_text(node).removeprefix('self.')} says {'yes' if holds else 'no'}"


def _known_call(name: str, owner: ast.expr | None, args: list[ast.expr], holds: bool) -> str:
    """Calls whose meaning Python itself fixes."""
    if owner is None and len(args) == 2 and name in {"isinstance", "issubclass", "hasattr"}:
        subject = value_words(args[0])
        if name == "hasattr":
            return f"{subject} {'has' if holds else 'has no'} {value_words(args[1]).strip(chr(34))}"
        kinds = args[1].elts if isinstance(args[1], ast.Tuple) else [args[1]]
        kind = _listed([value_words(one) for one in kinds] or ["nothing"])
        return f"{subject} is {'' if holds else 'not '}{article(kind)} {kind}"
    if owner is None and len(args) == 1 and name in {"any", "all"}:
        return _each(args[0], name == "any", holds)
    if owner is None and len(args) == 1 and name in {"bool", "len"}:
        return _test(args[0], holds) if name == "bool" else f"{value_words(args[0])} is {'not ' * holds}empty"
    if owner is None and len(args) == 1 and name == "callable":
        return f"{value_words(args[0])} can {'' if holds else 'not '}be called"
    if owner is not None and name in _ASKING and args:
        object_ = _listed([value_words(one) for one in _flat(args[0])])
        return f"{value_words(owner)} {_ASKING[name][not holds]} {object_}"
    return ""


def _flat(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) and node.elts else [node]


def _each(node: ast.expr, some: bool, holds: bool) -> str:
    """`any(…)` and `all(…)`, over a list of things or over what a generator asks of each."""
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)) and len(node.generators) == 1:
        over = value_words(node.generators[0].iter)
        if some:
            return f"{_test(node.elt, True)} for {'any' if holds else 'none'} of {over}"
        return f"{_test(node.elt, True)} for {'' if holds else 'not '}all of {over}"
    over = value_words(node)
    if some:
        return f"{'any' if holds else 'none'} of {over} is set"
    return f"{'' if holds else 'not '}all of {over} are set"


def _attribute(node: ast.Attribute, holds: bool) -> str:
    words = split_words(node.attr)
    owner = value_words(node.value)
    if words and words[0] in VERBS and len(words) > 1:
        return f"{owner or 'it'} {_predicate(words, holds)}"
    if owner and is_of_a_part(node.attr):
        part, verb = (
            value_words(ast.Attribute(node.value, "_".join(words[:-1]))),
            "are" if is_plural(words[-2]) else "is",
        )
        return f"{part} {verb} {'' if holds else 'not '}{words[-1]}"
    if owner and is_state(node.attr):
        return f"{owner} is {'' if holds else 'not '}{' '.join(words)}"
    if owner and is_plural(node.attr) and len(words) <= _FEW_WORDS:
        return f"{owner} has {'' if holds else 'no '}{' '.join(words)}"
    return _thing(value_words(node), node.attr, holds)


def _name(name: str, holds: bool) -> str:
    words = split_words(name)
    if words and words[0] in VERBS and len(words) > 1:
        return f"it {_predicate(words, holds)}"
    return _thing(value_words(ast.Name(id=name)), name, holds)


def _thing(words: str, name: str, holds: bool) -> str:
    parts = split_words(name)
    if is_plural(name) and len(parts) <= _FEW_WORDS and parts[0] not in ORDERS:
        return f"there are {words}" if holds else f"there are no {words}"
    return f"{words} {'is set' if holds else 'is not set'}"


def _predicate(words: list[str], holds: bool) -> str:
    """`["is", "active"]` as `is active` or `is not active`."""
    if holds:
        return " ".join(words)
    verb = words[0]
    plain = verb[:-2] if verb.endswith("ches") else verb.removesuffix("s")
    return f"{_NEGATED.get(verb, f'does not {plain}')} {' '.join(words[1:])}"
