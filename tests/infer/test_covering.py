"""What is around a piece of work is told at the step or the call that it is, or around the several that it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Call, Guard, Node, Step, Workflow, safeguard_text

HEAD = """
import asyncio, signal, threading, time
import anyio, backoff, boto3, func_timeout, httpx, pybreaker, redis, requests, stamina, stripe, tenacity, urllib3
from aiolimiter import AsyncLimiter
from async_timeout import timeout as limit
from botocore.config import Config
from celery import shared_task
from celery_once import QueueOnce
from contextlib import contextmanager
from circuitbreaker import circuit
from django.core.cache import cache
from django.db import models
from filelock import FileLock
from pymongo import MongoClient
from requests.adapters import HTTPAdapter
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Session
from tenacity import AsyncRetrying, Retrying, retry, retry_if_exception_type, stop_after_attempt, wait_fixed
from urllib3.util.retry import Retry

breaker = pybreaker.CircuitBreaker(fail_max=3)
store = redis.Redis()
mutex = threading.Lock()

class Order(models.Model):
    code = models.CharField(unique=True)

class Base(DeclarativeBase):
    pass

class Row(Base):
    __tablename__ = "rows"
limiter = AsyncLimiter(100, 30)
retrying = Retrying(stop=stop_after_attempt(6))

@shared_task
def work(order):
    run(order)

""" + "".join(f"def {name}():\n    return requests.get('https://{name}.example.com', timeout=1)\n" for name in "abcdef")

Told = Callable[[str], list[str]]


def words(node: Node) -> str:
    """What covers a node, after what it is."""
    facts: list[str] = []
    if isinstance(node, Step):
        what = node.target.removeprefix("https://").partition("/")[0]
    else:
        what = "call" if isinstance(node, Call) else "body"
    if isinstance(node, (Step, Call, Guard)):
        delay = None if node.retry is None or node.retry.delay is None else f"{node.retry.delay:g}"
        facts += [f"tries={node.retry.attempts} delay={delay}"] if node.retry is not None else []
        facts += [f"on={'|'.join(node.retry.on)}"] if node.retry is not None and node.retry.on else []
        facts += [f"timeout={node.timeout:g}"] if node.timeout is not None and node.timeout != 1 else []
    return " ".join([what, *facts, *(safeguard_text(one) for one in node.safeguards)])


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """The nodes of the task's workflow that something covers."""

    def find(code: str) -> list[str]:
        (tmp_path / "app.py").write_text(HEAD + code)
        workflow = next(w for w in scan(tmp_path, load_config(tmp_path)).workflows if w.unit == "app.py::work")
        return [text for node in all_nodes(workflow) if " " in (text := words(node))]

    return find


def all_nodes(workflow: Workflow) -> list[Node]:
    """Every node of the first run."""
    found: list[Node] = []
    pending = list(workflow.body)
    while pending:
        node = pending.pop(0)
        found.append(node)
        if isinstance(node, (Call, Guard)):
            pending = [*node.body, *pending]
    return found


