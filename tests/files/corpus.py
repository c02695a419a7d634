"""Lists as registration sites, Excel and people write them: the files, and what comes out of each.

    tests/files/corpus.py

writes them anew into tests/fixtures/files. All people are invented; the forms are those of public
documentation and examples. What comes out stands beside each: the runners, or all the faults.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from yellowgate.event.person import Order
from yellowgate.model import Runner

FOLDER = Path(__file__).parent.parent / "fixtures" / "files"


@dataclass(frozen=True)
class Case:
    """A file. runners: what it must bring; faults: a piece of each line that must be said instead,
    all of them. notes: pieces of what must be said beside. order, encoding, sheet: as asked for.
    """

    name: str
    data: bytes
    runners: tuple[Runner, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    order: Order = ""
    encoding: str = ""
    sheet: str = ""


def who(
    name: str,
    gender: str = "",
    bib: str = "",
    born: str = "",
    **more: Any,  # noqa: ANN401 - any field
) -> Runner:
    """A runner in few words."""
    return Runner(name, gender, birthdate=born, bibs={0: bib} if bib else {}, **more)


ADA = who("Ada Ashdown", "F", "101", "1985-03-19")
BRAM = who("Bram Birch", "M", "102", "1979-11-02")
BOTH = (ADA, BRAM)
JURGEN = who("Jürgen Müller", "M", "17", "1971-06-30")
LEA = who("Léa Fontaine", "F", "18", "1990-12-25")
WEST = (JURGEN, LEA)


def text(*lines: str, eol: str = "\n", encoding: str = "utf-8") -> bytes:
    """Lines as a program writes them."""
    return eol.join((*lines, "")).encode(encoding)


def book(*sheets: tuple[str, list[list[Any]]], merged: str = "") -> bytes:
    """A workbook with these sheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merged:
            sheet.merge_cells(merged)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one of its parts replaced, or another one added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def far_row(data: bytes) -> bytes:
    """A workbook whose sheet goes on, empty, to the last row that Excel has."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml").decode()
    row = '<row r="1048576"><c r="A1048576"/></row></sheetData>'
    return with_part(data, "xl/worksheets/sheet1.xml", xml.replace("</sheetData>", row).encode())


PLAIN = ("name,gender,bib,birthdate", "Ada Ashdown,F,101,1985-03-19", "Bram Birch,M,102,1979-11-02")
ROWS: list[list[Any]] = [line.split(",") for line in PLAIN]
DE = ("Startnummer;Nachname;Vorname;Geschlecht;Geburtsdatum;Ort;Verein",
      "17;Müller;Jürgen;m;30.06.1971;Köln;LG Süd",
      "18;Fontaine;Léa;w;25.12.1990;Trier;")  # fmt: skip
WEST_DE = (
    Runner("Jürgen Müller", "M", "", {0: "17"}, "1971-06-30", "Köln"),
    Runner("Léa Fontaine", "F", "", {0: "18"}, "1990-12-25", "Trier"),
)
SITES = (
    Case(
        "ultrasignup-entrants.csv",
        text(
            "Order ID,Registration Date,Removed,Event,Distance,First Name,Last Name,Email,Age,"
            "Gender,Address,City,State,Zip,Country,DOB,Phone,Emergency Contact,Bib",
            "9001,1/5/2025 8:02:11 AM,,Test 100,100 Miler,Ada,Ashdown,ada@example.org,39,F,"
            '"1 Oak St, Apt 2",Wartburg,TN,37887,USA,3/19/1985,555-0100,Bo Ash 555-0101,101',
            "9002,1/6/2025 9:12:00 PM,,Test 100,100 Miler,Bram,Birch,bram@example.org,45,M,"
            "2 Elm St,Oslo,,0150,NOR,11/2/1979,555-0102,Cy Birch 555-0103,102",
            eol="\r\n",
        ),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", age=39, city="Wartburg", state="TN",
                country="USA"),
            who("Bram Birch", "M", "102", "1979-11-02", age=45, city="Oslo", country="NOR"),
        ),
        notes=("'Order ID'",),
    ),
    Case(
        "ultrasignup-results-header.csv",
        text("place,time,first,last,age,gender,city,state,dob,bib,status",
             ",,Ada,Ashdown,39,F,Wartburg,TN,1985-03-19,101,",
             ",,Bram,Birch,45,M,,,1979-11-02,102,"),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", age=39, city="Wartburg", state="TN"),
            who("Bram Birch", "M", "102", "1979-11-02", age=45),
        ),
    ),
    Case(
        "runsignup-participants.csv",
        text(
            "First Name,Middle Name,Last Name,E-mail Address,City,State,ZIP/Postal Code,Country,"
            "Date of Birth,Age,Gender,Phone,Event,Bib,Chip,Registration ID",
            "Ada,Q,Ashdown,ada@example.org,Wartburg,TN,37887,US,03/19/1985,39,F,555-0100,100 Mile,"
            "101,04A101C1D25E80,700001",
            "Bram,,Birch,bram@example.org,Wartburg,TN,37887,US,11/02/1979,45,M,555-0101,100 Mile,"
            "102,04:A1:02:C1:D2:5E:80,700002",
            "Cleo,,Cove,cleo@example.org,Wartburg,TN,37887,US,12/25/1990,34,X,555-0104,100 Mile,"
            "103,,700003",
        ),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", age=39, city="Wartburg", state="TN",
                country="US", tag="04a101c1d25e80"),
            who("Bram Birch", "M", "102", "1979-11-02", age=45, city="Wartburg", state="TN",
                country="US", tag="04a102c1d25e80"),
            who("Cleo Cove", "X", "103", "1990-12-25", age=34, city="Wartburg", state="TN",
                country="US"),
        ),
        notes=("'Middle Name'",),
    ),
    Case(
        "opensplittime-efforts.csv",
        text("first_name,last_name,gender,birthdate,bib_number,city,state_code,country_code,"
             "emergency_contact", "Ada,Ashdown,female,1985-03-19,101,Wartburg,US-TN,US,Bo",
             "Bram,Birch,male,1979-11-02,102,Oslo,,NO,Cy"),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", city="Wartburg", state="US-TN",
                country="US"),
            who("Bram Birch", "M", "102", "1979-11-02", city="Oslo", country="NO"),
        ),
    ),
    Case(
        "raceroster-participants.csv",
        text("Bib Number,First Name,Last Name,Sex,Date of Birth,City,Province,Country,Sub-Event",
             "101,Ada,Ashdown,Female,1985-03-19,Banff,AB,CAN,100M",
             "102,Bram,Birch,Male,1979-11-02,Jasper,AB,CAN,100M"),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", city="Banff", state="AB", country="CAN"),
            who("Bram Birch", "M", "102", "1979-11-02", city="Jasper", state="AB", country="CAN"),
        ),
    ),
    Case(
        "itra-results.csv",
        text("Ranking,Time,Family Name,First Name,Gender,Birthdate,Nationality,Bib no.,City",
             "1,,Ashdown,Ada,F,1985-03-19,GBR,101,Leeds", "2,,Birch,Bram,M,1979-11-02,NED,102,"),
        (
            who("Ada Ashdown", "F", "101", "1985-03-19", country="GBR", city="Leeds"),
            who("Bram Birch", "M", "102", "1979-11-02", country="NED"),
        ),
    ),
    Case(
        "duv-like.csv",
        text("Rank;Performance;Surname;First name;Club;Nat.;M/F;Cat",
             "1;;Ashdown;Ada;;GBR;W;W35", "2;;Birch;Bram;LG Test;NED;M;M45"),
        (who("Ada Ashdown", "F", country="GBR"), who("Bram Birch", "M", country="NED")),
    ),
    Case(
        "typed-by-hand.csv",
        text("Bib #, Runner, Sex, Hometown", '101, Ada Ashdown, f, "Wartburg, TN"',
             '102, Bram Birch, m, Oslo'),
        (who("Ada Ashdown", "F", "101", city="Wartburg", state="TN"),
         who("Bram Birch", "M", "102", city="Oslo")),
    ),
    Case(
        "last-comma-first.csv",
        text("Name,Sex,No.", '"Ashdown, Ada",F,101', '"Birch, Bram",M,102'),
        (who("Ashdown, Ada", "F", "101"), who("Birch, Bram", "M", "102")),
    ),
)  # fmt: skip
SEPARATORS = tuple(
    Case(f"plain-{name}", text(*(line.replace(",", sep) for line in PLAIN), eol=eol), BOTH)
    for name, sep, eol in (
        ("commas-lf.csv", ",", "\n"), ("commas-crlf.csv", ",", "\r\n"),
        ("commas-cr.csv", ",", "\r"),
        ("semicolons.csv", ";", "\r\n"), ("tabs.tsv", "\t", "\n"), ("bars.txt", "|", "\n"),
    )
)  # fmt: skip
QUOTED = ('"name","gender","bib","birthdate"', '"Ada Ashdown","F","101","1985-03-19"',
          '"Bram Birch","M","102","1979-11-02"')  # fmt: skip
ENCODINGS = (
    Case("utf8-with-mark.csv", b"\xef\xbb\xbf" + text(*DE), WEST_DE),
    Case("utf8-umlauts.csv", text(*DE, eol="\r\n"), WEST_DE, notes=("'Verein'",)),
    Case("utf16-excel-unicode-text.txt",
         text(*(line.replace(";", "\t") for line in DE), eol="\r\n", encoding="utf-16"), WEST_DE,
         notes=("UTF-16",)),
    Case("utf16-be-no-mark.csv", text(*DE, encoding="utf-16-be"), WEST_DE, notes=("UTF-16",)),
    Case("cp1252-said.csv", text(*DE, encoding="cp1252"), WEST_DE, encoding="cp1252",
         notes=("Windows-1252",)),
    Case("cp1250-said.csv",
         text("name;gender;bib", "Łukasz Żabiński;M;1", "Jiří Dvořák;M;2", encoding="cp1250"),
         (who("Łukasz Żabiński", "M", "1"), who("Jiří Dvořák", "M", "2")), encoding="cp1250"),
    Case("cp1251-said.csv",
         text("name;gender;bib", "Нина Лебедева;ж;1", "Пётр Орлов;м;2", encoding="cp1251"),
         (who("Нина Лебедева", "F", "1"), who("Пётр Орлов", "M", "2")), encoding="cp1251"),
    Case("cp1253-said.csv",
         text("name;gender;bib", "Γιώργος Παππάς;M;1", encoding="cp1253"),
         (who("Γιώργος Παππάς", "M", "1"),), encoding="cp1253"),
    Case("cp1254-said.csv", text("name;gender;bib", "Özgür Şahin;M;1", encoding="cp1254"),
         (who("Özgür Şahin", "M", "1"),), encoding="cp1254"),
    Case("mac-decomposed.csv", text("name;gender;bib", "Ju\u0308rgen Mu\u0308ller;M;17"),
         (who("Jürgen Müller", "M", "17"),)),
    Case("japanese-utf8.csv", text("name,gender,bib", "田中 花子,女,1"),
         (who("田中 花子", "F", "1"),)),
    Case("wrong-encoding-said.csv", text(*DE, encoding="cp1252"), encoding="utf-8",
         faults=("is not text in utf-8",)),
    Case("no-such-encoding.csv", text(*PLAIN), encoding="cp9999",
         faults=("no encoding is called 'cp9999'",)),
)  # fmt: skip
FORMS = (
    Case("quoted.csv", text(*QUOTED, eol="\r\n"), BOTH),
    Case("title-above.csv", text("Test 100 Start List", "printed 2025-03-01", "", *PLAIN), BOTH),
    Case("totals-below.csv", text(*PLAIN, ",,,", "Total: 2,,,"), BOTH, notes=("'Total: 2'",)),
    Case("blank-rows.csv", text(PLAIN[0], "", ",,,", PLAIN[1], "  ", PLAIN[2]), BOTH),
    Case("html-scrap.csv", text(*PLAIN, "<tr><td>x</td></tr>,,,"), BOTH,
         notes=("piece of a web page",)),
    Case("empty-columns-behind.csv", text(*(line + ",,," for line in PLAIN)), BOTH),
    Case("unused-columns.csv", text("T-Shirt," + PLAIN[0], "L," + PLAIN[1], "M," + PLAIN[2]), BOTH,
         notes=("not used: 'T-Shirt'",)),
    Case("another-order.csv", text("birthdate,bib,gender,name", "1985-03-19,101,F,Ada Ashdown",
                                   "1979-11-02,102,M,Bram Birch"), BOTH),
    Case("mixed-line-ends.csv", f"{PLAIN[0]}\r\n{PLAIN[1]}\n{PLAIN[2]}\r".encode(), BOTH),
    Case("a-runner-called-sum.csv", text("name,bib", "Sum Wong,7", "Count Basil,8"),
         (who("Sum Wong", "", "7"), who("Count Basil", "", "8"))),
    Case("names-hard.csv",
         text("name,gender,bib", "\"O'Brien, Siobhán\",F,1", '"Bo ""Bear"" Ek",M,2',
              "Anne-Marie de la Cruz,F,3", "=1+1,M,4"),
         (who("O'Brien, Siobhán", "F", "1"), who('Bo "Bear" Ek', "M", "2"),
          who("Anne-Marie de la Cruz", "F", "3"), who("=1+1", "M", "4"))),
    Case("bibs-hard.csv", text("name,gender,bib", "Ada Ashdown,F,007", "Bram Birch,M,A17"),
         (who("Ada Ashdown", "F", "007"), who("Bram Birch", "M", "A17"))),
    Case("bib-of-each-loop.csv",
         text("Name,Sex,Bib Loop 1,Loop 2 Bib,bib_loop3", "Ada Ashdown,F,1,11,21"),
         (Runner("Ada Ashdown", "F", bibs={1: "1", 2: "11", 3: "21"}),)),
    Case("two-tags.csv",
         text("name,gender,tag,Ankle tag", "Ada Ashdown,F,04a101c1d25e80,04a1 01c1 d25e 81"),
         (who("Ada Ashdown", "F", tag="04a101c1d25e80", tag2="04a101c1d25e81"),)),
    Case("german.csv", text(*DE), WEST_DE),
    Case("french.csv",
         text("Dossard;Nom de famille;Prénom;Sexe;Date de naissance;Nationalité",
              "1;Fontaine;Léa;F;25/12/1990;FRA", "2;Roche;Yves;H;03/04/1980;FRA"),
         (who("Léa Fontaine", "F", "1", "1990-12-25", country="FRA"),
          who("Yves Roche", "M", "2", "1980-04-03", country="FRA"))),
    Case("spanish.csv", text("Dorsal;Nombre;Apellidos;Sexo", "1;Inés;Prado;mujer",
                             "2;Raúl;Ríos;hombre"),
         (who("Inés Prado", "F", "1"), who("Raúl Ríos", "M", "2"))),
    Case("genders-not-said.csv",
         text("name,gender,bib", "Ada Ashdown,,1", "Bram Birch,n/a,2", "Cleo Cove,non-binary,3"),
         (who("Ada Ashdown", "", "1"), who("Bram Birch", "", "2"), who("Cleo Cove", "X", "3"))),
    Case("heading-in-two-lines.csv",
         text("Runner,,Bib,Sex", "First Name,Last Name,,", "Ada,Ashdown,101,F"),
         (who("Ada Ashdown", "F", "101"),)),
)  # fmt: skip
DATES = (
    Case("dates-us.csv", text("name,dob", "Ada Ashdown,3/19/1985", "Bram Birch,11/2/1979"),
         (who("Ada Ashdown", born="1985-03-19"), who("Bram Birch", born="1979-11-02"))),
    Case("dates-eu.csv", text("name,dob", "Ada Ashdown,19/03/1985", "Bram Birch,2/11/1979"),
         (who("Ada Ashdown", born="1985-03-19"), who("Bram Birch", born="1979-11-02"))),
    Case("dates-dots.csv", text("name,dob", "Ada Ashdown,9.3.1985"),
         (who("Ada Ashdown", born="1985-03-09"),)),
    Case("dates-words.csv",
         text("name,dob", "Ada Ashdown,19 Mar 1985", 'Bram Birch,"November 2, 1979"'),
         (who("Ada Ashdown", born="1985-03-19"), who("Bram Birch", born="1979-11-02"))),
    Case("dates-two-digits.csv", text("name,dob", "Ada Ashdown,3/19/85"),
         (who("Ada Ashdown", born="1985-03-19"),)),
    Case("dates-open.csv", text("name,dob", "Ada Ashdown,3/4/1985", "Bram Birch,5/6/1979"),
         faults=("birthdates like 3/4/1985 can be read in two ways",)),
    Case("dates-open-said.csv", text("name,dob", "Ada Ashdown,3/4/1985"),
         (who("Ada Ashdown", born="1985-03-04"),), order="mdy"),
    Case("dates-contradict.csv", text("name,dob", "Ada Ashdown,13/4/1985", "Bram Birch,5/16/1979"),
         faults=("contradict each other",)),
    Case("dates-half-converted.csv",
         text("name,dob", "Ada Ashdown,1985-04-03", "Bram Birch,3/19/1979"),
         faults=("did the spreadsheet take some for dates",)),
    Case("dates-dots-said-us.csv", text("name,dob", "Ada Ashdown,3.4.1985"),
         (who("Ada Ashdown", born="1985-03-04"),), order="mdy"),
    Case("dates-wrong.csv",
         text("name,dob", "Ada Ashdown,1985-02-30", "Bram Birch,someday", "Cleo Cove,2031-01-01"),
         faults=("line 2: birthdate '1985-02-30'", "line 3: birthdate 'someday'",
                 "line 4: birthdate '2031-01-01'")),
)  # fmt: skip
BOOKS = (
    Case("excel.xlsx", book(("Runners", ROWS)), BOTH),
    Case("excel-numbers-and-dates.xlsx",
         book(("Runners", [["Bib", "First", "Last", "Sex", "DOB"],
                           [101.0, "Ada", "Ashdown", "F", date(1985, 3, 19)],
                           [102, "Bram", "Birch", "M", date(1979, 11, 2)]])),
         BOTH),
    Case("excel-second-sheet-empty.xlsx", book(("Runners", ROWS), ("Sheet2", [])), BOTH,
         notes=("sheet 'Runners'",)),
    Case("excel-several-sheets.xlsx", book(("50K", ROWS), ("100K", ROWS)),
         faults=("has several sheets: say which with --sheet, of '50K', '100K'",)),
    Case("excel-sheet-said.xlsx", book(("50K", [["name"], ["Cleo Cove"]]), ("100K", ROWS)), BOTH,
         sheet="100K"),
    Case("excel-no-such-sheet.xlsx", book(("50K", ROWS)), sheet="100K",
         faults=("has no sheet '100K', but '50K'",)),
    Case("excel-formulas-not-computed.xlsx",
         book(("Runners", [["Name", "Bib"], ['=A9&" "&B9', 101]])),
         faults=("line 2: column 1 has a formula that was never computed",)),
    Case("excel-error-cells.xlsx", book(("Runners", [["Name", "Bib"], ["Ada Ashdown", "#REF!"]])),
         faults=("line 2: column 2 has an error in it (#REF!)",)),
    Case("excel-merged-heading.xlsx",
         book(("Runners", [["Name", None, "Bib"], ["Ada", "Ashdown", 101]]), merged="A1:B1"),
         faults=("column 2, beside 'Name', has no heading",)),
    Case("excel-empty-to-the-last-row.xlsx", far_row(book(("Runners", ROWS))), BOTH),
    Case("excel-empty.xlsx", book(("Runners", [])), faults=("without anything in it",)),
    Case("excel-bomb.xlsx", with_part(book(("Runners", ROWS)), "xl/media/x.bin", bytes(70 << 20)),
         faults=("unpacks to 70 MB",)),
    Case("excel-torn.xlsx", book(("Runners", ROWS))[:900], faults=("damaged XLSX or ZIP",)),
    Case("excel-broken-xml.xlsx",
         with_part(book(("Runners", ROWS)), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"),
         faults=("is an XLSX that cannot be read",)),
)  # fmt: skip
ZIPPED = io.BytesIO()
with zipfile.ZipFile(ZIPPED, "w") as _packed:
    _packed.writestr(zipfile.ZipInfo("runners.csv"), text(*PLAIN))
WRONG = (
    Case("zipped-list.zip", ZIPPED.getvalue(), faults=("is a ZIP file, no XLSX",)),
    Case("program.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", faults=("is a PDF",)),
    Case("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), faults=("old Excel file",)),
    Case("page.html", b"<!DOCTYPE html><table><tr><td>Ada</td></tr></table>",
         faults=("is a web page",)),
    Case("nuls.csv", b"name,bib\nAda\0Ashdown,1\n", faults=("is no text",)),
    Case("empty.csv", b"", faults=("no headings are found",)),
    Case("quote-never-closed.csv", text("name,bib", '"Ada Ashdown,1', "Bram Birch,2"),
         faults=("not readable as CSV",)),
    Case("quote-over-lines.csv", text("name,bib", '"Ada,1', 'Bram",2'),
         faults=("a cell goes on over several lines",)),
    Case("no-name-column.csv", text("gender,city", "F,Oslo"), faults=("'name' is missing",)),
    Case("two-name-columns.csv", text("name,Runner,bib", "Ada,Bram,1"),
         faults=("both say the name",)),
    Case("many-faults.csv",
         text("name,gender,tag,bib,age", "Ada Ashdown,Maybe,04a2,1,39", "Bram Birch,M,08a1b2c3,2,x",
              ",F,,,", "Cleo Cove,F,,1,200", "Dora Dale,F"),
         faults=("line 2: gender 'Maybe'", "line 2: tag '04a2'", "line 3: tag 08a1b2c3",
                 "line 3: age 'x'", "line 4: the name is missing", "line 5: age '200'",
                 "line 6: 5 columns are expected, here are 2")),
    Case("doubled.csv", text("name,gender,bib", "Ada,F,1", "Bram,M,1", "Ada,F,3"),
         faults=("line 3: the bib 1 is there twice", "line 4: 'Ada' is there twice")),
    Case("genders-h-and-m.csv", text("name,gender", "Inés Prado,M", "Raúl Ríos,H"),
         faults=("M may be mujer or masculin",)),
    Case("genders-d-and-h.csv", text("name,gender", "Ans de Boer,D", "Jan Bos,H"),
         faults=("gender D, and no F or W",)),
)  # fmt: skip


def packed(*parts: tuple[str, str]) -> bytes:
    """A ZIP with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts:
            made.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def hidden(data: bytes, title: str) -> bytes:
    """A workbook with a sheet that is not shown."""
    made = load_workbook(io.BytesIO(data))
    made[title].sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)
