from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from flext_quality.application.ports.commands import Command
from flext_quality.domain.analyses.events import AnalysisEventPayload
from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import EVENT_TYPES, EventPayload
from flext_quality.domain.events.dependencies import CircuitBreakerChanged
from flext_quality.domain.projects.events import ProjectEventPayload
from flext_quality.infrastructure.events.publisher import cloud_event
from flext_quality.rpc.events.public_events import (
    START_ANALYSIS,
    ProtobufCommandDecoder,
    ProtobufEventRenderer,
)
from tests.contract.samples import eventful
from tests.unit.rpc import test_event_mapping, test_quality_event_mapping

SCHEMAS = Path(__file__).parents[3] / "docs" / "events"
SAMPLES: dict[Any, Any] = {**test_event_mapping.SAMPLES, **test_quality_event_mapping.SAMPLES}
SAMPLES[CircuitBreakerChanged] = test_quality_event_mapping.BREAKER
SUBJECTS = {
    "project": ("projects/shop", get_args(ProjectEventPayload)),
    "analysis": (f"projects/shop/analyses/{'0' * 26}", get_args(AnalysisEventPayload)),
    "dependency": ("dependencies/redis", (CircuitBreakerChanged,)),
}


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text())
    return schema


@pytest.mark.parametrize("kind", get_args(EventPayload), ids=lambda k: k.__name__)
def test_every_event_is_as_its_documented_schema_says(kind: type[EventPayload]) -> None:
    """A consumer can rely on the schema that the event names, also on what is always there."""
    ((aggregate, subject),) = (
        (aggregate, subject) for aggregate, (subject, kinds) in SUBJECTS.items() if kind in kinds
    )
    event = Event(subject, 3, test_event_mapping.NOW, SAMPLES[kind])
    public = ProtobufEventRenderer().render(event)
    assert public.type == f"flext.quality.v1.{kind.__name__}"
    assert (public.id, public.sequence) == (f"{subject}/3", 3)
    assert public.aggregate == aggregate
    schema = schema_of(kind.__name__)
    assert schema["$id"] == public.schema
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(dict(public.data))
    assert json.loads(cloud_event(public, "/here"))["data"] == public.data


def test_there_is_a_schema_for_every_event_and_no_other() -> None:
    """And one for the command."""
    names = {path.name.partition(".")[0] for path in SCHEMAS.glob("*.schema.json")}
    assert names == EVENT_TYPES | {"StartAnalysisRequest"}
    text = (SCHEMAS / "README.md").read_text()
    assert all(f"### {name}" in text for name in EVENT_TYPES)


def test_a_whole_analysis_s_story_fits_its_schemas() -> None:
    """Events as they really are, with findings, failures and odd characters."""
    renderer = ProtobufEventRenderer()
    for event in eventful().take_events():
        public = renderer.render(event)
        schema = schema_of(public.type.rpartition(".")[2])
        jsonschema.Draft202012Validator(schema).validate(dict(public.data))


def command(**data: Any) -> Command:
    return Command("1", "/ci", START_ANALYSIS, data)


def test_a_command_s_schema_is_what_is_taken() -> None:
    """A command that fits is read; the same id from elsewhere is another request."""
    data: dict[str, Any] = {"parent": "projects/shop", "requestId": "r"}
    data |= {"analyzers": ["ruff"], "revision": {"branch": "b"}}
    jsonschema.Draft202012Validator(schema_of("StartAnalysisRequest")).validate(data)
    decoder = ProtobufCommandDecoder()
    read = decoder.decode(command(**data)).unwrap()
    assert (str(read.project), read.analyzers, read.branch) == ("projects/shop", ("ruff",), "b")
    assert read.request_id == "r"
    ids = {
        decoder.decode(Command(i, source, START_ANALYSIS, {"parent": "projects/shop"}))
        .unwrap()
        .request_id
        for i, source in (("1", "/ci"), ("2", "/ci"), ("1", "/other"))
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"parent": "../x"},
        {"parent": "projects/shop", "analyzers": "ruff"},
        {"parent": "projects/shop", "requestId": "x" * 65},
        {"parent": "projects/shop", "analyzers": ["a", "a"]},
    ],
)
def test_what_is_wrong_in_a_command_is_told(data: dict[str, Any]) -> None:
    """By the rules of the contract."""
    error = ProtobufCommandDecoder().decode(command(**data)).error
    assert error is not None
    assert "data" in error.message
