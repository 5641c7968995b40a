"""Pieces of Celery tasks: their `self`, their retries, what they send, and what follows a failure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exporters.worker.conftest import Perform, context

JOBS = """
from datetime import datetime, timedelta, timezone
from celery import Celery, Task, chain, chord, group
from celery.signals import task_failure
app = Celery("shop", broker="redis://127.0.0.1:1/0", backend="redis://127.0.0.1:1/1", set_as_current=False)
app.conf.task_ignore_result = True
said = []
class Wrapped(Task):
    def __call__(self, *args, **kwargs):
        said.append(("in", args))
        try:
            return super().__call__(*args, **kwargs) if False else self.run(*args, **kwargs)
        finally:
            said.append("out")
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        said.append(("on_failure", str(exc), args, kwargs))
    def on_success(self, retval, task_id, args, kwargs):
        said.append(("on_success", retval, args, kwargs))
        raise KeyError(task_id)
class Looked(Task):
    def __call__(self, *args, **kwargs):
        if "order" in kwargs:
            kwargs["order"] = {"key": kwargs["order"]}
        return super().__call__(*args, **kwargs)
@task_failure.connect
def told(sender=None, exception=None, args=None, **_):
    said.append(("signal", sender.name, type(exception).__name__, list(args)))
@app.task(bind=True, base=Wrapped, max_retries=1, default_retry_delay=7, name="shop.first")
def first(self, order, *, gift=False):
    said.append("whole")
    second.delay(order)
    try:
        raise OSError("down")
    except OSError as error:
        raise self.retry(exc=error, countdown=3)
@app.task
def second(order, how="slow"):
    return order
@app.task(autoretry_for=(KeyError,), retry_backoff=4, retry_jitter=False)
def third(order):
    raise KeyError(order)
@app.task(base=Looked)
def fourth(order, gift=False, **rest):
    return order
@app.task
def total(results, label):
    return results
