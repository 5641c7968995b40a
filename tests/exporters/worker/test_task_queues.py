"""Dramatiq, arq, Huey and APScheduler: what they would send is held back, and tasks run as their workers run them."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from tests.exporters.worker.conftest import Perform, context

HERE = context(arguments={})
needs_arq = pytest.mark.skipif(
    importlib.util.find_spec("arq") is None, reason="arq is not installed: it asks for an older redis than kombu"
)


def shape(done: dict[str, Any]) -> list[tuple[str, tuple[int, ...], str]]:
    """Of each message: its run, the numbers of those that it comes after, the parameter that takes their results."""
    ids = [sent["id"] for sent in done["sent"]]
    return [
        (sent["run"], tuple(ids.index(other) for other in sent.get("after", ())), sent.get("takes", ""))
        for sent in done["sent"]
    ]


ACTORS = """
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, CurrentMessage, SkipMessage
broker = RedisBroker(url="redis://127.0.0.1:1/0")
heard = []
class Own(Middleware):
    def before_enqueue(self, broker, message, delay):
        heard.append(("enqueue", message.actor_name, delay))
    def before_process_message(self, broker, message):
        heard.append(("in", message.actor_name, message.args))
        if message.args and message.args[0] == "skip":
            raise SkipMessage
    def after_process_message(self, broker, message, *, result=None, exception=None):
        heard.append(("out", type(exception).__name__))
broker.add_middleware(Own())
broker.add_middleware(CurrentMessage())
dramatiq.set_broker(broker)
@dramatiq.actor(max_retries=2, min_backoff=400, on_retry_exhausted="gave_up")
def first(order, how="slow"):
    if order == 3:
        raise dramatiq.Retry("not yet", delay=1500)
    if order == 4:
        raise KeyError(order)
    return [order, how, CurrentMessage.get_current_message().actor_name]
@dramatiq.actor
def second(order, before=None):
    return order
@dramatiq.actor
async def third(order):
    return order * 2
@dramatiq.actor(queue_name="late")
def gave_up(message, retries):
    return message["args"]
def send():
    first.send(1)
    first.send_with_options(args=(2,), kwargs={"how": ("fast",)}, delay=60000)
def send_pipeline():
    (first.message(1) | second.message(2) | second.message_with_options(args=(3,), pipe_ignore=True)).run()
def send_group():
    group = dramatiq.group([first.message(1), first.message(2) | second.message(3)])
    group.add_completion_callback(gave_up.message({}, {}))
    group.run()
"""
ACTOR_RUNS = """
- id: first
  framework: dramatiq
  function: jobs:first
  task: first
  parameters: [order, how]
  retry: {attempts: 3}
  steps:
  - {type: step, id: whole, call: "jobs:first", inputs: {order: order}, outputs: {result: result}}
  - {type: step, id: piece, module: jobs, code: 'told = CurrentMessage.get_current_message().args', outputs: {told: told}}
  - {type: step, id: send, call: "jobs:send", sends: [first]}
  - {type: step, id: send_pipeline, call: "jobs:send_pipeline", sends: [first, second]}
  - {type: step, id: send_group, call: "jobs:send_group", sends: [first, second]}
  - {type: step, id: said, module: jobs, code: 'said = [list(one) for one in heard]', outputs: {said: said}}
  on_failure:
  - {type: step, id: failed, call: "jobs:first", inputs: {error: error}, sends: [gave_up]}
- {id: second, framework: dramatiq, function: "jobs:second", task: second, parameters: [order, before], steps: []}
- id: third
  framework: dramatiq
  function: jobs:third
  task: third
  parameters: [order]
  steps:
  - {type: step, id: awaited, call: "jobs:third", inputs: {order: order}, outputs: {result: result}}
