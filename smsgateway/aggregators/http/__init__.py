"""Any gateway that takes an SMS by HTTP, described by a TOML file instead of a module."""

from smsgateway.aggregators.http.adapter import HttpGateway

__all__ = ["HttpGateway"]
