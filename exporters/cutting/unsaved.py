"""What is set of a row and not yet in its store: by statements, by methods of its class, by functions it is given to.

A row crosses by its key and is read again, so it has to stay until everything that was set of it is saved.
`customer.name` is an attribute of a row that it leads to: saving the row does not save that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from exporters.cutting.classes import Classes
from exporters.cutting.kinds import Kind
from exporters.cutting.library import HARMLESS_METHODS
from exporters.cutting.source import NO_PATHS, Class, Code, File, Function, dotted_name

SAVES = frozenset({"save", "asave", "refresh_from_db", "arefresh_from_db"})
_NAMES_OF_SAVED = frozenset({"update_fields", "fields"})
_DEEPEST = 4
_ALL = "*"
LOST = "!"
"""Begins what is no field: no store keeps it."""
ADDED = "!+"
"""Begins what matters where code asks for it alone: what a query has added to a row, what its store gives otherwise."""
OTHERWISE = "="
"""Begins a field that holds something else than its store gives back, once saved."""
_READ = "?"
"""Among what is saved: the row was read anew."""
_KEYS = frozenset({"id", "pk"})
_RELATIONS = ("ForeignKey(", "OneToOneField(", "relationship(")
_CONVERTING = ("DecimalField(", "DateTimeField(", "DateField(", "TimeField(", "DurationField(", "UUIDField(")
_EXPRESSIONS = "django.db.models."
_PLAIN = ("CharField(", "TextField(", "SlugField(", "IntegerField(", "SmallIntegerField(", "PositiveSmallIntegerField(")
_OF_MEMBERS = ("label", "name", "value")
"""What a member of an enumeration has, and what its store gives back has not."""
_FILES = ("FileField(", "ImageField(")
_DATA = ("JSON", "Array", "ARRAY", "HStore", "Mapped[dict", "Mapped[list", "Mapped[List", "Mutable", "relationship(")
_ROW = "django.db.models.Model"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a piece of code does to a row: what it saves of all that was set before, and what it leaves unsaved."""

    saved: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def then(self, other: Effect) -> Effect:
        """Both, one behind the other."""
        return Effect(self.saved | other.saved, _without(self.left, other.saved) | other.left)

    def on(self, kind: Kind) -> Kind:
        """What is known of a row of that kind behind the code."""
        if not self.saved and not self.left:
            return kind
        unsaved = _without(kind.unsaved, self.saved)
        is_changed = bool(unsaved) if kind.unsaved or _ALL in self.saved else kind.is_changed
        if not self.left:
            return replace(kind, is_changed=is_changed, unsaved=unsaved)
        is_known = not is_changed or bool(unsaved)
        return replace(kind, is_changed=True, unsaved=unsaved | self.left if is_known else frozenset())


_NOTHING = Effect()


def _without(unsaved: frozenset[str], saved: frozenset[str]) -> frozenset[str]:
    """What a save leaves: one of the row itself does not reach the rows that it leads to, nor what is no field."""
    own = {name for name in unsaved if "." not in name and not name.startswith(LOST)}
    gone = own if _ALL in saved else own & saved
    led_to = {name for name in unsaved if f"{name.rpartition('.')[0]}." in saved}
    read = {name for name in unsaved if _READ in saved and name.lstrip("!+").startswith(OTHERWISE)}
    return unsaved - gone - led_to - read


def _either(effects: list[Effect | None]) -> Effect | None:
    """What is certain where one of several ways was gone; None where none comes to its end."""
    ways = [one for one in effects if one is not None]
    if not ways:
        return None
    listed = [one.saved for one in ways if _ALL not in one.saved]
    saved = frozenset[str].intersection(*listed) if listed else frozenset({_ALL}).union(*(w.saved for w in ways))
    return Effect(saved, frozenset[str]().union(*(one.left for one in ways)))


