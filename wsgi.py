"""Composes the web application: settings from the environment, the dialogues by `FLOWS`."""

from smsgateway.composition import load_application
from smsgateway.service import CALLER_PATIENCE_S, Service
from smsgateway.settings import Settings
from smsgateway.web.app import create_app

_service = Service.build(Settings.from_env(), patience_s=CALLER_PATIENCE_S)
app = create_app(_service, load_application(_service.settings.flows))
