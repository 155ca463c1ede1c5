from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1 import project_pb2
from flext.quality.v1 import project_service_pb2 as pb
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, refused


def get(calls: Calls, name: str) -> project_pb2.Project:
    return calls.projects.GetProject(pb.GetProjectRequest(name=name)).project


def update(
    calls: Calls, mask: list[str], name: str, display_name: str = "", etag: str = "", path: str = ""
) -> project_pb2.Project:
    source = project_pb2.Source(local_path=project_pb2.LocalPath(path=path)) if path else None
    project = project_pb2.Project(name=name, display_name=display_name, etag=etag, source=source)
    request = pb.UpdateProjectRequest(project=project, update_mask=FieldMask(paths=mask))
    return calls.projects.UpdateProject(request).project


def delete(calls: Calls, name: str, etag: str = "") -> None:
    calls.projects.DeleteProject(pb.DeleteProjectRequest(name=name, etag=etag))


def all_names(calls: Calls, page_size: int, **fields: str) -> list[str]:
    names: list[str] = []
    token = ""
    while True:
        page = calls.projects.ListProjects(
            pb.ListProjectsRequest(page_size=page_size, page_token=token, **fields)
        )
        assert len(page.projects) <= page_size
        names += [project.name for project in page.projects]
        token = page.next_page_token
        if not token:
            return names


def test_a_project_is_registered_and_found_again(calls: Calls, project_dir: Path) -> None:
    """The answer has name, times and etag, and GetProject gives the same."""
    created = calls.create(project_dir)
    assert created.name.startswith("projects/shop-")
    assert created.display_name == "shop"
    assert created.source.local_path.path == str(project_dir)
    assert created.HasField("create_time")
    assert created.etag
    assert get(calls, created.name) == created


def test_a_project_gets_the_id_its_client_chose(calls: Calls, project_dir: Path) -> None:
    """A second project of that id is refused and the first stays as it is."""
    created = calls.create(project_dir, project_id="the-shop", display_name="Shop")
    assert created.name == "projects/the-shop"
    with refused() as error:
        calls.create(project_dir, project_id="the-shop", display_name="Another")
    assert (error.code, error.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "PROJECT_ALREADY_EXISTS",
    )
    assert error.metadata == {"project": "projects/the-shop"}
    assert get(calls, created.name).display_name == "Shop"


def test_a_repeated_creation_gives_the_same_project(calls: Calls, project_dir: Path) -> None:
    """A client that lost the answer asks again with the same request_id and gets it."""
    first = calls.create(project_dir, request_id="r-1")
    assert calls.create(project_dir, request_id="r-1") == first
    assert len(all_names(calls, 10)) == 1


