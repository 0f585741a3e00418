"""Africa's Talking: the vendor's SDK composes the requests, tables translate its answers."""

from smsgateway.aggregators.africastalking.adapter import AfricasTalking

__all__ = ["AfricasTalking"]
