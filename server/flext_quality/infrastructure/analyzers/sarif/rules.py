"""Which rule a result is of, and what the rule says about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flext_quality.domain.findings.finding import Category, Confidence, Severity
from flext_quality.infrastructure.analyzers.sarif.schema import (
    FAIL,
    Component,
    Message,
    Result,
    Rule,
    RuleReference,
    Run,
    Text,
    bag,
)
from flext_quality.infrastructure.analyzers.sarif.severity import (
    SARIF_DEFAULT_LEVEL,
    sarif_category,
    sarif_confidence,
    sarif_severity,
)

UNKNOWN_RULE = "unknown"
"""The id of the rule where a result names none."""
MAX_ID_CHARACTERS = 1000
_MAX_URL_CHARACTERS = 2048

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d{1,9})\}")
# "[text](1)" in a message points to the related location 1 (§3.11.6).
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(\d+\)")
_ESCAPED = re.compile(r"\\([\[\]\\])")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What is the same for all results of a rule."""

    rule: Rule
    texts: dict[str, Text]
    help_uri: str
    tags: tuple[str, ...]
    security_severity: Any
    precision: Any
    level: str | None


_NO_RULE = RuleFacts(Rule(), {}, "", (), None, None, None)


@dataclass
class Rules:
    """The rules of a run's tool."""

    run: Run
    _by_identity: dict[int, RuleFacts] = field(default_factory=dict)
    _by_id: list[dict[str, Rule]] = field(init=False)
    _components: list[Component] = field(init=False)
    _overrides: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tool = self.run.tool
        self._components = [tool.driver, *(tool.extensions or ())]
        self._by_id = [
            {rule.id: rule for rule in component.rules or () if rule.id is not None}
            for component in self._components
        ]
        for invocation in self.run.invocations or ():
            for override in invocation.rule_configuration_overrides or ():
                reference, configuration = override.descriptor, override.configuration
                if reference is None or configuration is None or configuration.level is None:
                    continue
                _, rule = self._find(reference.id, reference.index, reference)
                if rule is not None:
                    self._overrides[id(rule)] = configuration.level

    def of(self, result: Result) -> tuple[str, RuleFacts]:
        """The id that the result's rule has, and what is known of the rule."""
        reference = result.rule
        name = result.rule_id or (reference.id if reference else None)
        index = result.rule_index
        if index is None and reference is not None:
            index = reference.index
        component, rule = self._find(name, index, reference)
        if rule is None:
            return (name or UNKNOWN_RULE)[:MAX_ID_CHARACTERS], _NO_RULE
        return (name or rule.id or UNKNOWN_RULE)[:MAX_ID_CHARACTERS], self._facts(component, rule)

    def _find(
        self, name: str | None, index: int | None, reference: RuleReference | None
    ) -> tuple[Component, Rule | None]:
        place = self._component(reference)
        component = self._components[place]
        rules = component.rules or ()
        if index is not None and 0 <= index < len(rules):
            rule = rules[index]
            if name is None or rule.id is None or f"{name}/".startswith(f"{rule.id}/"):
                return component, rule
        if reference is not None and reference.guid:
            for other, candidate in self._all_rules():
                if candidate.guid == reference.guid:
                    return other, candidate
        for candidate_id in _with_parents(name):
            order = [place, *(n for n in range(len(self._components)) if n != place)]
            for number in order:
                found = self._by_id[number].get(candidate_id)
                if found is not None:
                    return self._components[number], found
        return component, None

    def _component(self, reference: RuleReference | None) -> int:
        wanted = reference.tool_component if reference else None
        if wanted is None:
            return 0
        extensions = self._components[1:]
        if wanted.index is not None and 0 <= wanted.index < len(extensions):
            return wanted.index + 1
        for number, component in enumerate(self._components):
            if (wanted.guid and wanted.guid == component.guid) or (
                not wanted.guid and wanted.name and wanted.name == component.name
            ):
                return number
        return 0

    def _all_rules(self) -> Iterator[tuple[Component, Rule]]:
        for component in self._components:
            for rule in component.rules or ():
                yield component, rule

    def _facts(self, component: Component, rule: Rule) -> RuleFacts:
        known = self._by_identity.get(id(rule))
        if known is None:
            properties = bag(rule.properties)
            default = rule.default_configuration
            known = self._by_identity[id(rule)] = RuleFacts(
                rule,
                {**(component.global_message_strings or {}), **(rule.message_strings or {})},
                _link(rule.help_uri),
                _tags(properties),
                properties.get("security-severity"),
                properties.get("precision"),
                self._overrides.get(id(rule)) or (default.level if default else None),
            )
        return known


def _with_parents(name: str | None) -> Iterator[str]:
    """A hierarchical id and those above it: "CA1000/1", then "CA1000" (§3.52.4)."""
    while name:
        yield name
        name = name.rpartition("/")[0]


def _link(uri: str | None) -> str:
    """A page that a browser may be sent to."""
    proper = uri is not None and uri.startswith(("https://", "http://"))
    return uri if uri and proper and len(uri) <= _MAX_URL_CHARACTERS else ""


def _tags(properties: dict[str, Any]) -> tuple[str, ...]:
    tags = properties.get("tags")
    words = [*(tags if isinstance(tags, list) else ()), properties.get("category")]
    return tuple(word for word in words if isinstance(word, str))


def severity_of(result: Result, facts: RuleFacts) -> Severity:
    """By the result's or rule's score of security, else by the level (§3.27.10)."""
    own = bag(result.properties).get("security-severity")
    kind = result.kind or FAIL
    level = result.level or (facts.level or SARIF_DEFAULT_LEVEL if kind == FAIL else "none")
    if kind != FAIL:
        return sarif_severity("none", None)
    return sarif_severity(level, facts.security_severity if own is None else own)


def category_of(result: Result, facts: RuleFacts) -> Category:
    """By the tags of rule and result."""
    properties = bag(result.properties)
    score = properties.get("security-severity") or facts.security_severity
    return sarif_category((*facts.tags, *_tags(properties)), has_security_score=score is not None)


def confidence_of(result: Result, facts: RuleFacts) -> Confidence:
    """By the precision of rule or result, else by the result's rank."""
    precision = bag(result.properties).get("precision") or facts.precision
    return sarif_confidence(precision, result.rank)


def message_of(message: Message | None, facts: RuleFacts) -> str:
    """The message in plain text, with its arguments in their places; empty where there is none."""
    if message is None:
        return ""
    text = message.text or message.markdown
    if not text and message.id is not None and message.id in facts.texts:
        found = facts.texts[message.id]
        text = found.text or found.markdown
    if not text:
        return ""
    if message.arguments:
        text = _filled(text, message.arguments)
    return _ESCAPED.sub(r"\1", _LINK.sub(r"\1", text)) if "](" in text else text


def fallback_message(name: str, facts: RuleFacts) -> str:
    """What to say where a result says nothing: what the rule is about, or its id."""
    for text in (facts.rule.short_description, facts.rule.full_description):
        if text is not None and (words := text.text or text.markdown):
            return words
    return name


def _filled(text: str, arguments: list[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        number = int(match[1])
        return arguments[number] if number < len(arguments) else match[0]

    return _PLACEHOLDER.sub(fill, text)
