"""The HTML report: one file with an index of all workflows and a diagram of each."""
