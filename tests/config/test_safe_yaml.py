from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from discover.config.safe_yaml import YamlError, YamlMap, parse_yaml


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9),
        "a: &a {k: 1}\n" + "b: &b {x: *a, y: *a, z: *a}\n" + "c: [" + ", ".join(["*b"] * 60_000) + "]",
        "[" * 5_000,
        "{a: " * 5_000,
        "- " * 5_000 + "x",
        "x" * 1_000_001,
    ],
    ids=["alias bomb", "wide aliases", "brackets", "braces", "dashes", "size"],
)
def test_what_would_unfold_without_bound_is_refused_at_once(text: str):
    start = time.process_time()
    with pytest.raises(YamlError):
        parse_yaml(text)
    assert time.process_time() - start < 2


def test_a_bomb_of_merge_keys_is_refused():
    lines = ["a0: &a0 {k0: 1, k1: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9)]
    with pytest.raises(YamlError):
        parse_yaml("\n".join(lines))


def test_an_anchor_that_holds_itself_is_refused():
    with pytest.raises(YamlError, match="no anchor before it"):
        parse_yaml("a: &a [*a]")


def test_keys_stay_as_written_and_values_are_typed():
    (document,) = parse_yaml("on: {push: yes}\nport: 80\nratio: 0.5\nnone: ~\nquoted: '80'\ntime: 1:30\noctal: 0755\n")
    assert dict(document) == {
        "on": {"push": True},
        "port": 80,
        "ratio": 0.5,
        "none": None,
        "quoted": "80",
        "time": "1:30",
        "octal": "0755",
    }


def test_lines_of_keys_and_items_are_kept():
    (document,) = parse_yaml("a: 1\n\nb:\n  - x\n  - y: 2\n")
    assert document.lines == {"a": 1, "b": 3}
    assert document["b"].lines == [4, 5]


def test_template_tags_become_one_key_mappings():
    (document,) = parse_yaml("a: !Ref X\nb: !GetAtt Fn.Arn\nc: !Join [':', [a]]\nd: !!str 3\n")
    assert document == {"a": {"Ref": "X"}, "b": {"GetAtt": "Fn.Arn"}, "c": {"Join": [":", ["a"]]}, "d": "3"}


def test_merge_keys_fill_in_what_is_not_given():
    (document,) = parse_yaml("base: &b {x: 1, y: 2}\nuse:\n  y: 3\n  <<: *b\n")
    assert document["use"] == {"x": 1, "y": 3}


def test_each_document_has_its_own_anchors():
    with pytest.raises(YamlError) as caught:
        parse_yaml("a: &a 1\n---\nb: *a\n")
    assert caught.value.line == 3


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#,? \n\t<%@`\\", max_size=80))
def test_any_text_is_read_or_refused(text: str):
    try:
        parse_yaml(text)
    except YamlError:
        return


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text("abc xyz:#'\"-", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_what_pyyaml_writes_is_read_back(value: object):
    (document,) = parse_yaml(yaml.safe_dump(value))
    assert document == value


def test_a_mapping_knows_its_line():
    (document,) = parse_yaml("a:\n  b: 1\n")
    assert isinstance(document["a"], YamlMap)
    assert document["a"].line == 2
