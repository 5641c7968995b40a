"""What an exported package runs beside a runtime of Serverless Workflow; copied into it."""
