"""CNCF Serverless Workflow (DSL 1.0.0): a YAML workflow per run, and a package that serves their steps over HTTP."""
