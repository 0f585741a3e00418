"""Which letters reach a phone: what its network's route carries, and what its user asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsgateway.text.msisdn import OPERATORS, operator_of
from smsgateway.text.orthography import Policy


@dataclass(frozen=True)
class Routes:
    """The encoding policy of each network, by the operator's name; none for those not named."""

    policies: Mapping[str, Policy] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Routes:
        """From `malitel=ascii,telecel=exact`. Raises ValueError."""
        policies = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            operator, _, policy = (word.strip().lower() for word in part.partition("="))
            if operator not in OPERATORS:
                names = ", ".join(sorted(OPERATORS))
                raise ValueError(f"no operator is called {operator}: write one of {names}")
            if policy not in set(Policy):
                raise ValueError(f"{operator} needs one of {', '.join(Policy)}")
            policies[operator] = Policy(policy)
        return cls(policies)

    def policy_for(self, msisdn: str, wished: str | None = None) -> Policy | None:
        """The policy for a message to this number (E.164); None leaves it to the template.

        `wished` is what the phone's user asked for and stands above the network's, but for one
        thing: accents that the route breaks stay off it. The exact spelling travels as UCS-2,
        which such a route does not touch.
        """
        route = self.policies.get(operator_of(msisdn) or "")
        if wished is None or (wished == Policy.COMPACT and route is Policy.ASCII):
            return route
        return Policy(wished)


USUAL_LETTERS = Routes()
"""Every network carries what the templates ask for."""
