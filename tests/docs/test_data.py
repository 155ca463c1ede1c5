"""Every block of data is what its second word says, as the product itself understands that."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any

import jinja2
import jsonschema
import pytest
import yaml
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from google.protobuf.json_format import ParseDict

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.notification_pb2 import NotificationChannel
from flext_quality.infrastructure.notifications.rendering import DEFAULT_BODY, DEFAULT_TITLE
from flext_quality_client import InvalidArgumentError, QualityClient
from tests.docs.pages import ROOT, Block, each, pages
from tests.docs.stage import SECRET, Stage

TARGETS = {field.name for field in NotificationChannel.DESCRIPTOR.oneofs_by_name["target"].fields}


def inline_documents() -> list[str]:
    """The JSON within sentences, where nothing is left out of it."""
    codes = {code for page in pages() for code in page.inline}
    whole = (code for code in codes if re.match(r'{"[^"]+":(?!.*…)(?!.*{"\w+",)', code))
    return sorted(whole)


@each("json")
def test_json_of_pages_is_what_it_says(block: Block, stage: Stage) -> None:
    """Whoever copies a document can use it: the server takes it, or writes it like this."""
    checks = {
        "NotificationChannel": a_channel,
        "CloudEvent": a_cloud_event,
        "analyze": what_analyze_writes,
        "webhook": what_a_webhook_gets,
    }
    assert block.kind in checks, f"say behind the language what it is: one of {list(checks)}"
    for document in documents(block.text):
        checks[block.kind](document, stage)


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON documents that follow each other."""
    while text := text.strip():
        document, end = JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


@pytest.mark.parametrize("text", inline_documents())
def test_json_within_sentences_is_what_it_says(text: str) -> None:
    """A sentence that shows a channel's target shows one that the contract has."""
    document = json.loads(text)
    if document.keys() & TARGETS:
        ParseDict(document, NotificationChannel())


def a_channel(document: dict[str, Any], stage: Stage) -> None:
    """The server makes it, or says which plugin is missing."""
    # A target by itself is meant in the place of another one.
    channel = ParseDict({"displayName": "Ops", **document}, NotificationChannel())
    with QualityClient(stage.address) as client:
        project = client.projects.of_path(stage.project).name
        if "plugin" in document:
            with pytest.raises(InvalidArgumentError, match="is no plugin of this server"):
                client.channels.create(project, channel)
        else:
            assert client.channels.create(project, channel).name


def a_cloud_event(document: dict[str, Any], stage: Stage) -> None:
    """It has the attributes of the specification, and data as the schema of its type says."""
    event = JSONFormat().read(CloudEvent, json.dumps(document))
    name = event.get_type().removeprefix("flext.quality.v1.")
    schema = json.loads((ROOT / "docs" / "events" / f"{name}.v1.schema.json").read_text())
    jsonschema.validate(event.get_data(), schema)
    if event.get_dataschema() is not None:
        assert event.get_dataschema() == schema["$id"]


def what_analyze_writes(document: dict[str, Any], stage: Stage) -> None:
    """It has the parts of the command's output, and only fields that these have."""
    assert ["analysis", "issues"] == list(document)
    ParseDict(document["analysis"], Analysis())
    for finding in document["issues"]:
        ParseDict(finding, Finding())


def what_a_webhook_gets(document: dict[str, Any], stage: Stage) -> None:
    """A receiver gets the same fields with values of the same types."""
    with QualityClient(stage.address) as client:
        webhook = {"displayName": "Ops", "webhook": {"url": stage.hooks.url, "secret": SECRET}}
        channel = ParseDict(webhook, NotificationChannel())
        made = client.channels.create(client.projects.of_path(stage.project).name, channel)
        client.channels.test(made.name)
    sent = json.loads(stage.hooks.wait_for(1)[-1][1])
    assert types_of(document) == types_of(sent)
    (told,), (really,) = document["notifications"], sent["notifications"]
    assert types_of(told) == types_of(really)


def types_of(document: dict[str, Any]) -> dict[str, type]:
    """The type of each field."""
    return {name: type(value) for name, value in document.items()}


@each("yaml")
def test_yaml_of_pages_is_what_it_says(block: Block) -> None:
    """Prometheus calls the job as the dashboard and the alerts do."""
    assert block.kind == "prometheus"
    (job,) = yaml.safe_load(block.text)["scrape_configs"]
    alerts = (ROOT / "deploy" / "observability" / "alerts.yml").read_text()
    assert f'job="{job["job_name"]}"' in alerts


@each("toml")
def test_toml_of_pages_is_what_it_says(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry points are those of the example, and name what is there."""
    assert block.kind == "entry-points"
    example = ROOT / "examples" / "flext-quality-todo-analyzer"
    monkeypatch.syspath_prepend(example / "src")
    real = tomllib.loads((example / "pyproject.toml").read_text())["project"]["entry-points"]
    for group, points in tomllib.loads(block.text)["project"]["entry-points"].items():
        for name, target in points.items():
            assert real[group][name] == target
            module, _, factory = target.partition(":")
            assert callable(getattr(importlib.import_module(module), factory))


@each("jinja")
def test_templates_of_pages_are_the_defaults(block: Block) -> None:
    """Whoever writes a template of their own begins with the real one."""
    assert block.text.removesuffix("\n") in (DEFAULT_TITLE, DEFAULT_BODY)
    jinja2.Environment(autoescape=True).parse(block.text)