def test_a_request_id_stands_for_one_request(calls: Calls, project_dir: Path) -> None:
    """The same id with other content is a mistake, not another project."""
    calls.create(project_dir, request_id="r-1")
    with refused() as error:
        calls.create(project_dir, request_id="r-1", display_name="Other")
    assert (error.code, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_a_request_id_is_free_again_when_its_project_is_gone(
    calls: Calls, project_dir: Path
) -> None:
    """Nothing refers to a deleted project."""
    first = calls.create(project_dir, request_id="r-1")
    delete(calls, first.name)
    assert calls.create(project_dir, request_id="r-1").name != first.name


def test_a_path_outside_the_allowed_ones_is_refused_without_a_hint(
    calls: Calls, tmp_path: Path
) -> None:
    """Whether anything is there cannot be told from the answer."""
    (tmp_path / "secret").mkdir()
    errors = []
    for path in ("secret", "nothing-there"):
        with refused() as error:
            calls.create(tmp_path / path)
        errors.append((error.code, error.reason, error.message))
    assert errors[0] == errors[1]
    assert errors[0][:2] == (grpc.StatusCode.PERMISSION_DENIED, "SOURCE_NOT_ALLOWED")
    assert "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS" in errors[0][2]


def test_dots_do_not_lead_out(calls: Calls, project_dir: Path) -> None:
    """A path is judged by where it leads."""
    with refused() as error:
        calls.create(f"{project_dir}/../secret")
    assert error.reason == "SOURCE_NOT_ALLOWED"


def test_a_path_with_nothing_there_is_refused(calls: Calls, project_dir: Path) -> None:
    """Below an allowed path the answer says what is wrong."""
    with refused() as error:
        calls.create(project_dir / "gone")
    assert (error.code, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_NOT_FOUND",
    )


def test_a_project_without_source_is_refused(calls: Calls) -> None:
    """The answer names the field."""
    for project in (
        project_pb2.Project(display_name="x"),
        project_pb2.Project(source=project_pb2.Source()),
        project_pb2.Project(source=project_pb2.Source(local_path=project_pb2.LocalPath())),
    ):
        with refused() as error:
            calls.projects.CreateProject(pb.CreateProjectRequest(project=project))
        assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
        assert error.fields[0].startswith("project.source")


@pytest.mark.parametrize("project_id", ["Shop", "a", "-x", "a_b", "x" * 64, "a/b"])
def test_a_malformed_id_is_refused(calls: Calls, project_dir: Path, project_id: str) -> None:
    """The answer names the field and what is allowed."""
    with refused() as error:
        calls.create(project_dir, project_id=project_id)
    assert error.fields == ("project_id",)
    assert "63" in error.message


def test_lists_page_through_everything_once(calls: Calls, project_dir: Path) -> None:
    """Each order, any page size: nothing doubled, nothing left out."""
    names = ["projects/" + i for i in ("p-c", "p-a", "p-b", "p-e", "p-d")]
    titles = ["same", "b", "same", "a", "same"]
    for name, title in zip(names, titles, strict=True):
        calls.create(project_dir, project_id=name.removeprefix("projects/"), display_name=title)
    by_title = [n for _, n in sorted(zip(titles, names, strict=True))]
    descending = sorted(zip(titles, names, strict=True), key=lambda p: p[1])
    descending.sort(key=lambda p: p[0], reverse=True)
    for page_size in (1, 2, 3, 50):
        assert all_names(calls, page_size) == names
        assert all_names(calls, page_size, order_by="create_time desc") == names[::-1]
        assert all_names(calls, page_size, order_by="display_name") == by_title
        assert all_names(calls, page_size, order_by="display_name desc") == [
            name for _, name in descending
        ]


def test_an_oversized_page_is_clamped(calls: Calls, project_dir: Path) -> None:
    """Asking for more than the maximum is no error."""
    calls.create(project_dir)
    page = calls.projects.ListProjects(pb.ListProjectsRequest(page_size=1_000_000))
    assert len(page.projects) == 1
    assert page.next_page_token == ""


def test_projects_are_found_by_their_path(calls: Calls, project_dir: Path) -> None:
    """Only those of exactly that path."""
    (project_dir / "part").mkdir()
    whole, part = calls.create(project_dir), calls.create(project_dir / "part")
    assert all_names(calls, 10, local_path=str(project_dir)) == [whole.name]
    assert all_names(calls, 10, local_path=str(project_dir / "part")) == [part.name]
    assert all_names(calls, 10, local_path="/nowhere") == []


@pytest.mark.parametrize("token", ["x", "WyJhIiwiYiJd", "e30=", "bnVsbA=="])
def test_a_made_up_page_token_is_refused(calls: Calls, token: str) -> None:
    """Instead of a wrong page."""
    with refused() as error:
        calls.projects.ListProjects(pb.ListProjectsRequest(page_token=token))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN")


def test_a_page_token_fits_only_the_list_it_was_made_for(calls: Calls, project_dir: Path) -> None:
    """Changing the order in the middle would leave projects out without a word."""
    calls.create(project_dir)
    calls.create(project_dir)
    page = calls.projects.ListProjects(pb.ListProjectsRequest(page_size=1))
    with refused() as error:
        calls.projects.ListProjects(
            pb.ListProjectsRequest(page_token=page.next_page_token, order_by="display_name")
        )
    assert error.reason == "INVALID_PAGE_TOKEN"


def test_an_update_changes_what_the_mask_names(calls: Calls, project_dir: Path) -> None:
    """Nothing else, and the etag is a new one."""
    created = calls.create(project_dir)
    updated = update(calls, ["display_name"], created.name, "New", path="/not/looked/at")
    assert updated.display_name == "New"
    assert updated.source == created.source
    assert updated.etag != created.etag
    assert get(calls, created.name) == updated


def test_an_update_can_move_the_source(calls: Calls, project_dir: Path, tmp_path: Path) -> None:
    """To another allowed path; one that is not allowed leaves the project as it was."""
    created = calls.create(project_dir)
    (project_dir / "part").mkdir()
    moved = update(calls, ["*"], created.name, "Part", path=str(project_dir / "part"))
    assert moved.source.local_path.path == str(project_dir / "part")
    with refused() as error:
        update(calls, ["source"], created.name, path=str(tmp_path))
    assert error.reason == "SOURCE_NOT_ALLOWED"
    assert get(calls, created.name) == moved


def test_an_update_with_an_old_etag_is_refused(calls: Calls, project_dir: Path) -> None:
    """Two people who change a project at once do not undo each other's change unawares."""
    created = calls.create(project_dir)
    update(calls, ["display_name"], created.name, "First", etag=created.etag)
    with refused() as error:
        update(calls, ["display_name"], created.name, "Second", etag=created.etag)
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    current = get(calls, created.name)
    assert current.display_name == "First"
    assert error.metadata == {"project": created.name, "current": current.etag}


@pytest.mark.parametrize("mask", [[], ["name"], ["display_name", "etag"], ["create_time"]])
def test_a_mask_with_other_fields_is_refused(
    calls: Calls, project_dir: Path, mask: list[str]
) -> None:
    """The answer says which are allowed."""
    created = calls.create(project_dir)
    with refused() as error:
        update(calls, mask, created.name, "New")
    assert error.fields == ("update_mask",)
    assert "display_name, source, thresholds" in error.message


THRESHOLDS = project_pb2.ComplexityThresholds(
    cyclomatic_complexity=7, cognitive_complexity=8, nesting_depth=0, maintainability_index=50
)


def test_thresholds_are_set_and_taken_back(calls: Calls, project_dir: Path) -> None:
    """On creation and by an update; an update that names them without a value brings the defaults."""
    defaults = calls.create(project_dir).thresholds
    assert (10, 15, 4, 20) == (
        defaults.cyclomatic_complexity,
        defaults.cognitive_complexity,
        defaults.nesting_depth,
        defaults.maintainability_index,
    )
    source = project_pb2.Source(local_path=project_pb2.LocalPath(path=str(project_dir)))
    asked = project_pb2.Project(source=source, thresholds=THRESHOLDS)
    created = calls.projects.CreateProject(pb.CreateProjectRequest(project=asked)).project
    assert THRESHOLDS == created.thresholds
    reset = update(calls, ["thresholds"], created.name)
    assert defaults == reset.thresholds
    message = project_pb2.Project(name=created.name, thresholds=THRESHOLDS)
    request = pb.UpdateProjectRequest(project=message, update_mask=FieldMask(paths=["thresholds"]))
    assert THRESHOLDS == calls.projects.UpdateProject(request).project.thresholds
    assert THRESHOLDS == get(calls, created.name).thresholds
    assert THRESHOLDS == update(calls, ["display_name"], created.name, "New").thresholds


def test_thresholds_are_part_of_what_a_request_id_stands_for(
    calls: Calls, project_dir: Path
) -> None:
    """The same id with other thresholds is another request."""
    source = project_pb2.Source(local_path=project_pb2.LocalPath(path=str(project_dir)))
    asked = project_pb2.Project(source=source, thresholds=THRESHOLDS)
    request = pb.CreateProjectRequest(project=asked, request_id="one")
    first = calls.projects.CreateProject(request).project
    assert first == calls.projects.CreateProject(request).project
    asked.thresholds.nesting_depth = 1
    with refused() as error:
        calls.projects.CreateProject(pb.CreateProjectRequest(project=asked, request_id="one"))
    assert "REQUEST_ID_REUSED" == error.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("nesting_depth", -1), ("cyclomatic_complexity", 10_001), ("maintainability_index", 101)],
)
def test_thresholds_out_of_range_are_refused(
    calls: Calls, project_dir: Path, field: str, value: int
) -> None:
    """The answer names the field."""
    created = calls.create(project_dir)
    thresholds = project_pb2.ComplexityThresholds(**{field: value})
    message = project_pb2.Project(name=created.name, thresholds=thresholds)
    request = pb.UpdateProjectRequest(project=message, update_mask=FieldMask(paths=["thresholds"]))
    with refused() as error:
        calls.projects.UpdateProject(request)
    assert (f"project.thresholds.{field}",) == error.fields


