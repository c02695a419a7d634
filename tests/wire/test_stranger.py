"""FORMAT.md is enough: a reader written from it alone and ours agree, on random histories.

Each test counts what it met: a history in which nothing went wrong would prove nothing.
"""

from __future__ import annotations

import ast
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))
sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

import flash_cuts
import stranger
import stranger_radio
from airsim import RACE_KEY, Host, Repeater, Sim, Station, uid_of
from gate_station.core import airtime, log, regions
from gate_wire import bodies, chain, frame, kinds, packet, record
from yellowgate.records import observation
from yellowgate.sim.devices import nor
from yellowgate.sim.devices.backing import Memory
from yellowgate.store import evidence, image

HERE = Path(__file__).parent
HEX = flash_cuts.LOG_ID.hex()
MISSING, UNVERIFIABLE = evidence.MISSING, evidence.UNVERIFIABLE


@pytest.mark.parametrize("name", ["stranger.py", "stranger_radio.py"])
def test_it_imports_nothing_of_ours(name: str) -> None:
    names = {
        part.module if isinstance(part, ast.ImportFrom) else part.names[0].name
        for part in ast.walk(ast.parse((HERE / name).read_text()))
        if isinstance(part, ast.Import | ast.ImportFrom)
    }
    assert {str(found).split(".")[0] for found in names} <= {*sys.stdlib_module_names, "stranger"}


# Logs on flash


def history(seed: int) -> tuple[nor.Nor, flash_cuts.History]:
    """A log with power cuts in whatever it programmed, until it is full or had its share."""
    chance = random.Random(seed)
    flash, known = flash_cuts.fresh(), flash_cuts.History()
    flash.random = nor.Random(seed)
    for _ in range(chance.randrange(5, 60)):
        # The opening takes some operations: most cuts hit the appending, some the start.
        flash.cut(chance.randrange(25), chance.choice(nor.TORN), chance.randrange(256))
        try:
            writer = flash_cuts.Writer(flash, known)
            for _ in range(chance.randrange(1, 30)):
                writer.count = len(known.acknowledged)
                writer.append(chance.choice(flash_cuts.BODIES))
        except nor.PowerCut:
            known.cuts += 1
        except log.LogFull:
            break
        flash.power_on()
        if chance.random() < 0.15:
            wear(flash, known, chance)
    flash.power_on()
    return flash, known


def wear(flash: nor.Nor, known: flash_cuts.History, chance: random.Random) -> None:
    """While it is off, the flash loses what is in the last page: the next start jumps over it."""
    assert isinstance(flash.backing, Memory)
    page = max((at for at, _ in known.acknowledged.values()), default=0) // 256
    for at in range(page * 256 + 160 * (page % 16 == 0), page * 256 + 240):
        flash.backing.data[at] &= chance.randrange(256)
    for seq, (at, _) in list(known.acknowledged.items()):
        if at // 256 == page:
            del known.acknowledged[seq]


def spoil(data: bytes, chance: random.Random) -> bytes:
    """Bits and pages of it are damaged."""
    spoilt = bytearray(data)
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(spoilt))
        if chance.random() < 0.1:  # a header
            at = chance.choice(flash_cuts.PLACES) * 4096 + chance.randrange(64, 96)
        if chance.random() < 0.2:
            spoilt[at : at + 300] = chance.randbytes(len(spoilt[at : at + 300]))
        else:
            spoilt[at] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def ours(data: bytes) -> tuple[set[bytes], set[tuple[int, int, bytes]]]:
    logs = [found for found in image.read(data) if found.log_id == HEX]
    raws = {raw for found in logs for _, raw in found.records}
    return raws, {mark for found in logs for mark in found.marks}


def theirs(data: bytes) -> stranger.Image:
    return stranger.read_image(data).get(flash_cuts.LOG_ID, stranger.Image(set(), set()))


