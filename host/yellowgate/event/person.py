"""What the cells of a roster say of a person: gender, birthdate, tag. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from typing import Literal

from gate_wire import kinds

from yellowgate.event.headings import plain

# The words of the common languages. What is not here is refused: an M made of "Maybe" would hand
# in a wrong result.
GENDERS = {
    "F": (
        "f", "female", "woman", "women", "girl", "w", "weiblich", "frau", "femme", "féminin",
        "mujer", "femenino", "femenina", "donna", "femmina", "femminile", "feminino", "mulher",
        "kvinna", "kvinne", "kvinde", "vrouw", "kobieta", "žena", "nainen", "ж", "женский", "女",
        "frauen", "damen", "femmes", "féminines", "mujeres", "donne", "vrouwen", "kvinnor",
        "kvinner", "kobiety", "ženy", "girls", "females", "ladies", "lady", "女性", "女子",
    ),
    "M": (
        "m", "male", "man", "men", "boy", "männlich", "mann", "homme", "h", "masculin", "hombre",
        "masculino", "uomo", "maschio", "maschile", "homem", "mand", "mężczyzna", "muž", "mies",
        "м", "мужской", "男", "männer", "herren", "hommes", "masculins", "hombres", "uomini",
        "heren", "mannen", "herrar", "menn", "herrer", "mężczyźni", "muži", "boys", "males",
        "gentlemen", "男性", "男子",
    ),
    "X": (
        "x", "nb", "non-binary", "nonbinary", "non binary", "diverse", "divers", "d", "other",
        "enby", "autre", "otro", "altro",
    ),
}  # fmt: skip
NOT_SAID = ("", "-", "n/a", "na", "unknown", "not specified", "prefer not to say", "keine angabe")
_GENDER = {plain(word): gender for gender, words in GENDERS.items() for word in words}
_NOT_SAID = {plain(word) for word in NOT_SAID}
UID_BYTES = (4, 7, 10)
AGE_MAX = 110
Order = Literal["", "dmy", "mdy"]
# How the names of the months begin, without accents: English, German, French, Spanish, Italian.
_MONTHS = (
    ("jan", "ene", "gen"), ("feb", "fev"), ("mar",), ("apr", "avr", "abr"), ("may", "mai", "mag"),
    ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aou", "ago"), ("sep", "set"),
    ("oct", "okt", "ott"), ("nov",), ("dec", "dez", "dic"),
)  # fmt: skip
_SERIAL = (10_000, 60_000)  # of 1927 to 2064, as spreadsheets count days


def gender(text: str) -> str:
    """ "F", "M", "X", or "" where it is not said. Raises ValueError for any other word."""
    word = _gender_word(text)
    if word in _NOT_SAID:
        return ""
    if word not in _GENDER:
        raise ValueError(f"gender {text!r} is not known: write F, M, X, or leave it empty")
    return _GENDER[word]


def _gender_word(text: str) -> str:
    """The word without what stands in brackets, and the letter of an age class like F35."""
    word = plain(text.partition("(")[0]) or plain(text)
    match = re.fullmatch(r"([^\W\d])\d\d", word)
    return match[1] if match else word


def gender_faults(texts: Iterable[str]) -> list[str]:
    """What a column of genders leaves open, in words: letters that mean another gender in another
    language. H and M are hombre and mujer or homme and masculin; D is divers only beside W or F,
    else dame or donna.
    """
    words = {_gender_word(text) for text in texts}
    women = words & {plain(word) for word in GENDERS["F"]}
    faults: list[str] = []
    if {"h", "m"} <= words and not women:
        faults.append("gender H and M, and no F: M may be mujer or masculin; write F, M or X")
    if "d" in words and not women:
        faults.append("gender D, and no F or W: it may be dame, donna or divers; write F, M or X")
    return faults


def uid(text: str) -> str:
    """The UID as lower-case hex without separators. Raises ValueError."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    if not digits:
        return ""
    if not re.fullmatch(r"[0-9a-f]+", digits) or len(digits) not in [2 * n for n in UID_BYTES]:
        raise ValueError(f"tag {text!r} is not a UID in hex of 4, 7 or 10 bytes")
    if kinds.is_random_uid(bytes.fromhex(digits)):
        raise ValueError(
            f"tag {digits}: it begins with 08, so it is made up anew at each touch (a phone, a "
            "bank card?): take another tag"
        )
    return digits


