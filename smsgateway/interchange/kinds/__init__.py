"""The kinds of import, by the name that the command takes."""

from __future__ import annotations

from smsgateway.interchange.kind import Kind
from smsgateway.interchange.kinds.children import CHILDREN
from smsgateway.interchange.kinds.doses import DOSES
from smsgateway.interchange.kinds.encounters import ENCOUNTERS
from smsgateway.interchange.kinds.enrolments import ENROLMENTS
from smsgateway.interchange.kinds.facilities import FACILITIES
from smsgateway.interchange.kinds.households import HOUSEHOLDS
from smsgateway.interchange.kinds.pregnancies import PREGNANCIES
from smsgateway.interchange.kinds.staff import STAFF

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        FACILITIES,
        HOUSEHOLDS,
        CHILDREN,
        PREGNANCIES,
        DOSES,
        ENCOUNTERS,
        ENROLMENTS,
        STAFF,
    )
}
