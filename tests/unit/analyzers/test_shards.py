from flext_quality.application.ports.sources import SourceFile
from flext_quality.infrastructure.analyzers.per_file.results import cache_keys
from flext_quality.infrastructure.analyzers.per_file.shards import shares
from tests.properties import given, st

sizes = st.lists(st.integers(0, 2_000_000), max_size=60)


def files_of(sizes: list[int]) -> list[SourceFile]:
    """Files of these sizes, in order of path."""
    return [SourceFile(f"f{i:04}.py", size, f"{i:064x}") for i, size in enumerate(sizes)]


@given(sizes, st.integers(1, 8))
def test_every_file_is_in_one_share(sizes: list[int], processes: int) -> None:
    """Nothing is scanned twice or forgotten, in at most as many processes as allowed."""
    divided = shares(files_of(sizes), processes)

    assert sorted(path for share in divided for path in share) == [f.path for f in files_of(sizes)]
    assert len(divided) <= processes
    assert all(share == sorted(share) and share for share in divided)


@given(sizes, st.integers(1, 8))
def test_shares_take_about_as_long(sizes: list[int], processes: int) -> None:
    """No share is ahead of another by more than one file."""
    size_of = {file.path: file.size + 1000 for file in files_of(sizes)}
    loads = [sum(size_of[path] for path in share) for share in shares(files_of(sizes), processes)]

    assert max(loads, default=0) - min(loads, default=0) <= max(size_of.values(), default=0)


def test_a_small_project_takes_one_process() -> None:
    """Starting more would take longer than they save."""
    assert 1 == len(shares(files_of([1000] * 20), 8))


def test_keys_tell_apart_what_a_result_depends_on() -> None:
    """Version, configuration, path and content are in the key of a cached result."""
    file = SourceFile("a.py", 1, "00")
    keys = {
        key
        for analyzer, files, effective in (
            ("bandit", [file], ["1.9", "3.11", "{}"]),
            ("ruff", [file], ["1.9", "3.11", "{}"]),
            ("bandit", [file], ["1.8", "3.11", "{}"]),
            ("bandit", [file], ["1.9", "3.12", "{}"]),
            ("bandit", [file], ["1.9", "3.11", "{x}"]),
            ("bandit", [SourceFile("b.py", 1, "00")], ["1.9", "3.11", "{}"]),
            ("bandit", [SourceFile("a.py", 1, "01")], ["1.9", "3.11", "{}"]),
        )
        for key in cache_keys(analyzer, files, effective).values()
    }

    assert 7 == len(keys)
