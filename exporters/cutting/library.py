"""What well-known calls give, and which methods leave their object as it is."""

from __future__ import annotations

from exporters.cutting.kinds import DATA, PLAIN, RESPONSE, Kind, listed, other

_CLIENTS = ("requests", "httpx", "requests.Session", "httpx.Client", "httpx.AsyncClient", "requests.sessions.Session")
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")

PASSING_ON = frozenset({"asyncio.wait_for", "asyncio.shield"})
"""Calls that give what their first argument gives."""
CALLING = frozenset(
    {"asyncio.to_thread", "starlette.concurrency.run_in_threadpool", "fastapi.concurrency.run_in_threadpool"}
)
"""Calls that give what calling their first argument with the others gives."""

CALLS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "abs", "all",
            "any", "bool", "bytes", "chr", "divmod", "float", "format", "hash", "hex", "int", "isinstance",
            "issubclass", "len", "ord", "pow", "repr", "round", "str", "sum", "json.dumps", "os.getenv",
            "os.environ.get",
            "os.path.join", "os.path.basename", "os.path.dirname", "os.path.exists", "os.path.splitext", "time.time",
            "time.monotonic", "time.perf_counter", "datetime.datetime", "datetime.date", "datetime.time",
            "datetime.timedelta",
            "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.fromisoformat",
            "datetime.datetime.fromtimestamp", "datetime.datetime.strptime", "datetime.date.today",
            "datetime.date.fromisoformat", "datetime.datetime.combine", "decimal.Decimal", "uuid.UUID", "uuid.uuid1",
            "uuid.uuid4", "uuid.uuid5", "random.random", "random.randint", "random.uniform", "secrets.token_hex",
            "secrets.token_urlsafe", "re.sub", "re.escape", "math.ceil", "math.floor", "math.sqrt",
            "hmac.compare_digest",
            "base64.b64encode", "base64.b64decode", "base64.urlsafe_b64encode", "base64.urlsafe_b64decode",
            "urllib.parse.quote", "urllib.parse.urlencode", "urllib.parse.urljoin", "django.utils.timezone.now",
            "django.urls.reverse", "flask.url_for", "django.utils.timezone.localtime",
            "django.utils.timezone.make_aware",
            "django.utils.crypto.get_random_string", "django.template.loader.render_to_string",
            "flask.render_template", "fractions.Fraction", "complex", "ipaddress.ip_address", "ipaddress.ip_network",
            "ipaddress.IPv4Address", "ipaddress.IPv6Address", "shlex.join",
        ),
        PLAIN,
    ),
    **dict.fromkeys(("json.loads", "json.load", "yaml.safe_load", "flask.request.get_json"), DATA),
    **dict.fromkeys(("re.split", "re.findall", "shlex.split", "os.listdir"), listed(PLAIN)),
    **{f"{client}.{verb}": RESPONSE for client in _CLIENTS for verb in _VERBS},
    "flask.jsonify": other("a response of the web framework"),
}  # fmt: skip

ATTRIBUTES: dict[str, Kind] = {
    "flask.request.json": DATA,
    "flask.request.method": PLAIN,
    "flask.request.path": PLAIN,
    "flask.request.url": PLAIN,
    "flask.request.remote_addr": PLAIN,
    "os.environ": other("the environment of the process", item=PLAIN),
    **dict.fromkeys(
        (
            "flask.request.args",
            "flask.request.form",
            "flask.request.headers",
            "flask.request.cookies",
            "flask.request.values",
        ),
        other("a part of the request", item=PLAIN),
    ),
}

TEXT_METHODS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "startswith",
    "endswith",
    "encode", "decode", "isdigit", "isalpha", "isalnum", "isnumeric", "isspace", "islower", "isupper", "removeprefix",
    "removesuffix", "zfill", "ljust", "rjust", "center", "isoformat", "strftime", "timestamp", "total_seconds",
    "hexdigest",
    "hex", "format", "join", "quantize", "isdisjoint", "issubset", "issuperset", "toordinal", "weekday", "isoweekday",
    "bit_length", "exists", "count",
})  # fmt: skip
"""Methods that give something plain, whatever has them."""
PLAIN_METHODS = frozenset(
    {"replace", "astimezone", "date", "time", "index", "find", "rfind", "translate", "expandtabs", "group"}
)
"""Methods that give something plain when the object is plain."""
LIST_METHODS = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})
RESPONSE_ATTRIBUTES = frozenset(
    {"status_code", "text", "content", "ok", "reason", "is_success", "is_error", "reason_phrase"}
)

HARMLESS_METHODS = frozenset(
    TEXT_METHODS | PLAIN_METHODS | LIST_METHODS
    | {"get", "keys", "values", "items", "copy", "union", "intersection", "difference", "json", "raise_for_status"}
    | {"model_dump", "dict", "model_dump_json", "model_copy", "get_full_name"}
    | {"info", "debug", "warning", "error", "exception", "critical", "log", "isEnabledFor"}
)  # fmt: skip
"""Methods that leave their object as it is."""
CHANGING_METHODS = frozenset(
    {"append", "add", "extend", "update", "insert", "setdefault", "pop", "popitem", "popleft", "appendleft", "remove"}
    | {"discard", "clear", "sort", "reverse", "extendleft", "rotate", "subtract", "move_to_end", "difference_update"}
    | {"intersection_update", "symmetric_difference_update", "__setitem__", "__delitem__"}
)
"""Methods by which containers are changed in place."""
