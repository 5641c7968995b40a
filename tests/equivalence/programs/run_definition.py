"""Runs a definition as `undercurrent run` does, and prints each step. Arguments: one JSON object."""

import json
import sys
from pathlib import Path

from exporters.dbos.runtime import resume_definition, run_definition
from exporters.definition import load_definition

wanted = json.loads(sys.argv[1])
definition = load_definition(wanted["definition"])
places = {"root": Path(wanted["root"]), "database": Path(wanted["database"]), "run_id": wanted["run_id"], "timeout": 60}
if wanted.get("resume"):
    report = resume_definition(definition, **places)
else:
    report = run_definition(definition, payload=wanted.get("payload"), **places)
steps = [
    {"step": s.step, "status": s.status, "attempts": s.attempts, "result": s.result, "declared": s.declared}
    for s in report.steps
]
print(json.dumps({"ok": report.ok, "steps": steps}))