- {id: gave_up, framework: dramatiq, function: "jobs:gave_up", task: gave_up, queue: late, parameters: [message, retries], steps: []}
"""


def test_what_actors_send_is_held_back_with_its_time_and_as_json_has_it(perform: Perform) -> None:
    send, said = perform({"jobs.py": ACTORS}, ACTOR_RUNS, [("send", {}, HERE), ("said", {}, HERE)])
    now, later = send["sent"]
    assert (now["run"], now["arguments"], now["due"]) == ("first", {"order": 1, "how": "slow"}, None)
    assert later["arguments"] == {"order": 2, "how": ["fast"]}
    assert later["due"] is not None
    assert ["enqueue", "first", 60000] in said["outputs"]["said"]


def test_a_pipeline_and_a_groups_callback_are_messages_that_say_what_they_come_after(perform: Perform) -> None:
    pipeline, group = perform({"jobs.py": ACTORS}, ACTOR_RUNS, [("send_pipeline", {}, HERE), ("send_group", {}, HERE)])
    assert shape(pipeline) == [("first", (), ""), ("second", (0,), "before"), ("second", (1,), "")]
    assert shape(group) == [("first", (), ""), ("first", (), ""), ("second", (1,), "before"), ("gave_up", (0, 2), "")]


def test_an_actor_runs_with_its_message_and_inside_the_backends_own_middleware(perform: Perform) -> None:
    told = context(arguments={"order": 1, "how": "slow"})
    whole, piece, awaited, skipped, said = perform(
        {"jobs.py": ACTORS},
        ACTOR_RUNS,
        [
            ("whole", {"order": 1}, told),
            ("piece", {}, told),
            ("awaited", {"order": 4}, context(arguments={"order": 4})),
            ("whole", {"order": "skip"}, told),
            ("said", {}, told),
        ],
    )
    assert whole["outputs"]["result"] == [1, "slow", "first"]
    assert piece["outputs"]["told"] == {"$": "tuple", "items": [1, "slow"]}
    assert awaited["outputs"]["result"] == 8
    assert "ended" in skipped
    assert [one[0] for one in said["outputs"]["said"]] == ["in", "out", "in", "out", "in", "out", "in", "in"]


def test_an_actor_that_asks_for_another_try_gets_it_after_its_own_delay(perform: Perform) -> None:
    asks, fails = perform(
        {"jobs.py": ACTORS}, ACTOR_RUNS, [("whole", {"order": 3}, HERE), ("whole", {"order": 4}, HERE)]
    )
    assert asks["retry"] == 1.5
    assert fails["error"]["types"][0] == "builtins.KeyError"


def test_what_an_actors_options_say_of_failures_is_sent_when_it_has_failed_for_good(perform: Perform) -> None:
    error = {"$": "error", "class": "builtins:KeyError", "args": ["down"], "fields": {}}
    told = context(attempt=2, arguments={"order": 4, "how": "slow"})
    (failed,) = perform({"jobs.py": ACTORS}, ACTOR_RUNS, [("failed", {"error": error}, told)])
    (sent,) = failed["sent"]
    assert sent["run"] == "gave_up"
    assert sent["arguments"]["message"]["args"] == [4, "slow"]
    assert sent["arguments"]["retries"] == {"retries": 2, "max_retries": 2}


ARQ = """
from datetime import datetime, timedelta, timezone
from arq import Retry, create_pool
from arq.connections import ArqRedis, RedisSettings
pool = ArqRedis()
async def send():
    job = await pool.enqueue_job("second", 1, how="fast", _job_id="j-1")
    again = await pool.enqueue_job("second", 1, _job_id="j-1")
    await pool.enqueue_job("second", 2, _defer_by=timedelta(minutes=1))
    await pool.enqueue_job("second", 3, _defer_until=datetime(2030, 1, 1, tzinfo=timezone.utc))
    return [job.job_id, again]
async def first(ctx, order):
    if order == 3:
        raise Retry(defer=2.5)
    await ctx["redis"].enqueue_job("second", order)
    return [ctx["session"], ctx["job_try"], ctx["job_id"]]
async def second(ctx, order, how="slow"):
    return order
"""
ARQ_WORKER = """
import jobs
from arq.connections import RedisSettings
async def startup(ctx):
    ctx["session"] = "opened"
class WorkerSettings:
    functions = [jobs.first, jobs.second]
    on_startup = startup
    redis_settings = RedisSettings(port=1)
"""
ARQ_RUNS = """
- id: first
  framework: arq
  function: jobs:first
  task: first
  parameters: [order]
  context: [ctx]
  steps:
  - {type: step, id: whole, call: "jobs:first", inputs: {order: order}, outputs: {result: result}, sends: [second]}
  - {type: step, id: piece, module: jobs, code: 'await ctx["redis"].enqueue_job("second", 5); told = ctx["session"]', outputs: {told: told}, sends: [second]}
  - {type: step, id: send, call: "jobs:send", outputs: {result: result}, sends: [second]}
