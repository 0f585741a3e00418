"""A complaint gets a ticket on the screen and by SMS; its own phone can follow it up.

No words are typed: what happened is told on the telephone, by whoever asks for it.
"""

from __future__ import annotations

from smsgateway.dialogue.application import Choice, Flow, Purpose
from smsgateway.dialogue.fields import Count, Digits, Name, NumericDate, Sample
from smsgateway.dialogue.nodes import HOME, Option, Outcome, lookup
from smsgateway.feedback import callbacks, complaints
from smsgateway.feedback.callbacks import Reason
from smsgateway.feedback.complaints import TICKET_DIGITS, Complaint, Kind, Status, TooMany
from smsgateway.messaging.bell import Bell, QueueName
from smsgateway.messaging.templates import ANSWER_LENGTH
from smsgateway.register import phones, proofs
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

NOWHERE = 0
"""The `facility_id` of a complaint that does not tell its place."""


@lookup(filed=("ticket",), filed_call=("ticket",), many=())
def file_complaint(inquiry: Inquiry) -> Outcome:
    """Write the complaint, its SMS, and the wish for a call in one transaction.

    Its ticket is shown, so it is written here and not as an effect; the key of the step keeps it
    one complaint.
    """
    service, place = inquiry.service, inquiry.number("facility_id") or None
    wants_call = bool(inquiry.number("wants_call"))
    try:
        with service.database.begin() as connection:
            phone_id = phones.ensure_phone(connection, inquiry.msisdn, inquiry.now)
            filed = complaints.file(
                connection,
                service.catalogue,
                service.settings.encoding_policies,
                phone_id=phone_id,
                facility_id=place,
                kind=Kind(inquiry.text("problem")),
                language=inquiry.language,
                now=inquiry.now,
                idempotency_key=inquiry.idempotency_key,
            )
            if wants_call:
                callbacks.request(
                    connection,
                    phone_id=phone_id,
                    facility_id=None,  # nobody whom it may concern learns who complained
                    reason=Reason.COMPLAINT,
                    now=inquiry.now,
                    idempotency_key=inquiry.idempotency_key,
                )
    except TooMany:
        return Outcome("many")
    Bell(service.redis).ring(QueueName.REPLIES, filed.reply_ids)
    return Outcome("filed_call" if wants_call else "filed", {"ticket": filed.ticket})


@lookup(
    received=("since",),
    in_progress=("since",),
    answered=("answer",),
    missing=(),
    locked=(),
)
def follow_up(inquiry: Inquiry) -> Outcome:
    """Where the complaint with this ticket stands, for the phone that made it."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        found = complaints.follow_up(connection, inquiry.msisdn, inquiry.text("ticket"))
    if found is None:
        with inquiry.service.database.begin() as connection:
            proofs.record_failure(connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key)
        return Outcome("missing")
    return _standing(found, inquiry)


def _standing(found: Complaint, inquiry: Inquiry) -> Outcome:
    if found.status is Status.ANSWERED:
        return Outcome("answered", {"answer": found.answer or ""})
    since = found.status_at.astimezone(inquiry.service.settings.timezone).date()
    return Outcome(found.status, {"since": since.isoformat()})


flow = Flow(
    "complaint",
    start="start",
    fields={
        "problem": Name(10),
        "facility_id": Count(9),
        "cscom": Name(25),
        "wants_call": Count(1),
        "ticket": Digits(TICKET_DIGITS, shortest=TICKET_DIGITS),
        "since": NumericDate(),
        "answer": Sample(ANSWER_LENGTH),
    },
)

flow.menu(
    "start",
    N_("Plainte ou avis"),
    {
        1: (N_("Faire une plainte"), "kind"),
        2: (N_("Où en est ma plainte ?"), "ticket"),
        3: (N_("Donner mon avis"), "survey.start"),
    },
)
flow.menu(
    "kind",
    N_("Quel problème ?"),
    {
        key: Option(label, "where", sets={"problem": kind})
        for key, label, kind in (
            (1, N_("Argent demandé"), Kind.MONEY),
            (2, N_("Pas de vaccin ou médicament"), Kind.MEDICINE),
            (3, N_("Mal reçu(e)"), Kind.WELCOME),
            (4, N_("Soins"), Kind.CARE),
            (5, N_("Dossier ou carte"), Kind.FILE),
            (6, N_("Autre"), Kind.OTHER),
        )
    },
)
flow.menu(
    "where",
    N_("Où est-ce arrivé ?"),
    {
        1: (N_("Mon centre de santé"), "own"),
        2: (N_("Autre centre de santé"), "centre"),
        3: (N_("Mairie ou service social"), "social"),
        4: Option(N_("Je ne veux pas le dire"), "confirm_nowhere", sets={"facility_id": NOWHERE}),
    },
)
for name, start in (("own", "own"), ("centre", "start"), ("social", "social")):
    flow.visit(name, start=f"place.{start}", target="confirm")

ANSWERS: dict[int, Choice] = {
    1: Option(N_("Oui, envoyer"), "file", sets={"wants_call": 0}),
    2: Option(N_("Envoyer et être rappelé"), "file", sets={"wants_call": 1}),
    3: (N_("Non"), HOME),
}
flow.menu("confirm", N_("Envoyer cette plainte ? Lieu : {cscom}."), ANSWERS, checkpoint=True)
flow.menu("confirm_nowhere", N_("Envoyer cette plainte sans dire le lieu ?"), ANSWERS)
flow.call(
    "file",
    file_complaint,
    {"filed": "filed", "filed_call": "filed_call", "many": "many", "down": "late"},
    takes=("problem", "facility_id", "wants_call"),
)
flow.end("filed", N_("Plainte enregistrée : {ticket}. Ce numéro arrive aussi par SMS."))
flow.end(
    "filed_call",
    N_("Plainte enregistrée : {ticket}. Ce numéro arrive aussi par SMS. Un agent vous appellera."),
)
flow.menu(
    "many",
    N_("Vous avez fait beaucoup de plaintes aujourd'hui. Parlez plutôt à un agent."),
    {1: (N_("Être rappelé"), "callback.start")},
)
flow.end(
    "late",
    N_("Si un SMS arrive avec un numéro, votre plainte est enregistrée. Sinon, refaites-la."),
)

flow.ask(
    "ticket",
    N_("Numéro de la plainte (7 chiffres) ?"),
    into="ticket",
    error=N_("Il faut 7 chiffres."),
    target="follow_up",
)
flow.call(
    "follow_up",
    follow_up,
    {**{name: name for name in follow_up.gives}, "down": "menu.unavailable"},
    takes=("ticket",),
)
flow.menu(
    "missing",
    N_("Plainte introuvable. Regardez le SMS, et appelez avec le téléphone qui l'a reçu."),
    {1: (N_("Réessayer"), "ticket"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.menu(
    "locked",
    N_("Trop d'essais. Réessayez dans une heure."),
    {1: (N_("Être rappelé"), "callback.start")},
)
flow.end("received", N_("Plainte {ticket} : reçue le {since}. Pas encore de réponse."))
flow.end("in_progress", N_("Plainte {ticket} : un agent s'en occupe depuis le {since}."))
flow.menu(
    "answered",
    N_("Réponse à votre plainte {ticket} :\n{answer}"),
    {1: (N_("Être rappelé"), "callback.start")},
)

flow.promise(Purpose.LOOKUP, *follow_up.gives)
flow.promise(Purpose.REGISTRATION, "filed")
