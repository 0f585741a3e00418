"""What a worker may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The post of a worker at one facility."""

    AGENT = "agent"
    """Vaccinates, weighs, follows families."""
    HEAD = "head"
    """Heads the health centre (DTC)."""
    SOCIAL = "social"
    """Works for the social services or a town hall."""

    @property
    def may_send_notices(self) -> bool:
        """Whether this post may send a notice to the families of its own facility."""
        return self in {Role.AGENT, Role.HEAD}
