"""Who is offered on the phone page, and what each of them can try; in French, as the page is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

from smsgateway.enrolment.statuses import Status
from smsgateway.interchange.demo_data import (
    DemoChild,
    DemoFile,
    DemoPhone,
    DemoSummary,
    DemoWorker,
    Situation,
)

ORANGE_MALI = "61002"
LANGUAGES: Mapping[str | None, str] = {
    "fr": "français",
    "bm": "bamanankan",
    None: "à choisir au premier appel",
}
SITUATIONS = {
    Situation.DUE_IN_3_DAYS: "vaccin dans 3 jours, SMS aujourd'hui",
    Situation.DUE_TOMORROW: "vaccin demain, SMS aujourd'hui",
    Situation.LATE: "en retard",
    Situation.COMPLETE: "rien à faire",
}
FILES = {
    Status.PIECES_MANQUANTES: "il manque des papiers",
    Status.CARTE_DISPONIBLE: "carte prête",
    Status.EN_TRAITEMENT: "en cours d'examen",
    Status.EXPIRE: "carte finie",
}
"""The files that are proposed; every other status is there too."""


def people(demo: DemoSummary) -> list[dict[str, Any]]:
    """The list that the simulator takes: families first, then health workers."""
    files = cycle(proposed_files(demo))
    return [
        *(_person(one, list(_family_hints(one, next(files)))) for one in demo.phones),
        *(_person(one, list(_worker_hints(one))) for one in demo.workers),
    ]


def proposed_files(demo: DemoSummary) -> list[tuple[DemoFile, str]]:
    """A file of each status in FILES, with what it will say."""
    return [(file, FILES[Status(file.status)]) for file in demo.files if file.status in FILES]


def _person(owner: DemoPhone | DemoWorker, hints: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "name": owner.name,
        "number": owner.msisdn,
        "network": ORANGE_MALI,
        "language": LANGUAGES[owner.language],
        "hints": hints,
    }


def _family_hints(phone: DemoPhone, proposed: tuple[DemoFile, str]) -> Iterator[dict[str, str]]:
    if phone.opted_out:
        yield {
            "text": "A dit STOP : ne reçoit plus de rappels. Reprendre : envoyez",
            "value": "OUI",
        }
    for child in phone.children:
        yield from _child_hints(child)
    file, says = proposed
    yield {"text": f"Touche 1, puis 1 : dossier {file.scheme} ({says})", "value": file.file_number}
    yield {"text": "et l'année de naissance du titulaire", "value": str(file.birth_year)}


def _child_hints(child: DemoChild) -> Iterator[dict[str, str]]:
    yield {
        "text": f"Touche 2, puis 1 : {child.first_name} ({SITUATIONS[child.situation]}), né(e) le",
        "value": child.birthday,
    }
    yield {"text": "Touche 2, puis 2 : numéro de son carnet", "value": child.carnet_number}


def _worker_hints(worker: DemoWorker) -> Iterator[dict[str, str]]:
    yield {"text": "Touche 9 : code agent", "value": worker.pin}
    yield {"text": "puis 1 : SMS aux enfants attendus sous 7 jours"}
