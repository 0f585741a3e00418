"""The web application of the demonstration: the usual one, with a clock that can be moved."""

from smsgateway.composition import load_application
from smsgateway.demo.clock import MovableClock
from smsgateway.service import CALLER_PATIENCE_S, Service
from smsgateway.settings import Settings
from smsgateway.web.app import create_app

_settings = Settings.from_env()
_service = Service.build(_settings, MovableClock.of(_settings), patience_s=CALLER_PATIENCE_S)
app = create_app(_service, load_application(_settings.flows))
