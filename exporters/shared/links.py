"""Addresses of source lines: at a code host, in an editor, or wherever the user says.

Only the forms that are written here reach a page: `https` and an editor's own scheme, and nothing that a remote's
address may carry besides its host and its path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_REMOTE: Final = re.compile(
    r"(?:(?P<scheme>https?|ssh|git)://(?:[^@/\s]*@)?(?P<host>[A-Za-z0-9.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<short>[A-Za-z0-9.-]+):)"
    r"(?P<path>[\w.~/-]+?)(?:\.git)?/?"
)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TEMPLATE: Final = re.compile(r"(?:https|vscode|vscodium|cursor|idea|pycharm|zed)://[^\s\"'<>\\^`]+")

_HOSTS: Final = {
    "github": ("/blob/{commit}/", "#L{first}", "-L{last}"),
    "gitlab": ("/-/blob/{commit}/", "#L{first}", "-{last}"),
    "bitbucket": ("/src/{commit}/", "#lines-{first}", ":{last}"),
    "codeberg": ("/src/commit/{commit}/", "#L{first}", "-L{last}"),
    "gitea": ("/src/commit/{commit}/", "#L{first}", "-L{last}"),
    "forgejo": ("/src/commit/{commit}/", "#L{first}", "-L{last}"),
    "sr.ht": ("/tree/{commit}/item/", "#L{first}", "-{last}"),
}


@dataclass(frozen=True, slots=True)
class CodeLinks:
    """How the address of a file's lines is put together."""

    before: str
    """What stands before the path."""
    line: str
    """What stands behind it; `{first}` is the first line."""
    span: str
    """What stands behind that where several lines are meant; `{last}` is the last one."""
    name: str
    """What the link is called: the host, or the editor."""

    def address(self, file: str, first: int, last: int) -> str:
        """Where these lines are shown."""
        lines = self.line.replace("{first}", str(first))
        if last > first:
            lines += self.span.replace("{last}", str(last))
        return f"{self.before}{quote(file)}{lines}"


def remote_links(remote: str, commit: str) -> CodeLinks | None:
    """Links to the code host that a git remote names, at this commit; None for one of no known form."""
    match = _REMOTE.fullmatch(remote.strip())
    if match is None or not _COMMIT.fullmatch(commit):
        return None
    host, path = (match["host"] or match["short"]).lower(), match["path"].strip("/")
    kind = next((kind for kind in _HOSTS if kind in host), None)
    if kind is None or "/" not in path or ".." in path.split("/"):
        return None
    before, line, span = _HOSTS[kind]
    return CodeLinks(f"https://{host}/{path}{before.replace('{commit}', commit)}", line, span, host)


def editor_links(root: str) -> CodeLinks:
    """Links that open Visual Studio Code; `root` is the folder's absolute path on the reader's machine."""
    return CodeLinks(f"vscode://file/{quote(root.strip('/'), safe='/:')}/", ":{first}", "", "the editor")


def template_links(template: str) -> CodeLinks | None:
    """Links of the user's own form, with `{path}` and `{line}`; None where the template is none."""
    before, mark, after = template.partition("{path}")
    if not mark or not _TEMPLATE.fullmatch(before) or not _TEMPLATE.fullmatch(before + after):
        return None
    line = after.replace("{line}", "{first}")
    name = before.partition("://")[2].partition("/")[0] or "the editor"
    return CodeLinks(before, line, "", name if before.startswith("https:") else "the editor")
