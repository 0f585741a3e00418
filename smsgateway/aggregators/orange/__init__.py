"""Orange SMS API (Middle East and Africa, Mali among them): OAuth2, JSON, one number a call."""

from smsgateway.aggregators.orange.adapter import Orange

__all__ = ["Orange"]
