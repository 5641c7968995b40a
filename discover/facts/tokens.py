"""Tokens of Python source in the syntax of its newest version, with the structure of f-strings and t-strings.

`tokenize` of an older interpreter can't read nested quotes in f-strings (PEP 701), and libcst reads neither t-strings
(PEP 750) nor `except A, B:` (PEP 758). This lexer knows no grammar: it tells strings, words, operators and the ends of
logical lines apart, which is all that `newer_syntax` needs. Offsets count bytes of UTF-8.
"""

from __future__ import annotations

import ast
import re
from typing import Literal

import msgspec

MOST_LEVELS = 40
"""Deepest nesting of f-strings in f-strings; Python itself stops at 150."""

TOKEN = re.compile(
    rb"(?P<blank>(?:[ \t\f]|\\\n|#[^\n]*)+)"
    rb"|(?P<newline>\n)"
    rb"|(?P<word>[\w\x80-\xff]+)"
    rb"|(?P<quote>\"\"\"|'''|[\"'])"
    rb"|(?P<operator>[=!<>:]=|.)",
    re.DOTALL,
)
PREFIXES = frozenset(b"r u b br rb f fr rf t tr rt".split())
GAP = re.compile(rb"(?:[ \t\f\n]|#[^\n]*)*")
COMMENT = re.compile(r"#[^\n]*")
STRING_ENDS = {
    b'"': re.compile(rb'[^\\"\n]*(?:\\.[^\\"\n]*)*"', re.DOTALL),
    b"'": re.compile(rb"[^\\'\n]*(?:\\.[^\\'\n]*)*'", re.DOTALL),
    b'"""': re.compile(rb'[^\\"]*(?:(?:\\.|"(?!""))[^\\"]*)*"""', re.DOTALL),
    b"'''": re.compile(rb"[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*'''", re.DOTALL),
}
PLAIN = re.compile(rb"[^\\{}\"'\n]+")
CHARACTER_NAME = re.compile(rb"\\N\{[^{}\n]*\}")
ESCAPE_OR_QUOTE = re.compile(r"(\\.)|[\"']", re.DOTALL)
OPENING, CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")


class LexError(Exception):
    """The source is not in any syntax that this lexer knows."""


class Text(msgspec.Struct):
    """A literal part of an f-string."""

    start: int
    end: int
    value: str


class Field(msgspec.Struct):
    """A replacement field of an f-string, `{tokens = !conversion : spec}`."""

    start: int
    """Of the expression, after the brace."""
    end: int
    """After the expression."""
    tokens: list[Token]
    shown: str = ""
    """The expression's text and `=`, where the field shows them."""
    conversion: str = ""
    spec: list[Text | Field] | None = None
    after: int = 0
    """Where `=` and the conversion end: line ends before it stand in no part."""


class Token(msgspec.Struct):
    """A token; `parts` are those of an f-string or t-string."""

    kind: Literal["word", "string", "format", "operator", "newline"]
    start: int
    end: int
    text: bytes
    parts: list[Text | Field] = []


