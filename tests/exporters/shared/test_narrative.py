"""The story of a workflow: complete, linked to its steps, the same for the same model."""

from __future__ import annotations

import msgspec

from discover.model import (
    Branch,
    Call,
    Decision,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    RetryPolicy,
    Run,
    Step,
    Trigger,
    TriggerDetail,
    Wait,
    Workflow,
)
from exporters.shared.narrative import Chapter, narrative
from exporters.shared.words import branch_label, lane_title, loop_words, node_title

TRIGGER = Trigger(
    id="t",
    kind="http",
    framework="flask",
    handler="a.py::signup",
    line=3,
    detail=TriggerDetail(path="/signup", methods=("POST",)),
)
TASK = Run(id="r", unit="tasks.py::mail_user", kind="task", name="tasks.mail_user", retry=RetryPolicy(attempts=3))


def told(*body: Node, runs: tuple[Run, ...] = (), opened: tuple[str, ...] = ()) -> list[Chapter]:
    workflow = Workflow(id="w", name="Sign up", triggers=("t",), unit="a.py::signup", body=body, runs=runs)
    return narrative(workflow, {"t": TRIGGER}, opened)


def lines(*body: Node, opened: tuple[str, ...] = ()) -> list[str]:
    return ["  " * one.depth + one.text() for one in told(*body, opened=opened)[0].sentences]


def insert(key: str = "s") -> Step:
    return Step(id=key, name="Insert user", kind="db_write")


def decision(condition: str, *branches: Branch) -> Decision:
    return Decision(id="d", name=condition, condition=condition, branches=branches)


def test_a_run_begins_with_what_sets_it_off() -> None:
    assert lines(insert()) == ["When someone posts to /signup, the handler inserts the user."]


def test_three_deeds_make_a_sentence() -> None:
    said = lines(insert("a"), Wait(id="b", seconds=90.0), End(id="c", text="user"), insert("unreached"))
    assert (
        said[0]
        == "When someone posts to /signup, the handler inserts the user, then waits 90 s, and answers with user."
    )


def test_a_name_that_is_no_sentence_is_quoted() -> None:
    said = lines(Step(id="s", name="Stock: sync", kind="http"), Call(id="c", name="Config", callee="a.py::Config"))
    assert said == ["When someone posts to /signup, the handler makes an HTTP call: “Stock: sync” and runs “Config”."]


def test_a_short_branch_is_told_in_one_sentence_and_an_empty_one_turns_the_question() -> None:
    yes, no = Branch(label="yes", condition="lead.ok", body=(insert(),)), Branch(label="no", body=(insert("t"),))
    assert lines(insert("a"), decision("lead.ok", yes, no))[1:] == [
        "If lead is ok, it inserts the user.",
        "Otherwise, it inserts the user.",
    ]
    assert lines(insert("a"), decision("lead.ok", Branch(label="yes", condition="lead.ok"), no))[1:] == [
        "If lead is not ok, it inserts the user."
    ]


def test_a_chain_of_conditions_says_what_the_skipped_ones_ask() -> None:
    chain = decision(
        "a",
        Branch(label="a", condition="a"),
        Branch(label="b == 1", condition="b == 1", body=(insert(),)),
        Branch(label="otherwise", body=(insert("t"),)),
    )
    assert lines(insert("x"), chain)[1:] == [
        "If a is not set and b is 1, it inserts the user.",
        "Otherwise, it inserts the user.",
    ]


def test_many_receivers_are_listed() -> None:
    runs = tuple(Run(id=name, unit=f"t.py::{name}", kind="signal", body=(insert(name),)) for name in "abc")
    sentence = told(Hop(id="h", kind="signal", channel="paid", runs=("a", "b", "c")), runs=runs)[0].sentences[0]
    assert sentence.text().endswith("sends the signal “paid”, which “a”, “b” and “c” hear.")


def test_patterns_are_told_as_patterns() -> None:
    match = Decision(
        id="d",
        name="Which kind",
        condition="order.kind",
        branches=(
            Branch(label="Kind.GIFT", condition="Kind.GIFT", body=(insert(),)),
            Branch(label="_", condition="_", body=(insert("t"),)),
        ),
    )
    assert lines(insert("x"), match)[1:] == [
        "Where order's kind is Kind.GIFT, it inserts the user.",
        "In all other cases, it inserts the user.",
    ]


def test_what_is_open_is_told_and_what_is_folded_is_summed_up() -> None:
    ask = decision("errors", Branch(label="yes", condition="errors", body=(End(id="e", outcome="raise", text="E()"),)))
    call = Call(id="c", name="Validate input", callee="a.py::validate", body=(ask, insert()))
    assert lines(call, insert("z")) == [
        "When someone posts to /signup, the handler validates the input (1 step, 1 decision) and inserts the user."
    ]
    assert lines(call, insert("z"), opened=("c",)) == [
        "When someone posts to /signup, the handler validates the input:",
        "  If there are errors, it fails with E.",
        "  It inserts the user.",
        "It inserts the user.",
    ]


