"""Prints Bandit's checks: a program that imports nothing of ours.

It prints a JSON list of objects; `PrintedRule` has their fields.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator

from bandit.core import docs_utils, extension_loader  # type: ignore[import-untyped]  # ships no types

_TITLE = re.compile(
    r"\*\*(?:B\d+: *)?(?P<bold>.+?)\*\*\s*|=+\n(?:B\d+: *)?(?P<heading>[^\n]+)\n=+\s*", re.DOTALL
)
"""What the text begins with: bold, or between lines, and mostly after the check's id."""
_SEVERITY = re.compile(r"Severity: *([A-Za-z]+)")
"""Of an example of what the check reports."""
_LEVELS = ("HIGH", "MEDIUM", "LOW")


def rules() -> Iterator[dict[str, str]]:
    """The checks of code, then the lists of calls and imports that are not to be used."""
    manager = extension_loader.MANAGER
    for check, plugin in sorted(manager.plugins_by_id.items()):
        module = sys.modules[plugin.plugin.__module__]
        # A module of one check describes it itself.
        text = inspect.getdoc(plugin.plugin) or inspect.getdoc(module) or ""
        title = _TITLE.match(text)
        severities = {found.upper() for found in _SEVERITY.findall(text)}
        yield {
            "rule": check,
            "title": " ".join((title["bold"] or title["heading"]).split())
            if title
            else plugin.name.replace("_", " "),
            "explanation": text[title.end() :] if title else text,
            "documentation_url": docs_utils.get_url(check),
            "severity": next((level for level in _LEVELS if level in severities), ""),
        }
    for check, listed in sorted(manager.blacklist_by_id.items()):
        yield {
            "rule": check,
            "title": listed["name"].replace("_", " "),
            "explanation": f"{listed['message']}\n\nFound by: {', '.join(listed['qualnames'])}",
            "documentation_url": docs_utils.get_url(check),
            "severity": listed["level"],
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(rules())))
