"""Parameters of entry points that can't leave the process: a request, a bound task, a broker's message."""

from __future__ import annotations

import ast

from exporters.cutting.names import bases_changed
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.selves import check_self, lineage, own_name, owner_of
from exporters.cutting.source import Class, Code, Function, dotted_name, imports_of

_REQUESTS = frozenset({"django", "aiohttp", "starlette", "sanic", "rest_framework", "pyramid"})
"""Frameworks that hand the request over as the first parameter."""
_MADE_ANEW = frozenset({"Request", "Response", "BackgroundTasks", "WebSocket", "HTTPConnection", "SecurityScopes"})
_INJECTING = frozenset({"Depends", "Security"})
_MESSAGES = {"kombu": (1,), "pika": (0, 1, 2), "arq": (0,)}
"""Positions of what a queue's library hands over beside the body or the arguments."""


_REGISTERING = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket", "csrf_exempt"}
    | {"command", "cron", "interval", "scheduled_job", "repeat", "on_event", "view", "view_config", "errorhandler"}
    | {"task", "shared_task", "periodic_task", "db_task", "db_periodic_task", "job", "actor", "receiver", "connect"}
    | {"subscriber", "agent", "timer", "crontab", "function_name", "service_bus_queue_trigger", "handler"}
)
"""Decorators that only make a function an entry point; any other one may change what a call of it does."""
ASKING_WHO = frozenset(
    {"login_required", "permission_required", "user_passes_test", "staff_member_required", "fresh_login_required"}
)
"""Decorators of web frameworks that ask the session who is there."""
_GATES = ASKING_WHO | frozenset(
    {"require_POST", "require_GET", "require_safe", "require_http_methods", "csrf_protect", "jwt_required"}
    | {"api_view", "permission_classes", "authentication_classes", "throttle_classes", "parser_classes", "action"}
    | {"extend_schema", "swagger_auto_schema"}
)
"""Decorators of web frameworks that say whether the handler is asked at all: they have their say when a run begins."""
_ON_RESPONSES = frozenset(
    {"django.views.decorators.cache.never_cache", "django.views.decorators.cache.cache_control"}
    | {"django.views.decorators.vary.vary_on_headers", "django.views.decorators.vary.vary_on_cookie"}
    | {"django.views.decorators.clickjacking.xframe_options_deny", "django.views.decorators.csrf.ensure_csrf_cookie"}
    | {"django.views.decorators.clickjacking.xframe_options_exempt", "django.views.decorators.common.no_append_slash"}
    | {"django.views.decorators.clickjacking.xframe_options_sameorigin", "django.views.decorators.csrf.csrf_exempt"}
)
"""Decorators that only give the response something: the worker keeps them around each piece, the last one too."""
_COMMAND_LINE = frozenset(
    {"argument", "option", "confirmation_option", "help_option", "password_option", "version_option"}
)
"""Decorators of click that say what a command's parameters are: the worker calls the command's own function."""
_CLASSES = frozenset({"django", "rest_framework", "aiohttp", "flask"})
"""Frameworks whose classes the worker lets make the handler's object for each step."""
_MAKING = frozenset({"", "django", "apscheduler", "rq", "schedule"})
"""What starts a method of an object that is made without arguments, as the worker makes it for each step."""
_OWN = frozenset(
    {"flask.g", "quart.g", "django.contrib.messages", "django.contrib.auth.login", "django.contrib.auth.logout"}
    | {f"{library}.{name}" for library in ("flask", "quart") for name in ("flash", "get_flashed_messages")}
    | {"flask.after_this_request", "quart.after_this_request", "flask_login.login_user", "flask_login.logout_user"}
)
"""What lives as long as the request, and is not made anew."""
_OWN_WHEN_CHANGED = frozenset(
    f"{library}.{name}" for library in ("flask", "quart") for name in ("session", "g", "current_app", "request")
)
_SESSIONS = frozenset({"flask.session", "quart.session"})
_KEEPING = frozenset({"session", "headers", "cookies"})
"""Parts of a request, or of a response, in which code leaves something for the answer."""
_LEAVING = frozenset(
    {"pop", "popitem", "clear", "update", "setdefault", "append", "flush", "cycle_key", "set_expiry", "set_test_cookie"}
)
_LEAVING_COOKIES = frozenset({"set_cookie", "delete_cookie", "set_signed_cookie"})
_ALARMS = frozenset({"signal.alarm", "signal.setitimer", "signal.signal"})
"""What the process is to do later, behind the call: it would not do so in the process of a later step."""


