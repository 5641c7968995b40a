"""Runs a definition as `undercurrent run` does, and prints each step. Arguments: one JSON object."""

import json
import sys
from pathlib import Path

from exporters.dbos.runtime import resume_definition, run_definition
from exporters.definition import load_definition

wanted = json.loads(sys.argv[1])
definition = load_definition(wanted["definition"])
root, database, run_id = Path(wanted["root"]), Path(wanted["database"]), str(wanted["run_id"])
if wanted.get("resume"):
    report = resume_definition(definition, root=root, database=database, run_id=run_id, timeout=60)
else:
    payload = wanted.get("payload")
    report = run_definition(definition, root=root, payload=payload, database=database, run_id=run_id, timeout=60)
steps = [
    {"step": s.step, "status": s.status, "attempts": s.attempts, "result": s.result, "declared": s.declared}
    for s in report.steps
]
sys.stdout.write(json.dumps({"ok": report.ok, "steps": steps}))
