#!/usr/bin/env python3
"""generate.py [--check]: writes dashboards/*.json from boards/*.py; with --check says which files
differ, and ends with 1 if any does. The JSON is committed, so that a Grafana needs no Python."""

import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["overview", "outlet", "bypass_flare", "findings", "server"]


def texts():
    for name in NAMES:
        board = importlib.import_module(f"boards.{name}").BOARD
        text = json.dumps(board, ensure_ascii=False, indent=1) + "\n"
        yield os.path.join(HERE, "dashboards", f"{name.replace('_', '-')}.json"), text


def is_same(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read() == text
    except FileNotFoundError:
        return False


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 64
    stale = [(path, text) for path, text in texts() if not is_same(path, text)]
    for path, text in stale:
        if arguments:
            print(f"{os.path.relpath(path)}: run docker/grafana/generate.py", file=sys.stderr)
            continue
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
