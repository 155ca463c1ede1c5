"""What ships in `deploy/observability`, held against Prometheus's language and our metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.jobs.observe_projects import ObserveProjects
from flext_quality.domain.analyses.events import AnalyzerStarted
from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.metric_keys import severity_key
from flext_quality.domain.projects.project import Project
from flext_quality.infrastructure.http.server import Request
from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
from flext_quality.infrastructure.observability.metrics_page import METRICS, MetricsPage
from tests.contract.samples import analysis
from tests.fakes import FakeEventSignal, FakeStorage
from tests.scraping import OPENMETRICS

DEPLOY = Path(__file__).parents[3] / "deploy" / "observability"
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "observability.md"

BY_PROMETHEUS = {"job", "instance"}
"""Labels that every series gets when it is scraped."""
OTHERS = {"up": set[str]()}
"""Metrics that Prometheus itself makes."""


async def page(accept: str) -> str:
    """`/metrics` with every series that it can have."""
    storage = FakeStorage(FakeEventSignal())
    now = datetime(2026, 1, 1, tzinfo=UTC)
    measures = {"score": 90.0, **{severity_key(severity): 1.0 for severity in Severity}}
    async with storage() as work:
        await work.projects.add(Project.register(ProjectName("shop"), "Shop", "/srv", now))
        await work.metrics.record(ProjectName("shop"), "a" * 26, now, measures)
        await work.commit()
    instruments = PrometheusInstruments()
    instruments.call_ended("/service/Method", "OK", 0.1)
    instruments.breaker_changed("redis", "open")
    instruments.lagging("relay", events=1, seconds=1)
    finished = analysis(1, "shop", "ruff")
    finished.start(now)
    finished.analyzer_started(AnalyzerStarted("ruff", "1", 1, "0" * 64), now)
    finished.analyzer_succeeded("ruff", now)
    finished.finish(now)
    instruments.committed(finished.take_events())
    metrics = MetricsPage(instruments, ObserveProjects(storage, most=1), FinishedAnalyses())
    return (await metrics(Request(METRICS, {"accept": accept}))).body.decode()


async def served() -> dict[str, set[str]]:
    """The labels of every series that `/metrics` can have, by its name."""
    text = await page(OPENMETRICS)
    labels: dict[str, set[str]] = {}
    parse: Any = text_string_to_metric_families  # it has no types
    for family in parse(text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression stands, and what it says."""
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield f"alerts.yml: {rule['alert']}", rule["expr"]
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield f"dashboard.json: {panel['title']}", _without_variables(target["expr"])


def _without_variables(expression: str) -> str:
    """As Grafana asks it: with values in the place of its variables."""
    return re.sub(r"\$\{?\w+\}?", "x", expression.replace("$__rate_interval", "5m"))


EXPRESSIONS = list(expressions())


def selectors(expression: promql_parser.Expr) -> Iterator[promql_parser.VectorSelector]:
    """All that is selected in an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("lhs", "rhs", "expr", "param", "vs", "vector_selector"):
        part = getattr(expression, name, None)
        if isinstance(part, promql_parser.Expr):
            yield from selectors(part)
    for argument in getattr(expression, "args", ()):
        yield from selectors(argument)


def grouped_by(expression: str) -> set[str]:
    """The labels by which an expression groups or joins."""
    found = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
    return {label.strip() for labels in found for label in labels.split(",")}


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
async def test_every_expression_asks_for_what_is_there(where: str, expression: str) -> None:
    """It is right in Prometheus's language, and every metric and label in it exists."""
    known = {**await served(), **OTHERS}
    found = list(selectors(promql_parser.parse(expression)))
    assert found, where
    of_all = set(BY_PROMETHEUS)
    for selector in found:
        assert selector.name in known, f"{where}: there is no {selector.name}"
        labels = known[selector.name] | BY_PROMETHEUS
        of_all |= labels
        for matcher in selector.matchers.matchers:
            assert matcher.name in labels, f"{where}: {selector.name} has no {matcher.name}"
    assert grouped_by(expression) <= of_all, where