class Unsaved:
    """Looks into each function of the backend once for each parameter."""

    def __init__(self, code: Code, classes: Classes) -> None:
        self._code = code
        self._classes = classes
        self._known: dict[tuple[str, str, str], Effect] = {}

    def by(self, node: ast.AST, name: str, of: Class | None, file: File, paths: Mapping[str, str] = NO_PATHS) -> Effect:
        """What one simple statement, or an expression, does to the row of that name."""
        return _Row(self, name, of, file, paths, 0).simple(node)

    def within(self, function: Function, name: str, of: Class | None, depth: int) -> Effect:
        """What a call of the function does to the row that it is given by that parameter."""
        key = (function.unit, name, of.node.name if of else "")
        if key not in self._known and depth < _DEEPEST:
            self._known[key] = _NOTHING
            row = _Row(self, name, of, function.file, NO_PATHS, depth + 1)
            self._known[key] = row.function(function).then(self._of_decorators(function))
        return self._known.get(key, _NOTHING)

    def _of_decorators(self, function: Function) -> Effect:
        """`@transition(field=status, …)` of a state machine sets the field when the method has ended."""
        for one in function.node.decorator_list:
            if isinstance(one, ast.Call) and dotted_name(one.func).rpartition(".")[2] == "transition":
                given = [k.value for k in one.keywords if k.arg == "field"] or one.args[:1]
                if given:
                    name = given[0].value if isinstance(given[0], ast.Constant) else dotted_name(given[0])
                    return Effect(left=frozenset({str(name)}))
        return _NOTHING

    def method(self, of: Class, name: str) -> Function | None:
        """The method of that name that the row has."""
        found = (self._code.method(one, name) for one in self._classes.lineage(of))
        return next((one for one in found if one is not None), None)

    def meant(self, node: ast.expr, file: File, paths: Mapping[str, str]) -> Function | None:
        """The backend's own function that is called."""
        named = self._code.meant(node, file, (), paths)
        return named if isinstance(named, Function) else None

    def created(self, kind: Kind, call: ast.Call, file: File, paths: Mapping[str, str]) -> Kind:
        """A row that was just made holds what it was given, which its store may give back otherwise."""
        if kind.form != "row" or not isinstance(call.func, ast.Attribute) or "create" not in call.func.attr:
            return kind
        named = [(one.arg, one.value) for one in call.keywords if one.arg]
        told = (self.otherwise(kind.of, name, value, file, paths) for name, value in named)
        marks = frozenset[str]().union(*told)
        return replace(kind, is_changed=True, unsaved=kind.unsaved | marks) if marks else kind

    def otherwise(
        self, of: Class | None, name: str, value: ast.expr, file: File, paths: Mapping[str, str]
    ) -> frozenset[str]:
        """How it is told that a field is given what its store does not give back; none where it does.

        `F("total") + 1` is a number there; a text that JSON has for a decimal or a date is one there. JSON has lists
        for tuples and texts for keys, and a field of texts has no more than the value of `Status.PAID`.
        """
        if any(self._is_expression(one, file, paths) for one in ast.walk(value)):
            return frozenset({f"{LOST}{OTHERWISE}{name}"})
        kept = self.field(of, name).partition(".")[2]
        if kept.startswith(_PLAIN) and isinstance(value, ast.Attribute):
            return frozenset(f"{ADDED}{OTHERWISE}{name}.{one}" for one in _OF_MEMBERS)
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str | float)
        is_asked = isinstance(value, ast.Subscript) or (
            isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in {"get", "pop"}
        )
        is_converted = kept.startswith(_CONVERTING) and (is_text or is_asked)
        is_no_json = kept.startswith("JSONField(") and any(_is_no_json(one) for one in ast.walk(value))
        return frozenset({f"{ADDED}{OTHERWISE}{name}"} if is_converted or is_no_json else ())

    def _is_expression(self, node: ast.AST, file: File, paths: Mapping[str, str]) -> bool:
        if not isinstance(node, ast.Call):
            return False
        named = self._code.meant(node.func, file, (), paths)
        return isinstance(named, str) and named.startswith(_EXPRESSIONS)

    def place(self, of: Class | None, names: list[str]) -> str:
        """How what is set by this chain of attributes is told."""
        if of is None:
            return names[0]
        if len(names) > 1 and any(word in self.field(of, names[0]) for word in _RELATIONS):
            return ".".join(names[:2])
        return names[0] if self._is_kept(of, names[0]) else f"{LOST}{names[0]}"

    def holds_data(self, of: Class | None, name: str) -> bool:
        """Whether the row's attribute is a container that code may change in place."""
        return any(word in self.field(of, name) for word in _DATA)

    def field(self, of: Class | None, name: str) -> str:
        """What the row's class says of an attribute; empty for nothing."""
        found = self._classes.field(of, name) if of is not None else None
        return ast.unparse(found) if found is not None else ""

    def _is_kept(self, of: Class, name: str) -> bool:
        """Whether saving the row may keep the attribute."""
        above = list(self._classes.lineage(of))
        bases = [self._code.meant(base, one.file) for one in above for base in one.node.bases]
        is_known = any(base == _ROW for base in bases) and all(
            base == _ROW or isinstance(base, Class) for base in bases
        )
        names = (name, name.removesuffix("_id"))
        is_own = any(self._classes.field(of, one) is not None for one in names) or self.method(of, name) is not None
        return not is_known or name in _KEYS or is_own


