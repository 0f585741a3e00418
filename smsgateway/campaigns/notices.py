"""What a bulk message says, and how it is written for one phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smsgateway.campaigns.audiences import Recipient
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.register.facilities import FacilityRow
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes
from smsgateway.text.templates import Rendered, Template, render


@dataclass(frozen=True)
class Notice:
    """A notice has words for one child and words for several."""

    child: Template
    children: Template

    def template_for(self, recipient: Recipient) -> Template:
        """The words that fit how many children a phone stands for."""
        return self.child if len(recipient.children) == 1 else self.children


NOTICES: Mapping[str, Notice] = {
    "notice_within_week": Notice(
        child=TEMPLATES["notice_within_week"], children=TEMPLATES["notice_within_week_family"]
    )
}
"""Notices by the name under which a campaign keeps them."""


@dataclass(frozen=True)
class Written:
    """A notice as one phone gets it."""

    recipient: Recipient
    template: Template
    rendered: Rendered


def write(
    notice: Notice,
    catalogue: Catalogue,
    routes: Routes,
    facility: FacilityRow,
    recipients: Sequence[Recipient],
) -> list[Written]:
    """The notice for each recipient, in the recipient's language."""
    written = []
    for recipient in recipients:
        template = notice.template_for(recipient)
        values = {
            "child": recipient.children[0],
            "children": ", ".join(recipient.children),
            "cscom": facility.name,
        }
        policy = routes.policy_for(recipient.msisdn, recipient.encoding)
        rendered = render(
            template, catalogue, recipient.language, values, policy, facility.free_services
        )
        written.append(Written(recipient, template, rendered))
    return written
