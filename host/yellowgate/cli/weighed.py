"""How commands make rulings: weighed first, confirmed where the race speaks against one, said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from yellowgate.cli.context import RaceFolder, echo, now_us
from yellowgate.cli.rulingfields import wrong_use
from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.rulings.kinds import make, words

if TYPE_CHECKING:
    from yellowgate.store.store import Store
    from yellowgate.weigh import Weighed


def anyway_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--anyway`: the one way to confirm what was asked, where nobody can be asked."""
    return click.option(
        "--anyway", is_flag=True, help="Also where the race speaks against it; nothing is asked."
    )(command)


def add_ruling(
    folder: RaceFolder, kind: str, data: dict[str, Any], by: str, why: str, anyway: bool = False
) -> Ruling:
    """As add_rulings(), of one."""
    return add_rulings(folder, kind, [data], by, why, anyway)[0]


def add_rulings(
    folder: RaceFolder,
    kind: str,
    datas: Sequence[dict[str, Any]],
    by: str,
    why: str,
    anyway: bool = False,
) -> Sequence[Ruling]:
    """Make, weigh, store and say them, and what a person should know of them at once. anyway:
    without asking where the race speaks against one.
    """
    from yellowgate.desk.decide import Wanted, rule

    folder.race()
    store, moment_us = folder.store(), now_us()
    try:
        drafts = [make(kind, data, by, why, moment_us) for data in datas]
        said = _weighed(folder, store, drafts)
        if not anyway:
            confirm(said.objections)
        made = rule(store, [Wanted(kind, data, why) for data in datas], by, moment_us)
    except ValueError as error:
        wrong_use(str(error))
    known = {row.id: row for row in store.rulings()} if kind == "undo" else {}
    for row in made:
        echo(f"{row.id}: {said_words(row, known.get(str(row.data.get('ruling'))))} ({row.by})")
    for text in said.remarks:
        echo(f"  {text}", err=True)
    return made


def _weighed(folder: RaceFolder, store: Store, drafts: Sequence[Ruling]) -> Weighed:
    from yellowgate.weigh import Weighed, weigh

    try:
        race = folder.read(store)
        return weigh(race, drafts, now_us())
    except GateError as error:  # it is ruled all the same; what is wrong was so before
        return Weighed([], [str(error)])


def add_made(folder: RaceFolder, store: Store, made: Sequence[Ruling], anyway: bool) -> None:
    """Weigh and store the rulings of a list."""
    if made and not anyway:
        confirm(_weighed(folder, store, made).objections)
    store.add_rulings(made)


def confirm(objections: Sequence[str]) -> None:
    """Ask on a terminal whether it is meant all the same. Raises GateError elsewhere."""
    if not objections:
        return
    if not sys.stdin.isatty():
        raise GateError(f"{'; '.join(objections)}; nothing was ruled (if it is meant: --anyway)")
    for text in objections:
        echo(f"  {text}", err=True)
    click.confirm("Rule it all the same?", abort=True, err=True)


def said_words(row: Ruling, target: Ruling | None) -> str:
    """What was ruled; of an undo also what it takes back."""
    text = words(row.kind, row.data)
    return text if target is None else f"{text}: {words(target.kind, target.data)}"
