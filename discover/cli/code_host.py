"""Where the scanned code can be looked up: read from the folder's own `.git`, without running git.

Two small files are read as text, and nothing outside the folder: a `.git` that is a link, or a file that leads
elsewhere, says nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from discover.errors import InputError

if TYPE_CHECKING:
    from exporters.shared.links import CodeLinks

_LARGEST: Final = 1 << 20
_SECTION: Final = re.compile(r'\s*\[\s*remote\s+"([^"\\]*)"\s*\]')
_URL: Final = re.compile(r"\s*url\s*=\s*(\S+)\s*")
_REF: Final = re.compile(r"ref:\s*(refs/[\w./-]+)\s*")


def code_links(repo: Path, link_to: str) -> CodeLinks | None:
    """The links that the option asks for: `host`, `vscode`, `none`, or a template with `{path}` and `{line}`."""
    from exporters.shared.links import editor_links, remote_links, template_links

    if link_to == "none":
        return None
    if link_to == "vscode":
        folder = repo if repo.is_dir() else repo.parent
        return editor_links(folder.resolve().as_posix())
    if link_to == "host":
        remote, commit = remote_and_commit(repo)
        return remote_links(remote, commit)
    links = template_links(link_to)
    if links is None:
        raise InputError(
            f"--link-to {link_to}: neither host, vscode nor none, and no address such as "
            "https://git.example.com/shop/{path}#L{line}"
        )
    return links


def remote_and_commit(repo: Path) -> tuple[str, str]:
    """The address of the remote and the commit that is checked out; empty where they are not known."""
    git = repo / ".git"
    if git.is_symlink() or not git.is_dir():
        return "", ""
    return _remote(_text(git, "config")), _commit(git)


def _remote(config: str) -> str:
    """The address of `origin`, or else of the first remote."""
    found: dict[str, str] = {}
    section = ""
    for line in config.splitlines():
        if line.lstrip().startswith("["):
            match = _SECTION.match(line)
            section = match[1] if match else ""
        elif section and (url := _URL.fullmatch(line)):
            found.setdefault(section, url[1])
    return found.get("origin") or next(iter(found.values()), "")


def _commit(git: Path) -> str:
    head = _text(git, "HEAD").strip()
    match = _REF.fullmatch(head)
    if match is None:
        return head
    name = match[1]
    loose = _text(git, name).strip()
    if loose:
        return loose
    packed = (line.partition(" ") for line in _text(git, "packed-refs").splitlines())
    return next((commit for commit, _, ref in packed if ref.strip() == name), "")


def _text(git: Path, name: str) -> str:
    """A small regular file's text; empty for anything else, also where a link leads out of the folder."""
    file = git / name
    try:
        if not file.resolve().is_relative_to(git.resolve()) or not file.is_file() or file.stat().st_size > _LARGEST:
            return ""
        return file.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