def check_entry(function: Function, kind: str, framework: str, code: Code) -> list[ast.expr]:
    """The decorators below those that make it an entry point; raises where no steps can be made of it at all."""
    is_request = kind in {"http", "webhook"}
    name = function.node.name
    if function.owner is not None:
        _check_method(function, kind, framework, code)
    wrapping: list[ast.expr] = []
    for decorator in function.node.decorator_list:
        if function.owner is not None and dotted_name(decorator) in {"staticmethod", "classmethod"}:
            continue
        called = _called(decorator)
        dotted = dotted_name(called)
        named = code.named(function.file, dotted) if dotted else None
        known = _REGISTERING | _GATES if is_request else _REGISTERING
        if kind == "command" and isinstance(named, str) and named.startswith("click."):
            known |= _COMMAND_LINE
        if is_request and named in _ON_RESPONSES and not wrapping:
            continue
        if dotted.rpartition(".")[2] not in known or isinstance(named, Function | Class):
            wrapping.append(decorator)
        elif wrapping:
            word = dotted_name(_called(wrapping[0])) or "a decorator"
            raise CannotCutError(f"`{word}` stands above `{dotted}` and wraps all of `{name}`")
    return wrapping


def _check_method(function: Function, kind: str, framework: str, code: Code) -> None:
    """Raise where no worker makes the method's object, or where one that is made anew is not the same."""
    is_request = kind in {"http", "webhook"}
    family = framework.partition(".")[0]
    is_made = family in _CLASSES if is_request else family in _MAKING
    if not is_made and own_name(function):
        owner = function.owner.name if function.owner else ""
        raise CannotCutError(f"nothing says how the object of `{owner}.{function.node.name}` is made")
    check_self(function, code, is_request=is_request)


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def check_context(function: Function, context: frozenset[str], code: Code) -> None:
    """Raise where the function leaves something in what is made anew for each step, or asks what is not."""
    paths: dict[str, str] = {}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Import | ast.ImportFrom):
            paths |= imports_of(node, function.file)
    for base in bases_changed([function.node]):
        named = code.named(function.file, base, paths)
        if base in context or (isinstance(named, str) and named in _OWN_WHEN_CHANGED):
            raise CannotCutError(f"it changes `{base}`, which is made anew for each step")
    for node in ast.walk(function.node):
        if left := _left_in_answer(node, context, function, code):
            raise CannotCutError(f"it changes `{left}`, which is made anew for each step")
        dotted = dotted_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        named = code.named(function.file, dotted, paths) if dotted else None
        if isinstance(named, str) and any(named == own or named.startswith(f"{own}.") for own in _OWN):
            raise CannotCutError(f"it asks for `{dotted}`, which lives as long as the request")
        if named in _ALARMS:
            raise CannotCutError(f"it sets `{dotted}`, which counts in this process alone")


def _left_in_answer(node: ast.AST, context: frozenset[str], function: Function, code: Code) -> str:
    """The name by which a method leaves something in a session, in headers or cookies; empty for any other node."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    *holders, method = dotted_name(node.func).split(".")
    if not holders:
        return ""
    is_session = code.named(function.file, holders[0]) in _SESSIONS if len(holders) == 1 else holders[-1] in _KEEPING
    is_own = holders[0] in context or is_session
    is_left = method in _LEAVING_COOKIES or (is_session and method in _LEAVING)
    return holders[0] if is_own and is_left and (holders[0] in context or len(holders) == 1) else ""


def is_command(function: Function, code: Code) -> bool:
    """Whether it is the `handle` of a Django command, which prints what that returns."""
    owner = owner_of(function)
    if owner is None or function.node.name != "handle":
        return False
    above = [code.meant(base, one.file) for one in lineage(owner, code) for base in one.node.bases]
    named = any(isinstance(one, str) and one.startswith("django.core.management.") for one in above)
    return named or ".management.commands." in f".{function.file.module}"


def context_of(function: Function, kind: str, framework: str, code: Code) -> frozenset[str]:
    """The names of the parameters that are made anew for each step."""
    parameters = function.parameters
    found: set[str] = set()
    if is_bound_task(function):
        found.update(parameters[:1])
    own = parameters[:1] if own_name(function) else ()
    found.update(own)
    given = parameters[len(own) :]
    if kind in {"http", "webhook", "websocket"} and framework.partition(".")[0] in _REQUESTS:
        found.update(given[:1])
    found.update(given[index] for index in _MESSAGES.get(framework, ()) if index < len(given))
    if framework in {"fastapi", "starlette"}:
        found.update(_injected(function, code))
    return frozenset(found)


def is_bound_task(function: Function) -> bool:
    """Whether a queue hands the task itself over as the first argument."""
    for decorator in function.node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "bind" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    return True
    return False


def _injected(function: Function, code: Code) -> set[str]:
    arguments = function.node.args
    defaults = function.defaults
    return {
        a.arg
        for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        if _injects(defaults.get(a.arg)) or _is_made_anew(a.annotation, function, code, 0)
    }


def _injects(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in _INJECTING


def _is_made_anew(node: ast.expr | None, function: Function, code: Code, depth: int) -> bool:
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return any(_injects(part) for part in parts) or _is_made_anew(parts[0], function, code, depth)
    name = dotted_name(node) if node is not None else ""
    if name.rpartition(".")[2] in _MADE_ANEW:
        return True
    # `SessionDep = Annotated[Session, Depends(get_session)]` at the top of a module.
    named = code.named(function.file, name) if name else None
    value = getattr(named, "value", None)
    return depth < 3 and isinstance(value, ast.Subscript) and _is_made_anew(value, function, code, depth + 1)
