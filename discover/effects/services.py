"""Hosts and names to services: `hooks.slack.com` is Slack, and so is `settings.SLACK_WEBHOOK_URL`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from discover.resolve.symbols import Function

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ORDINARY = frozenset({"apollo", "hunter", "line", "linear", "make", "notion", "resend", "segment", "spike", "square"})
"""Names of services that are words of everyday code too: only a host tells them apart."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", ""})  # noqa: S104 - recognised, not bound to


class Services:
    """Names the service behind a URL, from the catalog's hosts."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts = hosts
        words = {"".join(_WORDS.findall(name)).lower(): name for name in hosts.values()}
        self._words = {word: name for word, name in words.items() if len(word) > 3 and word not in _ORDINARY}

    def of_url(self, url: str) -> str:
        """The service that a URL's host belongs to; the host itself when it is none of the known ones."""
        host = host_of(url)
        parts = host.split(".")
        for start in range(len(parts) - 1):
            name = self._hosts.get(".".join(parts[start:]))
            if name is not None:
                return name
        return "" if "{" in host or host in _LOCAL else host

    def of_name(self, text: str) -> str:
        """The service that a variable's or setting's name speaks of, if it is a known one."""
        words = [word.lower() for word in _WORDS.findall(text)]
        for first, word in enumerate(words):
            if word in self._words:
                return self._words[word]
            if first + 1 < len(words) and word + words[first + 1] in self._words:
                return self._words[word + words[first + 1]]
        return ""

    def of_place(self, function: Function) -> str:
        """The known service after which the function's class or module is called: `SlackClient`, `pagerduty.py`."""
        owner = function.owner.record.name if function.owner is not None else ""
        return self._of_start(owner) or self._of_start(function.module.name.rpartition(".")[2])

    def _of_start(self, name: str) -> str:
        words = [word.lower() for word in _WORDS.findall(name)]
        return self._words.get("".join(words[:2])) or self._words.get(words[0], "") if words else ""


def host_of(url: str) -> str:
    """The host of a URL without its port; empty when the text names none."""
    if "://" not in url:
        return ""
    try:
        host = urlsplit(url.replace("{}", "\x00")).netloc.replace("\x00", "{}")
    except ValueError:
        return ""
    return host.rpartition("@")[2].partition(":")[0].lower()


def may_be_url(text: str) -> bool:
    """Whether a text can be a URL or a part of one at all."""
    return "/" in text or "." in text


def is_url(text: str) -> bool:
    """Whether a text names a place to call: with a scheme, or nothing but a hole before the path."""
    return "://" in text or text.startswith("{}/")
