"""`python -m discover`: the same as the command `undercurrent`."""

from __future__ import annotations

from discover.cli import main

if __name__ == "__main__":
    main()
