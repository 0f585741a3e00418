"""What is told before a card, or the contributions that were paid, come to an end.

A message tells what ends, when, and where to go before; it promises nothing. It names the holder by
the first name and no file number, because phones are shared.
"""

from __future__ import annotations

from smsgateway.messaging.classes import MessageClass
from smsgateway.text.catalogue import N_
from smsgateway.text.placeholders import Code, Text, standard
from smsgateway.text.templates import Template

CARD = "cover_end"
CONTRIBUTIONS = "cover_paid"

_FILE = standard("expiry") | {"name": Text(20, instead=N_("Votre dossier")), "scheme": Code(12)}

COVER = (
    Template(
        CARD,
        MessageClass.NOTICE,
        N_(
            "{name} : carte {scheme} valable jusqu'au {expiry}. "
            "D'ici là, allez là où vous l'avez reçue."
        ),
        _FILE,
    ),
    Template(
        f"{CARD}_final",
        MessageClass.NOTICE,
        N_(
            "{name} : carte {scheme} valable jusqu'au {expiry}, non renouvelable. "
            "D'ici là, demandez l'AMV ou le RAMU au service social."
        ),
        _FILE,
    ),
    Template(
        f"{CARD}_next",
        MessageClass.NOTICE,
        N_(
            "{name} : carte {scheme} valable jusqu'au {expiry}. "
            "D'ici là, demandez {successor} au service social."
        ),
        _FILE | {"successor": Code(12)},
    ),
    Template(
        CONTRIBUTIONS,
        MessageClass.NOTICE,
        N_(
            "{name} : cotisation {scheme} payée jusqu'au {expiry}. "
            "D'ici là, allez payer à votre mutuelle."
        ),
        _FILE,
    ),
)


def for_scheme(template: str, *, renewable: bool | None, successor: str | None) -> str:
    """The template that says the truth about a scheme. Where nobody has established whether it is
    renewed, nothing is said of that."""
    if template != CARD:
        return template
    if successor is not None:
        return f"{CARD}_next"
    return f"{CARD}_final" if renewable is False else CARD
