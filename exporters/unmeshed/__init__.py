"""Process definitions and workers for Unmeshed; each piece of a run between two effects is a step."""
