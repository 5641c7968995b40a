"""Runs on DBOS, in this process: durable steps, waits and starts; copied into each exported package."""
