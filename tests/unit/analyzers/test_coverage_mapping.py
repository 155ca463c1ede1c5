from __future__ import annotations

import pytest

from flext_quality.infrastructure.analyzers.coverage.mapping import ProjectFiles
from tests.properties import given, st

FILES = ("run.py", "src/shop/__init__.py", "src/shop/cart.py", "tests/cart.py", "lib/shop/util.py")


@pytest.mark.parametrize(
    ("reported", "file"),
    [
        ("src/shop/cart.py", "src/shop/cart.py"),
        ("./src/shop/../shop/cart.py", "src/shop/cart.py"),
        ("/home/runner/work/x/x/src/shop/cart.py", "src/shop/cart.py"),
        ("C:\\ci\\src\\shop\\cart.py", "src/shop/cart.py"),
        ("shop/cart.py", "src/shop/cart.py"),
        ("backend/src/shop/cart.py", "src/shop/cart.py"),
        ("/ci/run.py", "run.py"),
        ("cart.py", None),
        ("/usr/lib/shop/cart.py", None),
        ("other/cart.py", None),
        ("/", None),
        ("", None),
        ("..", None),
    ],
)
def test_files_are_found_by_the_ends_of_their_paths(reported: str, file: str | None) -> None:
    """The longest one that is unique."""
    assert file == ProjectFiles(FILES).find([[reported]]).get(0)


def test_the_most_exact_path_of_an_entry_decides() -> None:
    """Cobertura has file names and the directories in which they may lie."""
    entry = ["/ci/tests/cart.py", "/ci/src/cart.py", "cart.py"]
    assert {0: "tests/cart.py"} == ProjectFiles(FILES).find([entry])
    assert {} == ProjectFiles(FILES).find([["/a/src/shop/cart.py", "/a/lib/shop/util.py"]])


def test_of_several_directories_the_one_that_most_share_counts() -> None:
    """A file of the same name elsewhere on the other machine is not the project's."""
    reported = [["/ci/docs/run.py"], ["/ci/run.py"], ["/ci/src/shop/cart.py"]]
    assert {1: "run.py", 2: "src/shop/cart.py"} == ProjectFiles(FILES).find(reported)
    assert {} == ProjectFiles(FILES).find(reported[:2])
    # The same file twice is no contradiction.
    assert {0: "run.py", 1: "run.py"} == ProjectFiles(FILES).find([reported[1], reported[1]])


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)), st.data())
def test_every_file_is_found_from_its_own_checkout(paths: list[str], data: st.DataObject) -> None:
    """Whatever else there is, wherever the checkout lay."""
    root = data.draw(st.sampled_from(["", "/ci/x/", "D:\\x\\"]))
    reported = [[root + path] for path in paths]
    assert dict(enumerate(paths)) == ProjectFiles(paths).find(reported)
