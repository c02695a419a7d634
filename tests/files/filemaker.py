"""Lists of runners as any program may write them, with the truth of each: for the campaign."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from openpyxl import Workbook
from yellowgate.event.heading_words import ALIASES
from yellowgate.event.person import GENDERS, Order
from yellowgate.model import Runner

# Invented people: first and last names, and a code page in which their country's Excel writes.
PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("Ada Bram Cleo Mary-Ann Siobhán D'Arcy", "Ashdown Birch Cove O'Brien Smith-Jones McNeil",
     "cp1252"),
    ("Jürgen Käthe Björn Heike Uwe", "Müller Weiß von_der_Höhe Schäfer Größe", "cp1252"),
    ("Léa Zoé François Benoît Inès", "Fontaine Lefèvre de_la_Roche Besançon Noël", "cp1252"),
    ("Iñigo Begoña José_María Raúl Íñaki", "Núñez Prado García_López Ibáñez Peña", "cp1252"),
    ("João Conceição Inês Brás", "Gonçalves Simões Falcão Araújo", "cp1252"),
    ("Søren Åse Bjørg Märta Þóra", "Ødegård Åkesson Nygård Jónsdóttir Bengtsson", "cp1252"),
    ("Łukasz Zbigniew Małgorzata Żaneta", "Żabiński Wójcik Śliwa Kołodziej", "cp1250"),
    ("Jiří Věra Ondřej Zdeňka Ľubomír", "Dvořák Šťastný Novák Kučera Ďurica", "cp1250"),
    ("Győző Ágnes Ödön Zsófia", "Szőke Kovács Tóth Fűrész", "cp1250"),
    ("Özgür Şule İlknur Çağla", "Şahin Demirtaş Öztürk Güneş", "cp1254"),
    ("Jānis Māra Kęstutis Žydrė", "Bērziņš Ozoliņa Žukauskas Kalniņš", "cp1257"),
    ("Нина Пётр Юрий Алёна", "Лебедева Орлов Щукин Ёлкина", "cp1251"),
    ("Γιώργος Ελένη Ήρα Ιωάννης", "Παππάς Αγγέλου Ξένου Οικονόμου", "cp1253"),
    ("花子 太郎 美咲", "田中 佐藤 渡辺", "utf-8"),
    ("نور سليم ليلى", "حداد منصور خوري", "utf-8"),
)  # fmt: skip
COUNTRIES = ("USA", "GER", "FRA", "ESP", "NOR", "POL", "JPN", "SUI")
TOWNS = ("Oslo", "Wartburg", "Köln", "Łódź", "São Paulo", "St. John's", "Val-d'Or")
TODAY = date(2025, 3, 18)
FIELDS = ("gender", "bib", "tag", "birthdate", "age", "city", "state", "country")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Letters that mean two things, and words of a country's script, are told apart below.
WORDS = {
    sex: [word for word in words if word.isascii() and word not in ("d", "h", "w", "m")]
    for sex, words in GENDERS.items()
}


@dataclass(frozen=True)
class Made:
    """A file, how it is to be read, and the truth."""

    data: bytes
    encoding: str
    order: Order
    runners: list[Runner]
    how: str  # in words, for a failure


def make(lots: random.Random) -> Made:
    """A list of one to twelve runners, as some program writes it."""
    page, runners = _people(lots)
    names = lots.choice((("first", "last"), ("name",), ("last_first",)))
    if names == ("last_first",):
        runners = [replace(row, name="{1}, {0}".format(*_split(row.name))) for row in runners]
    fields = [name for name in FIELDS if lots.random() < 0.6]
    runners = [_only(runner, fields) for runner in runners]
    form = lots.choice(("ymd", "mdy", "dmy", "dots", "words", "short"))
    order: Order = lots.choice(("", "mdy" if form in ("mdy", "short") else "dmy"))
    columns, rows = _table(lots, runners, [*names, *fields], form)
    how = f"{columns} {form}"
    if lots.random() < 0.15:
        return Made(_xlsx(lots, columns, rows), "", order, runners, f"xlsx {how}")
    text = _csv(lots, columns, rows)
    data, said = _encoded(lots, text, page)
    return Made(data, said, order, runners, f"{said or 'unsaid'} {page} {how}")


def _people(lots: random.Random) -> tuple[str, list[Runner]]:
    firsts, lasts, page = lots.choice(PEOPLE)
    used: dict[str, Runner] = {}
    for number in range(lots.randint(1, 12)):
        name = f"{lots.choice(firsts.split())} {lots.choice(lasts.split())}".replace("_", " ")
        name += lots.choice(("", "", "", "", " Jr.", " III"))
        tag = "04" + "".join(lots.choice("0123456789abcdef") for _ in range(12))
        bib = lots.choice((str(100 + number), f"{number + 1:03}", f"A{number + 1}"))
        used[name.casefold()] = Runner(
            name,
            lots.choice("FFMMX"),
            tag,
            {0: bib},
            date(lots.randint(1945, 2005), lots.randint(1, 12), lots.randint(1, 28)).isoformat(),
            lots.choice(TOWNS),
            lots.choice(("", "TN", "NY")),
            lots.choice(COUNTRIES),
            age=lots.randint(18, 80),
        )
    return page, _apart(list(used.values()))


def _apart(runners: list[Runner]) -> list[Runner]:
    """Without bibs that are there twice."""
    bibs: set[str] = set()
    kept: list[Runner] = []
    for runner in runners:
        if runner.bibs[0] not in bibs:
            bibs.add(runner.bibs[0])
            kept.append(runner)
    return kept


def _only(runner: Runner, fields: list[str]) -> Runner:
    """The runner as far as the columns say it."""
    left: dict[str, Any] = {name: "" for name in FIELDS if name not in fields and name != "bib"}
    if "age" in left:
        left["age"] = 0
    if "bib" not in fields:
        left["bibs"] = {}
    return replace(runner, **left)


def _table(
    lots: random.Random, runners: list[Runner], fields: list[str], form: str
) -> tuple[list[str], list[list[str]]]:
    """Headings and cells in any order, with columns that are of no use."""
    order = [*fields, *(f"junk{n}" for n in range(lots.randint(0, 3)))]
    lots.shuffle(order)
    heads = [_heading(lots, name) for name in order]
    rows = [[_cell(lots, runner, name, form) for name in order] for runner in runners]
    return heads, rows


def _heading(lots: random.Random, name: str) -> str:
    if name.startswith("junk"):
        return lots.choice(("T-Shirt", "E-mail", "Phone", "Order ID", "Meal")) + " " + name[-1]
    word = lots.choice([alias for alias in ALIASES[name] if alias.isascii()])
    if "(" not in word and lots.random() < 0.1:
        word += " (please fill in)"
    return lots.choice((word, word.title(), word.upper(), word.replace(" ", "_"), f" {word} "))


def _cell(lots: random.Random, runner: Runner, name: str, form: str) -> str:
    first, last = _split(runner.name)
    cells = {
        "name": runner.name, "last_first": _last_first(lots, runner.name), "first": first,
        "last": last, "bib": runner.bibs.get(0, ""),
        "age": str(runner.age or ""), "city": runner.city, "state": runner.state,
        "country": runner.country, "birthdate": _date(runner.birthdate, form),
    }  # fmt: skip
    if name == "tag":
        spaced = ":".join(runner.tag[at : at + 2] for at in range(0, 14, 2))
        return lots.choice((runner.tag, runner.tag.upper(), spaced))
    if name == "gender":
        word = lots.choice(WORDS[runner.gender])
        return lots.choice((word, word.title(), runner.gender))
    return cells.get(name, lots.choice(("", "L", "x@example.org", "555-0100", "a, b; c", '5" 9')))


def _split(name: str) -> tuple[str, str]:
    first, _, last = name.partition(" ")
    return first, last


def _last_first(lots: random.Random, name: str) -> str:
    """With its comma, or without where there are two words."""
    bare = name.replace(",", "")
    return bare if len(bare.split()) == 2 and lots.random() < 0.5 else name


def _date(iso: str, form: str) -> str:
    if not iso:
        return ""
    year, month, day = iso.split("-")
    return {
        "ymd": iso,
        "mdy": f"{int(month)}/{int(day)}/{year}",
        "dmy": f"{day}/{month}/{year}",
        "dots": f"{int(day)}.{int(month)}.{year}",
        "words": f"{int(day)} {MONTHS[int(month) - 1]} {year}",
        "short": f"{month}/{day}/{year[2:]}",
    }[form]


def _csv(lots: random.Random, columns: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    end = lots.choice(("\n", "\r\n", "\r"))
    quoting = lots.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(out, delimiter=lots.choice(",;\t|"), lineterminator=end, quoting=quoting)
    if lots.random() < 0.15:
        out.write(f"Start list{end}{end}")
    writer.writerow(columns)
    for row in rows:
        if lots.random() < 0.05:
            out.write(end)
        writer.writerow(row)
    return out.getvalue()


def _xlsx(lots: random.Random, columns: list[str], rows: list[list[str]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    if lots.random() < 0.2:
        sheet.append(["Start list"])
    sheet.append(columns)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _encoded(lots: random.Random, text: str, page: str) -> tuple[bytes, str]:
    """The text in some encoding, and the one that is said to the reader ("" for none)."""
    way = lots.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "page", "page", "said"))
    if way in ("page", "said"):
        try:
            data = text.encode(page)
        except UnicodeEncodeError:  # a junk column or a town of another country
            return text.encode(), ""
        return data, page if way == "said" else ""
    return text.encode(way), ""
