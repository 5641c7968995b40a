"""Walk a tree: which files are read, which a rule leaves out, which can't be read and why."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from discover.config import Config, Rule, rules
from discover.errors import InputError
from discover.model import Skipped
from discover.sources.candidates import is_other, is_python
from discover.sources.patterns import Patterns
from discover.sources.records import SourceFile, Walk

_HEAD = 1024
_MAX_OTHER = 1_000_000
_SHEBANG = re.compile(rb"#![^\n]*\b(?:python|pypy)[\d.]*\b")
_COMMENT = re.compile(r'(?m)^[ \t]*(?:#|"""|\'\'\'|\*)(?P<text>.*)$')


def walk(root: Path, config: Config) -> Walk:
    """The files below `root` (a folder, or one Python file), found without leaving it.

    Raises:
        InputError: there is nothing to read at this path.
    """
    if not os.path.lexists(root):
        raise InputError(f"{root}: there is no such file or folder; give the path of a repository's folder")
    real = Path(os.path.realpath(root))
    if real.is_dir():
        walker = Walker(str(real), config)
        walker.run()
        return walker.result()
    if real.is_file() and is_python(real.name):
        return _single(real)
    raise InputError(f"{root}: is neither a folder nor a Python file; give the path of a repository's folder")


def _single(file: Path) -> Walk:
    status = file.stat()
    source = SourceFile(path=file.name, absolute=str(file), size=status.st_size, modified=status.st_mtime_ns)
    return Walk(root=str(file.parent), files=(source,))