def age(text: str) -> int:
    """Whole years; 0 where it is not said. Raises ValueError."""
    text = whole_number(text)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= AGE_MAX):
        raise ValueError(f"age {text!r} is not a number of years")
    return int(text)


def whole_number(text: str) -> str:
    """ "101" for the 101.0 and 101,0 that some programs make of it; other texts as they are."""
    return re.sub(r"^(\d+)[.,]0+$", r"\1", text.strip())


def bib(text: str) -> str:
    """What stands on the chest; "" where it is not said. Raises ValueError for several in a cell,
    and for what a spreadsheet made of it.
    """
    text = whole_number(text)
    if plain(text) in _NOT_SAID or plain(text) in ("none", "tbd", "tba"):
        return ""
    span = re.fullmatch(r"(\d+)\s*-\s*(\d+)", text)
    if re.search(r"\d\s*[,;/+&]\s*\d|\d\s+\d", text) or (span and int(span[1]) < int(span[2])):
        raise ValueError(
            f"bib {text!r}: one bib to a cell; where each loop has its own: bib_loop1, bib_loop2, …"
        )
    if re.search(r"\d[.]\d", text) or text.casefold() in ("yes", "no", "true", "false"):
        raise ValueError(f"bib {text!r} is no bib: did a spreadsheet change it?")
    return text


def last_first(text: str) -> str:
    """ "Ashdown, Ada" of "Ashdown Ada", in a column where the family name comes first. Raises
    ValueError where it may end in two places.
    """
    words = text.split()
    if "," in text or len(words) < 2:
        return " ".join(words)
    loud = next((at for at, word in enumerate(words) if word != word.upper()), 0)
    count = 1 if len(words) == 2 else loud if words[0] != words[0].lower() else 0
    if not 0 < count < len(words):
        raise ValueError(f"name {text!r}: where does the family name end? Write Family, First")
    return f"{' '.join(words[:count])}, {' '.join(words[count:])}"