def guarded(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
@app.task(name="jobs.fifth")
@guarded
@guarded
def fifth(order, how="slow"):
    return order
def send_guarded():
    fifth.delay(4)
def send():
    second.apply_async((1,), countdown=60)
    second.apply_async((2,), eta=datetime(2030, 1, 1, tzinfo=timezone.utc))
    app.send_task("shop.hidden", [3])
def send_named():
    fourth.delay(order=4, tenant=1)
def send_chain():
    chain(second.s(1), second.s("fast"), total.si([], "x")).apply_async()
def send_chord():
    chord([second.s(1), second.s(2)])(total.s("sum"))
def send_group():
    group(second.s(1), second.s(2)).apply_async()
def send_mixed():
    (group(second.s(1), second.s(2)) | total.s("sum") | second.s()).apply_async()
def send_after_hidden():
    chain(app.signature("shop.hidden", (3,)), second.si(1)).apply_async()
def wait():
    second.delay(1).get()
"""
RUNS = """
- id: first
  function: jobs:first
  task: shop.first
  parameters: [order, gift]
  context: [self]
  retry: {attempts: 3}
  steps:
  - {type: step, id: piece, module: jobs, code: 'tries = self.request.retries; order = self.request.args[0]; wrapped = list(said)', outputs: {tries: t, order: o, wrapped: w}}
  - {type: step, id: asks, module: jobs, code: 'second.delay(1); raise self.retry(exc=OSError("down"))', sends: [second]}
  - {type: step, id: whole, call: "jobs:first", inputs: {order: order}, sends: [second]}
  - {type: step, id: third, call: "jobs:third", inputs: {order: order}}
  - {type: step, id: send, call: "jobs:send", sends: [second]}
  - {type: step, id: send_named, call: "jobs:send_named", sends: [fourth]}
  - {type: step, id: send_guarded, call: "jobs:send_guarded", sends: [fifth]}
  - {type: step, id: send_chain, call: "jobs:send_chain", sends: [second, total]}
  - {type: step, id: send_chord, call: "jobs:send_chord", sends: [second, total]}
  - {type: step, id: send_group, call: "jobs:send_group", sends: [second]}
  - {type: step, id: send_mixed, call: "jobs:send_mixed", sends: [second, total]}
  - {type: step, id: send_after_hidden, call: "jobs:send_after_hidden", sends: [second]}
  - {type: step, id: wait, call: "jobs:wait", sends: [second]}
  - {type: step, id: said, module: jobs, code: heard = list(said), outputs: {heard: h}}
  - {type: step, id: done, call: "jobs:first.on_success", inputs: {retval: h}}
  on_failure:
  - {type: step, id: failed, call: "jobs:first", inputs: {error: error}}
- id: fourth
  function: jobs:fourth
  task: jobs.fourth
  parameters: [order, gift, rest]
  context: [order]
  steps:
  - {type: step, id: looked, module: jobs, code: 'found = order, gift', inputs: {gift: gift}, outputs: {found: f}}
- {id: second, function: "jobs:second", task: jobs.second, parameters: [order, how], steps: []}
- {id: fifth, function: "jobs:fifth", task: jobs.fifth, parameters: [order, how], steps: []}
- {id: total, function: "jobs:total", task: jobs.total, parameters: [results, label], steps: []}
- id: third_run
  function: jobs:third
  task: jobs.third
  parameters: [order]
  steps:
  - {type: step, id: third_whole, call: "jobs:third", inputs: {order: order}}
"""
NAMED = {"named": ["order"]}
HERE = context(attempt=1, arguments={"order": 5, "gift": False})


def test_a_bound_tasks_self_is_there_for_each_piece_inside_what_its_class_wraps_around_it(perform: Perform) -> None:
    (piece,) = perform({"jobs.py": JOBS}, RUNS, [("piece", {}, HERE)])
    assert piece["outputs"] == {"tries": 1, "order": 5, "wrapped": [{"$": "tuple", "items": ["in", piece_args()]}]}


def piece_args() -> Any:
    return {"$": "tuple", "items": [5]}


def test_arguments_go_by_the_names_that_a_wrapper_does_not_tell(perform: Perform) -> None:
    (sent,) = perform({"jobs.py": JOBS}, RUNS, [("send_guarded", {}, HERE)])
    assert [one["arguments"] for one in sent["sent"]] == [{"order": 4, "how": "slow"}]


def test_a_retry_that_code_asks_for_is_told_with_its_delay_and_what_was_sent_stays_sent(perform: Perform) -> None:
    last = context(attempt=2, arguments={"order": 5, "gift": False})
    asks, whole, over = perform(
        {"jobs.py": JOBS}, RUNS, [("asks", {}, HERE), ("whole", {"order": 5}, HERE), ("asks", {}, last)]
    )
    assert (asks["retry"], [sent["run"] for sent in asks["sent"]]) == (7.0, ["second"])
    assert (whole["retry"], whole["error"]["types"][0]) == (3.0, "builtins.OSError")
    assert [sent["arguments"] for sent in whole["sent"]] == [{"order": 5, "how": "slow"}]
    # The definition's three tries rule, not the task's own two.
    assert over["error"]["message"] == "down"
    assert "retry" not in over


def test_a_whole_task_tries_again_as_its_own_options_say(perform: Perform) -> None:
    first, second = (
        perform({"jobs.py": JOBS}, RUNS, [("third_whole", {"order": 1}, context(attempt=n, arguments={"order": 1}))])[0]
        for n in (0, 1)
    )
    assert (first["retry"], second["retry"]) == (4.0, 8.0)
    assert first["error"]["types"][0] == "builtins.KeyError"


def test_what_follows_a_failure_is_done_with_the_tasks_arguments(perform: Perform) -> None:
    error = {"$": "error", "class": "builtins:OSError", "args": ["down"], "fields": {}}
    _, said = perform({"jobs.py": JOBS}, RUNS, [("failed", {"error": error}, HERE), ("said", {}, HERE)])
    heard = [item["items"] for item in said["outputs"]["heard"] if item != "out"]
    assert heard[0][:2] == ["on_failure", "down"]
    assert heard[1] == ["signal", "shop.first", "OSError", [5]]


def test_a_class_is_told_of_the_success_with_the_tasks_arguments_and_what_it_does_wrong_is_no_failure(
    perform: Perform,
) -> None:
    done, said = perform({"jobs.py": JOBS}, RUNS, [("done", {"retval": 3}, HERE), ("said", {}, HERE)])
    assert done["outputs"] == {}
    assert next(item["items"][:2] for item in said["outputs"]["heard"] if item != "out") == ["on_success", 3]


def test_a_parameter_that_the_class_looks_up_is_looked_up_anew_for_each_piece(perform: Perform) -> None:
    sends, begun, looked = perform(
        {"jobs.py": JOBS},
        RUNS,
        [
            ("send_named", {}, HERE),
            ("fourth", {}, context(arguments={"order": 4, "gift": False, "rest": {}})),
            ("looked", {"gift": True}, context(arguments={"order": 4, "gift": False, "rest": {}}, beside=NAMED)),
        ],
    )
    assert [(one["arguments"], one["beside"]) for one in sends["sent"]] == [
        ({"order": 4, "gift": False, "rest": {"tenant": 1}}, {"named": ["order", "tenant"]})
    ]
    assert begun["outputs"] == {"order": 4, "gift": False, "rest": {}}
    assert looked["outputs"] == {"found": {"$": "tuple", "items": [{"key": 4}, True]}}


def test_work_is_sent_with_its_time_and_unknown_work_is_told(perform: Perform) -> None:
    (done,) = perform({"jobs.py": JOBS}, RUNS, [("send", {}, HERE)])
    soon, later, hidden = done["sent"]
    assert soon["due"] is not None
    assert later["due"] == 1893456000
    assert (hidden["run"], hidden["name"]) == ("", "shop.hidden")


def test_each_task_of_a_chain_a_group_and_a_chord_is_a_message_that_says_what_it_comes_after(perform: Perform) -> None:
    chain, chord, group, mixed = perform(
        {"jobs.py": JOBS},
        RUNS,
        [(name, {}, HERE) for name in ("send_chain", "send_chord", "send_group", "send_mixed")],
    )
    assert shape(chain) == [("second", (), ""), ("second", (0,), "order"), ("total", (1,), "")]
    assert chain["sent"][1]["arguments"] == {"how": "fast"}
    assert shape(chord) == [("second", (), ""), ("second", (), ""), ("total", (0, 1), "results")]
    assert chord["sent"][2]["gathers"] is True
    assert shape(group) == [("second", (), ""), ("second", (), "")]
    assert shape(mixed) == [
        ("second", (), ""),
        ("second", (), ""),
        ("total", (0, 1), "results"),
        ("second", (2,), "order"),
    ]


@pytest.mark.parametrize(
    ("orders", "wanted"),
    [
        ({}, [("second", (), ""), ("total", (0,), "results")]),
        ({"total": "[second]"}, [("second", (), ""), ("total", (0,), "results")]),
        ({"total": "[]"}, [("second", (), ""), ("total", (), "")]),
        ({"second": "[total]", "total": "[]"}, [("second", (1,), ""), ("total", (), "")]),
    ],
    ids=["as the code sends", "said as it is", "at once", "the other way round"],
)
def test_an_edited_order_of_starts_is_the_order_of_the_messages(
    perform: Perform, orders: dict[str, str], wanted: list[tuple[str, tuple[int, ...], str]]
) -> None:
    jobs = f"{JOBS}def send_two():\n    chain(second.s(1), total.s('x')).apply_async()\n"
    sending = '  - {type: step, id: send_two, call: "jobs:send_two", sends: [second, total]}\n'
    starts = [
        f"  - {{type: start, id: start_{run}, run: {run}, of: send_two"
        f"{f', after: {orders[run]}' if run in orders else ''}}}\n"
        for run in ("second", "total")
    ]
    at = "  - {type: step, id: send_chord,"
    runs = RUNS.replace(at, "".join([sending, *starts, at]))
    (done,) = perform({"jobs.py": jobs}, runs, [("send_two", {}, HERE)])
    assert shape(done) == wanted


def shape(done: dict[str, Any]) -> list[tuple[str, tuple[int, ...], str]]:
    ids = [sent["id"] for sent in done["sent"]]
    return [
        (sent["run"], tuple(ids.index(other) for other in sent.get("after", ())), sent.get("takes", ""))
        for sent in done["sent"]
    ]


def test_what_comes_after_work_that_no_run_receives_is_refused(perform: Perform) -> None:
    (done,) = perform({"jobs.py": JOBS}, RUNS, [("send_after_hidden", {}, HERE)])
    assert "jobs.second is to run after" in done["error"]["message"]


def test_waiting_for_a_result_is_refused(perform: Perform) -> None:
    (done,) = perform({"jobs.py": JOBS}, RUNS, [("wait", {}, HERE)])
    assert "waits for the result" in done["error"]["message"]


def test_a_whole_task_tells_of_its_failure_itself(perform: Perform) -> None:
    last = context(attempt=3, arguments={"order": 1})
    _, said = perform({"jobs.py": JOBS}, RUNS, [("third_whole", {"order": 1}, last), ("said", {}, HERE)])
    heard = [item["items"] for item in said["outputs"]["heard"] if item != "out"]
    assert heard[0] == ["signal", "jobs.third", "KeyError", [1]]
