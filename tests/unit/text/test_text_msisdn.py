"""Phone numbers as people write them."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, carrier

from smsgateway.text.msisdn import InvalidMsisdn, operator_of, parse_msisdn, spoken_number

EIGHT_DIGITS = [f"{prefix}1234" for prefix in range(1000, 10_000)]
"""Every beginning but 0, which is the way out of the country."""


@pytest.mark.parametrize(
    ("text", "msisdn"),
    [
        ("76123456", "+22376123456"),
        ("76 12 34 56", "+22376123456"),
        (" 76.12.34.56\n", "+22376123456"),
        ("76-12-34-56", "+22376123456"),
        ("+223 76 12 34 56", "+22376123456"),
        ("(+223) 76123456", "+22376123456"),
        ("00223 76123456", "+22376123456"),
        ("22376123456", "+22376123456"),
        ("76\u00a012\u202f34 56", "+22376123456"),
        ("20 21 23 45", "+22320212345"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
    ],
)
def test_a_number_is_read_as_e164(text: str, msisdn: str) -> None:
    assert parse_msisdn(text) == msisdn
    assert parse_msisdn(msisdn) == msisdn


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("+", id="a plus alone"),
        pytest.param("7612345", id="a digit short"),
        pytest.param("761234567", id="a digit long"),
        pytest.param("76123456 / 66123456", id="two numbers"),
        pytest.param("76123456 ext. 5", id="an extension"),
        pytest.param("ORANGE", id="an alphanumeric sender"),
        pytest.param("7612345O", id="letter O for zero"),
        pytest.param("36123", id="a short code"),
        pytest.param("+22300000000", id="not allotted"),
        pytest.param("+999 12345678", id="no such country"),
        pytest.param("76123456.0", id="a number from a spreadsheet's float"),
    ],
)
def test_what_is_not_one_phone_number_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidMsisdn) as refusal:
        parse_msisdn(text)
    assert not any(character.isdigit() for character in str(refusal.value))


def test_another_region_reads_its_own_numbers() -> None:
    assert parse_msisdn("06 12 34 56 78", region="FR") == "+33612345678"


def test_the_short_cut_for_malian_mobiles_agrees_with_libphonenumber() -> None:
    for digits in EIGHT_DIGITS:
        number = phonenumbers.parse(digits, "ML")
        if phonenumbers.is_valid_number(number):
            expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            assert parse_msisdn(digits) == expected
        else:
            with pytest.raises(InvalidMsisdn):
                parse_msisdn(digits)


def test_the_operator_of_every_malian_mobile_agrees_with_libphonenumber() -> None:
    companies = {
        "malitel": "Sotelma",
        "sotelma": "Sotelma",
        "orange": "Orange",
        "telecel": "Atel",
    }
    compared = 0
    for digits in EIGHT_DIGITS:
        number = phonenumbers.parse(digits, "ML")
        if company := carrier.name_for_number(number, "en"):
            assert companies[operator_of(f"+223{digits}") or ""] == company, digits
            compared += 1
    assert compared > 0


@pytest.mark.parametrize(
    ("msisdn", "operator"),
    [
        ("+22366123456", "malitel"),
        ("+22376123456", "orange"),
        ("+22382123456", "orange"),
        ("+22389123456", "malitel"),
        ("+22394123456", "orange"),
        ("+22395123456", "malitel"),
        ("+22350123456", "telecel"),
        ("+22320212345", "sotelma"),
        ("+22344123456", "orange"),
        ("+33612345678", None),
    ],
)
def test_the_operator_of_a_number(msisdn: str, operator: str | None) -> None:
    assert operator_of(msisdn) == operator


@pytest.mark.parametrize(
    ("msisdn", "spoken"),
    [
        pytest.param("+22376123456", "76 12 34 56", id="mobile"),
        pytest.param("+22320223344", "20 22 33 44", id="fixed"),
        pytest.param("+221338210000", "+221 33 821 00 00", id="abroad"),
    ],
)
def test_a_number_is_shown_as_people_read_it_out(msisdn: str, spoken: str) -> None:
    assert spoken_number(msisdn) == spoken