CASES = {
    "a lock that a context manager of the project takes, by the name that it is told": (
        (
            "@contextmanager\ndef held(key):\n    taken = cache.add(key, 1, 60)\n    try:\n        yield taken\n"
            "    finally:\n        cache.delete(key)\n"
            "def held_for(order):\n    return held(f'order-{order}')\n"
            "@contextmanager\ndef free(key):\n    yield key\n    store.setnx(key, 1)\n"
            "def run(order):\n    with held('orders'):\n        a()\n    with held_for(order):\n        b()\n"
            "    with free('x'):\n        c()\n"
        ),
        [
            " under lock key",
            "a.example.com under lock orders",
            "b.example.com under lock order-{}",
            " under lock x",
        ],
    ),
    "a decorator that tries again": (
        (
            "@retry(stop=stop_after_attempt(5), wait=wait_fixed(2), retry=retry_if_exception_type(ValueError))\n"
            "def run(order):\n    a()\n"
        ),
        ["a.example.com tries=5 delay=2 on=ValueError"],
    ),
    "a loop over the library's attempts": (
        (
            "def run(order):\n    for attempt in Retrying(stop=stop_after_attempt(4)):\n        with attempt:\n"
            "            requests.get('https://a.example.com', timeout=1)\n"
            "            requests.get('https://b.example.com', timeout=1)\n"
        ),
        ["body tries=4 delay=None"],
    ),
    "an asynchronous loop over the library's attempts": (
        (
            "async def run(order):\n    async for attempt in AsyncRetrying(stop=stop_after_attempt(4)):\n"
            "        with attempt:\n            await httpx.AsyncClient().get('https://a.example.com', timeout=1)\n"
        ),
        ["a.example.com tries=4 delay=None"],
    ),
    "an object that tries what it is called with": (
        "def run(order):\n    retrying(a)\n",
        ["a.example.com tries=6 delay=None"],
    ),
    "backoff, with the error": (
        "@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=8)\ndef run(order):\n    a()\n",
        ["a.example.com tries=8 delay=None on=RequestException"],
    ),
    "stamina's context": (
        (
            "def run(order):\n    for attempt in stamina.retry_context(on=ValueError, attempts=3):\n"
            "        with attempt:\n            requests.get('https://a.example.com', timeout=1)\n"
        ),
        ["a.example.com tries=3 delay=0.1 on=ValueError"],
    ),
    "a session whose adapter tries again": (
        (
            "def session():\n    made = requests.Session()\n"
            "    made.mount('https://', HTTPAdapter(max_retries=Retry(total=3)))\n    return made\n"
            "def run(order):\n    session().get('https://a.example.com', timeout=1)\n"
            "    requests.Session().get('https://b.example.com', timeout=1)\n"
        ),
        ["a.example.com tries=4 delay=None"],
    ),
    "a transport that tries again": (
        (
            "def run(order):\n    client = httpx.Client(transport=httpx.HTTPTransport(retries=2))\n"
            "    client.get('https://a.example.com', timeout=1)\n"
            "    httpx.Client().get('https://b.example.com', timeout=1)\n"
        ),
        ["a.example.com tries=3 delay=None"],
    ),
    "a pool that tries again": (
        (
            "pool = urllib3.PoolManager(retries=Retry(3), timeout=urllib3.Timeout(read=8))\n"
            "plain = urllib3.PoolManager(retries=False, timeout=1)\n"
            "def run(order):\n    pool.request('GET', 'https://a.example.com')\n"
            "    plain.request('GET', 'https://b.example.com')\n"
        ),
        ["a.example.com tries=4 delay=None timeout=8"],
    ),
    "a client's own limit of time": (
        (
            "class Api:\n    def __init__(self):\n        self.http = httpx.Client(timeout=httpx.Timeout(8))\n"
            "    def send(self):\n        self.http.get('https://a.example.com')\n"
            "        self.http.get('https://b.example.com', timeout=2)\n"
            "        httpx.Client().get('https://d.example.com')\n"
            "def run(order):\n    Api().send()\n"
        ),
        ["a.example.com timeout=8", "b.example.com timeout=2", "d.example.com timeout=5"],
    ),
    "what a client of AWS was made with": (
        (
            "config = Config(retries={'max_attempts': 2, 'mode': 'standard'}, read_timeout=7)\n"
            "def run(order):\n    boto3.client('s3', config=config).put_object(Bucket='b', Key='k', Body=b'')\n"
            "    total = boto3.client('s3', config=Config(retries={'total_max_attempts': 4}))\n"
            "    total.put_object(Bucket='c', Key='k', Body=b'')\n"
            "    boto3.client('s3', config=Config(region_name='x')).put_object(Bucket='d', Key='k', Body=b'')\n"
        ),
        ["b tries=3 delay=None timeout=7", "c tries=4 delay=None"],
    ),
    "a second attempt that counts": (
        (
            "def send(order, attempt=1):\n    try:\n        a()\n        b()\n    except ValueError:\n"
            "        if attempt >= 3:\n            raise\n        time.sleep(2)\n"
            "        return send(order, attempt + 1)\n"
            "def run(order):\n    send(order)\n"
        ),
        ["body tries=3 delay=2 on=ValueError"],
    ),
    "a second attempt that counts down, and is asked for before": (
        (
            "def send(order, left=2):\n    if left < 0:\n        raise RuntimeError\n    try:\n        a()\n"
            "    except ValueError:\n        send(order, left=left - 1)\n"
            "def run(order):\n    send(order)\n"
        ),
        ["body tries=3 delay=None on=ValueError"],
    ),
    "one second attempt": (
        (
            "def send(order, again=True):\n    try:\n        a()\n    except ValueError:\n"
            "        if again:\n            return send(order, again=False)\n        raise\n"
            "def run(order):\n    send(order)\n"
        ),
        ["body tries=2 delay=None on=ValueError"],
    ),
    "a walk that goes on below after an error": (
        (
            "def walk(node):\n    try:\n        a()\n    except ValueError:\n        walk(node.child)\n"
            "def run(order):\n    walk(order)\n"
        ),
        [],
    ),
    "a request that a function of the project makes": (
        (
            "@retry(stop=stop_after_attempt(5))\ndef fetch(url):\n    return requests.get(url, timeout=4)\n"
            "def post(url):\n    for _ in range(3):\n        try:\n            return requests.post(url, timeout=6)\n"
            "        except ValueError:\n            pass\n"
            "def again(url, attempt=0):\n    try:\n        return requests.put(url, timeout=7)\n"
            "    except ValueError:\n        return again(url, attempt + 1)\n"
            "def run(order):\n    fetch('https://a.example.com')\n    post('https://b.example.com')\n"
            "    again('https://c.example.com')\n"
        ),
        [
            "a.example.com tries=5 delay=None timeout=4",
            "b.example.com tries=3 delay=None on=ValueError timeout=6",
            "c.example.com tries=None delay=None on=ValueError timeout=7",
        ],
    ),
    "a limit of time around an awaited call": (
        "async def two():\n    a()\n    b()\nasync def run(order):\n    await asyncio.wait_for(two(), timeout=5)\n",
        ["call timeout=5"],
    ),
    "limits of time around bodies": (
        (
            "async def run(order):\n    async with asyncio.timeout(3):\n        a()\n        b()\n"
            "    with anyio.fail_after(4):\n        c()\n        d()\n"
            "    async with limit(5):\n        e()\n        f()\n"
        ),
        ["body timeout=3", "body timeout=4", "body timeout=5"],
    ),
    "an alarm in the unit": (
        "def run(order):\n    signal.alarm(7)\n    a()\n    b()\n    signal.alarm(0)\n",
        ["call timeout=7"],
    ),
    "a function that runs another for so long": (
        "def two():\n    a()\n    b()\ndef run(order):\n    func_timeout.func_timeout(9, two)\n",
        ["call timeout=9"],
    ),
    "a breaker as a decorator and as a call": (
        (
            "@circuit(name='rates')\ndef rates():\n    a()\ndef push():\n    b()\n"
            "def run(order):\n    rates()\n    breaker.call(push)\n"
        ),
        ["a.example.com behind circuit breaker rates", "b.example.com behind circuit breaker breaker"],
    ),
    "locks by name, by file and by object": (
        (
            "def run(order):\n    with store.lock('orders'):\n        a()\n    with FileLock('x.lock'):\n        b()\n"
            "    with mutex:\n        c()\n    with open('x'):\n        d()\n"
        ),
        ["a.example.com under lock orders", "b.example.com under lock x.lock", "c.example.com under lock mutex"],
    ),
    "a limiter around a body": (
        "async def run(order):\n    async with limiter:\n        a()\n",
        ["a.example.com rate limited: limiter"],
    ),
    "an idempotency key as a parameter and as a header": (
        (
            "def run(order):\n    stripe.Charge.create(amount=1, idempotency_key=order.id)\n"
            "    requests.post('https://a.example.com', headers={'Idempotency-Key': order.key}, timeout=1)\n"
            "    requests.post('https://b.example.com', headers={'Accept': order.key}, timeout=1)\n"
        ),
        ["Charge once per order.id", "a.example.com once per order.key"],
    ),
    "a row that is looked for by its key before it is made": (
        (
            "def run(order):\n    Order.objects.get_or_create(code=order.code, defaults={'sum': 1})\n"
            "    Order.objects.update_or_create(code=1, shop=order.shop, defaults={'sum': 1})\n"
            "    Order.objects.create(code=1)\n"
        ),
        ["Order once per code", "Order once per code, shop"],
    ),
    "rows that an insert leaves out where they exist": (
        (
            "def run(order):\n    Order.objects.bulk_create(rows(), ignore_conflicts=True)\n"
            "    Order.objects.bulk_create(rows(), update_conflicts=True, unique_fields=['shop', 'code'])\n"
            "    Order.objects.bulk_create(rows(), ignore_conflicts=False)\ndef rows():\n    return []\n"
        ),
        ["Order once per its unique key", "Order once per shop, code"],
    ),
    "a statement that does nothing on conflict": (
        (
            "def run(order, session=Session()):\n"
            "    session.execute(insert(Row).values(code=1).on_conflict_do_nothing(index_elements=['code']))\n"
            "    other = insert(Row).values(code=1)\n    session.execute(other)\n"
            "def run_again():\n    return 1\n"
        ),
        ["Row once per code"],
    ),
    "SQL that inserts a row only once": (
        (
            "def run(order, session=Session()):\n"
            "    session.execute(text('INSERT INTO a (b) VALUES (1) ON CONFLICT (b, c) DO NOTHING'))\n"
            "    session.execute(text('INSERT IGNORE INTO d (b) VALUES (1)'))\n"
            "    session.execute(text('INSERT INTO e (b) VALUES (1)'))\n"
        ),
        ["a once per b, c", "d once per its unique key"],
    ),
    "a document that is written under its key": (
        (
            "def run(order, table=MongoClient().shop.orders):\n"
            "    table.update_one({'code': order.code}, {'$set': {'sum': 1}}, upsert=True)\n"
            "    table.update_one({'code': order.code}, {'$set': {'sum': 1}})\n"
        ),
        ["orders once per code"],
    ),
    "a cache's key that is added as a lock": (
        "def run(order):\n    if not cache.add('running', 1):\n        return\n    a()\n",
        ["running under lock running"],
    ),
    "a task that runs once at a time": (
        (
            "@shared_task(base=QueueOnce, once={'keys': ['number']})\ndef single(number):\n    a()\n"
            "def run(order):\n    single(order)\n"
        ),
        ["a.example.com once per number"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_covers_work_is_told_where_the_work_is(name: str, told: Told) -> None:
    code, expected = CASES[name]
    assert told(code) == expected


def test_a_group_of_tasks_has_the_limit_of_time_that_is_set_with_it(told: Told) -> None:
    code = (
        "async def one():\n    a()\nasync def other():\n    b()\n"
        "async def run(order):\n    async with asyncio.timeout(5), asyncio.TaskGroup() as group:\n"
        "        group.create_task(one())\n        group.create_task(other())\n"
    )
    assert told(code) == ["body timeout=5"]


def test_a_lock_is_told_of_a_context_manager_that_works_when_its_block_is_left(told: Told) -> None:
    code = (
        "@contextmanager\ndef guarded(key):\n    with FileLock(key):\n        yield\n"
        "        requests.get('https://x.example.com', timeout=1)\n"
        "def run(order):\n    with guarded('orders'):\n        a()\n"
    )
    assert "body under lock orders" in told(code)


def test_a_function_of_a_like_name_covers_nothing(told: Told) -> None:
    code = "def once_more(times):\n    return lambda f: f\n@once_more(3)\ndef run(order):\n    a()\n"
    assert told(code) == []


def test_a_key_makes_repeating_harmless(tmp_path: Path) -> None:
    code = (
        "@retry(stop=stop_after_attempt(5))\ndef run(order):\n"
        "    requests.post('https://a.example.com', timeout=1, headers={'Idempotency-Key': order.key})\n"
        "    requests.post('https://b.example.com', timeout=1)\n"
    )
    (tmp_path / "app.py").write_text(HEAD + code)
    rules = {finding.rule for finding in scan(tmp_path, load_config(tmp_path)).findings}
    assert "retry-repeats-effect" not in rules
    (tmp_path / "app.py").write_text(HEAD + code.replace("Idempotency-Key", "Accept"))
    assert "retry-repeats-effect" in {finding.rule for finding in scan(tmp_path, load_config(tmp_path)).findings}


def test_a_limit_of_time_around_a_request_ends_its_hanging(tmp_path: Path) -> None:
    call = "asyncio.to_thread(requests.get, 'https://x.org')"
    around_call = f"async def run(order):\n    await asyncio.wait_for({call}, 5)\n"
    around_block = f"async def run(order):\n    async with asyncio.timeout(5):\n        await {call}\n"
    behind_block = f"async def run(order):\n    async with asyncio.timeout(5):\n        pass\n    await {call}\n"
    plain = "def run(order):\n    requests.get('https://x.org')\n"
    for text, hangs in ((around_call, False), (around_block, False), (behind_block, True), (plain, True)):
        (tmp_path / "app.py").write_text(HEAD + text)
        rules = {finding.rule for finding in scan(tmp_path, load_config(tmp_path)).findings}
        assert ("outside-call-without-timeout" in rules) is hangs
