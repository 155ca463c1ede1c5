from __future__ import annotations

from flext.quality.v1 import analysis_service_pb2
from flext_quality.domain.findings.finding import (
    Applicability,
    Confidence,
    Edit,
    Finding,
    Fix,
    Severity,
)
from flext_quality.rpc.findings.mapping import ProtobufFindingCodec
from tests.properties import given, st

text = st.text(st.characters(codec="utf-8"), max_size=30)
places = st.integers(0, 2**31 - 1)
edits = st.builds(Edit, places, places, places, places, text)
fixes = st.builds(Fix, text, st.sampled_from(Applicability), st.lists(edits, max_size=3).map(tuple))
findings = st.builds(
    Finding,
    analyzer=text,
    rule=text,
    severity=st.sampled_from(Severity),
    message=text,
    path=text,
    line=places,
    column=places,
    end_line=places,
    end_column=places,
    cell=places,
    documentation_url=text,
    confidence=st.sampled_from(Confidence),
    fix=st.none() | fixes,
)
CODEC = ProtobufFindingCodec()


@given(st.lists(findings, max_size=5))
def test_findings_survive_being_stored(batch: list[Finding]) -> None:
    """Every field of every finding comes back as it went in."""
    assert CODEC.decode(CODEC.encode(batch)) == batch


@given(st.lists(findings, max_size=3), st.lists(findings, max_size=3))
def test_encoded_batches_can_be_joined(first: list[Finding], second: list[Finding]) -> None:
    """What is stored can be sent with something after it: the stream adds its token that way."""
    tail = analysis_service_pb2.StreamFindingsResponse(resume_token="next").SerializeToString()
    joined = CODEC.encode(first) + CODEC.encode(second) + tail
    assert CODEC.decode(joined) == first + second
    message = analysis_service_pb2.StreamFindingsResponse.FromString(joined)
    assert message.resume_token == "next"