def test_loops_errors_parts_and_choices_are_told() -> None:
    said = lines(
        insert("x"),
        Loop(id="l", name="For each line in order.lines", over="line in order.lines", body=(insert("a"),)),
        Loop(id="m", kind="while", over="True, until done", body=(insert("b"),)),
        Guard(
            id="g",
            body=(insert("c"),),
            handlers=(Branch(label="Timeout", body=(insert("d"),)), Branch(label="KeyError")),
            last=(insert("e"),),
        ),
        Parallel(id="p", branches=(Branch(label="mail", body=(insert("f"),)),), join=False),
        OneOf(id="o", branches=(Branch(label="A.run", body=(insert("h"),)), Branch(label="B.run"))),
    )
    assert said[1:] == [
        "For each line in order's lines, it inserts the user.",
        "Again and again, until it is done, it inserts the user.",
        "It inserts the user.",
        "If that fails with Timeout, it inserts the user.",
        "If that fails with KeyError, it goes on.",
        "In any case, it inserts the user.",
        "At the same time:",
        "  In the part “mail”, it inserts the user.",
        "Nothing waits for that.",
        "Data decides which one of 2 runs: “A.run”, “B.run”.",
        "  With “A.run”, it inserts the user.",
    ]


def test_what_follows_an_error_for_which_nothing_is_done_is_said() -> None:
    def after(**more: str) -> str:
        guard = Guard(id="g", body=(insert("c"),), handlers=(Branch(label="E"),), **more)  # type: ignore[arg-type]
        return lines(insert("x"), guard)[-1]

    assert after(kind="swallow") == "If that fails with E, the error is ignored."
    assert after(kind="reraise") == "If that fails with E, the error is passed on."
    assert after(kind="fallback", name="Falls back to None") == "If that fails with E, it falls back to None."


def test_a_hand_over_names_its_receiver_and_leads_to_it() -> None:
    chapters = told(Hop(id="h", runs=("r",), delay=60.0), runs=(TASK,))
    sentence = chapters[0].sentences[0]
    assert sentence.text().endswith("/signup, the handler hands work over to “mail_user”, 1 min later.")
    assert {part.key for part in sentence.parts} == {"", "h", "r"}
    assert chapters[1].sentences[0].text() == (
        "Later, when a worker takes up the task “mail_user” (up to 3 tries), it does nothing that leaves the process."
    )


def test_a_run_that_is_not_shown_is_not_said_to_do_nothing() -> None:
    def second(*body: Node, run: Run) -> str:
        return told(*body, runs=(run,))[1].sentences[0].text()

    opening = "Later, when a worker takes up the task “mail_user” (up to 3 tries), it "
    closed = msgspec.structs.replace(TASK, closed=True)
    called = Call(id="c", name="Mail user", callee=TASK.unit, body=(insert("x"),))
    assert second(run=closed) == f"{opening}does more than fits into this view."
    assert second(called, run=TASK) == f"{opening}does the same as where “Sign up” calls it directly."


def test_a_caught_error_is_named_without_the_code_s_brackets() -> None:
    caught = Branch(label="( ConnectionError, requests.exceptions.ConnectionError, ConnectionRefusedError, )")
    guard = Guard(id="g", body=(insert("c"),), handlers=(caught,), kind="swallow")
    assert lines(insert("x"), guard)[-1] == (
        "If that fails with ConnectionError or ConnectionRefusedError, the error is ignored."
    )
    assert lane_title(Branch(label="ValueError", condition="ValueError"), guard) == "on ValueError"
    assert lane_title(Branch(label="it failed for good"), guard) == "it failed for good"


def test_a_route_is_told_without_the_grammar_of_patterns() -> None:
    detail = TriggerDetail(path=r"^orders/(?P<kind>new|old)/?$", methods=("POST",))
    trigger = msgspec.structs.replace(TRIGGER, detail=detail)
    workflow = Workflow(id="w", name="Sign up", triggers=("t",), unit="a.py::signup", body=(insert("x"),))
    (chapter,) = narrative(workflow, {"t": trigger}, ())
    assert chapter.sentences[0].text().startswith("When someone posts to orders/<kind>, ")


def test_a_hand_over_that_nothing_receives_is_told_as_such() -> None:
    assert lines(Hop(id="h", kind="publish", channel="paid"))[0].endswith(
        "publishes a message on “paid”, and nothing in this code receives it."
    )


