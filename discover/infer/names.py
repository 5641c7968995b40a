"""Names in the reader's words, made from what the code says and from nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from discover.model import Effect, Trigger
from discover.model.routes import plain_route

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W_]+")
_KEPT = 1 << 14
"""Of so many units the names are kept: each is called from several places."""
_SPLIT_VERBS = {
    "lookup": "look up",
    "setup": "set up",
    "cleanup": "clean up",
    "login": "log in",
    "logout": "log out",
    "startup": "start up",
    "shutdown": "shut down",
    "rollback": "roll back",
    "backfill": "back fill",
}
_GENERIC = frozenset({
    *("run", "execute", "handle", "process", "perform", "call", "main", "apply", "do", "start", "work", "invoke"),
    *("dispatch", "on", "get", "post", "put", "patch", "delete", "handler", "job", "task", "send", "notify", "save"),
    *("create", "update", "submit", "consume", "receive"),
})  # fmt: skip
_PREPOSITIONS = frozenset(["by", "for", "from", "of", "to", "in", "on", "with", "all", "and"])
_WRAPPERS = frozenset({
    *("inner", "wrapper", "wrapped", "wrap", "decorator", "decorated", "decorated_function", "wrapper_function"),
    *("inner_function", "inner_func", "wrapped_function", "wrapped_func", "inner_wrapper"),
})  # fmt: skip
"""What a function within another one is called that is all that this one makes: the outer one's name tells more."""
_PLAIN_MODULES = frozenset({
    *("utils", "util", "helpers", "helper", "tasks", "task", "views", "services", "service", "models", "main", "base"),
    *("app", "api", "core", "common", "lib", "src", "handlers", "routes", "jobs", "functions", "misc", "tools", "cli"),
})  # fmt: skip
_TAKING = {"subscribe": "Listen to", "pull": "Take messages of"}
"""What takes messages in place of sending them."""
_ACCESSORS = {"setter": "set", "deleter": "delete", "expression": "query", "comparator": "compare"}
"""What the functions of a property do whose units are named with it: `Order.name.setter`."""
_ENDINGS = ("_task", "_job", "_celery", "_async", "_handler")
_ACRONYMS = {
    word.lower(): word
    for word in (
        *("API", "URL", "HTTP", "HTTPS", "SQL", "ID", "CSV", "PDF", "JSON", "XML", "SMS", "CRM", "SLA", "S3", "AWS"),
        *("IP", "UUID", "LDAP", "VAT"),
    )
}


def words_of(name: str) -> list[str]:
    """The words of an identifier in either style, acronyms kept."""
    return _WORDS.findall(name)


def sentence(name: str) -> str:
    """An identifier as a short sentence: `lookup_company_by_domain` is "Look up company by domain"."""
    words = [_word(word) for word in words_of(name)]
    if not words:
        return name
    words[0] = _SPLIT_VERBS.get(words[0], words[0])
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _word(word: str) -> str:
    lower = word.lower()
    return _ACRONYMS.get(lower, lower)


@lru_cache(_KEPT)
def unit_name(unit: str) -> str:
    """The unit's name for a reader; a method that says little by itself is told with its class."""
    path, _, qualname = unit.partition("::")
    parts = [part for part in _told(qualname).split(".") if not part.startswith("<")]
    if not parts:
        return f"Module {path}" if "<module>" in qualname else "Inner function"
    if len(parts) > 2 and parts[-1] in _ACCESSORS:
        parts[-2:] = [f"{_ACCESSORS[parts[-1]]}_{parts[-2]}"]
    name = parts[-1]
    owner = parts[-2] if len(parts) > 1 else ""
    if name == "__init__":
        return f"Create {' '.join(words_of(owner)).lower() or owner}"
    name = name.strip("_") or name
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    words = words_of(name)
    if len(words) > 1 and words[1].lower() not in _PREPOSITIONS:
        return sentence(name)
    if not owner[:1].isupper():
        owner = "" if len(parts) > 1 else _module_name(path)
    text = sentence(name)
    return f"{sentence(owner)}: {lowered(text)}" if owner and owner.lower() != name.lower() else text


