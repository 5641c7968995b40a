"""What a command line names, in this tree: container paths, modules and installed commands to files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from discover.sources.packaging import Packaging, join_folder
from discover.sources.reader import Reader
from discover.sources.records import Command
from discover.sources.roots import ModuleMap
from discover.sources.shell_scripts import is_shell, script_commands

_VARIABLE_START = re.compile(r"^(?:\$\{?\w+\}?|%\(\w+\)s|%[A-Za-z]|~|\$\([^)]*\))(?=/|$)")
_PACKAGE_FILES = ("/__init__.py", "/__main__.py", "/celery.py")
_DEPTH = 3
_TOOLS = re.compile(
    r"pip|pip3|ensurepip|venv|virtualenv|build|twine|pytest|unittest|coverage|tox|nox|ruff|black|"
    r"mypy|flake8|pylint|isort|pre_commit|bandit|compileall|pdb|debugpy|http\.server|json\.tool|"
    r"poetry|uv|pipenv|wheel|setuptools|site"
)


_SUPPORT = re.compile(
    r"docker|\.docker|dockerfiles|\.ci|\.circleci|\.devcontainer|deploy|deployment|deployments|"
    r"contrib|ops|infra|etc|k8s|kubernetes|helm|chart|charts|templates|manifests|systemd|"
    r"supervisor|supervisord|cron|cron\.d|crontabs|crontab|conf|config|configs|\.github|workflows|"
    r"bin|scripts|compose|uwsgi|nginx|overlays|base|heroku"
)


def home_of(path: str) -> str:
    """The folder of the code that a file in `docker/`, `deploy/cron.d/` and the like is about: the one above these."""
    folder = path.rpartition("/")[0]
    while folder and _SUPPORT.fullmatch(folder.rpartition("/")[2].lower()):
        folder = folder.rpartition("/")[0]
    return folder


class Resolved(NamedTuple):
    """A command whose names are looked up, and the script lines that led to it."""

    command: Command
    via: tuple[str, ...]


class Project:
    """The tree as command lines see it."""

    def __init__(self, reader: Reader, modules: ModuleMap, packagings: list[Packaging]) -> None:
        self.reader = reader
        self._modules = modules
        self._scripts = {script.name: script.target for packaging in packagings for script in packaging.scripts}
        self._by_name: dict[str, list[str]] = {}
        self._folders: set[str] = {""}
        for path in reader.paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
            folder = path.rpartition("/")[0]
            while folder not in self._folders:
                self._folders.add(folder)
                folder = folder.rpartition("/")[0]

    def follow(self, commands: list[Command], base: str) -> Iterator[Resolved]:
        """The commands as they are after lookup, shell scripts opened. `base` is where relative paths start."""
        for command in commands:
            yield from self._follow(command, base, (), _DEPTH)

    def _follow(self, command: Command, base: str, via: tuple[str, ...], depth: int) -> Iterator[Resolved]:
        resolved = self.resolve(command, base)
        text = self.reader.text(resolved.path) if resolved.kind == "script" and resolved.path else ""
        if not text or not depth or not is_shell(resolved.path, text):
            yield Resolved(resolved, via)
            return
        for started in script_commands(text, command.arguments, command.folder):
            step = f"{resolved.path}:{started.line}"
            if not any(place.startswith(resolved.path + ":") for place in via):
                yield from self._follow(started.command, base, (*via, step), depth - 1)

    def resolve(self, command: Command, base: str) -> Command:
        """The same command with `path` and `folder` in the tree, and installed commands recognised."""
        folder = self.folder(command.folder, base)
        change = {"folder": folder, "path": ""}
        kind = command.kind
        if not command.app and (kind == "flask" or command.name == "flask"):
            command = msgspec.structs.replace(command, app=_flask_app(command.environment))
        if kind == "manage":
            change["path"] = self.file(command.path, folder, base) or self._nearest("manage.py", base)
        elif kind in ("script", "program"):
            name = command.name.rpartition("/")[2]
            change["path"] = self.file(command.name, folder, base) if kind == "script" else ""
            if not change["path"] and name in self._scripts:
                target = self._scripts[name]
                return msgspec.structs.replace(
                    command, kind="console_script", name=name, app=target, folder=folder, path=self.module(target, base)
                )
        elif kind == "module":
            change["path"] = self.module(command.name + ".__main__", base) or self.module(command.name, base)
        elif command.app:
            celery = self.module(command.app.partition(":")[0] + ".celery", base) if kind == "celery" else ""
            change["path"] = celery or self.module(command.app, base, folder)
        change["folder"] = _start_of(command, change["path"], folder)
        return msgspec.structs.replace(command, **change)

    def is_ours(self, command: Command) -> bool:
        """Whether the command starts something of the project, or a runner that loads it."""
        if command.kind in ("program", "script"):
            return bool(command.path)
        if command.kind == "module":
            return bool(command.path) and not _TOOLS.fullmatch(command.name.partition(".")[0])
        return command.kind != "code" or bool(command.arguments)

    def module(self, target: str, base: str, folder: str = "") -> str:
        """The file of `pkg.module`, `pkg.module:attribute` or `pkg.module.attribute`."""
        dotted = target.partition(":")[0]
        seen_from = f"{folder or base}/x.py".lstrip("/")
        while dotted:
            found = self._modules.locate(dotted, seen_from)
            if found:
                return found
            if ":" in target or dotted != target:
                return ""
            dotted = dotted.rpartition(".")[0]
        return ""

    def handler(self, text: str, base: str, code: str = "") -> Command:
        """A serverless handler, `src/orders.create` or `orders.create`, relative to the folder of its code."""
        module, _, function = text.strip().rpartition(".")
        module = module or "main"
        if code.endswith((".zip", ".py", ".jar")):
            code = code.rpartition("/")[0]
        place = join_folder(base, code) if code else base
        path = ""
        for folder in dict.fromkeys((place if place is not None else base, base, "")):
            stem = module.replace(".", "/") if "/" not in module else module
            candidate = join_folder(folder, stem)
            if candidate is not None and not path:
                path = next((p for p in (candidate + ".py", candidate + "/__init__.py") if p in self.reader), "")
        dotted = self._modules.name_of(path) or module.strip("./").replace("/", ".")
        name = f"{dotted}:{function}"
        return Command(kind="handler", text=text, name=name, folder=base, path=path)

    def folder(self, text: str, base: str) -> str:
        """The folder in the tree that a working folder of a container or a shell stands for."""
        parts = self._parts(text)
        if parts is None:
            return base
        for start in range(len(parts)):
            suffix = "/".join(parts[start:])
            for candidate in (join_folder(base, suffix), suffix):
                if candidate is not None and candidate in self._folders:
                    return candidate
            if not text.startswith(("/", "$", "~", "%")):
                break
        return base

    def file(self, text: str, folder: str, base: str) -> str:
        """The file in the tree that a path of a container or a shell stands for; empty when there is none."""
        parts = self._parts(text)
        if not parts:
            return ""
        fixed = not text.startswith(("/", "$", "~", "%"))
        for start in range(1 if fixed else len(parts)):
            suffix = "/".join(parts[start:])
            for place in dict.fromkeys((folder, base, "")):
                candidate = join_folder(place, suffix)
                if candidate is not None and self.reader.real(candidate) in self.reader:
                    return self.reader.real(candidate)
        ends = "/" + "/".join(part for part in parts if part != "..")
        same = [path for path in self._by_name.get(parts[-1], []) if ("/" + path).endswith(ends)]
        return same[0] if len(same) == 1 and fixed else ""

    def _nearest(self, name: str, base: str) -> str:
        """The file of this name that shares most folders with `base`."""
        found = self._by_name.get(name, [])
        start = base.split("/") if base else []
        ranked = sorted(found, key=lambda path: (-_shared(path.split("/")[:-1], start), path.count("/"), path))
        return ranked[0] if ranked else ""

    @staticmethod
    def _parts(text: str) -> list[str] | None:
        if not text or "\0" in text:
            return None
        return [part for part in _VARIABLE_START.sub("", text).split("/") if part not in ("", ".")]


def _start_of(command: Command, path: str, folder: str) -> str:
    """The working folder, corrected by where the file was found: `/srv/shop` may be the root, and hold a `shop`."""
    if command.kind in ("manage", "script"):
        name = command.path if command.kind == "manage" else command.name
        relative = "" if name.startswith(("/", "$", "~", "%")) else name.removeprefix("./")
    else:
        dotted = command.name if command.kind == "module" else command.app.partition(":")[0]
        relative = dotted.replace(".", "/") + path[path.rindex("/") if path.endswith(_PACKAGE_FILES) else -3 :]
    if relative and ("/" + path).endswith("/" + relative) and ".." not in relative:
        return path[: -len(relative)].rstrip("/")
    return folder


def _flask_app(environment: tuple[str, ...]) -> str:
    """The application that FLASK_APP names, as `pkg.module` or `pkg.module:attribute`."""
    for assignment in reversed(environment):
        name, _, value = assignment.partition("=")
        if name == "FLASK_APP" and value and "$" not in value:
            module, colon, attribute = value.partition(":")
            return module.removesuffix(".py").strip("./").replace("/", ".") + colon + attribute
    return ""


def _shared(left: list[str], right: list[str]) -> int:
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