def _parts(text: str) -> tuple[str, tuple[int, int, int]] | None:
    """("ymd", "dmy", "mdy" or "?" for either of the last two, the three numbers in the order in
    which they stand); None when it is no date.
    """
    text = text.strip()
    match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]0?0:00\S*)?", text)
    if match:
        return "ymd", (int(match[1]), int(match[2]), int(match[3]))
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if match:
        return "ymd", (int(match[1]), int(match[2]), int(match[3]))
    match = re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?: 0?0:00(?::00)?)?", text)
    if match:
        return "?", (int(match[1]), int(match[3]), int(match[4]))
    match = re.fullmatch(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日", text)
    if match:
        return "ymd", (int(match[1]), int(match[2]), int(match[3]))
    return _with_month(re.findall(r"[^\W\d_]+|\d+", text))


def _with_month(words: list[str]) -> tuple[str, tuple[int, int, int]] | None:
    """Of "March 19 1985" and "19 March 1985" (or "19 de marzo de 1985")."""
    words = [word for word in words if word.lower() not in ("de", "del", "of", "th", "st", "nd")]
    if len(words) != 3:
        return None
    for at, form in ((0, "mdy"), (1, "dmy")):
        month = _month(words[at])
        if month and words[1 - at].isdigit() and words[2].isdigit():
            day, year = int(words[1 - at]), int(words[2])
            return form, (month, day, year) if form == "mdy" else (day, month, year)
    return None


def _month(word: str) -> int:
    """1 to 12; 0 for another word."""
    low = plain(word)
    found = [
        (len(start), number)
        for number, starts in enumerate(_MONTHS, 1)
        for start in starts
        if low.startswith(start)
    ]
    return max(found)[1] if found else 0


def date_order(texts: Iterable[str]) -> Order:
    """The order of day and month in a column of dates, as 2/13/1980 shows; where all are written
    with dots, and none shows another, day first. "" when nothing tells.

    Raises ValueError when the dates contradict each other.
    """
    found = {text: parts for text in texts if (parts := _parts(text)) is not None}
    written = {text: numbers for text, (form, numbers) in found.items() if form == "?"}
    signs = {"." if "." in text else "/" for text in written}
    _refuse_half_converted(found, signs)
    shown: dict[Order, str] = {}
    for text, (first, second, _) in written.items():
        if first > 12:
            shown.setdefault("dmy", text)
        elif second > 12:
            shown.setdefault("mdy", text)
    if len(shown) == 2:
        ways = " and ".join(shown.values())
        raise ValueError(f"birthdates like {ways} contradict each other: {_SAY_ORDER}")
    if not shown and signs == {"."}:
        return "dmy"
    if shown.keys() == {"mdy"} and len(signs) == 2:
        raise ValueError(f"birthdates with dots and with slashes: {_SAY_ORDER}")
    for order in shown:
        return order
    return ""


def _refuse_half_converted(
    found: Mapping[str, tuple[str, tuple[int, int, int]]], signs: Set[str]
) -> None:
    """A spreadsheet that expects another order takes 3/4/1980 for a date, with day and month
    exchanged, and leaves 3/19/1980 as a text.
    """
    taken = [text for text, (form, numbers) in found.items() if form == "ymd" and numbers[2] <= 12]
    if taken and "/" in signs:
        raise ValueError(
            f"birthdates like {taken[0]} stand beside others with slashes: did the spreadsheet "
            f"take some for dates, and exchange day and month? Look at them, and {_SAY_ORDER}"
        )


_SAY_ORDER = "write them as YYYY-MM-DD, or say --dates mdy or --dates dmy"


def needs_order(text: str) -> bool:
    """Does this date mean another day in the other order?"""
    row = _parts(text)
    return row is not None and row[0] == "?" and row[1][0] != row[1][1] and max(row[1][:2]) <= 12


def birthdate(text: str, order: Order, today: date | None) -> str:
    """YYYY-MM-DD, "" for none. order: of the dates with slashes. today: None where nobody asks
    whether a runner can be so old. Raises ValueError.
    """
    if not text:
        return ""
    parts = _parts(text)
    if parts is None:
        raise ValueError(f"birthdate {text!r} {_no_date(text)}")
    form, (first, second, third) = parts
    if form == "?":
        form = order or ("mdy" if second > 12 else "dmy")
    year, month, day = _ordered(form, first, second, third)
    if third < 100 and form != "ymd":
        year = _century(year, text, today)
    try:
        born = date(year, month, day)
    except ValueError:
        raise ValueError(f"birthdate {text!r}: there is no such day") from None
    if today and (born > today or born.year < today.year - AGE_MAX):
        raise ValueError(f"birthdate {text!r}: nobody here was born then")
    return born.isoformat()


def _no_date(text: str) -> str:
    if re.fullmatch(r"(19|20)\d\d", text):
        return "is a year alone: write YYYY-MM-DD, or leave the column out"
    number = whole_number(text)
    if number.isascii() and number.isdigit() and _SERIAL[0] <= int(number) <= _SERIAL[1]:
        return "is a day as spreadsheets count them: format the column as a date, and save again"
    return "is no date: write YYYY-MM-DD"


def _ordered(form: str, first: int, second: int, third: int) -> tuple[int, int, int]:
    if form == "ymd":
        return first, second, third
    return (third, second, first) if form == "dmy" else (third, first, second)


def _century(year: int, text: str, today: date | None) -> int:
    """A year of two digits, where it can be one only: a runner is from 5 to 100 years old."""
    now = today.year if today else 0
    found = [base + year for base in (1900, 2000) if 5 <= now - base - year <= 100]
    if len(found) != 1:
        raise ValueError(f"birthdate {text!r}: write the year with four digits")
    return found[0]


def town(text: str) -> tuple[str, str]:
    """(city, state) of "Nashville, TN"; the state "" where there is none."""
    city, _, state = text.partition(",")
    return city.strip(), state.strip()


def same_bib(wanted: str, worn: Sequence[str]) -> bool:
    """Is it one of these bibs, but for leading zeros, and for letters that one of the two leaves
    out ("17", "017", "A17")? A17 and B17 are two.
    """
    return any(_is_same_bib(bib_parts(wanted), bib_parts(bib)) for bib in worn if wanted and bib)


def _is_same_bib(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[1] == other[1] and (one[0] == other[0] or not (one[0] and other[0]))


def bib_parts(bib: str) -> tuple[str, str]:
    """(letters, number without leading zeros); ("", the bib in capitals) where it is no number."""
    match = re.fullmatch(r"([A-Za-z]{0,3})[ -]?0*(\d+)", bib.strip())
    return (match[1].upper(), match[2]) if match else ("", bib.strip().upper())
