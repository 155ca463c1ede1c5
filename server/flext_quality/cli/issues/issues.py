"""`flext-quality issues` and `flext-quality issue`: lists, shows and triages issues."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group
from rich.text import Text

from flext.quality.v1.issue_pb2 import Issue, IssueChange, IssueStatus, MatchMethod
from flext.quality.v1.issue_service_pb2 import IssueFilter, TriageDecision
from flext_quality.cli import words
from flext_quality.cli.analyses.plain_display import location
from flext_quality.cli.command import asking, print_json, print_view
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.text import clean, counted

T = TypeVar("T")

_RUNGS = {
    MatchMethod.MATCH_METHOD_SAME_PLACE: "",
    MatchMethod.MATCH_METHOD_MOVED_IN_FILE: "moved within its file",
    MatchMethod.MATCH_METHOD_SAME_MESSAGE_AND_HASH: "recognised by its message and line",
    MatchMethod.MATCH_METHOD_SAME_MESSAGE_AND_LINE: "recognised by its message and place",
    MatchMethod.MATCH_METHOD_MOVED_TO_FILE: "moved to another file",
    MatchMethod.MATCH_METHOD_REOPENED: "seen again",
}

DECISIONS = {
    "open": IssueStatus.ISSUE_STATUS_OPEN,
    "acknowledged": IssueStatus.ISSUE_STATUS_ACKNOWLEDGED,
    "false-positive": IssueStatus.ISSUE_STATUS_FALSE_POSITIVE,
    "accepted": IssueStatus.ISSUE_STATUS_ACCEPTED,
}


@dataclass(frozen=True)
class IssueListOptions:
    """Which issues the user asked for. `server` is empty for an embedded one."""

    project: str
    server: str
    output_format: str
    output: Path | None
    order: str = ""
    wanted: IssueFilter = field(default_factory=IssueFilter)


@dataclass(frozen=True)
class Wanted:
    """Which issues are wanted, as people write it: words separated by commas, empty for all."""

    statuses: str = ""
    severities: str = ""
    categories: str = ""
    analyzers: str = ""
    rules: str = ""
    path: str = ""
    text: str = ""
    new_since: str = ""
    analysis: str = ""
    branch: str = ""


def issue_filter(wanted: Wanted) -> IssueFilter:
    """The filter that `wanted` means.

    Raises:
        CommandFailedError: USAGE, naming the words that there are.
    """
    severities = {severity: word.field for severity, word in words.SEVERITIES.items()}
    categories = {category: word.replace(" ", "-") for category, word in words.CATEGORIES.items()}
    since = wanted.new_since
    chosen_statuses = _all_of(words.ISSUE_STATUSES, wanted.statuses, "--status")
    chosen_severities = _all_of(severities, wanted.severities, "--severity")
    chosen_categories = _all_of(categories, wanted.categories, "--category")
    return IssueFilter(
        statuses=chosen_statuses,
        severities=chosen_severities,
        categories=chosen_categories,
        analyzers=_split(wanted.analyzers),
        rules=_split(wanted.rules),
        path_prefix=wanted.path.removeprefix("./"),
        text=wanted.text,
        new_since=timestamp(since, "--new-since") if since else None,
        analysis=wanted.analysis,
        branch=wanted.branch,
    )


def timestamp(text: str, option: str) -> Timestamp:
    """The moment that `text` names: a date or a time in ISO 8601, in UTC where it names no zone.

    Raises:
        CommandFailedError: USAGE.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise CommandFailedError(
            ExitCode.USAGE, f"{option} takes a date or time such as 2026-11-24, not {text!r}"
        ) from None
    message = Timestamp()
    message.FromDatetime(time if time.tzinfo else time.replace(tzinfo=UTC))
    return message


async def list_issues(options: IssueListOptions) -> ExitCode:
    """Prints all issues that the filter lets pass, one in a line."""
    count = 0
    async with asking(options.server, options.output) as (reached, output):
        project = await find_project(reached.client, options.project)
        found = reached.client.issues.list(
            project.name, options.wanted, order_by=options.order, page_size=1000
        )
        async with aclosing(found):  # type: ignore[type-var]  # a generator
            async for issue in found:
                count += 1
                if options.output_format == "json":
                    print_json(output, issue)
                else:
                    output.write(issue_line(issue) + "\n")
        if options.output_format == "text":
            output.write(f"{counted(count, 'issue')}\n")
    return ExitCode.OK