def test_a_failure_of_several_sentences_says_what_it_is_a_failure_of() -> None:
    body = (insert("a"), decision("lead.ok", Branch(label="yes", condition="lead.ok", body=(insert("b"),))))
    handlers = (Branch(label="KeyError", body=(insert("c"),)), Branch(label="Exception"))
    assert lines(insert("x"), Guard(id="g", body=body, handlers=handlers, kind="swallow"))[1:] == [
        "It tries the following:",
        "  It inserts the user.",
        "  If lead is ok, it inserts the user.",
        "If any of that fails with KeyError, it inserts the user.",
        "If any of that fails with any other error, the error is ignored.",
    ]


def test_a_run_that_begins_with_a_choice_is_introduced_by_what_sets_it_off() -> None:
    asked = decision("lead.ok", Branch(label="yes", condition="lead.ok", body=(insert(),)))
    assert lines(asked) == ["When someone posts to /signup:", "If lead is ok, it inserts the user."]


def test_what_a_run_ends_with_is_told_without_code() -> None:
    def ending(text: str, outcome: str = "return") -> str:
        return lines(insert("a"), End(id="e", outcome=outcome, text=text))[0].partition(" and ")[2]  # type: ignore[arg-type]

    assert ending('redirect("/")') == 'redirects to "/".'
    assert ending('HttpResponseForbidden("not yours")') == "answers with HttpResponseForbidden: “not yours”."
    assert ending("Response(self.serializer.data)") == "answers with Response (serializer's data)."
    assert ending("InvalidLead(errors)", "raise") == "fails with InvalidLead (errors)."


def test_the_tries_and_limits_of_a_request_stand_in_one_pair_of_brackets() -> None:
    request = Step(id="s", name="POST to pay.example.com", kind="http", timeout=5.0)
    assert lines(request) == ["When someone posts to /signup, the handler calls pay.example.com (POST, at most 5 s)."]


def test_who_takes_up_what_is_left_or_sent_is_said() -> None:
    left = Hop(id="h", kind="poll", channel="queue:due", runs=("r",))
    assert (
        told(left, runs=(TASK,))[0]
        .sentences[0]
        .text()
        .endswith("leaves work in “queue:due”, which “mail_user” picks up.")
    )
    heard = Hop(id="h", kind="signal", channel="paid", runs=("r",), inline=True)
    said = told(heard, insert(), runs=(TASK,))[0].sentences[0].text()
    assert said.endswith("sends the signal “paid”, which “mail_user” hears at once, and inserts the user.")


def test_a_denied_question_is_asked_plainly_and_its_answers_change_places() -> None:
    branches = (Branch(label="yes", condition="not user.is_active", body=(insert(),)), Branch(label="no"))
    asked = decision("not user.is_active", *branches)
    assert node_title(asked) == "user is active?"
    assert [branch_label(one, asked) for one in branches] == ["no", "yes"]
    assert lane_title(branches[0], asked) == "no: user is not active"
    assert lines(insert("x"), asked)[1] == "If user is not active, it inserts the user."


def test_how_often_a_loop_goes_round_is_said_without_its_counter() -> None:
    def words(over: str) -> str:
        return loop_words(Loop(id="l", over=over))

    assert words("i in range(5)") == "5 times"
    assert words("index, order_line in enumerate(order.lines)") == "for each order line in order's lines"
    assert words("key, value in found.items()") == "for each key and value in found"
    assert words("_ in rows") == "for each item in rows"


def test_a_chain_is_told_in_its_order_with_what_a_failure_keeps_back() -> None:
    hops = tuple(
        Hop(id=f"{to}{line}", runs=(to,), after=tuple(after), unit="a.py::f", line=line)
        for to, after, line in (("a", "", 3), ("b", "a", 3), ("c", "b", 3), ("d", "b", 3), ("d", "", 9))
    )
    runs = tuple(Run(id=name, unit=f"t.py::{name}", kind="task", body=(insert(name),)) for name in "abcd")
    chapters = told(*hops, runs=runs)
    assert "hands work over to “b”, once “a” has ended well" in chapters[0].sentences[0].text()
    assert [chapter.sentences[-1].text() for chapter in chapters[1:3]] == [
        "If it fails for good, “b” and “c” never begin.",
        "If it fails for good, “c” never begins.",
    ]
    assert "never" not in chapters[3].sentences[-1].text()


def test_a_failure_of_what_is_no_step_is_not_said_of_the_step_before() -> None:
    guard = Guard(id="g", kind="reraise", handlers=(Branch(label="KeyError"),))
    assert lines(insert("x"), guard)[-1] == "If what it tries there fails with KeyError, the error is passed on."
