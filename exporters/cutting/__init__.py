"""Cuts workflows into steps: each run's function in pieces between which only plain values pass.

The passes, in order: `source` and `lay` (the function's statements with what the model says happens on them), `exits`
(one way out), `opening` (calls of the project's own functions in their place), `tries`, `hoist`, `live` and `state`
(which variables are needed where, and what they are), `glue` (what can't be parted), `gather`, `pieces` and `emit`.
"""

from __future__ import annotations

from exporters.cutting.build import Built, build
from exporters.cutting.tally import Tally, tally

__all__ = ["Built", "Tally", "build", "tally"]
