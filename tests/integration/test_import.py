"""Importing files: good rows go in, bad rows are named, and a second time changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from sqlalchemy import delete, func, select, update

from smsgateway.calendars.hours import Hours
from smsgateway.cli import cli
from smsgateway.enrolment.tables import enrolment, enrolment_history
from smsgateway.interchange.importer import BATCH_ROWS, Importer, Report
from smsgateway.interchange.kind import LONGEST_ECHO, Context, Outcome, Problem
from smsgateway.interchange.kinds import KINDS
from smsgateway.interchange.tabular import UnreadableFile, open_table
from smsgateway.register import changes, children, phones
from smsgateway.register.tables import (
    caregiver,
    consent,
    facility,
    household,
    immunization,
    person,
    phone,
    plan_mark,
)
from smsgateway.staff.tables import audit, staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

FACILITIES = (
    "code;nom;type;région;jours de vaccination;tél\nC1;Asacobafa;CSCOM;Bamako;mardi, jeudi;\n"
)
CHILDREN = (
    "identifiant;prénom;nom;sexe;date de naissance;centre;carnet;téléphone de la mère;langue;lien;"
    "date de consentement\n"
    "E1;Awa;Traoré;F;12/05/2026;C1;ML 001;76 00 00 01;bambara;mère;13/05/2026\n"
    "E2;Adama;Traoré;M;2026-05-12;C1;ML 002;76 00 00 01;bambara;mère;13/05/2026\n"
)
DOSES = "carnet;vaccin;date\nml-001;Bcg;12/05/2026\nML001;penta 1;23-06-26\n"
ENROLMENTS = (
    "régime;n° dossier;titulaire;année de naissance;statut;date statut;téléphone\n"
    "RAMED;0001-22112026;Titulaire (démo);1984;Carte disponible;22/11/2026;76000001\n"
    "AMV;77;Titulaire (démo);1990;Actif;01/02/2026;\n"
)
STAFF = "nom;téléphone;centre;fonction\nAgent (démo);76 00 00 09;C1;Vaccinateur\n"
HOUSEHOLDS = "id;centre;chef de ménage;quartier;tel\nM1;C1;Chef (démo);Lafiabougou;76000001\n"

ALL = {
    "facilities": FACILITIES,
    "households": HOUSEHOLDS,
    "children": CHILDREN,
    "doses": DOSES,
    "enrolments": ENROLMENTS,
    "staff": STAFF,
}

Load = Callable[..., tuple[Report, list[Problem]]]


@pytest.fixture
def load(database: Database, clock: FixedClock, tmp_path: Path) -> Load:
    """Imports a text or a workbook as a file of a kind."""

    def run(kind: str, content: str | Workbook, **options: Any) -> tuple[Report, list[Problem]]:
        path = tmp_path / "file"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            content.save(path)
        problems: list[Problem] = []
        context = Context(now=clock.now(), today=date(2026, 11, 23))
        importer = Importer(database, KINDS[kind], context, on_problem=problems.append, **options)
        with open_table(path) as table:
            return importer.run(table), problems

    return run


@pytest.fixture
def loaded(load: Load) -> Load:
    """The same, after one import of each kind."""
    for kind, content in ALL.items():
        report, problems = load(kind, content)
        assert problems == []
        assert report.outcomes[Outcome.CREATED] == report.rows > 0
    return load


def count(database: Database, table: Any) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_every_kind_goes_in_under_french_headers(loaded: Load, database: Database) -> None:
    with database.read() as connection:
        child = children.by_carnet(connection, "ml 001")
        assert child is not None
        assert (child.first_name, child.sex, child.birth_date) == ("Awa", "F", date(2026, 5, 12))
        assert child.facility.session_days == {1, 3}
        assert [(dose.vaccine, dose.date) for dose in child.doses] == [
            ("BCG", date(2026, 5, 12)),
            ("PENTA1", date(2026, 6, 23)),
        ]
        siblings = children.of_phone(connection, "+22376000001")
        assert [one.first_name for one in siblings] == ["Awa", "Adama"]
        profile = phones.profile(connection, "+22376000001")
        assert profile is not None
        assert profile.language == "bm"
        numbers = connection.execute(select(enrolment.c.file_number)).scalars().all()
        assert sorted(numbers) == ["000122112026", "77"]
    counted = {household: 1, caregiver: 2, consent: 2, enrolment_history: 2, staff: 1, audit: 1}
    assert {table: count(database, table) for table in counted} == counted
    assert count(database, plan_mark) == 2


def test_importing_the_same_files_again_changes_nothing(loaded: Load, database: Database) -> None:
    with database.begin() as connection:
        connection.execute(delete(plan_mark))
    tables = (facility, household, person, caregiver, consent, immunization, phone, audit)
    before = [count(database, table) for table in tables]
    for kind, content in ALL.items():
        report, problems = loaded(kind, content)
        assert problems == []
        assert report.outcomes[Outcome.UNCHANGED] == report.rows
    assert [count(database, table) for table in tables] == before
    assert count(database, plan_mark) == 0


def test_a_dry_run_reports_and_stores_nothing(load: Load, database: Database) -> None:
    report, _ = load("facilities", FACILITIES, dry_run=True)
    assert report.outcomes[Outcome.CREATED] == 1
    assert count(database, facility) == 0


def test_an_empty_cell_leaves_what_is_stored(loaded: Load, database: Database) -> None:
    report, _ = loaded("facilities", "code,name,kind,region,phone\nC1,Asacobafa,cscom,Kayes,\n")
    assert report.outcomes[Outcome.UPDATED] == 1
    with database.read() as connection:
        row = connection.execute(select(facility)).one()
    assert (row.region, row.session_days) == ("Kayes", "tue,thu")


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        pytest.param(
            "children",
            "external_id,first_name,sex,birth_date,facility_code,carer_phone\n"
            "N1,Awa,?,31/02/2026,C1,12\n",
            [
                (2, "sex", "?", "it must be one of F, M"),
                (2, "birth_date", "31/02/2026", "there is no such day in the calendar"),
                (2, "carer_phone", "12", "it must be one phone number like"),
            ],
            id="every bad cell of a row",
        ),
        pytest.param(
            "children",
            "external_id,first_name,sex,birth_date,facility_code\nN1,,F,24/11/2026,C1\n",
            [(2, "first_name", "", "it must not be empty")],
            id="a required cell is empty",
        ),
        pytest.param(
            "children",
            "external_id,first_name,sex,birth_date,facility_code\nN1,Awa,F,24/11/2026,C1\n",
            [(2, "birth_date", "2026-11-24", "it must not be in the future")],
            id="born tomorrow",
        ),
        pytest.param(
            "children",
            "external_id,first_name,sex,birth_date,facility_code\nN1,Awa,F,01/11/2026,C9\n",
            [(2, "facility_code", "C9", "nothing has this code: import the facilities first")],
            id="an unknown facility",
        ),
        pytest.param(
            "children",
            "external_id,carnet,first_name,sex,birth_date,facility_code\n,,Awa,F,01/11/2026,C1\n",
            [(2, "external_id", "", "one of external_id and carnet_number must not be empty")],
            id="nothing to know the child by",
        ),
        pytest.param(
            "children",
            "external_id,carnet,first_name,sex,birth_date,facility_code\n"
            "E9,ML001,Awa,F,01/11/2026,C1\n",
            [(2, "carnet_number", "ML001", "another child has this card number")],
            id="somebody else's card",
        ),
        pytest.param(
            "doses",
            "child_id,carnet_number,vaccine,date\nE1,ML002,RR1,01/11/2026\n"
            "E1,,RR1,01/11/2025\nE9,,RR1,01/11/2026\nE1,,aspirin,01/11/2026\n",
            [
                (5, "vaccine", "aspirin", "it must be a vaccine or dose of the schedule"),
                (2, "carnet_number", "ML002", "another child has this card number"),
                (3, "date", "2025-11-01", "it must not be before the child's birth"),
                (4, "child_id", "E9", "nothing has this code: import the children first"),
            ],
            id="doses",
        ),
        pytest.param(
            "enrolments",
            "scheme,file_number,holder_name,holder_birth_year,status,status_date,valid_from,"
            "valid_until\n"
            "XYZ,1,T (démo),1984,ACTIF,01/11/2026,,\n"
            "RAMED,1,T (démo),1984,PERDU,01/11/2026,,\n"
            "RAMED,1,T (démo),1984,ACTIF,01/11/2026,02/11/2026,01/11/2026\n",
            [
                (3, "status", "PERDU", "it must be one of ACTIF"),
                (4, "valid_until", "2026-11-01", "it must not be before valid_from"),
                (2, "scheme", "XYZ", "it must be one of AMO, AMV, AMV+, RAMED, RAMED+"),
            ],
            id="enrolments",
        ),
        pytest.param(
            "facilities",
            "code,name,kind,region\nC2,Koa,cscom,Mopti,extra\n",
            [(2, "", "extra", "the row has more cells than the header")],
            id="a cell too many",
        ),
        pytest.param(
            "children",
            f"external_id,first_name,sex,birth_date,facility_code\nN1,Awa,F,{'9' * 5_000},C1\n",
            [(2, "birth_date", "9" * 59 + "…", "it must be a date")],
            id="a birth date of 5,000 digits",
        ),
        pytest.param(
            "facilities",
            f"code,name,kind,region\nC2,{'x' * 200_000},cscom,Mopti\n",
            [(2, "name", "x" * 59 + "…", "it must have at most 120 characters")],
            id="a cell of 200 kB",
        ),
        pytest.param(
            "facilities",
            'code,name,kind,region\nC2,"Koa,cscom,Mopti\n',
            [(2, "name", "Koa,cscom,Mopti", "a quote is not closed")],
            id="an open quote",
        ),
        pytest.param(
            "facilities",
            'code,name,kind,region,x\nC2,Koa,cscom,Mopti,"\n',
            [(2, "", "", "a quote is not closed")],
            id="an open quote under a header that is not known",
        ),
        pytest.param(
            "facilities",
            "code,name,kind,region,sending_hours\nC2,Koa,cscom,Mopti,8h-18h\n",
            [(2, "sending_hours", "8h-18h", "it must be hours like 08:00-18:00")],
            id="sending hours in words",
        ),
        pytest.param(
            "children",
            "external_id,first_name,sex,birth_date,facility_code,date_deces,date_depart\n"
            "E1,Awa,F,12/05/2026,C1,24/11/2026,\nE1,Awa,F,12/05/2026,C1,,11/05/2026\n",
            [
                (2, "died_on", "2026-11-24", "it must not be in the future"),
                (3, "moved_on", "2026-05-11", "it must not be before the child's birth"),
            ],
            id="a death tomorrow, a move before birth",
        ),
    ],
)
def test_a_bad_row_is_named_by_line_column_value_and_rule(
    loaded: Load, kind: str, content: str, expected: list[tuple[int, str, str, str]]
) -> None:
    report, problems = loaded(kind, content)
    assert len(problems) == len(expected)
    for problem, (line, column, value, rule) in zip(problems, expected, strict=True):
        assert (problem.line, problem.column, problem.value) == (line, column, value)
        assert problem.rule.startswith(rule)
    assert report.bad == len({problem.line for problem in problems})


def test_good_rows_go_in_beside_bad_ones(loaded: Load, database: Database) -> None:
    content = DOSES + "ML001;penta 2;demain\nML002;bcg;12/05/2026\n"
    report, problems = loaded("doses", content)
    assert (report.bad, report.outcomes[Outcome.CREATED]) == (1, 1)
    assert problems[0].line == 4
    assert count(database, immunization) == 3


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("B1;" + "x" * 200_000 + ";cscom;Kayes", id="a cell of 200 kB"),
        pytest.param("B1;" + "x" * 2_000_000 + ";cscom;Kayes", id="a line of 2 MB"),
        pytest.param('B1;"Koa;cscom;Kayes', id="a quote left open"),
        pytest.param("B1;\udce9;cscom;Kayes", id="a byte that is not UTF-8"),
        pytest.param(f"{'9' * 5_000};Koa;cscom;Kayes", id="5,000 digits"),
    ],
)
def test_rows_after_a_spoilt_one_go_in_unharmed(
    database: Database, clock: FixedClock, tmp_path: Path, row: str
) -> None:
    content = f'code;name;kind;region\nC1;Kénié;cscom;Ségou\n{row}\nC2;"Koa";cscom;Mopti\n'
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    problems: list[Problem] = []
    context = Context(now=clock.now(), today=date(2026, 11, 23))
    importer = Importer(database, KINDS["facilities"], context, on_problem=problems.append)
    with open_table(path) as table:
        importer.run(table)
    assert [problem.line for problem in problems] == [3]
    assert all(len(problem.value) <= LONGEST_ECHO for problem in problems)
    with database.read() as connection:
        rows = connection.execute(select(facility.c.code, facility.c.name, facility.c.region))
        assert sorted(map(tuple, rows)) == [("C1", "Kénié", "Ségou"), ("C2", "Koa", "Mopti")]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        pytest.param("died_on", "died_on", id="a death"),
        pytest.param("date_deces", "died_on", id="a death in French"),
        pytest.param("moved_on", "moved_on", id="a move"),
        pytest.param("Date de départ", "moved_on", id="a move in French"),
    ],
)
def test_a_death_or_a_move_is_recorded_once_and_asks_for_a_new_plan(
    loaded: Load, database: Database, header: str, column: str
) -> None:
    with database.begin() as connection:
        connection.execute(delete(plan_mark))
    content = (
        f"external_id,first_name,sex,birth_date,facility_code,{header}\n"
        "E1,Awa,F,12/05/2026,C1,20/11/2026\nE2,Adama,M,12/05/2026,C1,\n"
    )
    report, problems = loaded("children", content)
    assert problems == []
    assert report.outcomes == {Outcome.CREATED: 0, Outcome.UPDATED: 1, Outcome.UNCHANGED: 1}
    with database.read() as connection:
        stored = connection.execute(select(person.c[column]).order_by(person.c.external_id))
        assert list(stored.scalars()) == [date(2026, 11, 20), None]
    assert count(database, plan_mark) == 1
    again, _ = loaded("children", content)
    assert again.outcomes[Outcome.UNCHANGED] == 2


def spread_over_people(database: Database, clock: FixedClock) -> int:
    """How many people the marks of facilities ask a new plan for."""
    with database.begin() as connection:
        return changes.spread(connection, clock.now(), 10)


def test_sending_hours_are_stored_and_ask_for_new_plans_of_that_facility(
    loaded: Load, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        connection.execute(delete(plan_mark))
    loaded(
        "facilities", "code,nom,type,région,heures d'envoi\nC1,Asacobafa,CSCOM,Bamako,09:00-17:00\n"
    )
    with database.read() as connection:
        assert connection.execute(select(facility.c.sending_hours)).scalar() == "09:00-17:00"
        child = children.by_carnet(connection, "ML001")
    assert child is not None
    assert child.facility.sending_hours == Hours(time(9), time(17))
    assert spread_over_people(database, clock) == 2


def test_two_new_children_of_a_file_cannot_share_a_card(load: Load, database: Database) -> None:
    load("facilities", FACILITIES)
    rows = [f"N{i},card {i % 40},Awa,F,01/11/2026,C1\n" for i in range(43)]
    header = "external_id,carnet_number,first_name,sex,birth_date,facility_code\n"
    report, problems = load("children", header + "".join(rows))
    assert report.outcomes[Outcome.CREATED] == 40
    assert [(problem.line, problem.rule) for problem in problems] == [
        (line, "another child has this card number") for line in (42, 43, 44)
    ]
    assert count(database, person) == 40


def test_the_later_row_of_a_file_wins(load: Load, database: Database) -> None:
    content = "code,name,kind,region\nC1,Old,cscom,Kayes\nC2,Koa,cscom,Mopti\nC1,New,cscom,Kayes\n"
    report, _ = load("facilities", content)
    assert (report.outcomes[Outcome.CREATED], report.outcomes[Outcome.UPDATED]) == (2, 1)
    with database.read() as connection:
        names = connection.execute(select(facility.c.name).order_by(facility.c.code)).scalars()
        assert list(names) == ["New", "Koa"]


def test_a_file_longer_than_a_batch_is_read_to_its_end(load: Load, database: Database) -> None:
    rows = [f"C{i},Centre {i} (démo),cscom,Kayes\n" for i in range(2 * BATCH_ROWS + 5)]
    report, _ = load("facilities", "code,name,kind,region\n" + "".join(rows))
    assert report.outcomes[Outcome.CREATED] == 2 * BATCH_ROWS + 5 == count(database, facility)


def test_a_new_number_of_the_mother_replaces_the_old_one(loaded: Load, database: Database) -> None:
    report, _ = loaded("children", CHILDREN.replace("76 00 00 01", "76 00 00 02", 1))
    assert report.outcomes == {Outcome.CREATED: 0, Outcome.UPDATED: 1, Outcome.UNCHANGED: 1}
    with database.read() as connection:
        assert [c.first_name for c in children.of_phone(connection, "+22376000001")] == ["Adama"]
        assert [c.first_name for c in children.of_phone(connection, "+22376000002")] == ["Awa"]


def test_an_import_never_changes_a_language_somebody_chose(
    loaded: Load, database: Database
) -> None:
    with database.begin() as connection:
        connection.execute(update(phone).values(language="fr"))
    loaded("children", CHILDREN.replace("Awa", "Hawa"))
    with database.read() as connection:
        assert set(connection.execute(select(phone.c.language)).scalars()) == {"fr"}


def test_new_session_days_ask_for_new_plans_of_that_facility(
    loaded: Load, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        connection.execute(delete(plan_mark))
    loaded("facilities", FACILITIES.replace("mardi, jeudi", "vendredi"))
    assert spread_over_people(database, clock) == 2


def test_a_status_that_changes_is_kept_in_the_history(loaded: Load, database: Database) -> None:
    loaded("enrolments", ENROLMENTS.replace("Carte disponible", "Carte remise"))
    with database.read() as connection:
        statuses = connection.execute(
            select(enrolment_history.c.status)
            .join(enrolment, enrolment.c.id == enrolment_history.c.enrolment_id)
            .where(enrolment.c.scheme == "RAMED")
            .order_by(enrolment_history.c.id)
        ).scalars()
        assert list(statuses) == ["CARTE_DISPONIBLE", "CARTE_REMISE"]


def test_a_spreadsheet_gives_numbers_and_dates_of_its_own(load: Load, database: Database) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["régime", "dossier", "titulaire", "né en", "statut", "date statut", "téléphone"])
    sheet.append(["RAMED", 122112026, "=1+1", 1984, "ACTIF", date(2026, 11, 1), 76000001])
    report, problems = load("enrolments", book)
    assert problems == []
    assert report.outcomes[Outcome.CREATED] == 1
    with database.read() as connection:
        row = connection.execute(select(enrolment)).one()
    assert (row.file_number, row.holder_name) == ("000122112026", "=1+1")
    assert row.status_date == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("code,name\nC1,x\n", "no column kind, region", id="columns are missing"),
        pytest.param("code,nom,name,kind,region\n", "Two columns of the file are name", id="twice"),
    ],
)
def test_a_file_without_what_it_needs_is_refused(load: Load, content: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        load("facilities", content)


class TestCommand:
    """`smsgateway import` as an operator runs it."""

    @pytest.fixture
    def run(
        self, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., Result]:
        monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
        monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())

        def invoke(kind: str, content: str, *options: str) -> Result:
            path = tmp_path / "file.csv"
            path.write_bytes(content.encode("cp1252"))
            return CliRunner().invoke(cli, ["import", kind, str(path), *options])

        return invoke

    def test_a_good_file_ends_with_status_0(self, run: Callable[..., Result]) -> None:
        result = run("facilities", FACILITIES)
        assert result.exit_code == 0
        assert "1 rows: 1 created, 0 updated, 0 unchanged, 0 bad." in result.output

    def test_bad_rows_are_listed_and_end_with_status_1(self, run: Callable[..., Result]) -> None:
        result = run("facilities", FACILITIES + "C2;Koa;hotel;Mopti;;\n")
        assert result.exit_code == 1
        assert "line 3, kind, 'hotel': it must be one of cscom" in result.stderr
        assert "1 created, 0 updated, 0 unchanged, 1 bad" in result.stdout

    def test_the_json_report_names_everything(self, run: Callable[..., Result]) -> None:
        result = run("facilities", "code,name,kind,region,colour\nC1,x,hotel,Kayes,red\n", "--json")
        assert result.exit_code == 1
        report = json.loads(result.stdout)
        assert report["unknown_columns"] == ["colour"]
        assert report["bad"] == report["rows"] == 1
        assert report["problems"][0] | {"rule": ""} == {
            "line": 2,
            "column": "kind",
            "value": "hotel",
            "rule": "",
        }

    def test_the_facility_option_stands_for_a_column_that_is_missing(
        self, run: Callable[..., Result]
    ) -> None:
        run("facilities", FACILITIES)
        content = "external_id,first_name,sex,birth_date\nE1,Awa,F,01/11/2026\n"
        assert run("children", content).exit_code == 2
        assert run("children", content, "--facility", "C1").exit_code == 0
        refused = run("children", content, "--facility", "C9")
        assert refused.exit_code == 2
        assert "no facility with the code C9" in refused.stderr

    def test_a_file_that_cannot_be_read_ends_with_status_2(
        self, run: Callable[..., Result]
    ) -> None:
        result = run("facilities", "")
        assert result.exit_code == 2
        assert "is empty" in result.stderr

    def test_a_database_that_does_not_answer_is_said_in_a_sentence(
        self, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
        result = run("facilities", FACILITIES)
        assert result.exit_code == 2
        assert "The database does not answer" in result.stderr

    def test_long_values_and_headers_are_shortened(self, run: Callable[..., Result]) -> None:
        long = "x" * 9_000
        content = f"code,name,kind,region,{long}\nC1,x,{long},Kayes,red\n"
        result = run("facilities", content)
        assert result.exit_code == 1
        assert "xxx…" in result.stderr
        assert max(map(len, result.stderr.splitlines())) < 200
        report = json.loads(run("facilities", content, "--json").stdout)
        assert len(report["problems"][0]["value"]) == len(report["unknown_columns"][0]) == 60

    def test_the_help_lists_the_columns_of_every_kind(self) -> None:
        output = CliRunner().invoke(cli, ["import", "--help"]).output
        for kind in KINDS.values():
            assert f"{kind.name}: " in output
        for name in ("died_on", "moved_on", "sending_hours"):
            assert name in output
