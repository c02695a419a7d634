"""gate import, gate merge: records that come in files."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from yellowgate.cli.context import (
    RACE_FILE,
    STORE_FILE,
    RaceFolder,
    console,
    echo,
    now_us,
    race_option,
)
from yellowgate.cli.ruling import by_option, current_log
from yellowgate.cli.rulingfields import Known
from yellowgate.cli.tables import (
    read_bytes,
    refuse,
    say_notes,
    table_options,
    times_option,
    told_apart,
)
from yellowgate.cli.weighed import add_made, anyway_option
from yellowgate.errors import GateError
from yellowgate.event import paper_sheet, table_file
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import Said

if TYPE_CHECKING:
    from yellowgate.store import image
    from yellowgate.store.store import Store

SQLITE_MAGIC = b"SQLite format 3\0"
PAPER_PROBLEM = "paper differs"
DAMAGE_SHOWN = 12


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@table_options
@times_option
@anyway_option
@by_option
@race_option
def import_files(
    folder: RaceFolder,
    files: tuple[Path, ...],
    by: str,
    encoding: str,
    sheet: str,
    said: Said | None,
    anyway: bool,
) -> None:
    """Read station log files, raw flash images, another race.db, or a paper sheet (CSV, XLSX).

    What a file is, is seen from its content. Safe to repeat. A sheet's times H:MM:SS are those of
    the race clock, since the start; "Sat 03:21", "3:21 am", "clock 03:21" and a column "in (clock)"
    are of day. What "03:21" alone is, where it may be both, is asked: --times.

    \b
    Example: gate import arrivals.log
             gate import flash.bin paper_sheet.csv --by "Laz"
    """
    store = folder.store()
    for file in files:
        if _is_database(file):
            _merge(store, [file])
            continue
        data = read_bytes(file)
        try:
            table = table_file.read(data, encoding, sheet)
        except ValueError as error:  # a log has no text in it either
            _import_image(store, file, data, str(error))
            continue
        if paper_sheet.is_sheet(table):
            _import_sheet(folder, store, file, table, by, said, anyway)
        else:
            _import_image(store, file, data, "")


@click.command("merge")
@click.argument("others", nargs=-1, required=True)
@click.option("--only-records", is_flag=True, help="Of a damaged store: its whole records alone.")
@click.option(
    "--certificate", default="", metavar="SHA256",
    help="What gate serve --tls printed there: then nothing is asked.",
)  # fmt: skip
@race_option
def merge(
    folder: RaceFolder, others: tuple[str, ...], only_records: bool, certificate: str
) -> None:
    """Unite the records and rulings of other laptops' races into this one, in any order.

    OTHERS are race folders or race.db files, or the address of another HQ (gate serve) with its
    volunteers' code in it, as it prints it; nothing is written into them. Each is looked through
    whole before anything of it is taken; what contradicts what is here waits for a ruling. At an
    https address the certificate is compared once, and another one is refused from then on.

    \b
    Example: gate merge /media/usb/race-of-the-volunteer
             gate merge http://192.168.1.7:8642/in#k7mq-4t2x-9p
    """
    store = folder.store()
    files = [_path(other) for other in others if "://" not in other]
    if files:
        _merge(store, files, only_records)
    for address in (other for other in others if "://" in other):
        _merge_hq(folder, store, address, certificate)
    decide = [row for row in current_log(folder).problems if row.level == "decide"]
    for problem in decide:
        echo(f"to decide: {problem.runner} {problem.text}".replace("  ", " "))


def _path(other: str) -> Path:
    if not Path(other).exists():
        raise click.UsageError(f"{other}: there is no such file or folder")
    return Path(other)


def _merge_hq(folder: RaceFolder, store: Store, address: str, certificate: str) -> None:
    """Over the network. What is only here, the other laptop has to ask for."""
    from yellowgate.web.known import KNOWN_FILE, Known, Unseen
    from yellowgate.web.laptops import Line, parted, place, unite

    known = Known(folder.path / KNOWN_FILE)
    line = Line(address, platform.node() or "laptop", known)
    if certificate:
        _, host, port, _ = parted(address)
        known.trust(place(host, port), certificate)
    try:
        merged, _ = unite(store, line)
    except Unseen as unseen:
        if not sys.stdin.isatty():
            raise
        echo(f"Its certificate (SHA-256): {unseen.mark}", err=True)
        click.confirm(f"Did gate serve print this at {unseen.where}?", abort=True, err=True)
        known.trust(unseen.where, unseen.mark)
        merged, _ = unite(store, line)
    echo(f"{merged.observations} new records, {merged.rulings} new rulings")


def _merge(store: Store, paths: Sequence[Path], only_records: bool = False) -> None:
    """All at once; nothing of any when one is no store, or holds what no store can."""
    files = [_other(path) for path in paths]
    merged = store.merge(*files, only_records=only_records)
    for path, count, count_spoilt in zip(paths, merged.whole, merged.spoilt, strict=True):
        echo(f"{path}: {count} records")
        if count_spoilt:
            echo(f"{path}: {count_spoilt} records are spoilt there (a bad disk?): left out")
    echo(f"{merged.observations} new records, {merged.rulings} new rulings")


def _is_database(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def _other(path: Path) -> Path:
    file = path / STORE_FILE if path.is_dir() else path
    if not file.exists():
        raise GateError(f"{path}: there is no {STORE_FILE} (a race folder has {RACE_FILE} and it)")
    if not file.is_file():
        raise GateError(f"{file}: is no file, and so no race.db")
    return file


def _import_sheet(
    folder: RaceFolder,
    store: Store,
    file: Path,
    table: table_file.Table,
    by: str,
    said: Said | None,
    anyway: bool,
) -> None:
    from yellowgate.desk.decide import is_said

    known = Known(folder, store)
    roster, ruled = known.roster, known.decisions

    def read(of_all: Said) -> paper_sheet.Sheet:
        return paper_sheet.read(table, roster, known.times(of_all), ruled.bib)

    try:
        try:
            sheet = read(said or "")
        except ValueError as error:
            sheet = read(told_apart(error, said))
    except ValueError as error:
        refuse(file, error, "nothing of it was taken")
    made = [
        ruling_kinds.make("paper", data, by, f"paper sheet {file.name}", now_us())
        for data in sheet.lines
        if is_said(ruled, "paper", data, by) is None
    ]
    add_made(folder, store, made, anyway)
    say_notes(file, sheet.notes)
    echo(f"{file}: {len(sheet.lines)} lines of paper, {len(made)} of them new")
    for ruling in made:
        echo(f"  {known.said_back(ruling)}")
    differences = [row for row in current_log(folder).problems if row.kind == PAPER_PROBLEM]
    for row in differences:
        echo(f"  {row.runner}, {row.text}")
    echo(f"{len(differences)} differences between paper and stations")


def _import_image(store: Store, file: Path, data: bytes, otherwise: str) -> None:
    """A log file or a flash image: by its headers alone. otherwise: why it is no sheet."""
    from yellowgate.store import image

    try:
        logs = image.read(data, store.counts())
    except ValueError as error:
        raise GateError(f"{file}: {error}; nothing of it was taken") from error
    if not logs:
        kinds = "neither a station's log, a flash image, a race.db nor a paper sheet"
        why = otherwise or ",".join(paper_sheet.HEADER)
        raise GateError(f"{file}: no records in it: {kinds} ({why})")
    table = Table(title=str(file), title_justify="left")
    for name in ("log", "blocks", "records", "new", "missing numbers", "spoilt places"):
        table.add_column(name, justify="right", overflow="fold")
    for log in logs:
        new = store.add_observations((log.log_id, raw) for _, raw in log.records)
        store.add_marks((log.log_id, *mark) for mark in log.marks)
        table.add_row(
            log.log_id,
            f"{log.blocks_found} of {log.blocks}",
            str(len(log.records)),
            str(new),
            _ranges(log.gaps) or "none",
            str(len(log.damage) or "none"),
        )
    console().print(table)
    for place in [place for log in logs for place in log.damage][:DAMAGE_SHOWN]:
        echo(f"  {place.what} at byte {place.at}, after record {place.after_seq}")
    _print_findings(store, logs)


def _print_findings(store: Store, logs: Sequence[image.LogImage]) -> None:
    """What the chain of tags says about exactly what this file holds."""
    from yellowgate.records import observation
    from yellowgate.store import evidence

    rows = [observation(raw, log.log_id) for log in logs for _, raw in log.records]
    marks = [(log.log_id, *mark) for log in logs for mark in log.marks]
    damage = [place for log in logs for place in log.damage]
    for row in evidence.verify(rows, store.first_keys(), (), marks, damage):
        if row.severity != evidence.NOTE:
            echo(f"  {row.severity}: {row.text}")


def _ranges(ranges: Sequence[tuple[int, int]]) -> str:
    """(first, last) ranges in words; the first few."""
    words = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:6]]
    return ", ".join(words) + (f" and {len(ranges) - 6} more" if len(ranges) > 6 else "")
