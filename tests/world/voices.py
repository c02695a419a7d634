"""What volunteers say: each word as the ruling that the product makes of it, right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from ground import SECOND_US, START_US
from hosts import Host
from parts import Paper, Undo, Word
from story import Story
from truth import Said, Trip, Truth
from yellowgate.desk.decide import Wanted, is_said, keep, outlook, rule
from yellowgate.event import paper_sheet, table_file
from yellowgate.model import Ruling
from yellowgate.rulings.decisions import evaluate
from yellowgate.rulings.kinds import make
from yellowgate.times import TimeReader, hms, zone

PAGES = 13
NEAR_US = 90 * SECOND_US  # a press so far from the moment that is spoken of is another
ERROR_S = 600  # of a wrong time

Data = dict[str, Any]


class Voices:
    """Keeps the rulings where the product does, and in the truth what was ruled by which part."""

    def __init__(self, story: Story, truth: Truth) -> None:
        self.story = story
        self.truth = truth
        self._finds: dict[str, Callable[[Host, Word], Data | None]] = {
            "pages": self._pages,
            "assign": self._assign,
            "departure": self._departure,
            "dropout": self._dropout,
            "return": self._return,
            "sighting": self._sighting,
        }

    def start(self, host: Host) -> None:
        """The director says when it was."""
        self.rule(host, [Wanted("start", {"at": START_US})], "Laz")

    def say(self, host: Host, part: Word) -> bool:
        """False: there is nothing yet to say it of, the volunteer comes again."""
        if part.runner not in self.truth.lives:
            return True
        said = [False]

        def speak() -> None:
            data = self._finds[part.what](host, part)
            if data is None:
                return
            said[0] = True
            if part.wrong:
                data = self._err(part, data)
            self._decide(host, part, Wanted(part.what, data))

        host.run(f"ruling {part.what}", speak)
        return said[0]

    def _decide(self, host: Host, part: Word, wanted: Wanted) -> None:
        """By the prompt, which shows first and asks, or by `gate ruling`."""
        rng = Random(part.id)
        store, at_us = host.folder.store(), host.clock.utc_us()
        try:
            if rng.random() < 0.5:
                made = rule(store, [wanted], part.volunteer, at_us)
            else:
                shown = outlook(host.moment(), [wanted], part.volunteer)
                host.say("\n".join([*shown.changes, *shown.remarks, *shown.objections]))
                kept = keep(store, [wanted], part.volunteer, at_us, (), host.roster)
                if kept.against and rng.random() < 0.5:  # seen, and meant
                    seen = [row.id for row in kept.against]
                    kept = keep(store, [wanted], part.volunteer, at_us, seen, host.roster)
                made = kept.made
        finally:
            store.close()
        self._note(host, part.id, made, not part.wrong)

    def rule(
        self, host: Host, wanted: Sequence[Wanted], by: str, part: int = 0, is_right: bool = True
    ) -> bool:
        """Somebody rules these, all or none. False: they could not be kept."""

        def speak() -> None:
            store = host.folder.store()
            try:
                made = rule(store, wanted, by, host.clock.utc_us())
            finally:
                store.close()
            self._note(host, part, made, is_right)

        return host.run(f"ruling {wanted[0].kind}", speak)

    def _note(self, host: Host, part: int, made: Sequence[Ruling], is_right: bool) -> None:
        for ruling in made:
            host.say(f"{ruling.id}: {ruling.kind} {dict(ruling.data)} ({ruling.by})")
            self.truth.said.append(Said(part, host.name, ruling, is_right))

    # What is said

    def _trip(self, part: Word, came: bool) -> tuple[int, Trip] | None:
        """The last one that had ended (began, where not came) at the moment spoken of."""
        found = None
        for number, trip in enumerate(self.truth.lives[part.runner].trips, 1):
            moment_s = trip.in_s if came else trip.out_s
            if moment_s is not None and moment_s <= part.about_s + 0.001:
                found = number, trip
        return found

    def _pages(self, _host: Host, part: Word) -> Data | None:
        found = self._trip(part, came=True)
        if found is None or self.story.preset != "barkley":
            return None
        return {"runner": part.runner, "loop": found[0], "have": found[1].pages, "of": PAGES}

    def _departure(self, _host: Host, part: Word) -> Data | None:
        found = self._trip(part, came=False)
        if found is None or self.story.preset != "barkley":
            return None
        return {"runner": part.runner, "loop": found[0], "at": moment_us(found[1].out_s)}

    def _dropout(self, _host: Host, part: Word) -> Data | None:
        quit_ = self.truth.lives[part.runner].quit
        if quit_ is None:
            return None
        return {"runner": part.runner, "reason": quit_.reason, "at": moment_us(quit_.at_s)}

    def _return(self, _host: Host, part: Word) -> Data | None:
        quit_ = self.truth.lives[part.runner].quit
        return None if quit_ is None else {"runner": part.runner, "at": moment_us(quit_.at_s)}

    def _sighting(self, host: Host, part: Word) -> Data | None:
        """On the course, just now."""
        if not self.truth.lives[part.runner].is_out:
            return None
        at_us = host.ground.true_us(host.ground.now_us) - SECOND_US
        return {"runner": part.runner, "at": at_us, "place": "Rat Jaw"}

    def _assign(self, host: Host, part: Word) -> Data | None:
        """The press in the list that waits, nearest to that moment."""
        true_us = moment_us(part.about_s)
        near = [
            row.evidence[0]
            for row in host.moment().unassigned
            if not row.uid and abs(row.evidence[0].utc_us - true_us) < NEAR_US
        ]
        if not near:
            return None
        press = min(near, key=lambda row: abs(row.utc_us - true_us))
        found = {"log_id": press.log_id, "seq": press.seq, "runner": part.runner}
        use = self._use(part)
        return {**found, "use": use} if use else found

    def _use(self, part: Word) -> str:
        """What the touch was: a press by itself would be an arrival."""
        for trip in self.truth.lives[part.runner].trips:
            acts = [("out", trip.out), ("in", trip.back), *(("seen", row) for row in trip.by)]
            for use, act in acts:
                if act is not None and act.at_s == part.about_s:
                    return use
        return ""

    def _err(self, part: Word, data: Data) -> Data:
        """Something else than is true."""
        rng = Random(part.id)
        others = [one.name for one in self.story.runners if one.name != part.runner]
        if part.what == "pages":
            return {**data, "have": PAGES - 1 if data["have"] == PAGES else PAGES}
        if "at" in data and (not others or rng.random() < 0.5):
            return {**data, "at": data["at"] + rng.choice((-1, 1)) * ERROR_S * SECOND_US}
        return {**data, "runner": rng.choice(others)} if others else data

    # Taken back

    def undo(self, host: Host, part: Undo) -> None:
        """All that the part ruled, as far as this laptop knows of it."""
        for said in [row for row in self.truth.said if row.part == part.of]:
            known: list[str] = []

            def look(known: list[str] = known) -> None:
                store = host.folder.store()
                known += [row.id for row in store.rulings()]
                store.close()

            if host.run("ruling list", look) and said.ruling.id in known:
                wanted = Wanted("undo", {"ruling": said.ruling.id})
                self.rule(host, [wanted], part.volunteer, part.id, not said.is_right)

    # The sheet

    def paper(self, host: Host, part: Paper) -> None:
        """As `gate import` takes it."""
        text, wrong = self._sheet(part, host)
        if text:
            host.run("import sheet", lambda: self._import(host, part, text, wrong))

    def _sheet(self, part: Paper, host: Host) -> tuple[str, set[tuple[str, int]]]:
        """Its text, and whose rows have another minute: (runner, loop)."""
        now_s = host.ground.now_s
        place = self.story.stations[0].place
        rows = [
            (life.name, loop, trip.in_s)
            for life in self.truth.lives.values()
            for loop, trip in enumerate(life.trips, 1)
            if trip.in_s is not None and part.since_s <= trip.in_s <= now_s and place == trip.place
        ]
        rng = Random(part.id)
        wrong = {row[:2] for row in rng.sample(rows, min(part.errors, len(rows)))}
        lines = ["bib,loop,in,out,remark"]
        for name, loop, in_s in rows:
            shown_s = in_s + (ERROR_S if (name, loop) in wrong else 0)
            bib = self.story.runner(name).bib
            lines.append(f"{bib},{loop},{hms(int(shown_s) * SECOND_US)},,")
        return ("\n".join(lines) + "\n" if rows else ""), wrong

    def _import(self, host: Host, part: Paper, text: str, wrong: set[tuple[str, int]]) -> None:
        now_us = host.clock.utc_us()
        table = table_file.read(text.encode(), "", "")
        assert paper_sheet.is_sheet(table), text
        store = host.folder.store()
        try:
            names = [runner.name for runner in host.roster]
            ruled = evaluate(store.rulings(), now_us, names)
            times = TimeReader(zone("UTC"), now_us, lambda: None, "race clock")
            sheet = paper_sheet.read(table, host.roster, times, ruled.bib)
            made = [
                make("paper", data, "Sandra", "paper sheet", now_us)
                for data in sheet.lines
                if is_said(ruled, "paper", data, "Sandra") is None
            ]
            store.add_rulings(made)
        finally:
            store.close()
        for ruling in made:
            is_right = (ruling.data["runner"], ruling.data["loop"]) not in wrong
            self.truth.said.append(Said(part.id, host.name, ruling, is_right))


def moment_us(at_s: float) -> int:
    """UTC since 1970 of so many seconds after the start."""
    return START_US + round(at_s * SECOND_US)
