"""Asks a server's pages as Prometheus and load balancers do, and reads its metrics."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as parse_plain
from prometheus_client.samples import Sample

from tests.waiting import PATIENCE_SECONDS

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@dataclass(frozen=True)
class Answer:
    """What a page said."""

    status: int
    headers: Mapping[str, str]
    text: str


def get(address: str, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        text = response.read().decode()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)
    finally:
        connection.close()


def scrape(address: str, accept: str = OPENMETRICS) -> list[Sample]:
    """All samples of `/metrics`."""
    answer = get(address, "/metrics", Accept=accept)
    assert answer.status == 200, answer.text
    parse = text_string_to_metric_families if accept == OPENMETRICS else parse_plain
    return [sample for family in parse(answer.text) for sample in family.samples]


def value(samples: list[Sample], name: str, **labels: str) -> float | None:
    """The value of the only series that has these labels among its own; None if there is none."""
    found = [
        sample.value
        for sample in samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(found) <= 1, found
    return found[0] if found else None
