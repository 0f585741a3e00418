"""Each trap has a text that is in it and one beside it that is not."""

import pytest

from smsgateway.text.traps import TRAPS, Wording, caught


def bm(text: str) -> Wording:
    return Wording(text, "bm")


def bm_sms(text: str) -> Wording:
    return Wording(text, "bm", by_sms=True)


def fr(text: str) -> Wording:
    return Wording(text, "fr")


def fr_sms(text: str) -> Wording:
    return Wording(text, "fr", by_sms=True)


EXAMPLES = [
    ("ban", bm("{name}: kariti banna."), bm("{name}: kariti waati tɛmɛna.")),
    ("ban", bm("I ka ɲinini bannen don."), bm("Boloci bɛ den tanga bana ma, banakunbɛn don.")),
    ("sara", bm("{name} sara."), bm("Mɔgɔ si tɛ wari ta.")),
    ("fu", bm("Boloci ye fu ye."), bm("Boloci fura bɛ yen.")),
    ("bo_in_ascii", bm_sms("N'i b'a fɛ ka bɔ: STOP"), bm("Bɔ")),
    ("bo_in_ascii", bm_sms("Bɔ"), bm_sms("Baro bɛ kɛ boloci kan.")),
    ("jon", bm("Jɔnw bɛ kariti kan?"), bm("Mɔgɔ jumɛnw bɛ kariti kan?")),
    ("mother", bm("Den bamuso ka na."), bm("Denba ka na.")),
    ("la_na_after_placeholder", bm("Taa a ta {commune} la."), bm("Taa a ta {commune} meri la.")),
    ("la_na_after_placeholder", bm("I mago bɛ {reason} na."), bm("Boloci: {cscom}. Na ni den ye.")),
    ("plural_after_number", bm("Segin tilew 3 kɔfɛ."), bm("Segin tile 3 kɔfɛ.")),
    (
        "plural_after_number",
        Wording("SMS cira mɔgɔw {n} ma.", "bm", numbers=frozenset({"n"})),
        Wording("I ka sɛbɛnw {file}, mɔgɔ {n}.", "bm", numbers=frozenset({"n"})),
    ),
    ("amount_in_words", bm("Sɔngɔ ye dɔrɔmɛ kɛmɛ ye."), bm("Sɔngɔ ye 500 FCFA ye.")),
    ("amount_in_words", fr("Cinq cents francs."), fr("500 FCFA, pour deux enfants.")),
    ("clock_in_words", bm("Na nɛgɛ kanɲɛ 8."), bm("Na sini 8h.")),
    ("clock_in_words", fr("Venez à huit heures."), fr("Réessayez dans une heure, ou à 8h.")),
    ("pregnancy_in_sms", bm_sms("Kɔnɔmaya lajɛli don surunyara."), bm("Kɔnɔma lajɛli")),
    ("pregnancy_in_sms", bm_sms("Muso kɔnɔma ka na."), bm_sms("I ka lajɛli don surunyara.")),
    ("pregnancy_in_sms", fr_sms("Suivi de grossesse demain."), fr_sms("Votre visite : demain.")),
    ("poor", bm_sms("Faantan ka kariti."), bm("Dɛsɛbagatɔya sɛbɛn")),
    ("free_of_charge", fr("C'est gratuit."), fr("Venez avec le carnet. {price}")),
    ("free_of_charge", bm("Na ni den ye. Wari tɛ sara."), bm("Na ni den ye. {price}")),
    (
        "free_of_charge",
        fr_sms("Vaccin demain. C'est gratuit."),
        Wording("C'est gratuit.", "fr", by_sms=True, claimed=True),
    ),
    (
        "free_of_charge",
        bm_sms("Na sini. Wari tɛ sara."),
        Wording("Wari tɛ sara.", "bm", by_sms=True, claimed=True),
    ),
    ("odd_letter", bm("Den ka bεre"), bm("Den ka bɛrɛ, Ɲagalen, Ŋolo")),
    ("odd_letter", fr("Vассin"), fr("Vaccin, ça : œuf, N° 3 – ² « oui »")),
    ("odd_letter", bm("sɔ̀gɔma"), bm("sɔgɔma")),
    ("odd_letter", bm("dògòtòròso"), bm("dɔgɔtɔrɔso, Français, santé")),
    ("odd_letter", fr("Mon\u200benfant"), fr("Mon\nenfant\u00a0!")),
    ("key_in_text", fr("Choisissez :\n1. Oui"), fr("Numéro du dossier (12 chiffres) ?")),
    ("key_in_text", bm("Jaabi ma sɔrɔ. 0. Segin"), bm("Don ni kalo: 0905. Jate 4. Misali: 1990.")),
    ("key_in_text", fr("Tapez 98 Suite"), fr_sms("Enfants de 0 à 5 ans.")),
]
CASES = [pytest.param(*example, id=f"{example[0]}: {example[1].text!r}") for example in EXAMPLES]


@pytest.mark.parametrize(("trap", "inside", "beside"), CASES)
def test_a_trap_catches_the_text_inside_and_not_the_one_beside(
    trap: str, inside: Wording, beside: Wording
) -> None:
    assert {one.trap.id for one in caught(inside)} == {trap}
    assert trap not in [one.trap.id for one in caught(beside)]


def test_the_negative_of_paying_is_no_claim_of_a_death() -> None:
    assert [one.trap.id for one in caught(bm("Wari tɛ sara."))] == ["free_of_charge"]


def test_every_trap_has_an_example_and_a_reason() -> None:
    assert {trap for trap, _, _ in EXAMPLES} == {trap.id for trap in TRAPS}
    assert all(trap.reason.endswith(".") for trap in TRAPS)


def test_what_is_caught_names_passage_rule_and_reason() -> None:
    (found,) = caught(bm("Boloci ye fu ye."))
    assert str(found).startswith("'fu' (fu): fu also says worthless")
