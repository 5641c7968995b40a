"""Split a shell command line into simple commands and their words. Never raises, whatever the text."""

from __future__ import annotations

import re

_OPERATORS = ("&&", "||", ";;", ";", "|&", "|", "&", "\n", "(", ")")
_REDIRECTION = re.compile(r"(?:\d*|&)(?:>>|>\||>&|<<<|<<-?|<&|<>|>|<)")
_DEFAULT = re.compile(r"\$\{\w+:?-(?P<default>[^{}$]*)\}")
_KEYWORDS = frozenset({"if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"})
_ENDS = frozenset({"fi", "done", "}", "esac"})
_MAX = 100_000


def split_commands(text: str) -> list[list[str]]:
    """The simple commands of a line or a small script: words without quotes, redirections and operators."""
    commands: list[list[str]] = []
    for words in _Scanner(text[:_MAX].replace("\\\n", " ")).commands():
        while words and words[0] in _KEYWORDS:
            words = words[1:]
        if words and words[0] not in _ENDS:
            commands.append(words)
    return commands


def with_defaults(text: str) -> str:
    """`${NAME:-value}` as its default, since that is what runs when nobody says otherwise."""
    return _DEFAULT.sub(lambda match: match["default"], text)


class _Scanner:
    """Goes through the text once, character by character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._commands: list[list[str]] = [[]]
        self._word: list[str] = []
        self._open = False
        """Whether a word has begun (it may still be empty: `''`)."""

    def commands(self) -> list[list[str]]:
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            if char in "'\"`\\$" or text.startswith("%(", self._at):
                self._quoted(char)
            elif char in " \t\r\v\f":
                self._end_word()
                self._at += 1
            elif char == "#" and not self._open:
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif not self._redirection() and not self._operator():
                self._add(char)
                self._at += 1
        self._end_word()
        return [words for words in self._commands if words]

    def _add(self, text: str) -> None:
        self._word.append(text)
        self._open = True

    def _end_word(self) -> None:
        if self._open:
            self._commands[-1].append("".join(self._word))
        self._word = []
        self._open = False

    def _operator(self) -> bool:
        found = next((operator for operator in _OPERATORS if self._text.startswith(operator, self._at)), None)
        if found is None:
            return False
        self._end_word()
        self._commands.append([])
        self._at += len(found)
        return True

    def _redirection(self) -> bool:
        if self._open:
            if self._text[self._at] not in "<>":
                return False
            if "".join(self._word).isdigit():
                self._word, self._open = [], False
        match = _REDIRECTION.match(self._text, self._at)
        if match is None or self._text.startswith(("<(", ">("), self._at):
            return False
        self._end_word()
        self._at = match.end()
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        self._skip_word()
        return True

    def _skip_word(self) -> None:
        """Pass over the file that a redirection names."""
        saved, self._word = self._word, []
        while self._at < len(self._text) and self._text[self._at] not in " \t\r\n;|&()<>":
            char = self._text[self._at]
            if char in "'\"`\\$":
                self._quoted(char)
            else:
                self._at += 1
        self._word, self._open = saved, False

    def _quoted(self, char: str) -> None:
        text, start = self._text, self._at
        if char == "\\":
            self._add(text[start + 1 : start + 2])
            self._at += 2
        elif char == "'":
            end = _end(text, "'", start + 1)
            self._add(text[start + 1 : end])
            self._at = end + 1
        elif char == '"':
            self._double()
        elif char == "`":
            end = _end(text, "`", start + 1)
            self._add(text[start : end + 1])
            self._at = end + 1
        else:
            end = _substitution_end(text, start)
            self._add(text[start:end])
            self._at = end

    def _double(self) -> None:
        text = self._text
        self._open = True
        self._at += 1
        while self._at < len(text) and text[self._at] != '"':
            char = text[self._at]
            if char == "\\" and text[self._at + 1 : self._at + 2] in ('"', "\\", "$", "`"):
                self._add(text[self._at + 1])
                self._at += 2
            elif char == "$":
                end = _substitution_end(text, self._at)
                self._add(text[self._at : end])
                self._at = end
            else:
                self._add(char)
                self._at += 1
        self._at += 1


def _end(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found


def _substitution_end(text: str, start: int) -> int:
    """The place after `$(…)`, `${…}` or a lone `$`."""
    opening = text[start + 1 : start + 2]
    if opening not in ("(", "{"):
        return start + 1
    closing = {"(": ")", "{": "}"}[opening]
    depth = 0
    for place in range(start + 1, len(text)):
        if text[place] == opening:
            depth += 1
        elif text[place] == closing:
            depth -= 1
            if not depth:
                return place + 1
    return len(text)
