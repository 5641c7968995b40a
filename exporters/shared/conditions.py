"""Conditions in a reader's words: `status == QUALIFIED` is "status is QUALIFIED".

The expression's tree is turned into words by its form alone, so that the same code always gives the same words. What
is no expression, such as the words that the analysis itself writes, stays as it is; nothing is ever evaluated.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from itertools import islice
from typing import Final

from exporters.shared.names import is_plural, split_words
from exporters.shared.predicates import attribute_claim, call_claim, kind_claim, name_claim, thing_claim
from exporters.shared.values import is_constant, is_named_best, last_name, listed, plain_text, value_words

_LONGEST: Final = 1200
"""Longer expressions are programs: their own text says as much."""

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
_IN_TIME: Final = {
    "is less than": "is before",
    "is at least": "is not before",
    "is at most": "is not after",
    "is more than": "is after",
}
_TURNED: Final[dict[type[ast.cmpop], ast.cmpop]] = {
    ast.Lt: ast.Gt(),
    ast.LtE: ast.GtE(),
    ast.Gt: ast.Lt(),
    ast.GtE: ast.LtE(),
    ast.Eq: ast.Eq(),
    ast.NotEq: ast.NotEq(),
    ast.Is: ast.Is(),
    ast.IsNot: ast.IsNot(),
}
_MOMENTS: Final = frozenset(["now", "today", "date", "datetime", "deadline", "at", "until", "ago", "expires", "expiry"])
"""What a name of a point in time ends with."""
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
_SAME_ENDS: Final = (" is not set", " is set", " is missing", " is present", " is not empty", " is empty")
"""What several things can be at once: `name and mail are set`."""
_OWN_WORDS: Final = (
    (re.compile(r"no error was raised"), "an error was raised"),
    (re.compile(r"no (.+) was raised"), r"\1 was raised"),
    (re.compile(r"(.+) is raised"), r"no \1 is raised"),
    (re.compile(r"the loop ran to its end"), "the loop was left early"),
    (re.compile(r"every try failed"), "a try succeeded"),
)
"""Conditions that stand nowhere in the code, and their opposites."""
_INVERTED: Final = frozenset(["is", "was", "should", "can", "could", "must", "will", "would"])
_MOST_CUTS: Final = 24


def condition_words(text: str) -> str:
    """What an expression asks, in words; a text that is no expression comes back on one line."""
    return _asked(text, holds=True)


def refusal_words(text: str) -> str:
    """The opposite of what an expression asks, in words."""
    return _asked(text, holds=False)


def question_words(text: str) -> str:
    """What an expression asks, as a question; of `not paid`, the question is whether it is paid."""
    words = refusal_words(text) if is_denied(text) else condition_words(text)
    first, verb, thing = (*words.split(" ", 2), "", "")[:3]
    if first == "there" and not _has_parts(words):
        return f"{verb} there {thing}?"
    if first == "it" and verb in _INVERTED and thing and not _has_parts(words):
        return f"{verb} it {thing}?"
    return f"{words}?"


def _has_parts(words: str) -> bool:
    return " and " in words or " or " in words


@lru_cache(maxsize=4096)
def is_denied(text: str) -> bool:
    """Whether an expression is the opposite of one, so that the plain question is the other way round."""
    tree = _tree(text)
    return isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)


def thing_words(text: str) -> str:
    """What an expression stands for, in words: what a loop goes over."""
    tree = _tree(text)
    return (value_words(tree) if tree is not None else "") or " ".join(text.split())


@lru_cache(maxsize=4096)
def _asked(text: str, *, holds: bool) -> str:
    flat = " ".join(text.split())
    tree = _tree(text)
    if tree is not None:
        return _test(tree, holds)
    if flat.endswith("…") and (part := _begun(flat.removesuffix("…"))) is not None:
        return f"{_test(part, holds)}, …"
    if holds:
        return flat
    for pattern, opposite in _OWN_WORDS:
        if pattern.fullmatch(flat):
            return pattern.sub(opposite, flat)
    return f"not: {flat}"


def _tree(text: str) -> ast.expr | None:
    flat = " ".join(text.split())
    return parsed(flat) if len(flat) <= _LONGEST else None


def parsed(text: str) -> ast.expr | None:
    """The tree of an expression; None where the text is none."""
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _begun(text: str) -> ast.expr | None:
    """The longest whole expression at the beginning of one that was cut off."""
    ends = [found.start() for found in re.finditer(r",| and | or | for | if ", text)]
    for end in islice(reversed(ends), _MOST_CUTS):
        part = text[:end]
        open_ones = "".join({"(": ")", "[": "]", "{": "}"}.get(sign, "") for sign in _unclosed(part))
        tree = parsed(part + open_ones[::-1])
        if tree is not None:
            return tree
    return None


def _unclosed(text: str) -> list[str]:
    found: list[str] = []
    for sign in text:
        if sign in "([{":
            found.append(sign)
        elif sign in ")]}" and found:
            found.pop()
    return found


def _test(node: ast.expr, holds: bool) -> str:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _test(inner, not holds)
        case ast.BoolOp():
            return _joined(node.values, isinstance(node.op, ast.And) == holds, holds)
        case ast.Compare():
            return _comparison(node, holds)
        case ast.Constant(value=value):
            return "always" if bool(value) == holds else "never"
        case ast.Call():
            return _known_call(node, holds) or call_claim(node, holds)
        case ast.NamedExpr(target=target, value=value) if is_named_best(value):
            return thing_claim(value_words(target), target.id, holds)
        case ast.NamedExpr(value=value) | ast.Await(value=value):
            return _test(value, holds)
        case ast.Attribute():
            return attribute_claim(node, holds)
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)) if key.isidentifier():
            return attribute_claim(ast.Attribute(value=owner, attr=key), holds)
        case ast.Name(id=name):
            return name_claim(name, holds)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return f"{value_words(node)} is {'not ' * holds}empty"
        case _:
            return f"{value_words(node)} {'is set' if holds else 'is not set'}"


def _joined(values: list[ast.expr], both: bool, holds: bool) -> str:
    """Parts joined by "and" or "or"; a negated "and" is an "or" of the opposites."""
    parts: list[str] = []
    mixed = False
    for value in values:
        words = _test(value, holds)
        if isinstance(_bare(value), ast.BoolOp):
            mixed = True
            words = f"either {words}" if both else words
        parts.append(words)
    word = "and" if both else "or"
    if mixed:
        return f", {word} ".join(parts)
    return f" {word} ".join(_together(parts, both))


def _together(parts: list[str], both: bool) -> list[str]:
    """`name is set`, `mail is set` as "name and mail are set"."""
    found: list[str] = []
    at = 0
    while at < len(parts):
        end = next((end for end in _SAME_ENDS if parts[at].endswith(end)), "")
        until = at + 1
        while end and until < len(parts) and parts[until].endswith(end):
            until += 1
        found.append(parts[at] if until - at == 1 else _several(parts[at:until], end, both))
        at = until
    return found


def _several(parts: list[str], end: str, both: bool) -> str:
    things = [part.removesuffix(end) for part in parts]
    if not both:
        return f"{listed(things, 'or')}{end}"
    if end == " is not set":
        return f"neither {' nor '.join(things)} is set"
    return listed(things, "and") + end.replace(" is", " are", 1)


def _bare(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node = node.operand
    return node


def _comparison(node: ast.Compare, holds: bool) -> str:
    operands = [node.left, *node.comparators]
    pairs = [
        _compared(operands[index], operator, operands[index + 1], holds) for index, operator in enumerate(node.ops)
    ]
    subject = value_words(operands[1]) + " is "
    if len(pairs) == 2 and all(pair.startswith(subject) for pair in pairs):
        pairs[1] = pairs[1].removeprefix(subject)
    return (" and " if holds else " or ").join(pairs)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, holds: bool) -> str:
    if is_constant(left) and not is_constant(right) and type(operator) in _TURNED:
        left, operator, right = right, _TURNED[type(operator)], left
    said = _special(left, operator, right, holds)
    if said:
        return said
    verb = _COMPARED[type(operator)][not holds]
    if verb in _IN_TIME and not is_constant(right) and (_is_moment(left) or _is_moment(right)):
        verb = _IN_TIME[verb]
    subject, object_ = value_words(left) or "it", value_words(right) or "it"
    if subject == object_:
        subject, object_ = plain_text(left), plain_text(right)
    return f"{subject} {_verb(verb, left)} {object_}"


def _verb(verb: str, of: ast.expr) -> str:
    return verb.replace("is", "are", 1) if is_plural(last_name(of)) else verb


def _is_moment(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_moment(node.left) and not _is_moment(node.right)
    words = split_words(last_name(node)) or value_words(node).split()
    return bool(words) and words[-1] in _MOMENTS


def _special(left: ast.expr, operator: ast.cmpop, right: ast.expr, holds: bool) -> str:
    """Comparisons that have words of their own: with nothing, with empty things, with lists of values."""
    subject = value_words(left) or "it"
    counted = _counted(left, operator, right, holds)
    if counted:
        return counted
    if isinstance(operator, (*_ALIKE, *_UNLIKE)):
        same = isinstance(operator, _ALIKE) == holds
        match right:
            case ast.Constant(value=None):
                return f"{subject} {_verb('is', left)} {'missing' if same else 'present'}"
            case ast.Constant(value="") | ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
                return f"{subject} {_verb('is', left)} {'' if same else 'not '}empty"
            case ast.Constant(value=bool() as value):
                said = _test(left, bool(value) == same)
                # What is missing is not set either, but it is not False.
                is_any = isinstance(operator, ast.Is | ast.IsNot) and said.endswith((" is set", " is not set"))
                return f"{subject} is {'' if same else 'not '}{'true' if value else 'false'}" if is_any else said
            case _:
                return ""
    if isinstance(operator, (ast.In, ast.NotIn)):
        return _membership(left, right, isinstance(operator, ast.In) == holds)
    return ""


def _membership(left: ast.expr, right: ast.expr, inside: bool) -> str:
    subject = value_words(left) or "it"
    if isinstance(right, (ast.Tuple, ast.List, ast.Set)) and right.elts:
        values = [value_words(one) for one in right.elts]
        if len(values) == 2 and not inside:
            return f"{subject} is neither {listed(values, 'nor')}"
        return f"{subject} {'is' if inside else 'is none of'} {listed(values, 'or')}"
    if is_constant(left):
        holder = value_words(right) or "it"
        if is_plural(holder.rpartition(" ")[2]):
            return f"{holder} {'contain' if inside else 'do not contain'} {subject}"
        return f"{holder} {'contains' if inside else 'does not contain'} {subject}"
    return ""


def _counted(left: ast.expr, operator: ast.cmpop, right: ast.expr, holds: bool) -> str:
    """`len(found) == 0` as "there are no found ones"; empty for other comparisons."""
    match left, right:
        case (ast.Call(func=ast.Name(id="len"), args=[of]), ast.Constant(value=0 | 1 as bound)):
            pass
        case (ast.Call(func=ast.Attribute(value=of, attr="count"), args=[]), ast.Constant(value=0 | 1 as bound)):
            pass
        case _:
            return ""
    none = (ast.Eq, ast.LtE) if bound == 0 else (ast.Lt,)
    some = (ast.NotEq, ast.Gt) if bound == 0 else (ast.GtE,)
    if not isinstance(operator, (*none, *some)):
        return ""
    is_there = isinstance(operator, some) == holds
    things = value_words(of)
    if isinstance(of, ast.Name) and is_plural(of.id):
        return f"there are {'' if is_there else 'no '}{things}"
    return f"{things or 'it'} {_verb('is', of)} {'not ' * is_there}empty"


def _known_call(node: ast.Call, holds: bool) -> str:
    """Calls whose meaning Python itself fixes."""
    args = node.args
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name in _ASKING and args:
            object_ = listed([value_words(one) for one in _flat(args[0])], "or")
            return f"{value_words(node.func.value) or 'it'} {_ASKING[name][not holds]} {object_}"
        if name == "get" and args and isinstance(args[0], ast.Constant) and str(args[0].value).isidentifier():
            return attribute_claim(ast.Attribute(value=node.func.value, attr=str(args[0].value)), holds)
        return ""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    subject = (value_words(args[0]) or "it") if args else ""
    if len(args) == 2 and name in {"isinstance", "issubclass"}:
        return kind_claim(subject, [value_words(one) for one in _flat(args[1])], holds)
    if len(args) == 2 and name == "hasattr":
        return f"{subject} {'has' if holds else 'has no'} {value_words(args[1]).strip(chr(34))}"
    if len(args) != 1:
        return ""
    if name in {"any", "all"}:
        return _each(args[0], name == "any", holds)
    if name == "bool":
        return _test(args[0], holds)
    if name == "len":
        return f"{subject} is {'not ' * holds}empty"
    return f"{subject} can {'' if holds else 'not '}be called" if name == "callable" else ""


def _flat(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) and node.elts else [node]


def _each(node: ast.expr, some: bool, holds: bool) -> str:
    """`any(…)` and `all(…)`, over a list of things or over what a generator asks of each."""
    if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
        return _joined(node.elts, some != holds, holds)
    over = value_words(node) or "it"
    if not isinstance(node, (ast.GeneratorExp, ast.ListComp)) or len(node.generators) != 1:
        if some:
            return f"{'any' if holds else 'none'} of {over} is set"
        return f"all of {over} are set" if holds else f"some of {over} are not set"
    source = node.generators[0]
    is_itself = ast.dump(node.elt) == ast.dump(source.target).replace("Store()", "Load()")
    asked = [*source.ifs] if is_itself and source.ifs else [node.elt]
    limits = [] if is_itself else source.ifs
    item, over = value_words(source.target), value_words(source.iter) or "it"
    said = _joined(asked, True, some or holds) if some or holds else _joined(asked, False, False)
    where = f" where {_joined(limits, True, True)}" if limits else ""
    how = ("at least one" if holds else "no") if some else ("every" if holds else "at least one")
    return f"{said} for {how} {item} of {over}{where}"
