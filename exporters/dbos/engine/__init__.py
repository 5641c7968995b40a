"""Steps on DBOS, with SQLite, in this process; copied into each exported package together with `shared.worker`."""
