"""A real MicroPython image on an emulated Pico: power cuts in taps, and parts that fail.

    python tests/campaigns/emulated_pico.py [--cases 30] [--seed 0] [--only NAME] [--flash FILE]

Needs an image (YELLOWGATE_PICO_UF2, or rp2040py's cache) and takes half a minute for each start of
the station. A board is flashed by `gate station flash` first; --flash keeps its flash in a file
and takes it from there the next time. Times are the guest's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import footprint
from gate_station.board import pins
from picotable import GATE, Broken, Table
from yellowgate.errors import GateError
from yellowgate.link.port import SerialPort
from yellowgate.link.repl import Repl
from yellowgate.sim import pico

FOUND_US = 12_000_000  # a station looks at its parts every ten seconds
MENDED_US = 40_000_000  # and tests its reader every thirty; all must be well within a minute
WRITING_US = 60_000  # in which a touch is read, written and answered; cuts fall into it


@dataclass
class Figures:
    """What was measured, and what was broken."""

    first_sound_ms: list[float] = field(default_factory=list[float])
    beep_ms: list[float] = field(default_factory=list[float])
    press_ms: list[float] = field(default_factory=list[float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    broken: dict[str, str] = field(default_factory=dict[str, str])


async def make(flash: Path) -> None:
    """From a blank board to a station, by `gate station flash`."""
    with tempfile.TemporaryDirectory() as folder:
        race = Path(folder) / "race"
        made = await asyncio.create_subprocess_exec(*GATE, "init", str(race))
        await made.wait()
        toml = race / "race.toml"
        toml.write_text(toml.read_text().replace('region = "none"', 'region = "US915"'))
        table = Table(flash)
        await table.station.power_on()
        await table.gate("station", "flash", "--log-kib", "64", "--id", "1", race=race)
        await table.power_off()
        table.close()


# Power cuts


async def cuts(table: Table, figures: Figures, cases: int, seed: int) -> None:
    """The power goes while a tag is read, written and answered; a restart; the next one."""
    rng = random.Random(seed)
    acknowledged: set[str] = set()
    before = set(table.tags())
    touched = set(before)
    in_page = 0
    for number in range(cases):
        figures.first_sound_ms.append(await table.power_on() / 1000)
        check_tags(table.tags(), acknowledged, touched)
        is_torn = rng.random() < 0.5
        uid, is_acknowledged = await _cut_touch(table, rng, is_torn)
        touched.add(uid)
        if is_acknowledged:
            acknowledged.add(uid)
        in_page += is_torn
        print(f"cut {number + 1}: {is_torn=}, {is_acknowledged=}", file=sys.stderr, flush=True)
    figures.first_sound_ms.append(await table.power_on() / 1000)
    check_tags(table.tags(), acknowledged, touched)
    figures.counts |= {
        "cuts": cases,
        "torn": in_page,
        "acknowledged": len(acknowledged),
        "stored": len(set(table.tags()) - before),
    }
    figures.beep_ms.append(await table.touch())


async def _cut_touch(table: Table, rng: random.Random, is_torn: bool) -> tuple[str, bool]:
    """A touch with a cut in it, at any moment or in its page program; (UID, was it beeped?)."""
    chip = table.chip
    uid, begun_us = table.begin_touch()
    if is_torn:
        chip.tear = torn(rng)
        chip.cut_at = chip.programs + chip.erases + 1
    else:
        chip.at(rng.randrange(WRITING_US) * 1000, chip.stop)
    begun_s = time.monotonic()
    while not chip.is_off:
        if time.monotonic() > begun_s + 300:
            raise Broken("the power was not cut")
        await asyncio.sleep(0.01)
    is_acknowledged = bool(table.tones_us(begun_us))
    await table.power_off()
    return uid, is_acknowledged


def torn(rng: random.Random) -> Callable[[bytes, bytes], bytes]:
    """Any bytes of the page done, others as they were; half of the time one in the middle of it."""
    count = rng.randrange(257)
    has_garbage = rng.random() < 0.5

    def tear(before: bytes, after: bytes) -> bytes:
        left = bytearray(after[:count] + before[count:])
        if has_garbage and count < len(left):  # some of its bits were programmed, some not
            left[count] = after[count] | (before[count] & rng.randrange(256))
        return bytes(left)

    return tear


def check_tags(stored: list[str], acknowledged: set[str], touched: set[str]) -> None:
    """Nothing acknowledged is lost, nothing is doubled, nothing invented."""
    lost = acknowledged - set(stored)
    doubled = {uid for uid in stored if stored.count(uid) > 1}
    invented = set(stored) - touched
    if lost or doubled or invented:
        raise Broken(f"lost {lost or 'none'}, doubled {doubled or 'none'}, {invented=}")


# Parts that fail: each begins with a station that has just started


async def taps(table: Table, figures: Figures) -> None:
    """Ten tags and three presses on a whole station."""
    figures.beep_ms += [await table.touch() for _ in range(10)]
    for _ in range(3):
        figures.press_ms.append(await table.press())
        await table.wait(2_000_000)


async def doctor_then_tag(table: Table, figures: Figures) -> None:
    """The doctor resets the reader; it reads afterwards, and the doctor still finds it well."""
    for _ in range(2):
        said = await table.gate("station", "doctor")
        rows = [[cell.strip() for cell in line.split("│")] for line in said.splitlines()]
        states = {row[1]: row[2] for row in rows if len(row) > 3}
        if states.get("reader") != "ok":
            raise Broken(f"the doctor says of a healthy reader: {states.get('reader')}")
        await table.wait(3_000_000)
        figures.beep_ms.append(await table.touch())


async def hang_then_tag(table: Table, figures: Figures) -> None:
    """A reader that falls silent is reset, and reads then."""
    reader = table.station.parts.reader
    await table.touch()
    resets = reader.resets
    reader.hung = True
    begun_us = table.now_us
    await table.until(lambda: reader.resets > resets, 120_000_000, "the reader is not reset")
    figures.counts["hang_to_reset_ms"] = (table.now_us - begun_us) // 1000
    await table.wait(5_000_000)
    figures.beep_ms.append(await table.touch())


async def reader_irq_low(table: Table, figures: Figures) -> None:
    """The line says "ready" for ever: tags are read all the same, and again after mending."""
    line = table.station.board.line(pins.NFC_IRQ)
    table.stir(lambda: line.pull_low(True, "fault"))
    await _through_a_fault(table, figures, lambda: line.release("fault"))


async def reader_irq_cut(table: Table, figures: Figures) -> None:
    """The line never says "ready"."""
    reader = table.station.parts.reader
    reader.irq_cut = True

    def mend() -> None:
        reader.irq_cut = False

    await _through_a_fault(table, figures, mend)


async def button_stuck(table: Table, figures: Figures) -> None:
    """Held closed: it is one press at most, tags go on, and it works again when let go."""
    line = table.station.board.line(pins.BUTTON)
    table.stir(lambda: line.pull_low(True, "fault"))
    await _through_a_fault(table, figures, lambda: line.release("fault"))
    figures.press_ms.append(await table.press())


async def _through_a_fault(table: Table, figures: Figures, mend: Callable[[], None]) -> None:
    await table.wait(FOUND_US)
    figures.beep_ms.append(await table.touch())
    table.stir(mend)
    await table.wait(MENDED_US)
    figures.beep_ms.append(await table.touch())


async def clock_absent(table: Table, figures: Figures) -> None:
    """A start without the clock chip: it says so, and taps are taken."""
    await table.power_off()
    table.station.parts.rtc.absent = True
    figures.first_sound_ms.append(await table.power_on() / 1000)
    figures.beep_ms.append(await table.touch())


async def heap(table: Table, figures: Figures) -> None:
    """With the button held at the start the REPL is there: the heap with the station built."""
    await table.power_off()
    line = table.station.board.line(pins.BUTTON)
    line.pull_low(True, "held")
    await table.station.power_on()
    url = await table.url()
    figures.counts |= await asyncio.to_thread(_heap_behind, url)
    line.release("held")


def _heap_behind(url: str) -> dict[str, int]:
    port = SerialPort(url)
    repl = Repl(port)
    repl.enter()
    found = footprint.heap_on(repl)
    port.close()
    return found


SCENES: dict[str, Callable[[Table, Figures], Awaitable[None]]] = {
    "taps": taps,
    "doctor then tag": doctor_then_tag,
    "hang then tag": hang_then_tag,
    "reader IRQ low": reader_irq_low,
    "reader IRQ cut": reader_irq_cut,
    "button stuck": button_stuck,
    "clock absent": clock_absent,
    "heap": heap,
}


async def play(name: str, made: Path, figures: Figures, cases: int = 0, seed: int = 0) -> None:
    """One scene, or "cuts", on a copy of a made flash; what is broken goes into the figures."""
    with tempfile.TemporaryDirectory() as folder:
        flash = Path(folder) / "flash.img"
        shutil.copy(made, flash)
        table = Table(flash)
        try:
            if name == "cuts":
                await cuts(table, figures, cases, seed)
            else:
                figures.first_sound_ms.append(await table.power_on() / 1000)
                await SCENES[name](table, figures)
        except Broken as error:
            figures.broken[name] = str(error)
        finally:
            await table.power_off()
            table.close()


async def campaign(options: argparse.Namespace) -> Figures:
    """All of it; says what it does."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        made = options.flash or Path(folder) / "made.img"
        if not made.exists():
            await make(made)
        for name in ("cuts", *SCENES):
            if options.only and options.only != name:
                continue
            begun_s = time.monotonic()
            await play(name, made, figures, options.cases, options.seed)
            said = figures.broken.get(name, "well")
            print(f"{name:16} {time.monotonic() - begun_s:6.0f} s  {said}", file=sys.stderr)
    return figures


def _spread(values: list[float]) -> str:
    if not values:
        return "none"
    median = statistics.median(values)
    return f"{len(values)}: {min(values):.1f} / {median:.1f} / {max(values):.1f} ms"


def main() -> int:
    """Prints a table or JSON; 1 when something was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=30, help="power cuts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["cuts", *SCENES], help="one of them")
    parser.add_argument("--flash", type=Path, help="file of the flashed board's flash")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    if pico.why_not():
        raise SystemExit(f"not run: {pico.why_not()}")
    try:
        figures = asyncio.run(campaign(options))
    except GateError as error:
        raise SystemExit(str(error)) from None
    if options.json:
        print(json.dumps(vars(figures)))
    else:
        print(f"power to first sound {_spread(figures.first_sound_ms)} (n: least / median / most)")
        print(f"tag to beep          {_spread(figures.beep_ms)}")
        print(f"press to beep        {_spread(figures.press_ms)}")
        print(figures.counts)
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
