"""Prints MyPy's error codes: a program that imports nothing of ours.

It prints a JSON list of objects; `PrintedRule` has their fields.
"""

from __future__ import annotations

import json
import sys

from mypy.errorcodes import error_codes

if __name__ == "__main__":
    codes = [{"rule": one.code, "title": one.description} for one in error_codes.values()]
    sys.stdout.write(json.dumps(codes))
