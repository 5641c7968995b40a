"""The programs that start Python code, each as a function from its words to a `Command`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from discover.sources.records import Command, CommandKind

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?")
_TARGET = re.compile(r"[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)*(?:\.py)?(?::[A-Za-z_][\w.]*(?:\(.*\))?)?", re.ASCII)
_PYTHON_VALUED = frozenset({"-W", "-X", "--check-hash-based-pycs"})


def identify(words: list[str]) -> Command:
    """What these words start; kind `program` when it is nothing known."""
    program = words[0]
    name = program.rpartition("/")[2]
    if _PYTHON.fullmatch(name):
        return _python(words)
    if name == "manage.py":
        return _manage(words, program, words[1:])
    known = _PROGRAMS.get(name)
    if known is not None:
        return known(words)
    if name.endswith(".py") or (name.endswith((".sh", ".bash")) or "/" in program):
        return command("script", words, name=program, arguments=words[1:])
    return command("program", words, name=name, arguments=words[1:])


def command(kind: CommandKind, words: list[str], **fields: object) -> Command:
    """A command with its text; lists become tuples."""
    fixed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    return Command(kind=kind, text=" ".join(words), **fixed)


def _python(words: list[str]) -> Command:
    place = 1
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        if word == "-m":
            return _module(words, words[place + 1 :])
        if word.startswith("-m") and len(word) > 2:
            return _module(words, [word[2:], *words[place + 1 :]])
        if re.fullmatch(r"-[A-Za-z]*c", word):
            return command("code", words, name="python", arguments=words[place + 1 : place + 2])
        if re.fullmatch(r"-[A-Za-z]+m", word):
            return _module(words, words[place + 1 :])
        place += 2 if word in _PYTHON_VALUED else 1
    if place >= len(words):
        return command("program", words, name="python")
    script, rest = words[place], words[place + 1 :]
    if script.rpartition("/")[2] == "manage.py":
        return _manage(words, script, rest)
    inner = _PROGRAMS.get(script.rpartition("/")[2])
    if inner is not None and "/" in script:
        return replaced(inner([script, *rest]), words)
    return command("script", words, name=script, arguments=rest)


def _module(words: list[str], rest: list[str]) -> Command:
    if not rest:
        return command("program", words, name="python")
    inner = _PROGRAMS.get(_RUNNABLE.get(rest[0], rest[0]))
    if inner is not None:
        return replaced(inner([_RUNNABLE.get(rest[0], rest[0]), *rest[1:]]), words)
    return command("module", words, name=rest[0], arguments=rest[1:])


def replaced(found: Command, words: list[str]) -> Command:
    """The same command with the text of all its words."""
    import msgspec

    return msgspec.structs.replace(found, text=" ".join(words))


def _manage(words: list[str], script: str, rest: list[str]) -> Command:
    names = [word for word in rest if not word.startswith("-")]
    name = names[0] if names else ""
    arguments = rest[rest.index(name) + 1 :] if name else rest
    return command("manage", words, name=name, arguments=arguments, path=script)


def _django_admin(words: list[str]) -> Command:
    return _manage(words, "", words[1:])


class Options:
    """Words after a program, as options with values and the rest."""

    def __init__(self, words: list[str], valued: str) -> None:
        self.values: dict[str, str] = {}
        self.rest: list[str] = []
        takes = frozenset(valued.split())
        place = 0
        while place < len(words):
            word = words[place]
            name, equals, value = word.partition("=")
            if not word.startswith("-") or word in ("-", "--"):
                self.rest.append(word)
            elif equals:
                self.values[name] = value
            elif word in takes and place + 1 < len(words):
                place += 1
                self.values[word] = words[place]
            elif len(word) > 2 and word[1] != "-" and word[:2] in takes:
                self.values[word[:2]] = word[2:]
            else:
                self.values[word] = ""
            place += 1

    def first(self, *names: str) -> str:
        """The value of the first of these options that is given."""
        return next((self.values[name] for name in names if name in self.values), "")


def _flask(words: list[str]) -> Command:
    options = Options(words[1:], "-A --app -e --env-file -h --host -p --port")
    name = options.rest[0] if options.rest else ""
    app = options.first("-A", "--app")
    if name == "run":
        return command("server", words, name="flask", app=app)
    arguments = words[words.index(name) + 1 :] if name else []
    return command("flask", words, name=name, arguments=arguments, app=app)


def _invoke(words: list[str]) -> Command:
    """Invoke's `inv clean` and Fabric's `fab -H web1 deploy`."""
    options = Options(words[1:], "-c --collection -f --config -r --search-root -T --command-timeout -H --hosts -i -S")
    name = options.rest[0] if options.rest else ""
    arguments = words[words.index(name) + 1 :] if name else []
    return command("invoke", words, name=name, arguments=arguments)


_CELERY_VALUED = (
    "-A --app -b --broker --result-backend --loader --config --workdir -Q --queues -n --hostname -c --concurrency"
    " -l --loglevel -P --pool -s --schedule -S --scheduler -f --logfile --pidfile --max-tasks-per-child -O --uid --gid"
    " --max-memory-per-child --autoscale -X --exclude-queues -I --include --prefetch-multiplier --max-interval"
    " --statedb -a --args -k --kwargs --countdown --eta --queue --port --time-limit --soft-time-limit"
)


def _celery(words: list[str]) -> Command:
    options = Options(words[1:], _CELERY_VALUED)
    role = options.rest[0] if options.rest else ""
    arguments = options.rest[1:]
    if role == "worker" and ("-B" in options.values or "--beat" in options.values):
        role = "worker and beat"
    app = options.first("-A", "--app")
    queues = [queue for queue in options.first("-Q", "--queues", "--queue").split(",") if queue]
    folder = options.first("--workdir")
    return command(
        "celery", words, name="celery", app=app, role=role, queues=queues, arguments=arguments, folder=folder
    )


def _rq(words: list[str]) -> Command:
    valued = "-u --url -c --config -P --path -n --name --results-ttl --worker-ttl -w --worker-class -j --job-class -i"
    words_after = words[1:] if words[0].rpartition("/")[2] == "rq" else ["worker", *words[1:]]
    options = Options(words_after, valued + " --queue-class --connection-class --sentry-dsn --logging_level")
    role = options.rest[0] if options.rest else ""
    return command("rq", words, name="rq", role=role, queues=options.rest[1:], app=options.first("-c", "--config"))


def _rqscheduler(words: list[str]) -> Command:
    return command("rq", words, name="rqscheduler", role="scheduler")


def _server(valued: str, app_options: tuple[str, ...] = ()) -> Callable[[list[str]], Command]:
    def read(words: list[str]) -> Command:
        options = Options(words[1:], valued)
        app = options.first(*app_options) or next((word for word in options.rest if _TARGET.fullmatch(word)), "")
        folder = options.first("--chdir", "--app-dir", "--pythonpath")
        return command("server", words, name=words[0].rpartition("/")[2], app=_dotted(app), folder=folder)

    return read


def _dotted(app: str) -> str:
    """`pkg/mod.py:app` as `pkg.mod:app`."""
    module, colon, attribute = app.partition(":")
    if "/" in module or module.endswith(".py"):
        module = module.removesuffix(".py").strip("./").replace("/", ".")
    return module + colon + attribute


def _uwsgi(words: list[str]) -> Command:
    valued = (
        "--module -w --wsgi --wsgi-file --file --ini --chdir --http --socket --callable --pythonpath -s -p -M --mule"
    )
    options = Options(words[1:], valued + " --processes --threads --master --http-socket --uid --gid --env --home")
    app = options.first("--module", "-w", "--wsgi", "--wsgi-file", "--file")
    ini = options.first("--ini") or next((word for word in options.rest if word.endswith((".ini", ".yaml"))), "")
    callable_name = options.first("--callable")
    if callable_name and ":" not in app:
        app = f"{app}:{callable_name}"
    arguments = [ini] if ini else []
    return command(
        "server", words, name="uwsgi", app=_dotted(app), folder=options.first("--chdir"), arguments=arguments
    )


def _worker(
    role: str, valued: str = "", app_options: tuple[str, ...] = (), skip: int = 0
) -> Callable[[list[str]], Command]:
    def read(words: list[str]) -> Command:
        options = Options(words[1:], valued + " -Q --queues --queue")
        subcommand = options.rest[0] if skip and options.rest else ""
        rest = options.rest[skip:]
        app = options.first(*app_options) or (rest[0] if rest and _TARGET.fullmatch(rest[0]) else "")
        queues = [queue for queue in options.first("-Q", "--queues", "--queue").split(",") if queue]
        name = words[0].rpartition("/")[2]
        return command(
            "worker", words, name=name, role=subcommand or role, app=_dotted(app), arguments=rest, queues=queues
        )

    return read


_GUNICORN = (
    "-b --bind -w --workers -k --worker-class -t --timeout -c --config --name -n --threads --log-level --pythonpath"
    " --chdir --access-logfile --error-logfile --max-requests --max-requests-jitter --keep-alive --graceful-timeout -e"
    " --env -p --pid -u --user -g --group --worker-tmp-dir --log-file --log-config --certfile --keyfile --backlog"
    " --paste --paster --limit-request-line --forwarded-allow-ips --statsd-host --worker-connections --umask"
    " --access-logformat"
)
_UVICORN = (
    "--host --port --workers --log-level --log-config --app-dir --root-path --loop --http --ws --lifespan --interface"
    " --env-file --timeout-keep-alive --limit-concurrency --limit-max-requests --forwarded-allow-ips --uds --fd"
    " --reload-dir --ssl-keyfile --ssl-certfile --backlog -b --bind -w -k --worker-class -p --access-log -e -t"
)

_PROGRAMS: dict[str, Callable[[list[str]], Command]] = {
    "django-admin": _django_admin,
    "django-admin.py": _django_admin,
    "flask": _flask,
    "invoke": _invoke,
    "inv": _invoke,
    "fab": _invoke,
    "celery": _celery,
    "rq": _rq,
    "rqworker": _rq,
    "rqscheduler": _rqscheduler,
    "gunicorn": _server(_GUNICORN),
    "uvicorn": _server(_UVICORN),
    "hypercorn": _server(_UVICORN),
    "granian": _server(_UVICORN),
    "daphne": _server("-b -p -u -e --bind --port --proxy-headers -t --http-timeout -v"),
    "waitress-serve": _server("--host --port --listen --threads --url-prefix"),
    "fastapi": _worker("run", "--host --port --app --workers", (), 1),
    "sanic": _server("-H --host -p --port -w --workers"),
    "litestar": _worker("run", "--app --host --port", ("--app",), 1),
    "uwsgi": _uwsgi,
    "dramatiq": _worker("worker", "-p -t --processes --threads --watch -Q --pid-file --path"),
    "periodiq": _worker("scheduler"),
    "huey_consumer": _worker("worker", "-w -k -l -s -d -m -b -c"),
    "huey_consumer.py": _worker("worker", "-w -k -l -s -d -m -b -c"),
    "arq": _worker("worker", "--watch --custom-log-dict"),
    "taskiq": _worker("worker", "-w --workers -fsd --log-level -tp --tasks-pattern", (), 1),
    "saq": _worker("worker", "--workers -w --port"),
    "nameko": _worker("run", "--config --broker --backdoor-port", (), 1),
    "faust": _worker("worker", "-A --app -W --workdir -L --loglevel", ("-A", "--app"), 1),
    "procrastinate": _worker("worker", "-a --app", ("-a", "--app"), 1),
    "faststream": _worker("run", "--workers --host --port --app-dir", (), 1),
    "scrapy": _worker("crawl", "-a -s -o", (), 1),
    "luigi": _worker("task", "--module", ("--module",)),
    "streamlit": _worker("run", "", (), 1),
}
_RUNNABLE = {
    "huey.bin.huey_consumer": "huey_consumer",
    "django": "django-admin",
    "rq.cli": "rq",
    "celery.__main__": "celery",
}
