"""Programs that run another command: their own words are taken off, so that the command itself is left."""

from __future__ import annotations

import re
from typing import NamedTuple

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
TAKES_NEXT = re.compile(r"[-+][A-Za-z]*[oO]")
"""Options of a shell that take the next word: `-o`, `-euo pipefail`."""
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})


class Wrapper(NamedTuple):
    """How a wrapping program's words look before the command that it runs."""

    valued: frozenset[str] = frozenset()
    """Options that take the next word as their value."""
    positional: int = 0
    """Words of its own after the options."""
    subcommands: tuple[str, ...] = ()
    """One of these must follow, or the program is no wrapper here."""
    dashes: bool = False
    """The command stands after `--`."""


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = ("exec", "command", "nohup", "setsid", "chronic", "catchsegv", "dumb-init", "stdbuf", "unbuffer", "run-one")
WRAPPERS: dict[str, Wrapper] = {
    **{name: Wrapper() for name in (*_PLAIN, "ddtrace-run", "firejail", "eatmydata", "builtin")},
    "exec": Wrapper(_options("-a")),
    "tini": Wrapper(_options("-p -e")),
    "sudo": Wrapper(_options("-u -g -h -p -C -r -t -U --user --group")),
    "doas": Wrapper(_options("-u -C")),
    "gosu": Wrapper(positional=1),
    "su-exec": Wrapper(positional=1),
    "setuidgid": Wrapper(positional=1),
    "chpst": Wrapper(_options("-u -U -b -e -/ -n -l -L -m -d -o -p -f -c -r -t")),
    "runuser": Wrapper(_options("-u -g"), dashes=True),
    "setpriv": Wrapper(),
    "env": Wrapper(_options("-u -C --unset --chdir")),
    "nice": Wrapper(_options("-n")),
    "ionice": Wrapper(_options("-c -n -p")),
    "chrt": Wrapper(positional=1),
    "taskset": Wrapper(positional=1),
    "timeout": Wrapper(_options("-s -k --signal --kill-after"), positional=1),
    "flock": Wrapper(_options("-w -E --timeout --wait --conflict-exit-code"), positional=1),
    "setlock": Wrapper(positional=1),
    "lockrun": Wrapper(_options("-L -w"), dashes=True),
    "solo": Wrapper(),
    "cronlock": Wrapper(),
    "xargs": Wrapper(_options("-n -P -I -d -L -s -a")),
    "watchmedo": Wrapper(
        _options("-d -p -i -s -w --pattern --patterns --ignore-patterns --signal --interval"),
        subcommands=("auto-restart", "shell-command"),
    ),
    "watchfiles": Wrapper(_options("--filter --target-type --sigint-timeout --ignore-paths")),
    "dockerize": Wrapper(_options("-wait -timeout -template -stdout -stderr -wait-retry-interval -wait-http-header")),
    "wait-for-it": Wrapper(_options("-h -p -t"), dashes=True),
    "wait-for-it.sh": Wrapper(_options("-h -p -t"), dashes=True),
    "wait-for": Wrapper(dashes=True),
    "wait-for.sh": Wrapper(dashes=True),
    "poetry": Wrapper(_options("-C -P --directory --project"), subcommands=("run",)),
    "pipenv": Wrapper(subcommands=("run",)),
    "pdm": Wrapper(_options("-p --project"), subcommands=("run",)),
    "rye": Wrapper(subcommands=("run",)),
    "hatch": Wrapper(_options("-e --env"), subcommands=("run",)),
    "pixi": Wrapper(_options("-e --environment --manifest-path"), subcommands=("run",)),
    "uv": Wrapper(
        _options(
            "-p --python --with --group --extra --project --directory --env-file --package --only-group --no-group"
        ),
        subcommands=("run",),
    ),
    "conda": Wrapper(_options("-n -p --name --prefix --cwd"), subcommands=("run",)),
    "micromamba": Wrapper(_options("-n -p --name --prefix"), subcommands=("run",)),
    "mamba": Wrapper(_options("-n -p --name --prefix"), subcommands=("run",)),
    "newrelic-admin": Wrapper(subcommands=("run-program", "run-python")),
    "opentelemetry-instrument": Wrapper(
        _options("--traces_exporter --metrics_exporter --logs_exporter --service_name --exporter_otlp_endpoint")
    ),
    "doppler": Wrapper(_options("-c -p --config --project --command"), subcommands=("run",)),
    "chamber": Wrapper(subcommands=("exec",), dashes=True),
    "aws-vault": Wrapper(subcommands=("exec",), dashes=True),
    "dotenv": Wrapper(_options("-f --file"), subcommands=("run",)),
    "op": Wrapper(_options("--env-file"), subcommands=("run",), dashes=True),
    "infisical": Wrapper(subcommands=("run",), dashes=True),
    "heroku": Wrapper(_options("-a --app -r --remote -s --size"), subcommands=("run", "run:detached")),
    "cronitor": Wrapper(_options("--env"), subcommands=("exec",), positional=1),
    "sentry-cli": Wrapper(subcommands=("monitors",), dashes=True),
    "docker-compose": Wrapper(_options("-f -p -e -u -w --file --profile --env-file"), 1, ("run", "exec")),
    "coverage": Wrapper(_options("--source --rcfile --omit --include --concurrency"), subcommands=("run",)),
    "pyinstrument": Wrapper(_options("-o -r")),
    "strace": Wrapper(_options("-o -e -p -s")),
}
_CHANGES_FOLDER = frozenset({"env", "poetry", "uv", "conda"})
_DOCKER_OPTIONS = _options(
    "-e -u -w -v -p --env --user --workdir --volume --name --network --env-file --entrypoint --publish"
)


