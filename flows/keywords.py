"""The words that begin a dialogue by SMS, in French and Bambara, and how people spell them.

MENU is not here: it leads home in any situation. Nor are STOP, AIDE and the languages, which
`smsgateway.text.keywords` knows.
"""

from __future__ import annotations

from collections.abc import Mapping

KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "enrolment.menu": {
        "fr": "ramed, carte ramed, dossier, amo, amv, ramu, assurance",
        "bm": "ramed",
    },
    "vaccination.way": {
        "fr": "enfant, mon enfant, vaccin, vaccination, bébé",
        "bm": "den, n den, boloci",
    },
    "pregnancy.menu": {
        "fr": "grossesse, ma grossesse, enceinte, cpn",
        "bm": "kɔnɔma",
    },
    "complaint.start": {
        "fr": "plainte, avis, réclamation",
        "bm": "gɛlɛya, hakilina",
    },
    "directory.start": {
        "fr": "annuaire, centre, cscom",
        "bm": "dɔgɔtɔrɔso",
    },
    "topics.start": {
        "fr": "conseil, conseils",
        "bm": "laadilikan",
    },
    "callback.start": {
        "fr": "rappel, appelez moi, rappelez moi",
        "bm": "ne wele",
    },
}
"""Node -> language -> words."""