def _told(qualname: str) -> str:
    """The function whose name tells what a unit is: of a wrapper the one that makes it."""
    while True:
        outer, is_inner, name = qualname.rpartition(".<locals>.")
        if not is_inner or name.strip("_").lower() not in _WRAPPERS:
            return qualname
        qualname = outer


def _module_name(path: str) -> str:
    """The last telling part of a file's path: what a function of one word is about."""
    stem = path.rpartition("/")[2].removesuffix(".py")
    if stem == "__init__":
        stem = path.rpartition("/")[0].rpartition("/")[2]
    return "" if stem.lower() in _PLAIN_MODULES else stem


def lowered(text: str) -> str:
    """The text as it stands within a sentence; one that starts with an acronym stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


@lru_cache(_KEPT)
def is_telling(unit: str) -> bool:
    """Whether a unit's own name says more than the effect in it: two words or more, not a generic verb."""
    name = _told(unit.rpartition("::")[2]).rpartition(".")[2].strip("_")
    words = words_of(name)
    return len(words) >= 2 and not (len(words) == 2 and all(word.lower() in _GENERIC for word in words))


def short_name(unit: str) -> str:
    """The last parts of a unit's name, as the code writes them: `Slack.notify`."""
    parts = [part for part in unit.rpartition("::")[2].split(".") if part != "<locals>"]
    return ".".join(parts[-3 if parts[-1] in _ACCESSORS else -2 :])


def effect_name(effect: Effect) -> str:
    """What an effect does: "Insert User", "POST to Slack"."""
    return _EFFECTS[effect.kind](effect)


def _http(effect: Effect) -> str:
    verb = effect.detail.upper() if effect.detail.isalpha() else "Call"
    where = effect.service or _host(effect.target) or "an outside service"
    return f"{verb} {'from' if verb in ('GET', 'HEAD') else 'to' if verb != 'Call' else ''} {where}".replace("  ", " ")


def _host(url: str) -> str:
    if "://" in url:
        try:
            host = urlsplit(url.replace("{", "%7B").replace("}", "%7D")).netloc.replace("%7B", "{").replace("%7D", "}")
        except ValueError:
            host = ""
        if host and host != "{}":
            return host
    return url if any(letter.isalnum() for letter in url) else ""


def _written(effect: Effect) -> str:
    if "→" in effect.detail:
        return f"Change {effect.target} {effect.detail}"
    verb = (effect.detail or "write").replace("_", " ").lower()
    if verb in ("commit", "flush"):
        return "Commit to the database"
    return f"{verb.capitalize()} {effect.target or 'a record'}"


def _read(effect: Effect) -> str:
    return f"Read {effect.target or 'the database'}"


def _email(effect: Effect) -> str:
    return "Send e-mail" + (f" by {effect.service}" if effect.service else "")


def _message(effect: Effect) -> str:
    taking = _TAKING.get(effect.detail.lower())
    if taking is not None:
        return f"{taking} {effect.target or effect.service or 'messages'}"
    where = effect.service or effect.target
    return f"Send message to {where}" if where else "Send message"


def _stored(effect: Effect) -> str:
    verb = sentence(effect.detail or "use").split(" ")[0]
    return (
        f"{verb} {_short(effect.target)} in {effect.service or effect.kind}"
        if effect.target
        else (f"{sentence(effect.detail or 'use')} in {effect.service or effect.kind}")
    )


def _file(effect: Effect) -> str:
    return f"{sentence(effect.detail or 'write')} {_short(effect.target) or 'file'}"


def _sdk(effect: Effect) -> str:
    name = sentence(effect.detail.rpartition(".")[2]) if effect.detail else "call"
    return f"{effect.service or 'Service'}: {name.lower()}"


def _process(effect: Effect) -> str:
    return f"Run {_short(effect.target)}" if effect.target else "Run a program"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


_EFFECTS = {
    "http": _http,
    "db_read": _read,
    "db_write": _written,
    "message": _message,
    "email": _email,
    "cache": _stored,
    "file": _file,
    "cloud": _sdk,
    "process": _process,
    "sdk": _sdk,
}


