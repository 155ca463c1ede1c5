from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.domain.errors import InvalidFieldError
from flext_quality.infrastructure.security.secret_box import FernetSecretBox, new_key
from tests.fakes import FakeSecretBox

MakeBox = Callable[[Sequence[str]], SecretBox]
SECRET = "whsec_ünïcode \n 中"


@pytest.fixture(params=[FernetSecretBox, FakeSecretBox])
def make(request: pytest.FixtureRequest) -> MakeBox:
    """Makes a box of each kind."""
    made: MakeBox = request.param
    return made


def test_a_secret_comes_back_and_is_stored_as_something_else(make: MakeBox) -> None:
    """As ASCII, and differently each time; an empty one, too."""
    box = make([new_key()])
    first, second = box.encrypt(SECRET).unwrap(), box.encrypt(SECRET).unwrap()
    assert first.isascii()
    assert "whsec" not in first
    assert first != second
    assert box.decrypt(first).unwrap() == box.decrypt(second).unwrap() == SECRET
    assert box.decrypt(box.encrypt("").unwrap()).unwrap() == ""


def test_a_key_is_replaced_step_by_step(make: MakeBox) -> None:
    """A new key before the old one; everything rotated; the old one out."""
    old, new = new_key(), new_key()
    stored = make([old]).encrypt(SECRET).unwrap()
    both = make([new, old])
    assert both.decrypt(stored).unwrap() == SECRET
    rotated = both.rotate(stored).unwrap()
    assert make([new]).decrypt(rotated).unwrap() == SECRET
    assert make([old]).decrypt(rotated).error is not None


def test_what_the_first_key_has_encrypted_is_not_rotated(make: MakeBox) -> None:
    """So that rotating everything twice writes nothing the second time."""
    box = make([new_key(), new_key()])
    stored = box.encrypt(SECRET).unwrap()
    assert box.rotate(stored).unwrap() == stored


def test_without_the_key_there_is_a_clear_error(make: MakeBox) -> None:
    """With no key, a foreign one, and for a text that was changed; it holds neither key nor secret."""
    key = new_key()
    stored = make([key]).encrypt(SECRET).unwrap()
    for result in (
        make([]).encrypt(SECRET),
        make([]).decrypt(stored),
        make([]).rotate(stored),
        make([new_key()]).decrypt(stored),
        make([new_key()]).rotate(stored),
        make([key]).decrypt(stored[:-3]),
        make([key]).decrypt("nonsense"),
    ):
        assert isinstance(result.error, InvalidFieldError)
        assert key not in str(result.error)
        assert "whsec" not in str(result.error)