def look(seed: int, seen: Counter[str]) -> None:
    """One history, read by both, whole and damaged."""
    flash, known = history(seed)
    book = flash_cuts.Writer(flash, known).book  # settles what the last cut left
    data = flash.state()[0]
    found = theirs(data)
    assert (found.raws, found.marks) == ours(data)
    assert {raw for _, raw in known.acknowledged.values()} <= found.raws
    assert found.raws == set(flash_cuts.readable(book).values())

    blocks = [data[at * 4096 : at * 4096 + 4096] for at in flash_cuts.PLACES]
    assert theirs(stranger.copied(blocks)) == found
    assert ours(stranger.copied(blocks)) == (found.raws, found.marks)

    walk = stranger.walk(found.raws, flash_cuts.KEY, found.marks)
    left_out = walk.left_out
    rows = [observation(raw, HEX) for raw in found.raws]
    marks = [(HEX, *mark) for mark in found.marks]
    told = evidence.verify(rows, {HEX: flash_cuts.KEY}, (), marks)
    assert {row.severity for row in told} <= {evidence.NOTE, MISSING, UNVERIFIABLE}
    assert left_out == [(row.first, row.last) for row in told if row.severity == evidence.NOTE]
    assert walk.missing == [(row.first, row.last) for row in told if row.severity == MISSING]
    assert walk.misfits == [row.first for row in told if row.severity == UNVERIFIABLE]
    seen["gaps in the chain, bridged by a mark"] += len(walk.missing) - len(walk.misfits)
    seen["gaps in the chain with a record behind that nothing vouches for"] += len(walk.misfits)
    seen["cuts"] += known.cuts
    seen["numbers left out, vouched for by the chain"] += len(left_out)
    seen["jumps of eight and more"] += sum(last - first >= 7 for first, last in left_out)
    seen["records of which no acknowledgement came"] += len(found.raws) - len(known.acknowledged)
    seen["voids"] += count_voids(data)
    seen["sectors begun"] += len(found.marks)

    chance = random.Random(seed)
    spoilt = spoil(data, chance)
    less = theirs(spoilt)
    # A block without a header is found by ours, by its records; a stranger needs the header.
    assert less.raws <= ours(spoilt)[0] <= found.raws
    headers = sum(spoilt[at * 4096 + 64 : at * 4096 + 96] == data[at * 4096 + 64 : at * 4096 + 96]
                  for at in flash_cuts.PLACES)  # fmt: skip
    assert headers < len(flash_cuts.PLACES) or less.raws == ours(spoilt)[0]
    seen["records lost to damage"] += len(found.raws) - len(less.raws)
    seen["headers damaged"] += len(flash_cuts.PLACES) - headers
    if len(rows) > 3:
        check_edited(sorted(found.raws, key=lambda raw: stranger.row_of(raw).seq), chance, seen)


def count_voids(data: bytes) -> int:
    """Zeros in the place of a record that are no closing of a page."""
    count = 0
    for block in flash_cuts.PLACES:
        for at in range(block * 4096 + 160, block * 4096 + 4096, 16):
            is_zero = data[at : at + 16] == bytes(16)
            count += is_zero and at % 256 != 240
    return count


def count_doubles(data: bytes) -> int:
    """The same bytes in two places, as "Writing" 2 has it."""
    found: Counter[bytes] = Counter()
    for block in flash_cuts.PLACES:
        for at in range(block * 4096 + 160, block * 4096 + 4096, 16):
            found[stranger.record_at(data, at, flash_cuts.LOG_ID)] += 1
    return sum(count > 1 for raw, count in found.items() if raw)


def check_edited(raws: list[bytes], chance: random.Random, seen: Counter[str]) -> None:
    """A record is taken out, or changed by somebody without the key: both see it, or neither."""
    at = chance.randrange(1, len(raws) - 1)
    if chance.random() < 0.5:
        raws = raws[:at] + raws[at + 1 :]
    else:
        row = stranger.row_of(raws[at])._replace(uptime_ms=chance.randrange(1 << 32))
        raws = [*raws[:at], stranger.raw_of(row, flash_cuts.LOG_ID), *raws[at + 1 :]]
    misfits = stranger.walk(raws, flash_cuts.KEY).misfits
    told = evidence.verify([observation(raw, HEX) for raw in raws], {HEX: flash_cuts.KEY})
    bad = {row.severity for row in told} - {evidence.NOTE}
    assert misfits and bad, "an edited log passes"
    seen["edited logs found out"] += 1


