"""All tables of the service in one place, for migrations and for checks of the schema."""

import smsgateway.campaigns.tables
import smsgateway.consultations.tables
import smsgateway.enrolment.tables
import smsgateway.feedback.tables
import smsgateway.messaging.tables
import smsgateway.register.session_tables
import smsgateway.register.tables
import smsgateway.reminders.tables
import smsgateway.sessions.tables
import smsgateway.staff.tables
import smsgateway.topics.tables  # noqa: F401
from smsgateway.storage.metadata import metadata

__all__ = ["metadata"]