class Lexer:
    """Reads a source once, from its start to its end."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.position = 0
        self.level = 0

    def tokens(self, *, in_field: bool = False) -> list[Token]:
        """The tokens up to the source's end, or to the end of the expression of a replacement field."""
        found: list[Token] = []
        depth = 0
        while match := TOKEN.match(self.source, self.position):
            kind, text = str(match.lastgroup), match[0]
            if in_field and depth == 0 and self._ends_field(text):
                return found
            if kind == "quote" or self._is_prefix(text, match.end()):
                found.append(self._string(text if kind == "word" else b""))
                continue
            self.position = match.end()
            depth += (text in OPENING) - (text in CLOSING)
            if depth < 0:
                raise LexError(f"unmatched bracket at byte {match.start()}")
            if kind == "word":
                found.append(Token("word", match.start(), match.end(), text))
            elif kind == "operator":
                found.append(Token("operator", match.start(), match.end(), text))
            elif kind == "newline" and depth == 0 and not in_field:
                found.append(Token("newline", match.start(), match.end(), text))
        if in_field or depth:
            raise LexError("the source ends inside brackets")
        return found

    def _is_prefix(self, text: bytes, end: int) -> bool:
        return self.source[end : end + 1] in (b'"', b"'") and text.lower() in PREFIXES

    def _ends_field(self, text: bytes) -> bool:
        if text == b"=":
            gap = GAP.match(self.source, self.position + 1)
            rest = self.source[gap.end() : gap.end() + 2] if gap else b""
            return rest[:1] in (b"}", b"!", b":") and rest[:2] != b"!="
        return text in (b"}", b"!", b":", b":=")

    def _string(self, prefix: bytes) -> Token:
        start = self.position
        quote = self.source[start + len(prefix) : start + len(prefix) + 3]
        quote = quote if quote in STRING_ENDS else quote[:1]
        self.position = start + len(prefix) + len(quote)
        kinds = prefix.lower()
        if b"f" in kinds or b"t" in kinds:
            parts = self._parts(quote, is_raw=b"r" in kinds)
            return Token("format", start, self.position, b"", parts)
        end = STRING_ENDS[quote].match(self.source, self.position)
        if end is None:
            raise LexError(f"unterminated string at byte {start}")
        self.position = end.end()
        return Token("string", start, self.position, self.source[start : self.position])

    def _parts(self, quote: bytes, *, is_raw: bool) -> list[Text | Field]:
        """The parts of an f-string after its opening quote."""
        source, parts, start = self.source, list[Text | Field](), self.position
        self.level += 1
        if self.level > MOST_LEVELS:
            raise LexError("f-strings nested too deeply")
        while not source.startswith(quote, self.position):
            two = source[self.position : self.position + 2]
            if two in {b"{{", b"}}"}:
                self.position += 2
            elif two[:1] == b"{":
                parts.append(self._text(start, quote, is_raw=is_raw))
                parts.append(self._field(quote, is_raw=is_raw))
                start = self.position
            else:
                self._skip(two, quote, is_raw=is_raw)
        parts.append(self._text(start, quote, is_raw=is_raw))
        self.position += len(quote)
        self.level -= 1
        return parts

    def _skip(self, two: bytes, quote: bytes, *, is_raw: bool) -> None:
        """Go over a piece of literal text."""
        if two[:1] == b"\\":
            named = None if is_raw else CHARACTER_NAME.match(self.source, self.position)
            self.position = named.end() if named else self.position + (1 if two[1:] in (b"{", b"}") else 2)
        elif plain := PLAIN.match(self.source, self.position):
            self.position = plain.end()
        elif not two or two[:1] == b"}" or (two[:1] == b"\n" and len(quote) == 1):
            raise LexError(f"unterminated f-string at byte {self.position}")
        else:
            self.position += 1

    def _text(self, start: int, quote: bytes, *, is_raw: bool, is_spec: bool = False) -> Text:
        """The literal text between an offset and here, decoded."""
        written = self.source[start : self.position].decode()
        if not is_spec:
            written = written.replace("{{", "{").replace("}}", "}")
        if is_raw or "\\" not in written:
            return Text(start, self.position, written)
        if (len(written) - len(written.rstrip("\\"))) % 2:  # Before a brace, a backslash stands for itself.
            written += "\\"
        mark = quote.decode()
        if len(mark) == 3:
            written = ESCAPE_OR_QUOTE.sub(lambda found: found[1] or "\\" + found[0], written)
        try:
            value = ast.literal_eval(mark + written + mark)
        except (SyntaxError, ValueError):
            value = written
        return Text(start, self.position, str(value))

    def _field(self, quote: bytes, *, is_raw: bool) -> Field:
        """The replacement field whose opening brace is here."""
        self.level += 1
        if self.level > MOST_LEVELS:
            raise LexError("replacement fields nested too deeply")
        self.position += 1
        start = self.position
        tokens = self.tokens(in_field=True)
        field = Field(start, self.position, tokens)
        if not tokens:
            raise LexError(f"empty replacement field at byte {start}")
        if self._take(b"="):
            self._blank()
            shown = self.source[field.end : self.position].decode()
            field.shown = self.source[start : field.end].decode() + COMMENT.sub("", shown)
        if self._take(b"!"):
            self._blank()
            word = TOKEN.match(self.source, self.position)
            field.conversion = word[0].decode() if word else ""
            self.position += len(field.conversion)
            self._blank()
        field.after = self.position
        if self._take(b":"):
            field.spec = self._spec(quote, is_raw=is_raw)
        if not self._take(b"}"):
            raise LexError(f"unterminated replacement field at byte {start}")
        self.level -= 1
        return field

    def _spec(self, quote: bytes, *, is_raw: bool) -> list[Text | Field]:
        parts, start = list[Text | Field](), self.position
        while (two := self.source[self.position : self.position + 2])[:1] != b"}":
            if two[:1] == b"{":
                parts.append(self._text(start, quote, is_raw=is_raw, is_spec=True))
                parts.append(self._field(quote, is_raw=is_raw))
                start = self.position
            elif self.source.startswith(quote, self.position):
                raise LexError(f"unterminated format at byte {self.position}")
            else:
                self._skip(two, quote, is_raw=is_raw)
        parts.append(self._text(start, quote, is_raw=is_raw, is_spec=True))
        return parts

    def _take(self, text: bytes) -> bool:
        if self.source.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def _blank(self) -> None:
        if gap := GAP.match(self.source, self.position):
            self.position = gap.end()