def issue_line(issue: Issue) -> str:
    """An issue in one line, with its place first and its name last."""
    severity = words.severity_word(issue.finding.severity).field
    what = f"{clean(issue.finding.analyzer)} {clean(issue.finding.rule)}: {clean(issue.finding.message)}"
    status = words.issue_status(issue.status)
    return f"{location(issue.finding)}: {severity}: {what} [{status}] {issue.name}"


async def show_issue(name: str, server: str, output_format: str) -> ExitCode:
    """Prints one issue and all that happened to it; as JSON a line for each."""
    async with asking(server) as (reached, output):
        issue = await reached.client.issues.get(name)
        history = await reached.client.issues.history(name)
        if output_format == "json":
            print_json(output, issue)
            for change in history:
                print_json(output, change)
        else:
            print_view(Group(*_issue_lines(issue), Text(), *map(_change_line, history)))
    return ExitCode.OK


def _issue_lines(issue: Issue) -> list[Text]:
    severity = words.severity_word(issue.finding.severity)
    status = words.issue_status(issue.status)
    rows = [
        ("Status", status + (f", branch {clean(issue.branch)}" if issue.branch else "")),
        ("Place", location(issue.finding)),
        ("Rule", f"{clean(issue.finding.analyzer)} {clean(issue.finding.rule)}"),
        (
            "About",
            f"{words.category(issue.finding.category)}, {issue.effort_minutes} min to end it",
        ),
        ("Since", f"{_when(issue.create_time)}, {issue.first_analysis}"),
    ]
    if issue.fixed_analysis:
        rows.append(("Fixed by", issue.fixed_analysis))
    if issue.finding.documentation_url:
        rows.append(("Explained", clean(issue.finding.documentation_url)))
    rows += [
        ("Also", f"{location(place)} {clean(place.message)}".rstrip())
        for place in issue.finding.related
    ]
    title = Text.assemble(
        (f" {severity.field}", severity.style), f" {clean(issue.finding.message)}"
    )
    return [title, *(Text.assemble((f" {label:<10}", "dim"), value) for label, value in rows)]


def _change_line(change: IssueChange) -> Text:
    line = Text.assemble((f" {_when(change.time)}  ", "dim"), words.issue_status(change.status))
    if change.HasField("triage"):
        line.append(f" by {clean(change.triage.author) or 'the end of a decision'}")
        if change.triage.reason:
            line.append(f": {clean(change.triage.reason)}")
        if change.triage.HasField("expire_time"):
            line.append(f" (until {_when(change.triage.expire_time)})")
    if method := _RUNGS.get(change.match_method, ""):
        line.append(f", {method}")
    if change.path:
        line.append(f", {clean(change.path)}" + (f":{change.line}" if change.line else ""))
    if change.branch:
        line.append(f" [{clean(change.branch)}]")
    return line


@dataclass(frozen=True)
class Decision:
    """What the user decided about issues."""

    status: str
    author: str
    reason: str
    until: str


async def resolve(names: list[str], decision: Decision, server: str) -> ExitCode:
    """Triages issues: all or none of them, each of the same project."""
    message = TriageDecision(
        status=_one_of({s: w for w, s in DECISIONS.items()}, decision.status, "--as"),
        author=decision.author,
        reason=decision.reason,
        expire_time=timestamp(decision.until, "--until") if decision.until else None,
    )
    project = names[0].partition("/issues/")[0]
    async with asking(server) as (reached, output):
        if len(names) == 1:
            issue = await reached.client.issues.triage(names[0], message)
            output.write(issue_line(issue) + "\n")
        else:
            updated = await reached.client.issues.batch_triage(project, message, names=names)
            output.write(f"{counted(updated, 'issue')} {decision.status}\n")
    return ExitCode.OK


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _all_of(known: dict[T, str], text: str, option: str) -> list[T]:
    return [_one_of(known, word, option) for word in _split(text)]


def _one_of(known: dict[T, str], word: str, option: str) -> T:
    for value, name in known.items():
        if name == word.lower():
            return value
    raise CommandFailedError(
        ExitCode.USAGE, f"{option} takes {', '.join(known.values())}, not {word!r}"
    )


def _when(time: Timestamp) -> str:
    return time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M")
