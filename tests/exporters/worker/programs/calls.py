"""Performs pieces of a definition, one after the other, and prints what each came to: argv is one JSON object."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from exporters.canonical import Definition
from exporters.canonical.plan import plan_of
from exporters.worker.errors import Ended, RetryAsked
from exporters.worker.performing import Workers, sent_before


def outcome(workers: Workers, name: str, given: Any, context: Any) -> dict[str, Any]:
    try:
        if name == "start":
            return {"context": workers.start(given)}
        if name == "answer":
            return {"answer": workers.answer(given["run"], given["error"], context)}
        return dict(workers.perform(name, given, context))
    except Ended as end:
        return {"ended": end.result, "sent": sent_before(end)}
    except RetryAsked as asked:
        return {"retry": asked.delay, "error": workers.describe(asked), "sent": sent_before(asked)}
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return {"error": workers.describe(error), "sent": sent_before(error)}


def main() -> None:
    wanted = json.loads(sys.argv[1])
    sys.path.insert(0, wanted["root"])
    os.chdir(wanted["root"])
    definition = msgspec.convert(yaml.safe_load(wanted["definition"]), Definition)
    with contextlib.redirect_stdout(sys.stderr):
        from exporters.worker import settings

        settings.prepare([Path(wanted["root"])])
        workers = Workers(plan_of(definition), [wanted["root"]])
        workers.check()
        done = [outcome(workers, *call) for call in wanted["calls"]]
    sys.stdout.write(json.dumps(done))


main()
