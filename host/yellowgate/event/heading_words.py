"""The words for columns of rosters, paper sheets and lists, by what they mean.

Sources: the entrant exports of UltraSignup (first, last, gender, dob, bib, city, state), RunSignup
(First Name, Last Name, Date of Birth, Gender, Bib, City, State, Chip), OpenSplitTime (First name,
Last name, Gender, Birthdate, Bib number, Country code), Race Roster (First Name, Last Name, Sex,
DOB, Bib Number) and ITRA (Family Name, Nationality, Bib no.), and what people type in English,
German, French, Spanish, Italian, Dutch, the Nordic languages, Polish, Czech and Japanese.
"""

from __future__ import annotations

ALIASES: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "full name", "runner", "runner name", "athlete", "athlete name", "participant",
        "participant name", "entrant", "starter", "läufer", "teilnehmer", "coureur", "corredor",
        "nom complet", "nombre completo", "nome completo", "nombre y apellidos",
        "nombre y apellido", "nome e cognome", "vor und nachname", "naam", "namn", "navn", "nimi",
        "imię i nazwisko", "jméno a příjmení", "氏名", "名前", "選手名", "name (first last)",
    ),
    "first": (
        "first", "first name", "firstname", "given name", "forename", "vorname", "prénom",
        "nombre", "nome", "given", "voornaam", "förnamn", "fornavn", "imię", "jméno", "etunimi",
    ),
    "last": (
        "last", "last name", "lastname", "surname", "family name", "family", "nachname", "nom",
        "nom de famille", "apellido", "apellidos", "cognome", "achternaam", "efternamn",
        "etternavn", "efternavn", "nazwisko", "příjmení", "sukunimi", "familienname",
    ),
    # The family name first, as lists in many countries have it.
    "last_first": (
        "last first", "last name first name", "last name, first name", "surname first name",
        "surname name", "family name first name", "name (last first)", "name, vorname",
        "name vorname", "nachname, vorname", "nachname vorname", "familienname vorname",
        "nom prénom", "nom et prénom", "nom, prénom", "apellidos y nombre", "apellidos, nombre",
        "apellidos nombre", "cognome e nome", "cognome nome", "nazwisko i imię",
        "příjmení a jméno", "achternaam voornaam",
    ),
    "gender": (
        "gender", "sex", "m/f", "f/m", "geschlecht", "sexe", "sexo", "sesso", "genre", "geslacht",
        "kön", "kjønn", "køn", "płeć", "pohlaví", "w/m", "m/w", "w/m/d", "m/w/d", "sukupuoli",
        "性別", "g",
    ),
    "bib": (
        "bib", "bib #", "bib number", "bib no", "number", "race number", "no", "nr", "num", "#",
        "start number", "startnummer", "stnr", "dossard", "dorsal", "pettorale", "bib num",
        "bib numbers", "start no", "start nr", "startnr", "start nummer", "n° dossard",
        "no dossard", "numéro de dossard", "n° de dossard", "nº dorsal", "no dorsal", "número",
        "pett", "nr pettorale", "numer startowy", "startovní číslo", "rugnummer", "numero",
        "ゼッケン", "ゼッケン番号", "ナンバー", "ナンバーカード",
    ),
    "tag": (
        "tag", "tag id", "tag uid", "uid", "nfc", "nfc tag", "rfid", "chip", "chip id",
        "chip code", "chip number", "chip no", "transponder", "wristband",
    ),
    "tag2": (
        "tag2", "tag 2", "second tag", "ankle tag", "chip2", "chip 2",
    ),
    "birthdate": (
        "birthdate", "birth date", "date of birth", "dob", "d.o.b.", "birthday", "born",
        "geburtsdatum", "geboren", "date de naissance", "fecha de nacimiento", "data di nascita",
        "birth", "geb datum", "geb", "né(e) le", "né le", "née le", "date naissance",
        "f nacimiento", "fecha nacimiento", "nato il", "geboortedatum", "födelsedatum",
        "fødselsdato", "data urodzenia", "datum narození", "生年月日",
    ),
    "age": (
        "age", "age on race day", "race age", "alter", "âge", "edad", "età", "leeftijd", "ålder",
        "alder", "wiek", "věk", "年齢", "years",
    ),
    "city": (
        "city", "town", "ort", "wohnort", "stadt", "ville", "ciudad", "città", "localidad",
        "población", "commune", "comune", "woonplaats", "postort", "sted", "miasto", "město",
        "市区町村",
    ),
    "hometown": (
        "hometown", "home town", "residence", "from",
    ),
    "state": (
        "state", "province", "state/province", "state code", "region", "bundesland", "provincia",
        "département", "région", "都道府県",
    ),
    "country": (
        "country", "country code", "nationality", "nation", "nat", "noc", "land", "nationalität",
        "pays", "nationalité", "país", "nacionalidad", "paese", "nazionalità", "ioc", "nazione",
        "nationaliteit", "nationalitet", "kraj", "stát", "国籍", "国",
    ),
    "formerly": (
        "formerly", "former name",
    ),
    "event": (
        "event", "race", "distance", "event name", "wettbewerb", "épreuve",
    ),
    "wave": (
        "wave", "start wave", "start group", "startgruppe", "welle", "vague",
    ),
    # Of the paper sheet and the list of dropouts.
    "loop": (
        "loop", "lap", "yard", "leg", "runde", "tour", "vuelta", "giro",
    ),
    "in": (
        "in", "time in", "arrival", "arrived", "finish", "ankunft", "an", "arrivée", "llegada",
    ),
    "out": (
        "out", "time out", "departure", "left", "start", "abgang", "ab", "départ", "salida",
    ),
    "reason": (
        "reason", "status", "why", "grund", "raison", "motivo", "dnf", "dropped",
    ),
    "time": (
        "time", "when", "at", "time out", "out", "zeit", "heure", "hora", "ora",
    ),
    "back": (
        "back", "returned", "back in camp", "in camp", "zurück", "retour", "vuelto",
    ),
    "remark": (
        "remark", "remarks", "note", "notes", "comment", "bemerkung", "remarque", "nota",
    ),
}  # fmt: skip
