"""The project's own jscpd configuration, as data.

As jscpd does, the first of the files that is there is taken: `.jscpd.json`, `.config/jscpd.json`,
`.config/.jscpd.json`, or the key "jscpd" of `package.json`, all in the project's root. The sizes and
the files to leave out are taken from it; the rest says how jscpd is to be run and is not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.infrastructure.analyzers.duplication.clones import NAME
from flext_quality.infrastructure.analyzers.duplication.profile import CONFIGURATION_FILES

MIN_LINES = 2
MIN_TOKENS = 20
"""Below these sizes nearly everything is a copy of something."""
_MAX_SIZE = 100_000
_MAX_WILDCARDS = 8
"""More of them in one pattern could take very long to match."""

_NOT_TAKEN = "only minLines, minTokens and ignore are taken"
_SIZE = f"it must be a whole number from {{}} to {_MAX_SIZE}"
_PATTERNS = f"it must be a list of patterns of at most {_MAX_WILDCARDS} wildcards each, with closed brackets"

_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\[\]/]+\]")


@dataclass(frozen=True, slots=True)
class CloneSize:
    """How large a block must be to count as a clone. The defaults are jscpd's own.

    Attributes:
        min_lines: as jscpd counts, from the first line to the last; so a clone has more lines than this.
        min_tokens: a clone has so many tokens at least.
    """

    min_lines: int = 5
    min_tokens: int = 50


@dataclass(slots=True)
class CloneConfiguration:
    """What is in effect.

    Attributes:
        ignore: what the paths of files match that are left out.
        ignored: what is not used.
    """

    size: CloneSize
    ignore: list[re.Pattern[str]] = field(default_factory=list)
    ignored: list[ConfigurationIgnored] = field(default_factory=list)

    def leaves_out(self, path: str) -> bool:
        """Whether the project wants the file left out."""
        return any(pattern.fullmatch(path) for pattern in self.ignore)


def read_configuration(root: Path, size: CloneSize) -> CloneConfiguration:
    """What a working copy says, over the server's `size`. Blocks."""
    configuration = CloneConfiguration(size)
    for name in CONFIGURATION_FILES:
        path = root / name
        if not path.is_file():
            continue
        try:
            options = msgspec.json.decode(path.read_bytes())
        except (msgspec.DecodeError, RecursionError) as error:
            if name != "package.json":  # everybody's file: it may not be about jscpd at all
                why = f"the file cannot be read: {error}"
                configuration.ignored.append(ConfigurationIgnored(NAME, name, "jscpd", why))
                break
            continue
        if name == "package.json":
            options = options.get("jscpd") if isinstance(options, dict) else None
        if isinstance(options, dict):
            _take(configuration, name, options)
            break
    return configuration


def _take(configuration: CloneConfiguration, path: str, options: Mapping[str, object]) -> None:
    lines, tokens = configuration.size.min_lines, configuration.size.min_tokens
    for option, value in sorted(options.items()):
        why = ""
        match option:
            case "minLines" if _is_size(value, MIN_LINES):
                lines = value  # type: ignore[assignment]  # a whole number
            case "minTokens" if _is_size(value, MIN_TOKENS):
                tokens = value  # type: ignore[assignment]  # a whole number
            case "minLines":
                why = _SIZE.format(MIN_LINES)
            case "minTokens":
                why = _SIZE.format(MIN_TOKENS)
            case "ignore" if isinstance(value, list) and all(map(_is_pattern, value)):
                configuration.ignore = [re.compile(_expression(pattern)) for pattern in value]
            case "ignore":
                why = _PATTERNS
            case _:
                why = _NOT_TAKEN
        if why:
            configuration.ignored.append(ConfigurationIgnored(NAME, path, option, why))
    configuration.size = CloneSize(lines, tokens)


def _is_size(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MAX_SIZE


def _is_pattern(value: object) -> bool:
    if not isinstance(value, str) or len(_WILDCARD.findall(value)) > _MAX_WILDCARDS:
        return False
    try:
        re.compile(_expression(value))
    except re.error:
        return False
    return True


def _expression(pattern: str) -> str:
    """A glob as a regular expression over a path relative to the root."""
    pattern = pattern.removeprefix("./").removeprefix("/")
    parts: list[str] = []
    end = 0
    for match in _WILDCARD.finditer(pattern):
        parts += re.escape(pattern[end : match.start()]), _wildcard(match[0])
        end = match.end()
    return "".join((*parts, re.escape(pattern[end:])))


def _wildcard(text: str) -> str:
    match text[0]:
        case "*":
            return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}[text]
        case "?":
            return "[^/]"
        case "{":
            alternatives = (_expression(part) for part in text[1:-1].split(","))
            return f"(?:{'|'.join(alternatives)})"
        case _:
            inner = text[1:-1].replace("\\", "\\\\")
            return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
