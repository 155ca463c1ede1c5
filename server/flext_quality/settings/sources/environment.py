"""The environment's variables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from flext_quality.settings.errors import no_such_option
from flext_quality.settings.options import ENVIRONMENT_PREFIX, Path, is_known
from flext_quality.settings.record import Origin
from flext_quality.settings.sources.texts import Given, TextSource

_SERVICE_LINK = re.compile(
    r"(?:(?!\w*__)\w+_)?"
    r"(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_SERVICE_URL = re.compile(r"(?:tcp|udp|sctp)://")


class EnvironmentSource(TextSource):
    """Every variable that begins as ours do has to be an option."""

    def given(self) -> Iterator[Given]:
        """All of them but those that Kubernetes sets."""
        for name, text in sorted(os.environ.items()):
            if name.upper().startswith(ENVIRONMENT_PREFIX) and not _is_service_link(name, text):
                yield Given(name, text, Origin("environment", f"the variable {name}"))

    def refusal(self, path: Path, origin: Origin) -> str:
        """All options can be set here."""
        return "" if is_known(path) else no_such_option(path, origin)


def _is_service_link(name: str, text: str) -> bool:
    """Whether Kubernetes set it: it does for every service that is called flext-api or begins so."""
    rest = name.upper().removeprefix(ENVIRONMENT_PREFIX)
    if rest.endswith("PORT") and _SERVICE_URL.match(text):
        return True
    return _SERVICE_LINK.fullmatch(rest) is not None
