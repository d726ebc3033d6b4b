"""
One tool on some logs, in a separate process: `python -m benchmarks.defects.child TOOL LOG...`.

Without a log it prints a JSON object with the tool's label and versions. Otherwise it prints one for each log: the rows
that the tool shows (null if it can't read the log), the CPU seconds of all threads without those of the imports, and
the peak memory of the process so far, in bytes.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.child import peak_rss
from benchmarks.defects.tools import load


def main(name: str, *logs: str) -> None:
    """Read the logs with the tool."""
    tool = load(name)
    if not logs:
        from importlib.metadata import version  # would add to the peak memory

        print(json.dumps({"label": tool.label, "versions": {name: version(name) for name in tool.distributions}}))
    for log in logs:
        start = time.process_time()
        try:
            found, error = dict(tool.inspect(Path(log))), None
        except Exception as exception:  # each tool raises other errors, and the parent shows them
            found, error = None, f"{type(exception).__name__}: {exception}"
        seconds = time.process_time() - start
        print(json.dumps({"found": found, "error": error, "seconds": seconds, "peak": peak_rss()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
