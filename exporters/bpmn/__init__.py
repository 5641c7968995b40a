"""BPMN 2.0: processes with a diagram, and a package that runs them on SpiffWorkflow."""