- {id: second, framework: arq, function: "jobs:second", task: second, parameters: [order, how], context: [ctx], steps: []}
"""


@needs_arq
def test_what_is_enqueued_in_arq_is_held_back_with_its_time(perform: Perform) -> None:
    (done,) = perform({"jobs.py": ARQ, "worker.py": ARQ_WORKER}, ARQ_RUNS, [("send", {}, HERE)])
    assert [sent["arguments"] for sent in done["sent"]] == [
        {"order": 1, "how": "fast"},
        {"order": 2, "how": "slow"},
        {"order": 3, "how": "slow"},
    ]
    assert [sent["due"] is None for sent in done["sent"]] == [True, False, False]
    assert done["sent"][2]["due"] == 1893456000
    assert done["outputs"]["result"] == ["j-1", None]


@needs_arq
def test_a_job_of_arq_gets_what_its_workers_start_has_made(perform: Perform) -> None:
    told = context(attempt=1, arguments={"order": 1})
    whole, piece, asks = perform(
        {"jobs.py": ARQ, "worker.py": ARQ_WORKER},
        ARQ_RUNS,
        [("whole", {"order": 1}, told), ("piece", {}, told), ("whole", {"order": 3}, told)],
    )
    assert whole["outputs"]["result"] == ["opened", 2, "run-1"]
    assert [sent["arguments"]["order"] for one in (whole, piece) for sent in one["sent"]] == [1, 5]
    assert piece["outputs"]["told"] == "opened"
    assert asks["retry"] == 2.5


HUEY = """
from datetime import datetime
from huey import RedisHuey
from huey.api import group
from huey.exceptions import CancelExecution, RetryTask
huey = RedisHuey("shop", host="127.0.0.1", port=1)
@huey.task(retries=2)
def first(order):
    if order == 3:
        raise RetryTask(delay=7)
    if order == 4:
        raise CancelExecution()
    second(order)
    return order
@huey.task(context=True)
def second(order, how="slow", task=None):
    return [order, how, task.id]
@huey.task()
def total(results):
    return sum(results)
def send():
    first(1)
    second.schedule(args=(2,), delay=60)
    second.schedule(args=(3,), eta=datetime(2030, 1, 1))
def send_pipeline():
    huey.enqueue(first.s(1).then(second))
def send_chord():
    huey.enqueue(group([first.s(1), first.s(2)]).then(total))
"""
HUEY_RUNS = """
- id: first
  framework: huey
  function: jobs:first
  task: first
  parameters: [order]
  steps:
  - {type: step, id: whole, call: "jobs:first", inputs: {order: order}, outputs: {result: result}, sends: [second]}
  - {type: step, id: send, call: "jobs:send", sends: [first, second]}
  - {type: step, id: send_pipeline, call: "jobs:send_pipeline", sends: [first, second]}
  - {type: step, id: send_chord, call: "jobs:send_chord", sends: [first, total]}
- id: second
  framework: huey
  function: jobs:second
  task: second
  parameters: [order, how]
  context: [task]
  steps:
  - {type: step, id: with_task, call: "jobs:second", inputs: {order: order}, outputs: {result: result}}
- {id: total, framework: huey, function: "jobs:total", task: total, parameters: [results], steps: []}
"""


def test_calls_of_hueys_tasks_are_held_back_with_their_time_and_order(perform: Perform) -> None:
    send, pipeline, chord = perform(
        {"jobs.py": HUEY}, HUEY_RUNS, [(name, {}, HERE) for name in ("send", "send_pipeline", "send_chord")]
    )
    assert [(sent["run"], sent["arguments"]["order"]) for sent in send["sent"]] == [
        ("first", 1),
        ("second", 2),
        ("second", 3),
    ]
    assert [sent["due"] is None for sent in send["sent"]] == [True, False, False]
    assert send["sent"][2]["due"] == 1893456000
    assert shape(pipeline) == [("first", (), ""), ("second", (0,), "order")]
    assert shape(chord) == [("first", (), ""), ("first", (), ""), ("total", (0, 1), "results")]
    assert chord["sent"][2]["gathers"] is True


def test_a_task_of_huey_says_that_it_is_tried_again_or_given_up(perform: Perform) -> None:
    good, asks, ends, own = perform(
        {"jobs.py": HUEY},
        HUEY_RUNS,
        [*(("whole", {"order": n}, HERE) for n in (1, 3, 4)), ("with_task", {"order": 1}, HERE)],
    )
    assert [sent["run"] for sent in good["sent"]] == ["second"]
    assert asks["retry"] == 7
    assert "ended" in ends
    assert own["outputs"]["result"] == [1, "slow", "run-1"]


SCHEDULER = """
from datetime import datetime, timedelta, timezone
from apscheduler.schedulers.background import BackgroundScheduler
scheduler = BackgroundScheduler(timezone="UTC")
def remind(order, how="slow"):
    return order
