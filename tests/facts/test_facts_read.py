from __future__ import annotations

import codecs
from typing import Any

import pytest

from discover.facts.extract import extract
from discover.facts.failure import UnreadableSourceError
from discover.facts.read import read_source


def read(source: bytes, limit: int | None = None) -> Any:
    return extract("a.py", source, limit)


COOKIE = "# -*- coding: {} -*-\nx = '{}'\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "äß€😀"),
        ("UTF8", "äß€"),
        ("utf-8-unix", "ä"),
        ("latin-1-dos", "ä"),
        ("latin-1", "äß"),
        ("iso-8859-15", "€"),
        ("cp1252", "“ä”"),
        ("koi8-r", "привет"),
        ("cp1251", "привет"),
        ("shift_jis", "こんにちは"),
        ("euc-jp", "こんにちは"),
        ("iso2022_jp", "こんにちは"),
        ("gbk", "你好"),
        ("gb18030", "你好😀"),
        ("big5", "你好"),
        ("euc-kr", "안녕"),
        ("mac-roman", "ä"),
        ("ascii", "a"),
        ("utf-7", "ä"),
    ],
)
def test_a_declared_encoding_is_used(encoding: str, text: str) -> None:
    codec = encoding.removesuffix("-unix").removesuffix("-dos")
    source = COOKIE.format(encoding, text).encode(codec)
    assert read(source).body[0].value.value == text


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfx = '\xc3\xa4'",
        b"\xef\xbb\xbf# coding: utf8\nx = '\xc3\xa4'",
        b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa4'",
        b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\nx = '\xe4'",
        b"\n#coding=latin-1\nx = '\xe4'",
        b"\x0c# coding: latin-1\nx = '\xe4'",
        b"# coding: latin-1\r\nx = '\xe4'\r\n",
        b"# coding: latin-1\rx = '\xe4'\r",
    ],
)
def test_marks_and_cookies_are_found_where_python_finds_them(source: bytes) -> None:
    assert read(source).body[0].value.value == "ä"


def test_a_cookie_after_code_is_a_comment() -> None:
    assert read("x = 1\n# coding: latin-1\ny = 'ä'".encode()).body[1].value.value == "ä"


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (b"x = 1\ny = '\xe4'\n", 2, "not UTF-8, and no other encoding is declared (byte 0xe4)"),
        (b"# coding: utf-8\ny = '\xe4'\n", 2, "not valid utf-8"),
        (b"# coding: ascii\n\ny = '\xe4'\n", 3, "not valid ascii"),
        (b"#!x\n# coding: klingon\n", 2, "encoding klingon, which Python does not know"),
        (b"# coding: utf-16\nx = 1\n", 1, "no encoding for Python source"),
        (b"# coding: rot13\nx = 1\n", 1, "no encoding for Python source"),
        (b"# coding: hex\nx = 1\n", 1, "no encoding for Python source"),
        (b"# coding: punycode\nx = 1\n", 1, "no encoding for Python source"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", 1, "after a UTF-8 byte order mark"),
        (codecs.BOM_UTF16_LE + "x = 1".encode("utf-16-le"), 1, "UTF-16"),
        (codecs.BOM_UTF16_BE + "x = 1".encode("utf-16-be"), 1, "UTF-16"),
        (b"x = 1\n\ny = \0", 3, "null byte"),
        (b"\x7fELF\x02\x01\x01\0\0\0", 1, "null byte"),
        (b"# coding: utf-7\nx = '+2AA-'\n", 2, "surrogate"),
    ],
)
def test_what_is_no_source_is_refused_with_line_and_reason(source: bytes, line: int, words: str) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        read(source)
    assert caught.value.line == line
    assert words in caught.value.reason


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableSourceError, match="11 bytes are more than the limit of 10"):
        read(b"x = 1 # abc", limit=10)
    assert read(b"x = 1 # ab", limit=10).lines == 1


def test_all_line_ends_count_and_form_feeds_do_not() -> None:
    found = read(b"a()\r\nb()\rc()\n\x0cd() # \x0b \xe2\x80\xa8\ne()")
    assert [statement.line for statement in found.body] == [1, 2, 3, 4, 5]
    assert found.lines == 5


def test_conditions_are_cut_right_in_any_encoding() -> None:
    source = "# coding: shift_jis\r\nif 'こ' == ä: pass\r\n".replace("ä", "b").encode("shift_jis")
    assert read(source).body[0].text == "'こ' == b"


def test_the_text_has_line_feeds_only() -> None:
    source = read_source(b"a\r\nb\rc\n")
    assert (source.text, source.utf8) == ("a\nb\nc\n", b"a\nb\nc\n")
