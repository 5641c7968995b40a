"""Which way a wrapper takes for one caller is asked of what that caller gives."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]


def test_a_wrapper_whose_tests_read_what_other_tests_bind_is_read_in_time(find: Find) -> None:
    names = range(14)
    lines = [f"def later(task, {', '.join(f'given{n}=None' for n in names)}):"]
    for n in names:
        lines += [f"    kept{n} = given{n}", f"    kept{n} = given{(n + 1) % 14} or given{n}"]
    for n in names:
        lines += [f"    if kept{n}:", f"        kept{(n + 1) % 14} = given{n}"]
        lines += ["    else:", f"        kept{(n + 2) % 14} = given{(n + 3) % 14}"]
    lines += ["    queue.enqueue(task, kept0)", "def post(order):", "    later(bill, order)", "    later(ship, order)"]
    text = "from rq import Queue\nqueue = Queue('mail')\ndef bill(order): ...\ndef ship(order): ...\n"
    found = find({"jobs.py": text + "\n".join(lines)})
    told = [target.rpartition("::")[2] for one in found.dispatches for target in one.targets if not one.is_passed_on]
    assert told == ["bill", "ship"]