def every_hour():
    return 1
def add():
    scheduler.add_job(remind, "date", run_date=datetime(2030, 1, 1, tzinfo=timezone.utc), args=[1], kwargs={"how": "fast"})
    scheduler.add_job(remind, args=[2])
    scheduler.add_job(every_hour, "interval", hours=1)
    return [job.name for job in scheduler.get_jobs()]
"""
SCHEDULER_RUNS = """
- id: first
  function: jobs:add
  steps:
  - {type: step, id: add, call: "jobs:add", outputs: {result: result}, sends: [remind]}
- {id: remind, function: "jobs:remind", parameters: [order, how], steps: []}
"""


def test_a_job_for_one_moment_is_held_back_and_one_that_recurs_stays_the_schedulers(perform: Perform) -> None:
    (done,) = perform({"jobs.py": SCHEDULER}, SCHEDULER_RUNS, [("add", {}, HERE)])
    first, second = done["sent"]
    assert (first["run"], first["arguments"], first["due"]) == ("remind", {"order": 1, "how": "fast"}, 1893456000)
    assert (second["arguments"], second["due"]) == ({"order": 2, "how": "slow"}, None)
    assert done["outputs"]["result"] == ["every_hour"]


RQ = """
from datetime import timedelta
from redis import Redis
from rq import Queue, Retry, get_current_job
queue = Queue("late", connection=Redis(port=1))
heard = []
def gave_up(job, connection, kind, error, traceback):
    heard.append([job.func_name, list(job.args), job.retries_left, kind.__name__, str(error), job.meta["by"]])
def first(order, how="slow"):
    return [get_current_job().id, get_current_job().retries_left, how]
def send():
    queue.enqueue(first, 1, retry=Retry(max=2), on_failure=gave_up, meta={"by": "web"})
    queue.enqueue_in(timedelta(minutes=1), first, 2, how="fast")
def send_with_success():
    queue.enqueue(first, 1, on_success=gave_up)
"""
RQ_RUNS = """
- id: first
  framework: rq
  function: jobs:first
  task: jobs.first
  parameters: [order, how]
  retry: {attempts: 3}
  steps:
  - {type: step, id: whole, call: "jobs:first", inputs: {order: order}, outputs: {result: result}}
  - {type: step, id: send, call: "jobs:send", sends: [first]}
  - {type: step, id: send_with_success, call: "jobs:send_with_success", sends: [first]}
  - {type: step, id: said, module: jobs, code: said = list(heard), outputs: {said: said}}
  on_failure:
  - {type: step, id: failed, call: "jobs:first", inputs: {error: error}}
"""


def test_a_job_of_rq_is_the_current_one_and_its_callback_hears_when_no_try_is_left(perform: Perform) -> None:
    (sent,) = perform({"jobs.py": RQ}, RQ_RUNS, [("send", {}, HERE)])
    now, later = sent["sent"]
    assert (now["arguments"], now["due"]) == ({"order": 1, "how": "slow"}, None)
    assert later["due"] is not None
    error = {"$": "error", "class": "builtins:KeyError", "args": ["down"], "fields": {}}
    told = context(attempt=1, arguments=now["arguments"], beside=now["beside"])
    silent = context(attempt=2, arguments=later["arguments"], beside=later["beside"])
    whole, _, _, said = perform(
        {"jobs.py": RQ},
        RQ_RUNS,
        [
            ("whole", {"order": 1}, told),
            *(("failed", {"error": error}, one) for one in (told, silent)),
            ("said", {}, HERE),
        ],
    )
    assert whole["outputs"]["result"] == ["run-1", 1, "slow"]
    assert said["outputs"]["said"] == [["jobs.first", [1, "slow"], 0, "KeyError", "'down'", "web"]]


def test_a_callback_for_the_success_of_a_job_is_refused(perform: Perform) -> None:
    (done,) = perform({"jobs.py": RQ}, RQ_RUNS, [("send_with_success", {}, HERE)])
    assert "callback for its success" in done["error"]["message"]