def joined(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 more`; doubles left out."""
    unique = list(dict.fromkeys(names))
    if len(unique) > 4:
        return f"{', '.join(unique[:3])} and {len(unique) - 3} more"
    return " and ".join([", ".join(unique[:-1]), unique[-1]]) if len(unique) > 1 else "".join(unique)


def workflow_name(triggers: list[Trigger]) -> str:
    """The name of what these triggers, which share a handler, set off."""
    titled = next((trigger.detail.title for trigger in triggers if trigger.detail.title), None)
    if titled:
        return titled
    first = min(triggers, key=_plainness)
    name = _TRIGGERS.get(first.kind, _other)(first)
    return f"{name} (and {len(triggers) - 1} more)" if len(triggers) > 1 else name


def _plain_path(path: str) -> str:
    """A route without the grammar of patterns and without types: `orders/<int:pk>/` is `orders/<pk>/`."""
    return re.sub(r"<\w+:(\w+)>", r"<\1>", plain_route(path))


def _plainness(trigger: Trigger) -> tuple[int, int, str]:
    """Of several triggers the one names the workflow that says most: a path without unknown parts, a short one."""
    path = trigger.detail.path or ""
    return path.count("{}") + path.count("?") + (path in ("", "/")), len(path), trigger.id


def _route(trigger: Trigger) -> str:
    detail = trigger.detail
    if detail.path is None:
        return f"On {detail.name}: {unit_name(trigger.handler)}" if detail.name else unit_name(trigger.handler)
    path = "/" + _plain_path(detail.path).lstrip("/")
    return f"{'/'.join(detail.methods)} {path}".strip()


def _schedule(trigger: Trigger) -> str:
    name = unit_name(trigger.handler)
    return f"{rhythm(trigger.detail.schedule or '')}: {name[:1].lower()}{name[1:]}"


def _task(trigger: Trigger) -> str:
    return f"Task: {unit_name(trigger.handler)}"


def _consumer(trigger: Trigger) -> str:
    channel = trigger.detail.topic or trigger.detail.queue or trigger.detail.name or ""
    if trigger.framework == "python":
        # a queue of the process is known by the variable that holds it, and not by its module
        channel = ".".join(channel.split(".")[-2:])
    return f"On message {channel}".rstrip() + f": {unit_name(trigger.handler)}"


def _signal(trigger: Trigger) -> str:
    signal = (trigger.detail.signal or "signal").rpartition(".")[2]
    sender = f" of {trigger.detail.sender.rpartition('::')[2].rpartition('.')[2]}" if trigger.detail.sender else ""
    return f"On {signal}{sender}: {unit_name(trigger.handler)}"


def _command(trigger: Trigger) -> str:
    return f"Command: {trigger.detail.command or trigger.detail.name or unit_name(trigger.handler)}"


def _field(trigger: Trigger) -> str:
    return f"GraphQL {trigger.detail.name or unit_name(trigger.handler)}"


def _rpc(trigger: Trigger) -> str:
    return f"RPC {trigger.detail.name or unit_name(trigger.handler)}"


def _other(trigger: Trigger) -> str:
    return f"{trigger.kind.capitalize()}: {trigger.detail.name or unit_name(trigger.handler)}"


_TRIGGERS = {
    "http": _route,
    "webhook": _route,
    "websocket": _route,
    "schedule": _schedule,
    "task": _task,
    "consumer": _consumer,
    "signal": _signal,
    "command": _command,
    "graphql": _field,
    "rpc": _rpc,
}


def rhythm(schedule: str) -> str:
    """How often a schedule runs, in a word where a crontab line or an interval says it plainly."""
    fields = schedule.split()
    if len(fields) == 5 and fields[2:] == ["*", "*", "*"]:
        return _daily(fields[0], fields[1])
    if len(fields) == 5 and fields[2:4] == ["*", "*"]:
        return "Weekly"
    if len(fields) == 5 and fields[3:] == ["*", "*"]:
        return "Monthly"
    return {"@hourly": "Hourly", "@daily": "Daily", "@weekly": "Weekly", "@monthly": "Monthly"}.get(
        schedule, "On schedule"
    )


def _daily(minute: str, hour: str) -> str:
    if hour.isdigit():
        return "Nightly" if int(hour) < 6 or int(hour) >= 22 else "Daily"
    if hour == "*":
        if minute == "*":
            return "Every minute"
        step = re.fullmatch(r"\*/(\d+)", minute)
        return f"Every {step[1]} minutes" if step else "Hourly" if minute.isdigit() else "On schedule"
    return "On schedule"
