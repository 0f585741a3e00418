"""Where a file stands, from the first census to the card and its end.

The steps are those of ANAM for RAMED (request to the mayor, social enquiry, certificate of
indigence, file sent to ANAM, card handed over); the other schemes use the later ones.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

EXPIRY_NOTICE = timedelta(days=90)
"""RAMED is not renewable: a family needs time to ask for other cover before the end."""


class Status(StrEnum):
    """The status of an enrolment file."""

    PRE_IDENTIFIE = "PRE_IDENTIFIE"
    ENQUETE_DEMANDEE = "ENQUETE_DEMANDEE"
    ENQUETE_FAITE = "ENQUETE_FAITE"
    AVIS_DEFAVORABLE = "AVIS_DEFAVORABLE"
    CERTIFICAT_DELIVRE = "CERTIFICAT_DELIVRE"
    PIECES_MANQUANTES = "PIECES_MANQUANTES"
    TRANSMIS_ANAM = "TRANSMIS_ANAM"
    EN_TRAITEMENT = "EN_TRAITEMENT"
    IMMATRICULE = "IMMATRICULE"
    RECEPISSE_DISPONIBLE = "RECEPISSE_DISPONIBLE"
    CARTE_DISPONIBLE = "CARTE_DISPONIBLE"
    CARTE_REMISE = "CARTE_REMISE"
    ACTIF = "ACTIF"
    EXPIRE_BIENTOT = "EXPIRE_BIENTOT"
    EXPIRE = "EXPIRE"
    SUSPENDU = "SUSPENDU"
    REJETE = "REJETE"


COVERED = frozenset({Status.CARTE_REMISE, Status.ACTIF, Status.EXPIRE_BIENTOT})
"""Statuses that a date of end can overtake."""


def status_on(status: Status, valid_until: date | None, today: date) -> Status:
    """The status that holds today: systems go on saying "active" after the end, dates do not.

    `valid_until` is the last day of cover.
    """
    if status not in COVERED or valid_until is None:
        return status
    if today > valid_until:
        return Status.EXPIRE
    if valid_until - today <= EXPIRY_NOTICE:
        return Status.EXPIRE_BIENTOT
    return Status.ACTIF if status is Status.EXPIRE_BIENTOT else status
