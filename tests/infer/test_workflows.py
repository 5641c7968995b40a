from __future__ import annotations

import pytest

from discover.infer.workflows import infer_workflows
from discover.model import Guard

CASES = {
    "a call is opened down to its effects": (
        """
        def entry():
            helper()
        def helper():
            effect.http.post("a")
            effect.db_write.insert("T")
        """,
        [{"helper": ["http a", "db_write T"]}],
    ),
    "a model's or form's clean is a check": (
        """
        def entry(x):
            clean(x)
            effect.db_write.save("T")
        def clean(x):
            if not x:
                raise ValidationError("empty")
        """,
        [{"clean": [{"not x? yes": ['raise ValidationError("empty")']}]}, "db_write T"],
    ),
    "a check that may end the flow is shown with what ends it": (
        """
        def entry(x):
            validate_input(x)
            effect.http.post("a")
            ensure_nothing(x)
        def validate_input(x):
            if not x:
                raise ValueError("empty")
        def ensure_nothing(x):
            if x:
                raise ValueError("full")
        """,
        [{"validate_input": [{"not x? yes": ['raise ValueError("empty")']}]}, "http a"],
    ),
    "a check that reads is shown with what ends the flow, or as its read where nothing follows": (
        """
        def entry(x):
            check_owner(x)
            if x.is_new:
                check_owner(x)
            effect.http.post("a")
            check_owner(x)
        def check_owner(x):
            if not owns(x):
                raise PermissionDenied("not yours")
        def owns(x):
            return effect.db_read.select("T")
        """,
        [
            {"check_owner": ["db_read T", {"not owns(x)? yes": ['raise PermissionDenied("not yours")']}]},
            {"x.is_new? yes": ["seen check_owner"]},
            "http a",
            "db_read T",
        ],
    ),
    "a check that only calls checks is shown with what each may end": (
        """
        def entry(x):
            check_all(x)
            effect.http.post("a")
        def check_all(x):
            if not x.strict:
                return
            check_first(x)
            check_rest(x)
        def check_rest(x):
            validate_second(x)
            validate_third(x)
        def check_first(x):
            if x.first:
                raise ValueError("first")
        def validate_second(x):
            if x.second:
                raise ValueError("second")
        def validate_third(x):
            print(x)
        """,
        [
            {
                "check_all": [
                    {"not x.strict? yes": ["stop"]},
                    {"check_first": [{"x.first? yes": ['raise ValueError("first")']}]},
                    {"validate_second": [{"x.second? yes": ['raise ValueError("second")']}]},
                ]
            },
            "http a",
        ],
    ),
    "checks that only call one another end nothing": (
        """
        def entry(x):
            check_this(x)
            effect.http.post("a")
        def check_this(x):
            check_that(x)
        def check_that(x):
            check_this(x)
        """,
        ["http a"],
    ),
    "a call whose answer a decision asks for is shown": (
        """
        def entry(x):
            kind = classify(x)
            size = measure(x)
            if kind == "lead":
                effect.http.post("a")
            if size > 3:
                log(x)
        def classify(x):
            return "lead" if x else "none"
        def measure(x):
            return len(x)
        """,
        [{"classify": []}, {'kind == "lead"? yes': ["http a"]}],
    ),
    "a call whose body is one step is that step": (
        """
        def entry():
            helper()
            effect.http.post("b")
        def helper():
            other()
        def other():
            effect.http.post("a")
        """,
        ["http a", "http b"],
    ),
    "arguments run before the call that takes them": (
        """
        def entry():
            effect.http.post("b", effect.cache.set("a"))
        """,
        ["cache a", "http b"],
    ),
    "a decision without effects vanishes": (
        """
        def entry(x):
            if x:
                y = 1
            else:
                y = 2
            effect.http.post("a")
        """,
        ["http a"],
    ),
    "a decision that guards effects keeps its condition": (
        """
        def entry(x):
            if x.qualified and not x.muted:
                effect.http.post("a")
            else:
                effect.http.post("b")
        """,
        [{"x.qualified and not x.muted? yes": ["http a"], "x.qualified and not x.muted? no": ["http b"]}],
    ),
    "an early return that skips effects stays as an end": (
        """
        def entry(x):
            if not x:
                return 400
            effect.http.post("a")
            return 200
        """,
        [{"not x? yes": ["return 400"]}, "http a"],
    ),
    "an early return that skips nothing vanishes": (
        """
        def entry(x):
            effect.http.post("a")
            if not x:
                return 400
            return 200
        """,
        ["http a"],
    ),
    "a raise after effects stays, since it ends the callers too": (
        """
        def entry(x):
            effect.http.post("a")
            if not x:
                raise ValueError(x)
        """,
        ["http a", {"not x? yes": ["raise ValueError(x)"]}],
    ),
    "an elif chain is one decision": (
        """
        def entry(x):
            if x == 1:
                effect.http.post("a")
            elif x == 2:
                effect.http.post("b")
            else:
                effect.http.post("c")
        """,
        [{"x == 1? x == 1": ["http a"], "x == 1? x == 2": ["http b"], "x == 1? otherwise": ["http c"]}],
    ),
    "reads in a row are one step and need no decision where nothing follows": (
        """
        def entry(x):
            effect.http.post("a")
            effect.db_read.select("A")
            if x:
                effect.db_read.select("B")
        """,
        ["http a", "db_read A, B"],
    ),
    "a read that may not happen is told so where something follows": (
        """
        def entry(x):
            effect.db_read.select("A")
            if x:
                effect.db_read.select("B")
            effect.http.post("a")
        """,
        ["db_read A", {"x? yes": ["db_read B"]}, "http a"],
    ),
    "what a failing read ends or reads in its place is told where something follows": (
        """
        def entry(x):
            try:
                effect.db_read.select("A")
            except Gone:
                raise NotFound(x)
            try:
                effect.db_read.select("B")
            except Gone:
                return
            try:
                effect.db_read.select("C")
            except Gone:
                effect.db_read.select("D")
            try:
                effect.db_read.select("E")
            except Gone:
                raise
            effect.http.post("a")
        """,
        [
            {"reraise": ["db_read A"], "except Gone": ["raise NotFound(x)"]},
            {"fallback": ["db_read B"], "except Gone": ["stop"]},
            {"fallback": ["db_read C"], "except Gone": ["db_read D"]},
            "db_read E",
            "http a",
        ],
    ),
    "a unit that only reads is one step": (
        """
        def entry():
            load()
            effect.http.post("a")
        def load():
            effect.db_read.select("A")
            return [effect.db_read.select("B") for x in y]
        """,
        ["db_read A, B", "http a"],
    ),
    "a loop keeps what it runs over": (
        """
        def entry(items):
            for item in items:
                effect.http.post("a")
        """,
        [{"for item in items": ["http a"]}],
    ),
    "a continue moves the rest into the other branch": (
        """
        def entry(items):
            for item in items:
                if item.muted:
                    continue
                effect.http.post("a")
        """,
        [{"for item in items": [{"item.muted? no": ["http a"]}]}],
    ),
    "continues in a row nest, and nothing of them is left": (
        """
        def entry(items):
            for item in items:
                if item.new:
                    if item.muted:
                        continue
                    if item.old:
                        continue
                    effect.http.post("a")
        """,
        [{"for item in items": [{"item.new? yes": [{"item.muted? no": [{"item.old? no": ["http a"]}]}]}]}],
    ),
    "a comprehension that does something is a loop": (
        """
        def entry(items):
            return [effect.http.post("a") for item in items]
        """,
        [{"for item in items": ["http a"]}],
    ),
    "a failure that is only logged is swallowed": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Exception:
                log(x)
            effect.http.post("b")
        """,
        [{"swallow": ["http a"], "except Exception": []}, "http b"],
    ),
    "a failure that is passed on or not, and never worked on, is swallowed": (
        """
        def entry():
            try:
                effect.http.post("a")
            except Exception:
                if STRICT:
                    raise
                else:
                    log.exception("no")
            effect.http.post("b")
        """,
        [{"swallow": ["http a"], "except Exception": [{"STRICT? yes": ["raise"]}]}, "http b"],
    ),
    "what a handler gives back is told also at the end, where a bare return is nothing": (
        """
        def entry():
            try:
                effect.http.post("a")
            except Refused:
                return answer(402)
            except Closed:
                return None
        """,
        [{"fallback": ["http a"], "except Refused": ["return answer(402)"], "except Closed": []}],
    ),
    "a handler that does something else is a fallback": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Exception:
                effect.http.post("b")
        """,
        [{"fallback": ["http a"], "except Exception": ["http b"]}],
    ),
    "what a try does when it worked is not guarded by its handlers": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Timeout:
                effect.http.post("b")
            else:
                effect.http.post("c")
            effect.http.post("d")
        """,
        [
            {"fallback": ["http a"], "except Timeout": ["http b"]},
            {"no Timeout was raised? yes": ["http c"]},
            "http d",
        ],
    ),
    "where every handler leaves, what a try does when it worked needs no question": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Timeout:
                return effect.http.post("b")
            else:
                effect.http.post("c")
        """,
        [{"fallback": ["http a"], "except Timeout": ["http b", 'return effect.http.post("b")']}, "http c"],
    ),
    "what runs in any case runs after what a try does when it worked": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Timeout:
                effect.http.post("b")
            else:
                effect.http.post("c")
            finally:
                effect.cache.delete("lock")
        """,
        [
            {
                "cleanup": [
                    {"fallback": ["http a"], "except Timeout": ["http b"]},
                    {"no Timeout was raised? yes": ["http c"]},
                ],
                "finally": ["cache lock"],
            }
        ],
    ),
    "what a retry does when it worked is not tried again": (
        """
        def entry(x):
            for attempt in range(3):
                try:
                    effect.http.post("a")
                except Timeout:
                    effect.email.send("late")
                else:
                    effect.http.post("b")
                    break
                sleep(2)
        """,
        [
            {"retry": ["http a"], "except Timeout": ["email late", "wait 2"]},
            {"no Timeout was raised? yes": ["http b"]},
        ],
    ),
    "an endless retry ends only when it worked": (
        """
        def entry(x):
            while True:
                try:
                    effect.http.post("a")
                except Timeout:
                    sleep(2)
                else:
                    effect.http.post("b")
                    break
        """,
        [{"retry": ["http a"], "except Timeout": ["wait 2"]}, "http b"],
    ),
    "a handler that undoes and raises again compensates": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            except Exception:
                effect.http.delete("b")
                raise
        """,
        [{"compensate": ["http a"], "except Exception": ["http b", "raise"]}],
    ),
    "what runs in any case is a cleanup": (
        """
        def entry(x):
            try:
                effect.http.post("a")
            finally:
                effect.cache.delete("lock")
        """,
        [{"cleanup": ["http a"], "finally": ["cache lock"]}],
    ),
    "a loop that counts tries around a try is a retry": (
        """
        def entry(x):
            for attempt in range(3):
                try:
                    effect.http.post("a")
                    break
                except Timeout:
                    sleep(2)
        """,
        [{"retry": ["http a"], "except Timeout": ["wait 2"]}],
    ),
    "what stands after the try happens between two tries": (
        """
        def entry():
            for attempt in range(3):
                try:
                    return effect.http.post("a")
                except Timeout:
                    pass
                effect.email.send("late")
                sleep(7)
        """,
        [{"retry": ["http a"], "except Timeout": ["email late", "wait 7"]}],
    ),
    "nothing is told that stands after ways that all leave": (
        """
        def entry(x):
            if x:
                effect.http.post("a")
                return 1
            else:
                effect.http.post("b")
                raise ValueError
            effect.http.post("never")
        """,
        [{"x? yes": ["http a"], "x? no": ["http b", "raise ValueError"]}],
    ),
    "a loop that polls says what ends it": (
        """
        def entry(x):
            while True:
                r = effect.http.get("a")
                if r.ok:
                    break
            effect.http.post("b")
        """,
        [{"while True, until r.ok": ["http a"]}, "http b"],
    ),
    "a loop that is left on the way tells the whole way": (
        """
        def entry(xs):
            for x in xs:
                effect.http.get("a")
                if x.ready:
                    if x.ok or x.old:
                        break
                    sleep(1)
                else:
                    try:
                        effect.http.post("b")
                    except Gone:
                        break
        """,
        [
            {
                "for x in xs, until x.ready and (x.ok or x.old) or not x.ready and Gone is raised": [
                    "http a",
                    {
                        "x.ready? yes": [{"x.ok or x.old? no": ["wait 1"]}],
                        "x.ready? no": [{"swallow": ["http b"], "except Gone": ["stop break"]}],
                    },
                ]
            }
        ],
    ),
    "a retry keeps the answer that ends it": (
        """
        def entry():
            while True:
                try:
                    r = effect.http.get("a")
                    if r.ok:
                        break
                except Timeout:
                    sleep(1)
        """,
        [{"retry": ["http a"], "except Timeout": ["wait 1"]}],
    ),
    "a break without a condition adds none": (
        """
        def entry(xs):
            for x in xs:
                effect.http.get("a")
                break
        """,
        [{"for x in xs": ["http a", "stop break"]}],
    ),
    "an answer that ends a loop is shown": (
        """
        def entry(xs):
            for x in xs:
                effect.http.get("a")
                enough = measure(x)
                if enough:
                    break
        def measure(x):
            return len(x)
        """,
        [{"for x in xs, until enough": ["http a", {"measure": []}]}],
    ),
    "nothing is told that stands after an endless loop": (
        """
        def entry(x):
            while True:
                effect.http.post("a")
                for y in x:
                    effect.http.post("b")
                    break
            effect.http.post("never")
        """,
        [{"while True": ["http a", {"for y in x": ["http b", "stop break"]}]}],
    ),
    "the else of a loop runs only where no break has left it": (
        """
        def entry(xs):
            for x in xs:
                effect.http.get("a")
                if x.ok:
                    break
            else:
                effect.http.post("none fits")
            effect.http.post("b")
        """,
        [
            {"for x in xs, until x.ok": ["http a"]},
            {"the loop ran to its end? yes": ["http none fits"]},
            "http b",
        ],
    ),
    "the else of a loop without a break always runs": (
        """
        def entry(xs):
            for x in xs:
                effect.http.get("a")
            else:
                effect.http.post("b")
        """,
        [{"for x in xs": ["http a"]}, "http b"],
    ),
    "an else that goes on with the loop around hides nothing that follows a break": (
        """
        def entry(groups):
            for group in groups:
                for x in group:
                    effect.http.get("a")
                    if x.ok:
                        break
                else:
                    effect.http.post("none fits")
                    continue
                effect.http.post("b")
        """,
        [
            {
                "for group in groups": [
                    {"for x in group, until x.ok": ["http a"]},
                    {
                        "the loop ran to its end? yes: go on with the next item": ["http none fits"],
                        "the loop ran to its end? no": ["http b"],
                    },
                ]
            }
        ],
    ),
    "the else of a loop of tries runs only where each has failed": (
        """
        def entry():
            for attempt in range(3):
                try:
                    effect.http.post("a")
                    break
                except Timeout:
                    sleep(2)
            else:
                raise GaveUp
            effect.http.post("b")
        """,
        [
            {"retry": ["http a"], "except Timeout": ["wait 2"]},
            {"every try failed? yes": ["raise GaveUp"]},
            "http b",
        ],
    ),
    "what stands after a loop that is left is told": (
        """
        def entry(x):
            while True:
                try:
                    effect.http.post("a")
                except Timeout:
                    effect.http.post("b")
                    break
            effect.http.post("c")
        """,
        [
            {
                "while True, until Timeout is raised": [
                    {"fallback": ["http a"], "except Timeout": ["http b", "stop break"]}
                ]
            },
            "http c",
        ],
    ),
    "a match that may fit no case goes on": (
        """
        def entry(x):
            match x:
                case 1:
                    effect.http.post("a")
                    return 1
            effect.http.post("b")
        """,
        [{"x? 1": ["http a", "return 1"]}, "http b"],
    ),
    "a function that asks how its module was started decides like any other": (
        """
        def entry():
            if __name__ == "__main__":
                effect.http.post("a")
            else:
                effect.http.post("b")
        """,
        [{'__name__ == "__main__"? yes': ["http a"], '__name__ == "__main__"? no': ["http b"]}],
    ),
    "a search over alternatives is no retry": (
        """
        def entry(hosts):
            for host in hosts:
                try:
                    effect.http.post("a")
                    break
                except Timeout:
                    pass
        """,
        [{"for host in hosts": [{"swallow": ["http a", "stop break"], "except Timeout": []}]}],
    ),
    "a hand-over is a hop to a run with its own body": (
        """
        def entry(x):
            task_send.delay(x)
        def task_send(x):
            effect.email.send("a")
        """,
        ["hop task_send"],
    ),
    "gathered calls run side by side": (
        """
        async def entry(x):
            await gather(one(), two())
        async def one():
            effect.http.get("a")
        async def two():
            effect.http.get("b")
        """,
        [{"side by side": [["http a"], ["http b"]]}],
    ),
    "a gathered comprehension runs once for each item": (
        """
        async def entry(xs):
            await gather(*[one(x) for x in xs])
        async def one():
            effect.http.get("a")
        """,
        [{"side by side x in xs": [["http a"]]}],
    ),
    "a comprehension among gathered calls runs once for each item too": (
        """
        async def entry(xs):
            await gather(one(0), *[one(x) for x in xs])
        async def one(x):
            effect.http.get("a")
        """,
        [{"side by side": [["http a"], [{"side by side x in xs": [["http a"]]}]]}],
    ),
    "an operand happens where those before it leave it a turn": (
        """
        def entry(x):
            done = x.staff or len(x.roles) != 0 or effect.http.get("a")
            done and effect.http.post(b) and effect.http.post("c")
        """,
        [
            {"x.staff or len(x.roles) != 0? no": ["http a"]},
            {"done? yes": ["http b", {"effect.http.post(b)? yes": ["http c"]}]},
        ],
    ),
    "recursion ends in a call that was seen": (
        """
        def entry(x):
            effect.http.get("a")
            effect.http.get("b")
            entry(x)
        """,
        ["http a", "http b", "seen entry"],
    ),
    "a shared unit is opened once": (
        """
        def entry(x):
            helper()
            effect.http.get("c")
            helper()
        def helper():
            effect.http.get("a")
            effect.http.get("b")
        """,
        [{"helper": ["http a", "http b"]}, "http c", "seen helper"],
    ),
    "a task that retries itself hands over to itself": (
        """
        def task_entry(self):
            try:
                effect.http.post("a")
            except Timeout as error:
                raise self.retry(exc=error, countdown=60)
        """,
        [{"retry": ["http a"], "except Timeout": ["hop task_entry", "raise self.retry(exc=error, countdown=60)"]}],
    ),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_flow(linked, outline, code, expected):
    entry = "task_entry" if "def task_entry" in code else "entry"
    workflows, _ = infer_workflows(linked(code, entry))
    assert outline(workflows[0].workflow.body) == expected


def test_a_retry_names_the_answer_that_ends_it(linked):
    code, _ = CASES["a retry keeps the answer that ends it"]
    (guard,) = infer_workflows(linked(code))[0][0].workflow.body
    assert isinstance(guard, Guard)
    assert guard.retry is not None
    assert guard.retry.text == "while True, until r.ok"


@pytest.mark.parametrize(
    ("handled", "name"),
    [
        ('effect.http.post("b")', "Falls back to: POST to b"),
        ("return 3", "Falls back to 3"),
        ('if e.code == 429: effect.http.post("b")', "With a fallback"),
    ],
)
def test_a_fallback_is_named_by_what_stands_in_and_not_by_what_is_asked(linked, handled, name):
    code = f"""
        def entry():
            try:
                effect.http.post("a")
            except Busy as e:
                {handled}
            effect.http.post("c")
        """
    guard = infer_workflows(linked(code))[0][0].workflow.body[0]
    assert isinstance(guard, Guard)
    assert guard.name == name