def test_values_that_a_mask_names_must_be_there(calls: Calls, project_dir: Path) -> None:
    """A name is not emptied and a source not taken away by an oversight."""
    created = calls.create(project_dir)
    with refused() as error:
        update(calls, ["display_name"], created.name)
    assert error.fields == ("project.display_name",)
    with refused() as error:
        update(calls, ["source"], created.name)
    assert error.fields == ("project.source",)
    with refused() as error:
        update(calls, ["display_name"], "nonsense", "New")
    assert error.fields == ("project.name",)


def test_a_deleted_project_is_gone_with_its_analyses(calls: Calls, project_dir: Path) -> None:
    """Nothing of it can be reached, not even an analysis that was just asked for."""
    analysis = calls.analyze(project_dir)
    calls.get(analysis.name)
    project = analysis.name.partition("/analyses/")[0]
    delete(calls, project)
    for call, reason in (
        (lambda: get(calls, project), "PROJECT_NOT_FOUND"),
        (lambda: delete(calls, project), "PROJECT_NOT_FOUND"),
        (lambda: calls.get(analysis.name), "ANALYSIS_NOT_FOUND"),
        (lambda: calls.watch(analysis.name), "ANALYSIS_NOT_FOUND"),
    ):
        with refused() as error:
            call()
        assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, reason)


def test_a_deletion_with_an_old_etag_is_refused(calls: Calls, project_dir: Path) -> None:
    """Who wants to delete what they saw does not delete what somebody made of it."""
    created = calls.create(project_dir)
    update(calls, ["display_name"], created.name, "New")
    with refused() as error:
        delete(calls, created.name, created.etag)
    assert error.reason == "ETAG_MISMATCH"
    delete(calls, created.name, get(calls, created.name).etag)


def test_a_busy_project_is_not_deleted(start_server: StartServer, project_dir: Path) -> None:
    """The answer names the analysis to cancel."""
    server = start_server(FakeAnalyzer("slow", gate=asyncio.Event()))
    calls = Calls(server.address)
    created = calls.create(project_dir)
    analysis = calls.start(created.name)
    with refused() as error:
        delete(calls, created.name)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PROJECT_BUSY")
    assert error.metadata == {"project": created.name, "analysis": analysis.name}
