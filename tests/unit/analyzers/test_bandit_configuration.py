from pathlib import Path

import pytest

from flext_quality.domain.errors import ToolFailedError
from flext_quality.infrastructure.analyzers.bandit.configuration import (
    BanditConfiguration,
    read_configuration,
)
from flext_quality.infrastructure.analyzers.bandit.files import DEFAULT_EXCLUDES
from tests.workspaces import write_files


def read(root: Path, files: dict[str, str | bytes]) -> BanditConfiguration:
    """The configuration of a working copy with these files."""
    write_files(root, files)
    return read_configuration(root)


def ignored(configuration: BanditConfiguration) -> list[tuple[str, str]]:
    """File and name of the options that are not used."""
    return [(entry.path, entry.option) for entry in configuration.ignored]


def test_without_configuration_bandits_defaults_hold(tmp_path: Path) -> None:
    """A project that says nothing gets what plain Bandit does."""
    configuration = read(tmp_path, {"pyproject.toml": "[tool.ruff]\n"})

    assert configuration.settings is None
    assert list(DEFAULT_EXCLUDES) == configuration.excludes
    assert "w.pyw" in configuration.files(tmp_path)


def test_arguments_come_from_the_ini_file(tmp_path: Path) -> None:
    """What `.bandit` chooses is taken, in any directory, as Bandit takes it."""
    configuration = read(
        tmp_path,
        {
            "ci/.bandit": "[bandit]\nskips = B101,B601\ntests=B102\nexclude: ./tests,./docs\n"
            "ignore-nosec = no\nlevel = medium\nconfidence = 4\nrecursive = yes\n"
        },
    )

    assert ["B101", "B601"] == configuration.skips
    assert ["B102"] == configuration.tests
    assert ["./tests", "./docs"] == configuration.excludes
    assert configuration.ignore_nosec
    assert (2, 3) == (configuration.severity, configuration.confidence)
    assert [] == ignored(configuration)


def test_arguments_that_choose_nothing_are_told(tmp_path: Path) -> None:
    """Targets, output and the like are not for the project to decide."""
    configuration = read(
        tmp_path,
        {
            ".bandit": "[bandit]\ntargets=/etc\noutput=/tmp/x\nformat=html\nbaseline=/b\n"
            "msg-template=x\nnumber=3\nlevel=9\nskips=\n"
        },
    )

    assert ["baseline", "format", "level", "msg-template", "number", "output", "targets"] == [
        option for _, option in ignored(configuration)
    ]
    assert BanditConfiguration(ignored=configuration.ignored) == configuration


@pytest.mark.parametrize(
    "content", ["skips: [B101]\n", "[other]\na=1\n", b"\xff", "[bandit]\na=%(x)s\n"]
)
def test_an_ini_file_that_is_none_is_told(tmp_path: Path, content: str | bytes) -> None:
    """Bandit goes on without it, and so does the server."""
    configuration = read(tmp_path, {".bandit": content})

    assert [(".bandit", "[bandit]")] == ignored(configuration)


def test_of_several_ini_files_the_roots_is_taken(tmp_path: Path) -> None:
    """Where Bandit gives up, the analysis goes on and says what it did."""
    configuration = read(
        tmp_path, {".bandit": "[bandit]\nskips=B101\n", "a/.bandit": "[bandit]\nskips=B102\n"}
    )

    assert ["B101"] == configuration.skips
    assert [("a/.bandit", "[bandit]")] == ignored(configuration)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "pyproject.toml",
            """[tool.bandit]
            skips = ['B101']
            exclude_dirs = ['tests']
            assert_used = {skips = ['*_test.py']}
            """,
        ),
        (
            "bandit.yaml",
            "skips: [B101]\ntests:\nexclude_dirs: [tests]\nassert_used: {skips: ['*_test.py']}\n",
        ),
        (
            "bandit.yml",
            "{skips: [B101], exclude_dirs: [tests], assert_used: {skips: ['*_test.py']}}",
        ),
    ],
)
def test_settings_come_from_toml_or_yaml(tmp_path: Path, name: str, content: str) -> None:
    """All three files say the same, each in its way."""
    configuration = read(tmp_path, {name: content})

    assert {
        "skips": ["B101"],
        "exclude_dirs": ["tests"],
        "assert_used": {"skips": ["*_test.py"]},
    } == configuration.settings
    assert "w.pyw" not in configuration.files(tmp_path)
    assert "tests/a.py" not in configuration.files(tmp_path)


