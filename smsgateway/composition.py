"""Loading of the dialogues by name, so that the service never imports them."""

from __future__ import annotations

from importlib import import_module

from smsgateway.dialogue.application import Application
from smsgateway.errors import SettingsError
from smsgateway.settings import Settings


def load_application(settings: Settings) -> Application:
    """The dialogues that the setting `FLOWS` names. Raises SettingsError when there are none."""
    module, _, name = settings.flows.partition(":")
    try:
        application = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"FLOWS names {settings.flows}, which cannot be loaded: {error}."
        ) from error
    if not isinstance(application, Application):
        raise SettingsError(f"FLOWS names {settings.flows}, which is not an Application.")
    return application
