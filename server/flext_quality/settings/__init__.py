"""The only reader of environment and files. Frozen once loaded.

Every option has one full name, that of its environment variable: `FLEXT_API_` and its name in capitals,
groups separated by `__`, as in `FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS`. Sources, the first wins:
what the caller gives, the environment, secret files, Vault, the environment's configuration file, defaults.
docs/settings.md lists all options.
"""

from flext_quality.settings.groups.events import BROKERS
from flext_quality.settings.groups.external_tools import BUILT_IN_ANALYZERS
from flext_quality.settings.groups.observability import ObservabilitySettings
from flext_quality.settings.loading import (
    LoadedSettings,
    create_api_settings,
    load_settings,
    settings_of,
)
from flext_quality.settings.model import FlextApiSettings
from flext_quality.settings.reload import LiveSettings

__all__ = [
    "BROKERS",
    "BUILT_IN_ANALYZERS",
    "FlextApiSettings",
    "LiveSettings",
    "LoadedSettings",
    "ObservabilitySettings",
    "create_api_settings",
    "load_settings",
    "settings_of",
]