ADA7, BRAM8 = who("Ada Ashdown", "", "7"), who("Bram Birch", "", "8")
# In the forms that people have: other headings, other columns, and what programs leave behind.
ODD = (
    Case("german-list-with-facts-above.csv",
         text("Alpen Ultra 2025;;;", "Stand: 12.03.2025;;;", ";;;", "StNr;Name, Vorname;Jg.;m/w",
              "17;Müller, Jürgen;1971;m", "18;Fontaine, Léa;1990;w"),
         (who("Müller, Jürgen", "M", "17"), who("Fontaine, Léa", "F", "18")), notes=("'Jg.'",)),
    Case("groups-above-the-headings.csv",
         text("Person,,,Race", "First Name,Last Name,Sex,Bib", "Ada,Ashdown,F,101",
              "Bram,Birch,M,102"),
         (who("Ada Ashdown", "F", "101"), who("Bram Birch", "M", "102"))),
    Case("decimals.csv", text("Name;Nr;Alter", "Ada Ashdown;101,0;39,0", "Bram Birch;102.0;45"),
         (who("Ada Ashdown", "", "101", age=39), who("Bram Birch", "", "102", age=45))),
    Case("dates-as-days-of-a-spreadsheet.csv", text("name,dob", "Ada Ashdown,31125"),
         faults=("is a day as spreadsheets count them: format the column as a date",)),
    Case("dates-year-alone.csv", text("name,dob", "Ada Ashdown,1985"),
         faults=("is a year alone",)),
    Case("dates-german-words.csv",
         text("Name;Geb.", "Ada Ashdown;19. März 1985", "Bram Birch;2. Mai 1979"),
         (who("Ada Ashdown", born="1985-03-19"), who("Bram Birch", born="1979-05-02"))),
    Case("dates-french-and-spanish-words.csv",
         text("name;dob", "Ada Ashdown;5 août 1985", "Bram Birch;2 de diciembre de 1979"),
         (who("Ada Ashdown", born="1985-08-05"), who("Bram Birch", born="1979-12-02"))),
    Case("japanese-headings.csv",
         text("ゼッケン,氏名,性別,生年月日,都道府県", "1,田中 花子,女,1985/03/19,東京都",
              "2,佐藤 太郎,男子,1979年11月2日,大阪府"),
         (who("田中 花子", "F", "1", "1985-03-19", state="東京都"),
          who("佐藤 太郎", "M", "2", "1979-11-02", state="大阪府"))),
    Case("cp932-said.csv", text("ゼッケン,氏名", "1,田中 花子", encoding="cp932"),
         (who("田中 花子", "", "1"),), encoding="cp932"),
    Case("cp932-not-said.csv", text("ゼッケン,氏名,性別", "1,田中 花子,女", encoding="cp932"),
         faults=("cp932, gb18030, big5 and euc_kr of East Asia",)),
    Case("french-club-list.csv",
         text("N° dossard;Nom;Prénom;Sexe;Né(e) le;Club", "1;Lefèvre;Zoé;F;25/12/1990;AC Test",
              "2;Benoît;François;H;13/04/1980;"),
         (who("Zoé Lefèvre", "F", "1", "1990-12-25"),
          who("François Benoît", "M", "2", "1980-04-13")), notes=("'Club'",)),
    Case("spanish-club-list.csv",
         text("Nº Dorsal;Nombre y apellidos;Sexo;F. Nacimiento;Localidad",
              "1;Inés Prado;Mujer;25/12/1990;León", "2;Raúl Ríos;Hombre;13/04/1980;Cádiz"),
         (who("Inés Prado", "F", "1", "1990-12-25", city="León"),
          who("Raúl Ríos", "M", "2", "1980-04-13", city="Cádiz"))),
    Case("italian-family-name-first.csv",
         text("Pett.;Cognome e nome;Sesso", "1;Rossi Anna;F", "2;DE LUCA Gian Marco;M",
              "3;Bianchi, Maria Pia;F"),
         (who("Rossi, Anna", "F", "1"), who("DE LUCA, Gian Marco", "M", "2"),
          who("Bianchi, Maria Pia", "F", "3"))),
    Case("family-name-first-unclear.csv", text("Nom et prénom", "de la Roche Yves"),
         faults=("where does the family name end? Write Family, First",)),
    Case("swedish.csv", text("Startnr;Förnamn;Efternamn;Kön;Födelsedatum",
                             "1;Märta;Åkesson;kvinna;1990-12-25"),
         (who("Märta Åkesson", "F", "1", "1990-12-25"),)),
    Case("bib-ranges.csv", text("name,bib", "Ada Ashdown,101-105", 'Bram Birch,"102, 202"',
                                "Cleo Cove,12-1"),
         faults=("line 2: bib '101-105': one bib to a cell", "line 3: bib '102, 202'")),
    Case("bibs-not-given-yet.csv", text("name,bib", "Ada Ashdown,TBD", "Bram Birch,-"),
         (who("Ada Ashdown"), who("Bram Birch"))),
    Case("genders-in-words.csv",
         text("name,sex,bib", "Ada Ashdown,Women,1", "Bram Birch,MEN,2", "Cleo Cove,Female (F),3",
              "Dora Dale,Damen,4", "Ed Elk,Herren,5", "Fay Fox,F35,6", "Gil Go,M,7"),
         (who("Ada Ashdown", "F", "1"), who("Bram Birch", "M", "2"), who("Cleo Cove", "F", "3"),
          who("Dora Dale", "F", "4"), who("Ed Elk", "M", "5"), who("Fay Fox", "F", "6"),
          who("Gil Go", "M", "7"))),
    Case("sharp-s-and-dash.csv", text("name,bib,city", "Ada Ashdown,7,Groß\u2013Gerau"),
         (who("Ada Ashdown", "", "7", city="Groß\u2013Gerau"),)),
    Case("inches-and-nicknames.csv", text("name,bib,city", 'Ada "Ace" Ashdown,7,6" Falls'),
         (who('Ada "Ace" Ashdown', "", "7", city='6" Falls'),)),
    Case("headings-again-and-pages.csv",
         text("Bib,Name", "7,Ada Ashdown", "Bib,Name", "8,Bram Birch", "Page 1 of 1,"),
         (ADA7, BRAM8), notes=("line 3, the headings again", "'Page 1 of 1'")),
    Case("comma-in-the-name-unquoted.csv", text("bib,name", "7,Ashdown, Ada"),
         faults=("2 columns are expected, here are 3 (a name with a comma in it needs quotes)",)),
    Case("excel-sep-line.csv", text("sep=;", "Name;Bib", "Ada Ashdown;7", "Bram Birch;8"),
         (ADA7, BRAM8)),
    Case("invisible-signs.csv",
         text("name,bib", "Ada\u00a0Ashdown\u200b,7", "\u202eBram Birch\u202c,8"), (ADA7, BRAM8)),
    Case("dos-end-of-file.csv", text("name,bib", "Ada Ashdown,7", "Bram Birch,8") + b"\x1a",
         (ADA7, BRAM8)),
    Case("bib-before-the-name.csv", text("Runner", "7 Ada Ashdown", "8 Bram Birch"),
         faults=("a number in the name '7 Ada Ashdown'",)),
    Case("headings-with-brackets.csv",
         text("BIB #,NAME (Last First),SEX (M/F),AGE (yrs)", "7,Ashdown Ada,F,39"),
         (who("Ashdown, Ada", "F", "7", age=39),)),
    Case("withdrawn.csv",
         text("name,bib,Status", "Ada Ashdown,7,Confirmed", "Bram Birch,8,Withdrawn 3/1"),
         (ADA7,), notes=("Status is 'Withdrawn 3/1', so does not run",)),
    Case("removed.csv", text("First Name,Last Name,Bib,Removed", "Ada,Ashdown,7,",
                             "Bram,Birch,8,2/1/2025 9:00"),
         (ADA7,), notes=("Removed is '2/1/2025 9:00'",)),
    Case("read-wrongly-before.csv", text("name,bib", "JÃ¼rgen MÃ¼ller,17"),
         faults=("'Ã¼' was 'ü', behind 'J'",)),
    Case("no-name-at-all.csv", text("bib,Läufername", "7,Ada Ashdown"),
         faults=("no column has the names (not used: 'Läufername')",)),
    Case("fixed-width.txt", text("Bib  Name            Sex", "7    Ada Ashdown     F"),
         faults=("between the columns commas, semicolons, tabs or bars",)),
    Case("utf32.csv", text("name,bib", "Ada Ashdown,7", encoding="utf-32"),
         faults=("is no text",)),
    Case("list.json", b'[{"name": "Ada", "bib": 7}]', faults=("is JSON",)),
    Case("list.rtf", b"{\\rtf1\\ansi Ada 7}", faults=("is a text document (RTF)",)),
    Case("list.docx", packed(("word/document.xml", "<x/>")), faults=("is a Word document",)),
    Case("list.ods", packed(("mimetype", "x"), ("content.xml", "<x/>")),
         faults=("is an OpenDocument file (.ods)",)),
    Case("list.numbers", packed(("Index/Document.iwa", "x")), faults=("is a Numbers document",)),
    Case("list.xlsb", packed(("xl/workbook.bin", "x")), faults=("is a binary workbook (.xlsb)",)),
    Case("locked.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"),
         faults=("is locked with a password",)),
    Case("web-page-saved-as.xls",
         b'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>Ada</td></tr>',
         faults=("open it in a spreadsheet program",)),
    Case("excel-2003-xml.xls", b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>',
         faults=("is a web page or XML",)),
    Case("excel-hidden-sheet.xlsx",
         hidden(book(("Runners", ROWS), ("lists", [["M"], ["F"]])), "lists"), BOTH),
    Case("excel-headings-in-two-merged-rows.xlsx",
         book(("Start", [["Test 100 start list", None, None, None], ["Bib", "Name", None, "Sex"],
                         [None, "First", "Last", None], [101, "Ada", "Ashdown", "F"],
                         [102, "Bram", "Birch", "M"]]), merged="B2:C2"),
         (who("Ada Ashdown", "F", "101"), who("Bram Birch", "M", "102"))),
    Case("excel-odd-cells.xlsx",
         book(("R", [["Name", "Bib"], ["Ada Ashdown", 101.5], ["Bram Birch", True]])),
         faults=("line 2: bib '101.5' is no bib", "line 3: bib 'yes' is no bib")),
)  # fmt: skip
CASES = (*SITES, *SEPARATORS, *ENCODINGS, *FORMS, *DATES, *BOOKS, *WRONG, *ODD)


def main() -> None:
    """Write the files anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for case in CASES:
        (FOLDER / case.name).write_bytes(case.data)


if __name__ == "__main__":
    main()