class Unwrapped(NamedTuple):
    """A command without its wrappers."""

    words: list[str]
    environment: tuple[str, ...]
    folder: str
    """What `env -C` or a launcher's `--directory` changed to; empty when none did."""
    script: str | None
    """The text that a shell was given with `-c`."""


def unwrap(words: list[str]) -> Unwrapped:
    """Take off assignments and wrappers until the program itself is the first word."""
    environment: list[str] = []
    folder = ""
    while words:
        first = words[0]
        if _ASSIGNMENT.match(first):
            environment.append(first)
            words = words[1:]
            continue
        name = first.rpartition("/")[2]
        if name in SHELLS or name in ("su", "runuser"):
            script = _shell_text(words, is_shell=name in SHELLS)
            if script is not None:
                return Unwrapped(words, tuple(environment), folder, script)
        if name == "flock" and "-c" in words:
            return Unwrapped(words, tuple(environment), folder, " ".join(words[words.index("-c") + 1 :][:1]))
        rest, changed = _take_off(name, words)
        if rest is None:
            break
        words, folder = rest, changed or folder
    return Unwrapped(words, tuple(environment), folder, None)


def _shell_text(words: list[str], *, is_shell: bool) -> str | None:
    """The argument of `-c`, which may stand among other letters: `-lc`, `-euxc`."""
    for place, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-[A-Za-z]*c", word) or word == "--command":
            return words[place + 1] if place + 1 < len(words) else ""
        if word.startswith("--command="):
            return word.partition("=")[2]
        if is_shell and not word.startswith(("-", "+")) and not TAKES_NEXT.fullmatch(words[place - 1]):
            return None
    return None


def _take_off(name: str, words: list[str]) -> tuple[list[str] | None, str]:
    """The words after a wrapper's own; None when the program wraps nothing."""
    if name in ("docker", "podman", "kubectl", "oc", "nerdctl"):
        return _container(name, words), ""
    wrapper = WRAPPERS.get(name)
    if wrapper is None or len(words) < 2:
        return None, ""
    rest, folder = _after_options(words[1:], wrapper.valued)
    if name not in _CHANGES_FOLDER:
        folder = ""
    if wrapper.subcommands:
        if not rest or rest[0] not in wrapper.subcommands:
            return None, ""
        rest, inner = _after_options(rest[1:], wrapper.valued)
        folder = (inner if name in _CHANGES_FOLDER else "") or folder
    if wrapper.dashes and "--" in rest:
        return rest[rest.index("--") + 1 :], folder
    rest = rest[wrapper.positional :]
    return (rest[1:] if rest[:1] == ["--"] else rest), folder


def _after_options(words: list[str], valued: frozenset[str]) -> tuple[list[str], str]:
    folder = ""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] not in ("--", "-"):
        word = words[place]
        if word in ("-C", "--directory", "--chdir", "--cwd") and word in valued and place + 1 < len(words):
            folder = words[place + 1]
        elif word.startswith(("--directory=", "--chdir=", "--cwd=")):
            folder = word.partition("=")[2]
        place += 2 if word in valued else 1
    rest = words[place:]
    return (rest[1:] if rest[:1] == ["--"] else rest), folder


def _container(name: str, words: list[str]) -> list[str] | None:
    """`docker run IMAGE command`, `docker compose exec SERVICE command`, `kubectl exec POD -- command`."""
    if "--" in words:
        return words[words.index("--") + 1 :]
    rest, _ = _after_options(words[1:], _options("-f -p -H -c --file --context -n --namespace"))
    if rest[:1] == ["compose"]:
        rest, _ = _after_options(rest[1:], _options("-f -p --file --profile --env-file"))
    if name in ("kubectl", "oc") or not rest or rest[0] not in ("run", "exec"):
        return None
    rest, _ = _after_options(rest[1:], _DOCKER_OPTIONS)
    return rest[1:] or None