def test_logs_with_cuts_and_damage(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        look(seed, seen)
    with capsys.disabled():
        print(f"\n60 histories of a log: {dict(seen)}")
    assert seen["cuts"] > 500
    for what in (
        "numbers left out, vouched for by the chain", "jumps of eight and more", "voids",
        "records of which no acknowledgement came", "sectors begun", "records lost to damage",
        "headers damaged", "gaps in the chain, bridged by a mark", "edited logs found out",
    ):  # fmt: skip
        assert seen[what] >= 10, what


def test_a_record_that_did_not_read_back_stands_there_twice() -> None:
    flash = flash_cuts.fresh()
    writer = flash_cuts.Writer(flash, flash_cuts.History())
    writer.append(7)
    data = bytearray(flash.state()[0])
    first = flash_cuts.PLACES[0] * 4096
    (raw,) = theirs(bytes(data)).raws
    data[first + 512 : first + 512 + len(raw)] = raw
    assert count_doubles(bytes(data)) == 1
    assert theirs(bytes(data)).raws == {raw} == ours(bytes(data))[0]
    told = evidence.verify([observation(raw, HEX)] * 2, {HEX: flash_cuts.KEY})
    assert told == [] and stranger.walk([raw, raw], flash_cuts.KEY) == ([], [], [])


# Frames


def test_frames_in_noise(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(7)
    writer, reader = frame.FrameWriter(), frame.FrameReader()
    good = damaged = 0
    for _ in range(300):
        stream = b"\0"
        for _ in range(chance.randrange(1, 6)):
            size = chance.choice((0, 1, 5, 253, 254, 255, 508, 600, 1024))
            payload = chance.choice((chance.randbytes(size), bytes(size), b"\xff" * size))
            one = bytearray(writer.frame(chance.randrange(256), chance.randrange(256), payload))
            if chance.random() < 0.3:
                one[chance.randrange(len(one))] ^= 1 << chance.randrange(8)
            stream += bytes(one) + chance.choice((b"", b"\0\0", chance.randbytes(9), bytes(40)))
        stream += b"\0"
        ours_found = reader.feed(stream)
        assert list(stranger.frames(stream)) == ours_found
        good += len(ours_found)
        damaged = reader.damaged
    with capsys.disabled():
        print(f"\nframes: {good} good, {damaged} damaged")
    assert good > 500 and damaged > 100


# Packets


KINDS = (kinds.TAG,) * 12 + (kinds.PRESS, kinds.START, kinds.TAPS, kinds.HEALTH)


class Third:
    """Stands beside the host with an ear of its own, and must understand what the host does."""

    def __init__(self, host: Host, seen: Counter[str]) -> None:
        self.host = host
        self.seen = seen
        logs = [(one.station_id, one.log) for one in host.stations]
        keys = {
            (number, one.log_id): stranger_radio.air_key(RACE_KEY, number, one.log_id)
            for number, one in logs
        }
        self.receiver = stranger_radio.Receiver(
            keys, {one.log_id: one.first_key for _, one in logs}, [host.uids]
        )
        host.restart = lambda: None  # type: ignore[method-assign] - it would forget, we would not
        hear = host.ears.hear

        def both(data: bytes) -> object:
            heard = hear(data)
            mine = self.receiver.hear(data)
            assert (heard is None) == (mine is None), data.hex()
            if heard is not None and mine is not None:
                assert mine[0].hex() == heard.log_id
                assert (mine[1] is None) == (heard.says != 0), (data.hex(), heard)
                assert list(mine[1] or []) == [raw for _, raw in heard.rows]
                self.seen["not rebuilt, by both"] += mine[1] is None
            self.seen["taken" if heard is not None else "refused"] += 1
            return heard

        host.ears.hear = both  # type: ignore[method-assign,assignment]
        stored = host.ears.stored

        def keep(rows: list[tuple[str, bytes]]) -> None:
            stored(rows)
            for log_id, raw in rows:
                self.receiver.had[bytes.fromhex(log_id)][stranger.row_of(raw).seq] = raw

        host.ears.stored = keep  # type: ignore[method-assign,assignment]


def race(seed: int, seen: Counter[str]) -> None:
    """An hour with loss, relays, replays, damage, restarts, strange tags and lost records."""
    chance = random.Random(seed)
    sim = Sim(seed, airtime.Modem(9), regions.US915)
    uids = [uid_of(runner) for runner in range(90)]
    stations = [Station(sim, at + 1, uids[:80]) for at in range(2)]
    host = Host(sim, stations, uids[:80] if seed % 3 else uids[5:80])
    third = Third(host, seen)
    if seed % 2:
        Repeater(sim, (1,))
        stations[0].settings.answer_ms += 2000
        sim.is_heard = lambda a, b: {a, b} != {stations[0], host}
    sim.loss, sim.late, sim.twice = chance.choice((0.0, 0.3, 0.6)), 0.1, 0.1
    sim.recorded = []
    for one in stations:
        one.log._per_block = 12  # epochs pass quickly
        whole = one.log.read
        lost = {chance.randrange(5, 40) for _ in range(2)}
        one.log.read = lambda seq, buf, w=whole, x=lost: 0 if seq in x else w(seq, buf)  # type: ignore[method-assign,misc]
    health = bodies.pack_health(bodies.Health(4012, -3, 17, 2, 0, 0, 0, 0))
    for _ in range(120):
        one = chance.choice(stations)
        kind = chance.choice(KINDS)
        body = chance.choice(uids) if kind in (kinds.TAG, kinds.TAPS) else b""
        one.store(kind, health if kind == kinds.HEALTH else body)
        sim.run(sim.now_ms + chance.choice((1, 40, 900, 5000, 60_000)))
        if chance.random() < 0.03:
            one.restart()
        if sim.recorded and chance.random() < 0.2:  # somebody with an antenna
            told = bytearray(chance.choice(sim.recorded))
            if chance.random() < 0.7:
                told[chance.randrange(len(told))] ^= 1 << chance.randrange(8)
            host._hear(bytes(told))
    sim.loss = 0.0
    sim.run(sim.now_ms + 1_800_000)
    host.check_true()
    seen.update(third.receiver.seen)
    seen["relayed"] += sum(data[3] >> 4 & 3 > 0 for data in sim.recorded)
    seen["records"] += len(host.rows)


def test_packets_with_loss_relays_and_damage(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(12):
        race(seed, seen)
    with capsys.disabled():
        print(f"\n12 races by radio: {dict(seen)}")
    for what in (
        "NEWS", "NEWS_WHOLE", "BEAT", "ARRIVALS", "escaped", "steps", "relayed", "refused",
        "not rebuilt, by both",
    ):  # fmt: skip
        assert seen[what] >= 10, what


def test_keys_and_kinds_are_those_of_the_page() -> None:
    log_id, race_key = b"\x01\x02\x03\x04\x05\x06\x07\x08", bytes(range(16))
    key = packet.air_key(packet.station_key(race_key, 7), log_id)
    assert stranger_radio.air_key(race_key, 7, log_id) == key
    key = race_key
    for _ in range(40):
        key = chain.next_key(key)
    assert stranger.Chain(race_key).key(40) == key
    row = record.Record(3, 9, 1, 5, record.UTC_UNKNOWN, 15, b"1234567", b"tag.")
    raw = record.pack(row, log_id)
    assert stranger.raw_of(stranger.row_of(raw), log_id) == raw
    assert stranger.record_at(raw, 0, log_id) == raw
