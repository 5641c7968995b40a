"""`python -m discover`: the same as the command `undercurrent`."""

from __future__ import annotations

import sys
from pathlib import Path


def _leave_the_working_folder() -> None:
    """Python takes modules from the working folder first, and that may be the analysed code: take none from there."""
    own = Path(__file__).resolve().parents[1]
    if not sys.flags.safe_path and Path(sys.path[0]).resolve() != own:
        del sys.path[0]


if __name__ == "__main__":
    _leave_the_working_folder()
    from discover.cli import main

    main()
