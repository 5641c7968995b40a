"""Entry points, dispatches, callbacks and hooks of a program, by the catalog's rules and a few plugins.

Each folder uses only those below it: `handing_over`, `entry_points`, the shared `workbench`, `brokers`, `routing`,
`rules`, `reading`. Plugins stand above all of them.
"""
