from __future__ import annotations

from benchmarks.precision import Hop, Verdict, precision_table, sample, score_of

HOPS = [Hop(f"a.py::f{n}", n, "b.py::g", kind) for n in range(30) for kind in ("dispatch", "call")]


def test_the_sample_holds_hops_only_and_does_not_depend_on_their_order():
    drawn = sample(HOPS, 10)
    assert len(drawn) == 10
    assert {hop.kind for hop in drawn} == {"dispatch"}
    assert drawn == sample(HOPS[::-1], 10)


def test_a_hop_that_is_gone_is_replaced_and_the_others_stay():
    before = sample(HOPS, 10)
    after = sample([hop for hop in HOPS if hop != before[3]], 10)
    assert set(before) - set(after) == {before[3]}


def test_verdicts_count_for_what_is_drawn_and_the_rest_is_open():
    drawn = HOPS[:6:2]
    verdicts = [
        Verdict("a.py::f0", 0, "b.py::g", "dispatch", "right"),
        Verdict("a.py::f1", 1, "b.py::g", "dispatch", "wrong", "another class"),
        Verdict("a.py::f9", 9, "b.py::g", "dispatch", "wrong", "not drawn"),
    ]
    score = score_of("shop", drawn, verdicts)
    assert (score.right, len(score.wrong), [hop.source for hop in score.unjudged]) == (1, 1, ["a.py::f2"])
    assert "| shop | 3 | 1 | 1 | 1 | 0.500 |" in precision_table([score])
