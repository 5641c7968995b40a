"""How much CPU the facts cost beside bare parsing, over the Python files of folders, in one run.

    python benchmarks/parse_ratio.py FOLDER...

Prints CPU seconds of `ast.parse`, of turning its trees into records, and of writing and reading those as MessagePack.
"""

from __future__ import annotations

import ast
import gc
import sys
import time
import warnings
from pathlib import Path

import msgspec

from discover.facts.extract import facts_of
from discover.facts.failure import UnreadableSourceError
from discover.facts.read import read_source
from discover.facts.records import ModuleFacts


def measure(folder: Path) -> str:
    """One line of the table: the costs over a folder."""
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(ModuleFacts)
    parsing = extracting = encoding = decoding = 0.0
    lines = size = 0
    for path in sorted(folder.rglob("*.py")):
        try:
            source = read_source(path.read_bytes())
            start = time.process_time()
            tree = ast.parse(source.text)
        except (SyntaxError, UnreadableSourceError):
            continue
        parsed = time.process_time()
        facts = facts_of(tree, source.utf8)
        extracted = time.process_time()
        data = encoder.encode(facts)
        encoded = time.process_time()
        decoder.decode(data)
        decoding += time.process_time() - encoded
        encoding += encoded - extracted
        extracting += extracted - parsed
        parsing += parsed - start
        lines += facts.lines
        size += len(data)
    return (
        f"{folder.name:20} {lines:9,} lines  parse {parsing:6.2f} s"
        f"  extract {extracting:6.2f} s ({extracting / parsing:.2f})"
        f"  encode {encoding / parsing:.2f}  decode {decoding / parsing:.2f}  {size / lines:.0f} bytes/line"
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    gc.disable()
    for argument in sys.argv[1:]:
        print(measure(Path(argument)), flush=True)
