"""From the bytes of a source file to its text, as PEP 263 says, with a line for whatever is wrong."""

from __future__ import annotations

import codecs
import re

import msgspec

from discover.facts.failure import UnreadableSourceError

COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?\Z", re.DOTALL)
NEWLINE = re.compile(rb"\r\n?|\n")


class Source(msgspec.Struct, frozen=True):
    r"""A file's text with `\n` as its only line end and no byte order mark, and the same as UTF-8."""

    text: str
    utf8: bytes


def read_source(source: bytes, limit: int | None = None) -> Source:
    """Decode a source file; `limit` is the greatest size in bytes that is accepted.

    Raises:
        UnreadableSourceError: with the line and the reason.
    """
    if limit is not None and len(source) > limit:
        raise UnreadableSourceError(0, f"{len(source):,} bytes are more than the limit of {limit:,}")
    has_mark = source.startswith(codecs.BOM_UTF8)
    body = source[3:] if has_mark else source
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableSourceError(1, "encoded as UTF-16, which is no encoding for Python source")
    if b"\0" in body:
        raise UnreadableSourceError(_line_of(body, body.index(b"\0")), "has a null byte: not a Python source file")
    encoding, line = declared_encoding(body)
    if has_mark and encoding not in ("", "utf-8"):
        raise UnreadableSourceError(line, f"declares the encoding {encoding} after a UTF-8 byte order mark")
    text = _decoded(body, encoding, line)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return Source(text, text.encode())
    return Source(text, body if encoding in ("", "utf-8") else _encoded(text, line))


def declared_encoding(source: bytes) -> tuple[str, int]:
    """The encoding that one of the first two lines declares and its line; an empty name where none does."""
    lines = NEWLINE.split(source[:1000], maxsplit=2)[:2]
    for number, line in enumerate(lines, 1):
        found = COOKIE.match(line)
        if found:
            return _normal_name(found[1].decode()), number
        if not BLANK_OR_COMMENT.match(line):
            break
    return "", 0


def _normal_name(name: str) -> str:
    """The name as Python takes it: editors add line ends to it (`utf-8-unix`)."""
    plain = name.lower().replace("_", "-")
    if plain == "utf8" or f"{plain}-".startswith("utf-8-"):
        return "utf-8"
    if f"{plain}-".startswith(("latin-1-", "iso-8859-1-", "iso-latin-1-")):
        return "iso-8859-1"
    return name


def _decoded(source: bytes, encoding: str, line: int) -> str:
    """The text of a source in its declared encoding."""
    try:
        codec = codecs.lookup(encoding or "utf-8")
        if encoding:
            _require_ascii_superset(source, codec, line, encoding)
        text, _ = codec.decode(source)
    except LookupError:
        raise UnreadableSourceError(line, f"declares the encoding {encoding}, which Python does not know") from None
    except UnicodeDecodeError as error:
        told = f"is not valid {encoding}" if encoding else "is not UTF-8, and no other encoding is declared"
        told += f" (byte 0x{source[error.start]:02x})"
        raise UnreadableSourceError(_line_of(source, error.start), told) from None
    except ValueError as error:
        raise UnreadableSourceError(line, f"cannot be decoded as {encoding}: {error}") from None
    if "\0" in text:
        raise UnreadableSourceError(text.count("\n", 0, text.index("\0")) + 1, "has a null character")
    return text


def _require_ascii_superset(source: bytes, codec: codecs.CodecInfo, line: int, encoding: str) -> None:
    """Refuse codecs in which the line that declares them reads otherwise (UTF-16, `hex`, `rot13`, …)."""
    start = NEWLINE.split(source[:1000], maxsplit=line)[line - 1]
    declaration = start[: start.index(b"coding") + 6]
    is_text = getattr(codec, "_is_text_encoding", True)
    if not declaration.isascii():
        return
    try:
        if is_text and codec.decode(declaration)[0] == declaration.decode():
            return
    except ValueError:
        pass
    raise UnreadableSourceError(line, f"declares the encoding {encoding}, which is no encoding for Python source")


def _encoded(text: str, line: int) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        at = text.count("\n", 0, error.start) + 1
        raise UnreadableSourceError(at or line, "holds half of a surrogate pair") from None


def _line_of(source: bytes, offset: int) -> int:
    return len(NEWLINE.findall(source, 0, offset)) + 1
