"""Cobertura XML, as coverage.py writes it and others do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError  # parsed by defusedxml

from defusedxml.common import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.ElementTree import iterparse

from flext_quality.infrastructure.analyzers.coverage.file_coverage import (
    Branches,
    BrokenReportError,
    FileCoverage,
)

_CONDITIONS = re.compile(r"\((\d+)/(\d+)\)")


def read_cobertura(path: str) -> Iterator[tuple[tuple[str, ...], FileCoverage]]:
    """The files of a report; see `ReportedFiles`. A file of several classes comes several times."""
    try:
        yield from _read(path)
    except (DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden):
        raise BrokenReportError("it has a document type or entities, which are refused") from None
    except ParseError as error:
        raise BrokenReportError(f"it is not XML: {error}") from None


def _read(path: str) -> Iterator[tuple[tuple[str, ...], FileCoverage]]:
    sources: list[str] = []
    root = ""
    for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
        if not root:
            root = element.tag
            if root != "coverage":
                raise BrokenReportError("it is XML, but not of Cobertura")
        if event == "start":
            continue
        if element.tag == "source" and (element.text or "").strip():
            sources.append((element.text or "").strip())
        elif element.tag == "class":
            filename = element.get("filename")
            if not filename:
                raise BrokenReportError("a class has no file name")
            yield _paths(filename, sources), _coverage(element)
            element.clear()
        elif element.tag == "package":
            element.clear()


def _paths(filename: str, sources: list[str]) -> tuple[str, ...]:
    joined = [f"{source.rstrip('/')}/{filename}" for source in sources]
    return (*joined, filename)


def _coverage(of_class: Element) -> FileCoverage:
    coverage = FileCoverage()
    for element in of_class.iterfind("lines/line"):
        try:
            line, hits = int(element.get("number", "")), int(element.get("hits", ""))
        except ValueError:
            raise BrokenReportError("a line has no number or no hits") from None
        coverage.hit(line, covered=hits > 0)
        conditions = _CONDITIONS.search(element.get("condition-coverage", ""))
        if element.get("branch") == "true" and conditions:
            covered, total = int(conditions[1]), int(conditions[2])
            coverage.branch(line, Branches(total, min(covered, total)))
            coverage.has_branches = True
    return coverage