class Walker:
    """One walk. Folders wait on a stack, so that no depth of nesting is too much."""

    def __init__(self, root: str, config: Config) -> None:
        self._root = root
        self._limit = config.max_file_size
        self._rules = [_Compiled(rule) for rule in rules(config) if rule.enabled]
        self._file_rules = _names_of_files(self._rules)
        self._beside = {name: rule.name for rule in self._rules for name in rule.rule.beside}
        self._heads = [(head, rule.name) for rule in self._rules for head in rule.rule.heads]
        self._head = re.compile(b"|".join(re.escape(head.encode()) for head, _ in self._heads), re.IGNORECASE)
        self._exclude = Patterns(config.exclude)
        self._include = Patterns(config.include)
        self._files: list[SourceFile] = []
        self._others: list[SourceFile] = []
        self._skipped: list[Skipped] = []
        self._left_out: dict[str, int] = {}
        self._links: dict[str, str] = {}

    def run(self) -> None:
        """Walk the whole tree."""
        ignores = self._ignore_file("", ".git/info/exclude", ())
        stack: list[tuple[str, tuple[tuple[int, Patterns], ...], bool]] = [("", ignores, False)]
        while stack:
            folder, ignores, only_included = stack.pop()
            entries = self._entries(folder)
            names = {entry.name for entry in entries}
            beside = next((rule for name, rule in self._beside.items() if name in names), None)
            if beside and folder:
                self._count(beside)
                continue
            if ".gitignore" in names:
                ignores = self._ignore_file(folder, ".gitignore", ignores)
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                below = self._take(entry, path, ignores, only_included=only_included)
                if below is not None:
                    stack.append((path, ignores, below))

    def result(self) -> Walk:
        """Everything found, in order."""
        return Walk(
            root=self._root,
            files=tuple(sorted(self._files, key=lambda file: file.path)),
            others=tuple(sorted(self._others, key=lambda file: file.path)),
            skipped=tuple(sorted(self._skipped, key=lambda skipped: (skipped.file, skipped.reason))),
            left_out=dict(sorted(self._left_out.items())),
            links=dict(sorted(self._links.items())),
        )

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(f"{self._root}/{folder}") as entries:
                return list(entries)
        except OSError as error:
            self._skip(f"{folder}/", f"the folder can't be read: {error.strerror}")
            return []

    def _ignore_file(
        self, folder: str, name: str, ignores: tuple[tuple[int, Patterns], ...]
    ) -> tuple[tuple[int, Patterns], ...]:
        path = f"{self._root}/{folder}/{name}"
        if not self._is_inside(path):
            return ignores
        try:
            content = Path(path).read_bytes()[:_MAX_OTHER]
        except OSError:
            return ignores
        patterns = Patterns(content.decode("utf-8-sig", "surrogateescape").splitlines())
        return (*ignores, (len(folder) + 1 if folder else 0, patterns)) if patterns else ignores

    def _is_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._root or real.startswith(self._root.rstrip("/") + "/")

    def _take(
        self, entry: os.DirEntry[str], path: str, ignores: tuple[tuple[int, Patterns], ...], *, only_included: bool
    ) -> bool | None:
        """Deal with one entry. For a folder to be walked: whether only included things count in it; else None."""
        name = entry.name
        if entry.is_symlink():
            self._link(path, name)
            return None
        folder = entry.is_dir(follow_symlinks=False)
        python = is_python(name)
        if not folder and not python:
            parent = path[: -len(name) - 1].rpartition("/")[2]
            if not is_other(name, parent):
                return None
        if not _is_text(path):
            self._skip(path, "the name is not valid UTF-8")
            return None
        if only_included:
            rule = "" if not self._include.decide(path, name, folder=folder) else None
        else:
            rule = self._left_out_by(path, name, ignores, folder=folder)
        if rule is not None and self._include and self._include.decide(path, name, folder=folder):
            rule = None
        if rule is None:
            return False if folder else self._file(entry, path, python=python)
        if rule:
            self._count(rule)
        return True if folder and self._include and self._include.may_match_below(path) else None

    def _left_out_by(
        self, path: str, name: str, ignores: tuple[tuple[int, Patterns], ...], *, folder: bool
    ) -> str | None:
        """The name of what leaves this entry out, None when nothing does."""
        for start, patterns in reversed(ignores):
            ignored = patterns.decide(path[start:], name, folder=folder)
            if ignored is not None:
                if ignored:
                    return "gitignore"
                break
        if self._exclude and self._exclude.decide(path, name, folder=folder):
            return "exclude"
        if not folder and not self._file_rules.match(path):
            return None
        for rule in self._rules:
            if rule.patterns.decide(path, name, folder=folder) and self._applies(rule, path, folder=folder):
                return rule.name
        return None

    def _applies(self, rule: _Compiled, path: str, *, folder: bool) -> bool:
        absolute = f"{self._root}/{path}"
        if folder:
            return not any(os.path.lexists(f"{absolute}/{name}") for name in rule.rule.unless)
        if rule.evidence is None:
            return True
        return rule.evidence.search(self._read(absolute, self._limit)) is not None

    def _file(self, entry: os.DirEntry[str], path: str, *, python: bool) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skip(path, f"can't be read: {error.strerror}")
            return
        if not stat.S_ISREG(status.st_mode):
            if python:
                self._skip(path, "is not a regular file")
            return
        source = SourceFile(
            path=path, absolute=f"{self._root}/{path}", size=status.st_size, modified=status.st_mtime_ns
        )
        if not python:
            self._other(source)
        elif status.st_size > self._limit:
            self._skip(path, f"is larger than {self._limit:,} bytes ({status.st_size:,}); `max_file_size` changes that")
        elif self._is_readable_python(source):
            self._files.append(source)

    def _other(self, source: SourceFile) -> None:
        if source.size > _MAX_OTHER:
            return
        name = source.path.rpartition("/")[2]
        if "." not in name and _SHEBANG.match(self._read(source.absolute, 200)):
            self._files.append(source)
        else:
            self._others.append(source)

    def _is_readable_python(self, source: SourceFile) -> bool:
        if not source.size:
            return True
        try:
            head = self._read_head(source.absolute)
        except OSError as error:
            self._skip(source.path, f"can't be read: {error.strerror}")
            return False
        if b"\0" in head:
            self._skip(source.path, "is not text: it holds NUL bytes")
            return False
        rule = self._generated_by(head) if self._heads and self._head.search(head) else None
        if rule:
            self._count(rule)
        return rule is None

    def _generated_by(self, head: bytes) -> str | None:
        """The rule whose mark stands in a comment of the head."""
        text = head.decode("utf-8", "replace")
        comments = "\n".join(match["text"].lower() for match in _COMMENT.finditer(text))
        return next((rule for mark, rule in self._heads if mark in comments), None)

    def _read_head(self, absolute: str) -> bytes:
        descriptor = os.open(absolute, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            return os.read(descriptor, _HEAD)
        finally:
            os.close(descriptor)

    def _read(self, absolute: str, limit: int) -> bytes:
        try:
            with open(absolute, "rb") as file:  # noqa: PTH123 - twice as fast as through Path, and called in the walk
                return file.read(limit)
        except OSError:
            return b""

    def _link(self, path: str, name: str) -> None:
        """A symbolic link: its target is read in its own place, or not at all."""
        absolute = f"{self._root}/{path}"
        if not _is_text(path):
            return
        if not self._is_inside(absolute):
            if is_python(name) or os.path.isdir(absolute):  # noqa: PTH112 - as above
                self._skip(path, "is a symbolic link that leads out of the root")
        elif os.path.exists(absolute):  # noqa: PTH110 - as above
            target = os.path.relpath(os.path.realpath(absolute), self._root)
            self._links[path] = "" if target == "." else target
        elif is_python(name):
            self._skip(path, "is a symbolic link that leads nowhere")

    def _count(self, rule: str) -> None:
        self._left_out[rule] = self._left_out.get(rule, 0) + 1

    def _skip(self, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode() if not _is_text(path) else path
        self._skipped.append(Skipped(file=shown, reason=reason))


class _Compiled:
    """A rule with its patterns compiled."""

    __slots__ = ("evidence", "name", "patterns", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name
        self.patterns = Patterns(rule.patterns)
        self.evidence = re.compile(rule.evidence.encode()) if rule.evidence else None


def _names_of_files(compiled: list[_Compiled]) -> re.Pattern[str]:
    """Matches every path that some rule's file pattern names, and few others: most files need no closer look."""
    parts = [part for rule in compiled for part in rule.patterns.file_expressions()]
    return re.compile("(?:" + "|".join(parts) + r")\Z" if parts else r"(?!)", re.DOTALL)


def _is_text(path: str) -> bool:
    if path.isascii():
        return True
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
