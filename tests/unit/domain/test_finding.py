from flext_quality.domain.findings.finding import (
    HIGHLIGHTS,
    MAX_FIX_CHARACTERS,
    MAX_MESSAGE_CHARACTERS,
    Edit,
    Finding,
    FindingFilter,
    Fix,
    Severity,
    SeverityCounts,
    bounded,
    highlights,
)
from tests.properties import given, st


def finding(
    severity: Severity = Severity.LOW, path: str = "a.py", rule: str = "X1", analyzer: str = "ruff"
) -> Finding:
    return Finding(analyzer, rule, severity, "message", path, 1, 1)


findings = st.lists(st.builds(finding, st.sampled_from(Severity)), max_size=50)


@given(findings, findings)
def test_counts_add_up(first: list[Finding], second: list[Finding]) -> None:
    """The counts of two batches are the counts of both together, and none is lost."""
    both = SeverityCounts.of(first + second)
    assert SeverityCounts.of(first) + SeverityCounts.of(second) == both
    assert both.total == len(first) + len(second)


@given(findings)
def test_highlights_are_the_most_severe_ones(batch: list[Finding]) -> None:
    """No finding that is left out is more severe than one that is shown."""
    shown = sorted(f.severity for f in highlights(batch))
    assert shown == sorted(f.severity for f in batch)[:HIGHLIGHTS]


def test_highlights_carry_no_fix() -> None:
    """Events stay small."""
    fixed = Finding("ruff", "F401", Severity.LOW, "m", "a.py", fix=Fix("Remove it"))
    assert highlights([fixed])[0].fix is None


def test_an_empty_filter_lets_everything_pass() -> None:
    """No field, no condition."""
    assert FindingFilter().matches(finding())


def test_the_fields_of_a_filter_must_all_hold() -> None:
    """Analyzer, severity, rule and path are joined by "and", the values of one field by "or"."""
    wanted = FindingFilter(
        frozenset({"ruff", "mypy"}), frozenset({Severity.LOW}), frozenset({"X1"}), "src"
    )
    assert wanted.matches(finding(path="src/a.py"))
    assert not wanted.matches(finding(path="src/a.py", analyzer="bandit"))
    assert not wanted.matches(finding(path="src/a.py", severity=Severity.HIGH))
    assert not wanted.matches(finding(path="src/a.py", rule="X2"))
    assert not wanted.matches(finding(path="lib/a.py"))


def test_a_path_prefix_ends_at_a_folder() -> None:
    """The prefix "src/app" means that file or folder, not every name that begins so."""
    for prefix in ("src/app", "src/app/"):
        wanted = FindingFilter(path_prefix=prefix)
        assert wanted.matches(finding(path="src/app/x.py"))
        assert not wanted.matches(finding(path="src/apple.py"))
    assert FindingFilter(path_prefix="src/app.py").matches(finding(path="src/app.py"))


def test_an_overlong_message_is_cut_and_says_so() -> None:
    """Nothing is cut without a word."""
    long = Finding("mypy", "misc", Severity.LOW, "x" * (MAX_MESSAGE_CHARACTERS + 7), "a.py")
    message = bounded(long).message
    assert message.endswith("… (7 more characters)")
    assert len(message) < MAX_MESSAGE_CHARACTERS + 50


def test_an_oversized_fix_keeps_its_description_and_says_so() -> None:
    """A fix that could not be sent is described, not dropped in silence."""
    edit = Edit(1, 1, 2, 1, "x" * (MAX_FIX_CHARACTERS + 1))
    large = Finding("ruff", "I001", Severity.LOW, "m", "a.py", fix=Fix("Sort", edits=(edit,)))
    fix = bounded(large).fix
    assert fix is not None
    assert fix.edits == ()
    assert fix.description == "Sort (edits of more than 262,144 characters are not kept)"


def test_an_ordinary_finding_stays_as_it_is() -> None:
    """Bounds touch nothing that fits."""
    ordinary = Finding("ruff", "I001", Severity.LOW, "m", "a.py", fix=Fix("Sort"))
    assert bounded(ordinary) is ordinary