@dataclass(slots=True)
class _Row:
    """One row as some code has it: by a name."""

    rows: Unsaved
    name: str
    of: Class | None
    file: File
    paths: Mapping[str, str]
    depth: int
    ends: list[Effect | None] = field(default_factory=list["Effect | None"])

    def function(self, function: Function) -> Effect:
        """What the function does to it until it returns."""
        end = self._body(function.node.body, _NOTHING)
        return _either([*self.ends, end]) or _NOTHING

    def _body(self, body: list[ast.stmt], before: Effect | None) -> Effect | None:
        for statement in body:
            if before is None:
                return None
            before = self._statement(statement, before)
        return before

    def _statement(self, node: ast.stmt, before: Effect) -> Effect | None:
        match node:
            case ast.Return():
                self.ends.append(before.then(self.simple(node)))
                return None
            case ast.Raise():
                return None
            case ast.If(test=test, body=yes, orelse=no):
                before = before.then(self.simple(test))
                return _either([self._body(yes, before), self._body(no, before)])
            case ast.For(iter=head, body=body) | ast.AsyncFor(iter=head, body=body) | ast.While(test=head, body=body):
                before = before.then(self.simple(head))
                return _either([before, self._body(body, before)])
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    before = before.then(self.simple(item.context_expr))
                return self._body(body, before)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=last):
                ways = [self._body([*body, *orelse], before)]
                ways += [self._body(handler.body, before) for handler in handlers]
                behind = _either(ways)
                return self._body(last, behind) if behind is not None else None
            case ast.Match(subject=head, cases=cases):
                before = before.then(self.simple(head))
                return _either([before, *(self._body(case.body, before) for case in cases)])
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return before
            case _:
                return before.then(self.simple(node))

    def simple(self, node: ast.AST) -> Effect:
        """What a statement without statements in it, or an expression, does to it."""
        found = _NOTHING
        inside = list(ast.walk(node))
        for one in inside:
            if isinstance(one, ast.Attribute | ast.Subscript) and not isinstance(one.ctx, ast.Load):
                names = self._chain(one)
                if names:
                    found = found.then(Effect(left=frozenset({self.rows.place(self.of, names)})))
                    value = node.value if isinstance(node, ast.Assign) and one in node.targets else None
                    if value is not None and (told := self._otherwise(names, value)):
                        found = found.then(Effect(left=told))
        for one in inside:
            if isinstance(one, ast.Call):
                found = found.then(self._call(one))
        return found

    def _otherwise(self, names: list[str], value: ast.expr) -> frozenset[str]:
        if len(names) != 1:
            return frozenset()
        return self.rows.otherwise(self.of, names[0], value, self.file, self.paths)

    def _chain(self, node: ast.expr) -> list[str]:
        """The attributes from the row's name to the node; none where it does not begin with that."""
        names: list[str] = []
        while not isinstance(node, ast.Name):
            match node:
                case ast.Attribute(value=value, attr=attr):
                    names.append(attr)
                    node = value
                case ast.Subscript(value=value):
                    names.clear()
                    node = value
                case _:
                    return []
        return (names[::-1] or ["?"]) if node.id == self.name else []

    def _call(self, call: ast.Call) -> Effect:
        match call.func:
            case ast.Name(id="setattr") if call.args and self._is_it(call.args[0]):
                told = call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else "?"
                return Effect(left=frozenset({str(told)}))
            case ast.Attribute(attr=method) if names := self._chain(call.func)[:-1]:
                return self._of_part(call, method, names)
            case ast.Attribute(value=value, attr=method) if self._is_it(value):
                own = self.rows.method(self.of, method) if self.of is not None and method not in SAVES else None
                if own is not None and own.parameters:
                    return self.rows.within(own, own.parameters[0], self.of, self.depth)
                return Effect(saved=_saved(call)) if method in SAVES else _NOTHING
            case _:
                return self._given(call)

    def _of_part(self, call: ast.Call, method: str, names: list[str]) -> Effect:
        """What a method of something that the row holds, or leads to, does to the row."""
        told = self.rows.field(self.of, names[0])
        if any(word in told for word in _FILES) and method in {"save", "delete"}:
            keeps = [k.value for k in call.keywords if k.arg == "save"]
            is_kept = all(isinstance(one, ast.Constant) and one.value for one in keeps)
            return Effect(saved=frozenset({_ALL})) if is_kept else Effect(left=frozenset({names[0]}))
        if self.rows.holds_data(self.of, names[0]) and method not in HARMLESS_METHODS:
            return Effect(left=frozenset({names[0]}))
        return Effect(saved=frozenset({f"{'.'.join(names)}."})) if method in SAVES else _NOTHING

    def _given(self, call: ast.Call) -> Effect:
        """What a function of the backend does to it that is called with it."""
        given = [(index, "") for index, value in enumerate(call.args) if self._is_it(value)]
        given += [(-1, keyword.arg) for keyword in call.keywords if keyword.arg and self._is_it(keyword.value)]
        function = self.rows.meant(call.func, self.file, self.paths) if given else None
        if function is None:
            return _NOTHING
        found = _NOTHING
        for index, name in given:
            told = name or (function.parameters[index] if index < len(function.parameters) else "")
            found = found.then(self.rows.within(function, told, self.of, self.depth) if told else _NOTHING)
        return found

    def _is_it(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name


def _is_no_json(node: ast.AST) -> bool:
    """Whether the expression makes what JSON has no word for, and gives back as something else."""
    match node:
        case ast.Tuple() | ast.Call(func=ast.Name(id="tuple")):
            return True
        case ast.Dict(keys=keys):
            return any(isinstance(key, ast.Constant) and not isinstance(key.value, str) for key in keys)
        case _:
            return False


def _saved(call: ast.Call) -> frozenset[str]:
    """The fields that a call saves, or reads again."""
    is_read = isinstance(call.func, ast.Attribute) and "refresh" in call.func.attr
    for keyword in call.keywords:
        if keyword.arg in _NAMES_OF_SAVED and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
            return frozenset(_literals(keyword.value))
    return frozenset({_ALL, _READ} if is_read else {_ALL})


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        for one in node.elts:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
