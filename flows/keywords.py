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
}
"""Node -> language -> words."""
