"""A status in a few words, for messages: what stands after the name and the scheme."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.enrolment.statuses import Status
from smsgateway.text.catalogue import N_

STATUS_WORDS: Mapping[Status, str] = {
    Status.PRE_IDENTIFIE: N_("nom noté, allez à la mairie"),
    Status.ENQUETE_DEMANDEE: N_("enquête demandée"),
    Status.ENQUETE_FAITE: N_("enquête faite, passez à la mairie"),
    Status.AVIS_DEFAVORABLE: N_("avis non favorable, allez à la mairie"),
    Status.CERTIFICAT_DELIVRE: N_("certificat prêt, portez vos papiers"),
    Status.PIECES_MANQUANTES: N_("il manque un papier"),
    Status.TRANSMIS_ANAM: N_("dossier envoyé à l'ANAM"),
    Status.EN_TRAITEMENT: N_("en cours d'examen"),
    Status.IMMATRICULE: N_("accepté, carte en préparation"),
    Status.RECEPISSE_DISPONIBLE: N_("récépissé prêt"),
    Status.CARTE_DISPONIBLE: N_("carte prête"),
    Status.CARTE_REMISE: N_("carte valable"),
    Status.ACTIF: N_("carte valable"),
    Status.EXPIRE_BIENTOT: N_("carte bientôt finie"),
    Status.EXPIRE: N_("carte finie"),
    Status.SUSPENDU: N_("carte suspendue"),
    Status.REJETE: N_("demande non acceptée"),
}
"""Message ids; the words of each status fit into the placeholder `status`."""