def test_only_the_first_settings_file_is_used(tmp_path: Path) -> None:
    """pyproject.toml has precedence over bandit.yaml, and that over bandit.yml."""
    configuration = read(
        tmp_path,
        {
            "pyproject.toml": "[tool.bandit]\nskips=['B101']\n",
            "bandit.yaml": "skips: [B102]",
            "bandit.yml": "skips: [B103]",
        },
    )

    assert {"skips": ["B101"]} == configuration.settings
    assert [("bandit.yaml", "bandit"), ("bandit.yml", "bandit")] == ignored(configuration)


def test_the_ini_file_names_the_settings(tmp_path: Path) -> None:
    """A settings file may have any name inside the project."""
    configuration = read(
        tmp_path,
        {
            ".bandit": "[bandit]\nconfigfile = ci/b.yaml\n",
            "ci/b.yaml": "skips: [B101]\n",
            "bandit.yaml": "skips: [B102]",
        },
    )

    assert {"skips": ["B101"]} == configuration.settings
    assert [("bandit.yaml", "bandit")] == ignored(configuration)


@pytest.mark.parametrize("name", ["/etc/passwd", "../b.yaml", "missing.yaml"])
def test_settings_outside_are_not_read(tmp_path: Path, name: str) -> None:
    """Neither what lies elsewhere nor what the working copy lacks."""
    (tmp_path / "b.yaml").write_text("skips: [B101]")
    configuration = read(tmp_path / "copy", {".bandit": f"[bandit]\nconfigfile = {name}\n"})

    assert configuration.settings is None
    assert [(".bandit", "configfile")] == ignored(configuration)


def test_settings_of_another_kind_are_told(tmp_path: Path) -> None:
    """Profiles, plugins and what Bandit does not know are left out; the rest is used."""
    configuration = read(
        tmp_path,
        {
            "bandit.yaml": "skips: [B101]\ntests: B102\nplugins_dir: /x\nprofiles: {a: {}}\n"
            "targets: [/etc]\n"
        },
    )

    assert {"skips": ["B101"]} == configuration.settings
    assert ["plugins_dir", "profiles", "targets", "tests"] == [o for _, o in ignored(configuration)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a: [\n", "bandit.yaml cannot be read"),
        ("- a\n", "it is not a mapping"),
        ("a: &a [*a]\n", "cannot be read"),
        ("a: !!python/object/apply:os.system ['touch canary']\n", "cannot be read"),
        (
            "a: &a " + f"[{'x,' * 30}]\nb: &b [{'*a,' * 30}]\nc: [{'*b,' * 30}]\n",
            "it holds more than 20,000 values",
        ),
    ],
)
def test_broken_settings_fail_the_analyzer(tmp_path: Path, content: str, why: str) -> None:
    """The error names the file and says what is wrong; endless files are no way to fill the memory."""
    with pytest.raises(ToolFailedError, match=why):
        read(tmp_path, {"bandit.yaml": content})


def test_a_broken_pyproject_is_told(tmp_path: Path) -> None:
    """It may not be about Bandit at all, so the analysis goes on."""
    configuration = read(tmp_path, {"pyproject.toml": "[tool\n"})

    assert [("pyproject.toml", "tool.bandit")] == ignored(configuration)


def test_configurations_with_another_effect_have_another_text(tmp_path: Path) -> None:
    """So no cached result of other checks is taken."""
    texts = {
        BanditConfiguration().canonical(),
        BanditConfiguration(settings={}).canonical(),
        BanditConfiguration(settings={"assert_used": {"skips": ["x"]}}).canonical(),
        BanditConfiguration(skips=["B101"]).canonical(),
        BanditConfiguration(tests=["B101"]).canonical(),
        BanditConfiguration(ignore_nosec=True).canonical(),
        BanditConfiguration(severity=2).canonical(),
        BanditConfiguration(confidence=2).canonical(),
    }

    assert 8 == len(texts)
    assert (
        BanditConfiguration(skips=["a", "b"]).canonical()
        == BanditConfiguration(skips=["b", "a"]).canonical()
    )