def test_alerts_have_the_form_that_prometheus_wants() -> None:
    """As its documentation says: names once, severities of one set, durations and templates it reads."""
    rules: Any = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    assert {"groups"} == rules.keys()
    names = []
    for group in rules["groups"]:
        assert {"name", "rules"} == group.keys()
        for rule in group["rules"]:
            assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
            assert rule["labels"]["severity"] in {"critical", "warning", "info"}
            if "for" in rule:
                promql_parser.parse_duration(rule["for"])
            summary = rule["annotations"]["summary"]
            for template in re.findall(r"{{(.*?)}}", summary):
                value = r" \$(labels\.\w+|value( \| humanize(Percentage|Duration)?)?) "
                assert re.fullmatch(value, template), template
            names.append(rule["alert"])
    assert len(set(names)) == len(names)
    documentation = DOCUMENTATION.read_text()
    assert not [name for name in names if f"`{name}`" not in documentation]


def test_the_dashboard_can_be_imported() -> None:
    """Every panel has a place of its own, a source that is chosen, and a variable for each that it uses."""
    dashboard: Any = json.loads((DEPLOY / "dashboard.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(dashboard["panels"])))
    assert variables == used | {"project"}


async def test_every_metric_is_documented() -> None:
    """Whoever makes a graph finds what there is, and by which labels."""
    documentation = DOCUMENTATION.read_text()
    for name in await served():
        if not name.endswith(("_created", "_bucket", "_sum", "_count")) and "process_" not in name:
            assert f"`{name}`" in documentation, name


_UNITS = (
    r"minutes|hours|days|weeks|bits|kelvins|fahrenheit|inches|yards|miles|calories|pounds|ounces"
)
_PREFIXES = (
    "pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mebi|giga|gibi|tera|tebi|peta|pebi"
)
_BASES = "amperes|bytes|celsius|grams|joules|kelvin|meters|metres|seconds|volts"
_ABBREVIATIONS = "s|ms|us|ns|sec|b|kb|mb|gb|tb|pb|m|h|d"


def lint(name: str, kind: str, text: str) -> Iterator[str]:
    """What `promtool check metrics` would say of a metric, whose `kind` is its type and `text` its help.

    https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint/validations
    """
    if not text:
        yield "no help text"
    if name.endswith("_total") is not (kind == "counter"):
        yield "counters end with _total, and nothing else does"
    if kind != "histogram" and name.endswith(("_bucket", "_count", "_sum")):
        yield "only histograms end so"
    if re.search(rf"_{kind}(_|$)", name):
        yield "the type stands in the name"
    if re.search(rf"(^|_)(({_PREFIXES})({_BASES}|{_UNITS})|{_UNITS})(_|$)", name):
        yield "it is not in a base unit"
    if re.search(rf"_({_ABBREVIATIONS})(_|$)", name):
        yield "a unit is abbreviated"
    if ":" in name or re.search("[a-z][A-Z]", name):
        yield "it is not in snake_case"


async def test_metrics_are_named_as_prometheus_wants_it() -> None:
    """`promtool check metrics` has nothing to say: types, suffixes, base units, help."""
    text = await page("text/plain")
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    assert len(kinds) > 20
    assert kinds["quality_issues_total"] == "counter"
    assert kinds["quality_issues_open"] == "gauge"
    said = {n: [*lint(n, kind, helps.get(n, ""))] for n, kind in kinds.items()}
    assert {name: problems for name, problems in said.items() if problems} == {}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("issues_total", "gauge"), ("issues", "counter"), ("calls_count", "gauge")),
        *(("call_milliseconds", "gauge"), ("call_ms", "gauge"), ("issues_gauge", "gauge")),
        *(("aB", "gauge"), ("age_days", "gauge")),
    ],
)
def test_a_name_that_prometheus_does_not_want_is_found(name: str, kind: str) -> None:
    """So that the test above says something."""
    assert len([*lint(name, kind, "Help.")]) == 1
