"""Loading of the dialogues by name, so that the service never imports them."""

from __future__ import annotations

import os
from importlib import import_module

from smsgateway.dialogue.application import Application
from smsgateway.errors import SettingsError
from smsgateway.settings import Settings


def load_application(flows: str | None = None) -> Application:
    """The dialogues that `flows` names as `module:name`, else the setting `FLOWS`.

    Raises SettingsError when there are none.
    """
    flows = flows or os.environ.get("FLOWS") or Settings.flows
    module, _, name = flows.partition(":")
    try:
        application = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"FLOWS names {flows}, which cannot be loaded: {error}.") from error
    if not isinstance(application, Application):
        raise SettingsError(f"FLOWS names {flows}, which is not an Application.")
    return application
