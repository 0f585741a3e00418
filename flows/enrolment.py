"""Where is my file, what is missing, where is the card, until when?

A file is shown to whoever knows its number **and** its holder's birth year, or calls from its line
and knows that year. A wrong pair is counted, and the answer never says which of the two was wrong.
Who is covered is told by first names, and a message tells no more than a first name and a status.
"""

from __future__ import annotations

from flows.enrolment_files import (
    FAILURES,
    MOST_FILES,
    STATES,
    find_file,
    find_here,
    may_be_told,
    show_chosen,
    who_is_covered,
)
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Code, Count, Name, NumericDate, Options, Year
from smsgateway.dialogue.nodes import EffectSpec
from smsgateway.text.catalogue import N_

flow = Flow(
    "enrolment",
    start="menu",
    fields={
        "number": Code(16, shortest=3),
        "year": Year(),
        "enrolment": Count(9),
        "files": Options(24, most=MOST_FILES),
        "file": Code(16),
        "scheme": Name(6),
        "name": Name(20),
        "since": NumericDate(),
        "until": NumericDate(),
        "days": Count(2),
        "covered": Count(2),
        "names": Name(200),
        "place": Name(25),
        "papers": Name(50),
    },
)

flow.menu(
    "menu",
    N_("RAMED et assurances"),
    {
        1: (N_("Où en est mon dossier ?"), "number"),
        2: (N_("Comment demander ?"), "how"),
        3: (N_("Chercher avec ce téléphone"), "year_here"),
    },
)
flow.ask(
    "number",
    N_("Numéro du dossier ? RAMED : 12 chiffres"),
    into="number",
    error=N_("Numéro mal écrit."),
    target="year",
)
YEAR = N_("Année de naissance du titulaire ? (ex. 1990)")
YEAR_ERROR = N_("Il faut 4 chiffres, ex. 1990.")
flow.ask("year", YEAR, into="year", error=YEAR_ERROR, target="find", sensitive=True)
flow.ask("year_here", YEAR, into="year", error=YEAR_ERROR, target="find_here", sensitive=True)
FOUND = {**{name: name for name in (*STATES, *FAILURES)}, "down": "menu.unavailable"}
flow.call("find", find_file, FOUND, takes=("number", "year"))
flow.call(
    "find_here",
    find_here,
    {**FOUND, "several": "which", "missing": "missing_here"},
    takes=("year",),
)
flow.pick("which", N_("Quel dossier ?"), source="files", into="enrolment", target="show")
flow.call(
    "show",
    show_chosen,
    {name: target for name, target in FOUND.items() if name != "locked"},
    takes=("enrolment",),
)
flow.menu(
    "missing",
    N_("Numéro ou année introuvable. Regardez sur votre papier."),
    {1: (N_("Réessayer"), "number"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.menu(
    "missing_here",
    N_("Aucun dossier trouvé avec ce téléphone et cette année."),
    {1: (N_("Réessayer"), "year_here"), 2: (N_("Numéro du dossier"), "number")},
)
flow.end("locked", N_("Trop d'essais. Réessayez dans une heure."))

MORE = {1: (N_("Autres choix"), "more")}
flow.menu(
    "identified",
    N_("Dossier {file} : nom noté. Allez à la mairie demander le certificat et l'enquête sociale."),
    MORE,
)
flow.menu(
    "survey_asked",
    N_("Dossier {file} : enquête demandée. Un agent viendra chez vous. Préparez vos papiers."),
    MORE,
)
flow.menu(
    "survey_done",
    N_("Dossier {file} : enquête faite. La mairie prépare le certificat. Passez à la mairie."),
    MORE,
)
flow.menu(
    "unfavourable",
    N_("Dossier {file} : avis non favorable. Si vous n'êtes pas d'accord, allez à la mairie."),
    MORE,
)
flow.menu(
    "certified",
    N_("Dossier {file} : certificat prêt. Portez-le avec vos papiers au service social."),
    MORE,
)
flow.menu(
    "incomplete",
    N_("Dossier {file} : il manque : {papers}. À porter au service social de la mairie."),
    MORE,
)
flow.menu(
    "sent", N_("Dossier {file} : envoyé à l'ANAM le {since}. Réponse en 15 jours environ."), MORE
)
flow.menu(
    "pending",
    N_("Dossier {file} : en cours d'examen. Pas encore de réponse. Rappelez dans {days} jours."),
    MORE,
)
flow.menu(
    "registered",
    N_("{scheme} : demande acceptée. La carte est en préparation. Rappelez dans 15 jours."),
    MORE,
)
flow.menu("receipt", N_("Votre récépissé {scheme} est prêt. Prenez-le : {place}."), MORE)
flow.menu(
    "ready",
    N_("Votre carte {scheme} est prête. Prenez-la : {place}. Portez une pièce d'identité."),
    MORE,
)
flow.menu(
    "active",
    N_(
        "{name} : carte {scheme} valable jusqu'au {until}, {covered} personnes couvertes. "
        "Montrez-la au centre de santé."
    ),
    MORE,
)
flow.menu("undated", N_("{name} : carte {scheme} valable. Montrez-la au centre de santé."), MORE)
flow.menu(
    "ending",
    N_(
        "{name} : carte {scheme} valable jusqu'au {until}, non renouvelable. D'ici là, "
        "demandez l'AMV ou le RAMU au service social."
    ),
    MORE,
)
flow.menu(
    "ending_renewable",
    N_("{name} : carte {scheme} valable jusqu'au {until}. Allez la mettre à jour d'ici là."),
    MORE,
)
flow.menu(
    "expired",
    N_(
        "{name} : carte {scheme} finie le {until}, non renouvelable. "
        "Demandez l'AMV ou le RAMU au service social."
    ),
    MORE,
)
flow.menu(
    "expired_renewable",
    N_("{name} : carte {scheme} finie le {until}. Allez la mettre à jour là où vous l'avez reçue."),
    MORE,
)
flow.menu(
    "expired_undated",
    N_("{name} : carte {scheme} finie. Allez au service social de la mairie."),
    MORE,
)
flow.menu(
    "suspended",
    N_("{name} : carte {scheme} suspendue. Allez au service social de la mairie."),
    MORE,
)
flow.menu(
    "rejected",
    N_("Dossier {file} : demande non acceptée. Si vous n'êtes pas d'accord, allez à la mairie."),
    MORE,
)


flow.menu(
    "more",
    N_("Ce dossier :"),
    {
        1: (N_("Recevoir par SMS"), "sms"),
        2: (N_("Me prévenir si ça change"), "may_be_told"),
        3: (N_("Qui est couvert ?"), "covered"),
        4: (N_("Être rappelé"), "callback.start"),
    },
)
flow.end(
    "sms",
    N_("C'est noté. Le SMS arrive."),
    EffectSpec("enrolment_sms", takes=("enrolment",)),
)
flow.call(
    "may_be_told",
    may_be_told,
    {"receives": "watched", "stopped": "stopped", "down": "menu.unavailable"},
)
flow.end(
    "watched",
    N_("C'est noté. Un SMS vous préviendra à chaque changement. Pour arrêter : STOP."),
    EffectSpec("enrolment_watch", takes=("enrolment",)),
)
flow.menu(
    "stopped",
    N_("Les SMS sont arrêtés sur ce téléphone. Les reprendre d'abord ?"),
    {1: (N_("Oui, reprendre"), "menu.messages"), 2: (N_("Non"), "more")},
)
flow.call(
    "covered",
    who_is_covered,
    {
        "people": "people",
        "holder": "holder",
        "nobody": "nobody",
        "missing": "missing",
        "down": "menu.unavailable",
    },
    takes=("enrolment",),
)
flow.text("people", N_("{covered} personnes couvertes : {names}."))
flow.end("holder", N_("Couvert : {name}. Pour la famille, demandez au service social."))
flow.end("nobody", N_("Pas de carte valable : personne n'est couvert par ce dossier."))

flow.menu(
    "how",
    N_("Comment demander ?"),
    {
        1: (N_("RAMED : les étapes"), "how_ramed"),
        2: (N_("Titulaire : ses papiers"), "papers_holder"),
        3: (N_("Époux : leurs papiers"), "papers_spouse"),
        4: (N_("Enfants : leurs papiers"), "papers_children"),
        5: (N_("AMV (mutuelle)"), "how_amv"),
        6: (N_("AMO (salariés)"), "how_amo"),
    },
)
flow.text(
    "how_ramed",
    N_(
        "Demandez à la mairie un certificat. La mairie demande une enquête au service social. "
        "Si l'avis est favorable, la mairie donne le certificat. Portez vos papiers au service "
        "social. La carte y vient 15 jours environ après. Elle vaut 3 ans."
    ),
)
flow.text(
    "papers_holder",
    N_(
        "Titulaire : certificat de la mairie et rapport social, acte de naissance ou jugement "
        "supplétif, certificat de résidence."
    ),
)
flow.text("papers_spouse", N_("Époux ou épouse : acte de mariage et acte de naissance."))
flow.text(
    "papers_children",
    N_(
        "Moins de 14 ans : acte de naissance et certificat de vie collectif. De 14 à 21 ans à "
        "l'école : acte de naissance et certificat de scolarité de l'année. Enfant handicapé : "
        "acte de naissance et certificat médical."
    ),
)
flow.text(
    "how_amv",
    N_(
        "AMV : inscrivez-vous dans une mutuelle de santé de l'UTM, avec votre famille. "
        "Le service social de la mairie vous dit où."
    ),
)
flow.text(
    "how_amo",
    N_(
        "AMO : salariés, fonctionnaires et retraités. Demandez à votre employeur, à l'INPS ou "
        "à la CMSS."
    ),
)

flow.promise(Purpose.LOOKUP, *STATES, "how_ramed")
