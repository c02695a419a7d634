"""Is a log whole and unchanged? The chain of tags, verified; pure.

Every record carries a tag made with a secret key over the tag before it and its own bytes
(FORMAT.md, "Chain of evidence"). The key moves forward one way, and the host keeps the first one.
So whoever changes, removes, inserts or reorders records afterwards cannot make the tags fit.

What is found is told apart as far as it can be. TAMPERED: whole records contradict the chain or
what the station had reported: power cuts, worn flash and bad cables cannot do that. DAMAGED:
records are missing or spoilt, and the spoilt places are known. MISSING: records are missing, and
nothing tells why: not downloaded yet, lost on the station, or removed. UNVERIFIABLE: whole
records that nothing speaks against, and nothing for. NOTE: nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from gate_wire import chain, record

from yellowgate.records import Observation, Records

TAMPERED = "tampered"
DAMAGED = "damaged"
MISSING = "missing"
UNVERIFIABLE = "unverifiable"
NOTE = "note"

EPOCHS_AHEAD_MAX = 8  # sectors that may have been begun and left without a record in between
FORK_BACK_MAX = 300  # records that a station may lose at its end after they were downloaded
_NUMBERS_PER_DAMAGE = 8  # left out by a start that found a spoilt page


class Damage(NamedTuple):
    """A spoilt place in a log file or image.

    at: byte offset in the file. after_seq, before_seq: the whole records around it, -1: none.
    records_max: how many records it may have held.
    """

    log_id: str
    what: str
    at: int
    after_seq: int
    before_seq: int
    records_max: int


@dataclass(frozen=True)
class Finding:
    """One thing that was found. first, last: the sequence numbers that it is about."""

    severity: str
    log_id: str
    first: int
    last: int
    text: str


def verify(
    observations: Iterable[Observation],
    first_keys: Mapping[str, bytes],
    tips: Iterable[tuple[str, int, bytes]] = (),
    marks: Iterable[tuple[str, int, int, bytes]] = (),
    damage: Sequence[Damage] | None = None,
) -> list[Finding]:
    """Everything that is to be said about these logs, by log and number; [] when all is well.

    observations: in any order, two of one number allowed. first_keys: by log id. tips: (log id,
    next seq, tag) as stations told them. marks: (log id, epoch, first seq, tag before) from
    files. damage: spoilt places, when the observations come from files that were read whole:
    what is missing without them was removed. None: they were downloaded.
    """
    rows = sorted(set(observations), key=lambda row: (row.log_id, row.seq, row.raw))
    by_log = {log_id: list(group) for log_id, group in groupby(rows, lambda row: row.log_id)}
    tip_rows = sorted(set(tips))
    mark_rows = sorted(set(marks))
    findings: list[Finding] = []
    for log_id in sorted(set(by_log) | {tip[0] for tip in tip_rows}):
        one = _LogCheck(log_id, first_keys.get(log_id), damage, mark_rows)
        one.check_chain(by_log.get(log_id, []))
        one.check_tips([(tip[1], tip[2]) for tip in tip_rows if tip[0] == log_id])
        findings += one.findings
    return findings


def contradicted(
    log: Records, first_key: bytes, marks: Iterable[tuple[str, int, int, bytes]] = ()
) -> tuple[set[int], set[int]]:
    """Numbers of the records that the chain bears out, and of those that it contradicts; the rest
    is neither. Each number is in the log once. marks: see verify().
    """
    one = _LogCheck(log.log_id, first_key, None, marks)
    one.check_chain(log)
    return one.good, one.bad


GAPS_MAX = 200  # of a log; one that is here in so many pieces is not all here
EPOCHS_SEARCHED = 128  # from one gap to the next: so many sectors a log has by default


def never_written(log: Records, first_key: bytes | None) -> list[tuple[int, int]]:
    """The numbers, first to last, that lack in this log because no record ever had them: the power
    was cut. The record behind them follows, by its tag, the one before. Without the key nobody
    can tell. The walk skips what is not at a gap, so it is quick and proves nothing else.
    """
    holes: list[int] = np.flatnonzero(np.diff(log.seqs) > 1).tolist()
    if first_key is None or len(holes) > GAPS_MAX:
        return []
    one = _LogCheck(log.log_id, first_key, None)
    return [(first, last) for at in holes for first, last in one.skipped(*log[at : at + 2])]


class _LogCheck:
    """The walk along one log."""

    def __init__(
        self,
        log_id: str,
        first_key: bytes | None,
        damage: Sequence[Damage] | None,
        marks: Iterable[tuple[str, int, int, bytes]] = (),
    ) -> None:
        self.findings: list[Finding] = []
        self.good: set[int] = set()  # numbers whose tag fits
        self.bad: set[int] = set()  # numbers whose tag should fit and does not
        self._marks = {mark[2]: (mark[1], mark[3]) for mark in marks if mark[0] == log_id}
        self._log_id = log_id
        self._damage = (
            None if damage is None else [place for place in damage if place.log_id == log_id]
        )
        self._keys = [chain.Keyed(first_key)] if first_key is not None else []
        self._key = first_key or b""
        self._keyless = chain.Keyed(chain.KEY_ZERO)
        self._epoch = 0
        self._is_keyless = False
        self._chain: list[tuple[int, bytes]] = []  # (number, tag) of the records walked so far
        self._is_lost = False  # the last record fitted no other
        self._misfits: Finding | None = None

    def _tell(self, severity: str, first: int, last: int, text: str) -> None:
        self.findings.append(Finding(severity, self._log_id, first, last, text))

    # The chain

    def check_chain(self, rows: Sequence[Observation]) -> None:
        """All records in order."""
        if rows and not self._keys:
            self._tell(UNVERIFIABLE, rows[0].seq, rows[-1].seq, "the first key is not known here")
        before: int | None = None
        for seq, group in groupby(rows, lambda row: row.seq):
            variants = [row for row in group if self._is_whole(row)]
            if not variants:
                continue
            row = self._choose(variants) if len(variants) > 1 else variants[0]
            self._step(row, -1 if before is None else before)
            self._chain.append((seq, record.unpack(row.raw).tag))
            before = seq

    def skipped(self, before: Observation, row: Observation) -> list[tuple[int, int]]:
        """The numbers between these two when row follows before; [] when not."""
        epoch = self._fits(row, record.unpack(before.raw).tag, EPOCHS_SEARCHED)
        if epoch is None:
            return []
        self._accept(row, epoch)
        return [(before.seq + 1, row.seq - 1)]

    def _is_whole(self, row: Observation) -> bool:
        if record.check(row.raw, 0, bytes.fromhex(self._log_id)) == len(row.raw):
            return record.unpack(row.raw).seq == row.seq
        self._tell(DAMAGED, row.seq, row.seq, f"record {row.seq} is damaged")
        return False

    def _choose(self, variants: Sequence[Observation]) -> Observation:
        """Of records that claim one number, the one that fits."""
        seq = variants[0].seq
        text = f"{len(variants)} different records claim number {seq}"
        self._tell(TAMPERED, seq, seq, text)
        before = self._chain[-1][1] if self._chain else chain.TAG_ZERO
        for row in variants:
            if self._fits(row, before) is not None:
                return row
        return variants[0]

    def _step(self, row: Observation, before: int) -> None:
        seq = row.seq
        tag_before = self._chain[-1][1] if self._chain else chain.TAG_ZERO
        epoch = self._fits(row, tag_before)
        if epoch is None and self._is_bridged(row):
            self._tell_gap(before + 1, seq - 1)
            self._accept(row, self._marks[seq][0])
            return
        if epoch is not None:
            self._accept(row, epoch)
            if seq > before + 1:
                text = f"{_numbers(before + 1, seq - 1)} never written whole: the power was cut"
                self._tell(NOTE, before + 1, seq - 1, text)
            return
        if not self._keys:
            if seq > before + 1:
                self._tell_gap(before + 1, seq - 1)
            return
        # Behind a record that fits none, the next ones fit none either: not searched again.
        fork = None if self._is_lost else self._fork(row)
        if fork is not None:
            lost = _numbers(fork + 1, before)
            text = f"{lost} lost on the station after they had been downloaded: kept here"
            self._tell(DAMAGED, fork + 1, before, text)
            self._accept(row, self._epoch)
        elif seq > before + 1:
            self._tell_gap(before + 1, seq - 1)
            text = f"record {seq} cannot be verified: the one before it is missing"
            self._tell(UNVERIFIABLE, seq, seq, text)
        else:
            self._tell_misfit(seq)
        self._is_lost = fork is None

    def _tell_misfit(self, seq: int) -> None:
        """Runs of them as one finding: where one was taken out, all behind it may not fit."""
        self.bad.add(seq)
        first = seq
        if self._misfits is not None and self._misfits.last == seq - 1:
            first = self._misfits.first
            self.findings.remove(self._misfits)
        verb = "does not fit the one" if first == seq else "do not fit the ones"
        text = f"{_numbers(first, seq)} {verb} before"
        self._misfits = Finding(TAMPERED, self._log_id, first, seq, text)
        self.findings.append(self._misfits)

    def _accept(self, row: Observation, epoch: int) -> None:
        self.good.add(row.seq)
        self._is_lost = False
        if epoch == chain.EPOCH_KEYLESS:
            if not self._is_keyless:
                text = f"from record {row.seq} on the station had lost its key to damage"
                self._tell(UNVERIFIABLE, row.seq, row.seq, text)
            self._is_keyless = True
        else:
            self._epoch = epoch

    def _fits(
        self, row: Observation, tag_before: bytes, ahead: int = EPOCHS_AHEAD_MAX
    ) -> int | None:
        """The epoch under which this record follows this tag: this one or a later one."""
        if not self._keys:
            return None
        sealed = row.raw[: -record.CRC_BYTES - record.TAG_BYTES]
        tag = record.unpack(row.raw).tag
        if not self._is_keyless:
            for epoch in range(self._epoch, self._epoch + ahead + 1):
                if self._keyed(epoch).tag(tag_before, sealed) == tag:
                    return epoch
        return chain.EPOCH_KEYLESS if self._keyless.tag(tag_before, sealed) == tag else None

    def _keyed(self, epoch: int) -> chain.Keyed:
        while len(self._keys) <= epoch:
            self._key = chain.next_key(self._key)
            self._keys.append(chain.Keyed(self._key))
        return self._keys[epoch]

    def _is_bridged(self, row: Observation) -> bool:
        """A mark on flash says what stood before this record."""
        if row.seq not in self._marks or not self._keys:
            return False
        epoch, tag_before = self._marks[row.seq]
        if epoch != chain.EPOCH_KEYLESS and not self._epoch <= epoch < self._epoch + 1000:
            return False
        keyed = self._keyless if epoch == chain.EPOCH_KEYLESS else self._keyed(epoch)
        unpacked = record.unpack(row.raw)
        sealed = row.raw[: -record.CRC_BYTES - record.TAG_BYTES]
        return keyed.tag(tag_before, sealed) == unpacked.tag

    def _fork(self, row: Observation) -> int | None:
        """The number of the earlier record that this one follows, None if it follows none."""
        for seq, tag in self._chain[-2 : -FORK_BACK_MAX - 2 : -1]:
            if self._fits(row, tag, 2) is not None:
                return seq
        return None

    def _tell_gap(self, first: int, last: int) -> None:
        if first > last:
            return
        text = f"{_numbers(first, last)} missing"
        # A station without its key leaves out numbers by the sector, and its tags prove nothing.
        is_keyless = self._is_keyless or self._begins_keyless(last + 1)
        if self._damage is None or (is_keyless and not self._explained(first, last)):
            self._tell(MISSING, first, last, text)
        elif self._explained(first, last):
            self._tell(DAMAGED, first, last, text + ", where the flash is spoilt")
        else:
            self._tell(TAMPERED, first, last, text + ", and no place on the flash is spoilt")

    def _begins_keyless(self, seq: int) -> bool:
        return seq in self._marks and self._marks[seq][0] == chain.EPOCH_KEYLESS

    def _explained(self, first: int, last: int) -> bool:
        """Are there spoilt places between these records that may have held so many?"""
        room = 0
        for place in self._damage or ():
            is_there = place.before_seq < 0 or place.before_seq >= first
            if is_there and place.after_seq <= last and place.records_max:
                # A station leaves out as many numbers as it may have lost records.
                room += 2 * place.records_max + _NUMBERS_PER_DAMAGE
        return room >= last - first + 1

    # The tips

    def check_tips(self, tips: Sequence[tuple[int, bytes]]) -> None:
        """What the station reported of its end, against what is here."""
        for next_seq, tag in tips:
            if next_seq:
                self._check_tip(next_seq, tag)

    def _check_tip(self, next_seq: int, tag: bytes) -> None:
        below = [row for row in self._chain if row[0] < next_seq]
        if (below[-1][1] if below else chain.TAG_ZERO) == tag:
            return
        same = [seq for seq, other in below if other == tag]
        if same:
            self._tell_beyond(same[-1], next_seq, [seq for seq, _ in below if seq > same[-1]])
            return
        last = below[-1][0] if below else -1
        if last == next_seq - 1:
            text = f"record {last} is not the one that the station reported"
            self._tell(TAMPERED, last, last, text)
        elif self._chain and self._chain[-1][0] >= next_seq:
            return  # a gap in the middle, told already
        else:
            self._tell_cut(last + 1, next_seq - 1)

    def _tell_beyond(self, known: int, next_seq: int, more: Sequence[int]) -> None:
        """The station had reported `known` as its last below next_seq, and here are more."""
        severity = DAMAGED
        if any(seq in self.bad for seq in more):
            severity = TAMPERED
        elif any(seq not in self.good for seq in more):
            severity = UNVERIFIABLE  # one behind a gap, say
        text = f"{_numbers(more[0], more[-1])} here, but the station's log went on without them"
        self._tell(severity, more[0], more[-1], text)

    def _tell_cut(self, first: int, last: int) -> None:
        text = f"the station reported {_numbers(first, last)}, not here"
        if self._damage is None or (self._is_keyless and not self._explained(first, last)):
            self._tell(MISSING, first, last, text + ": download again")
        elif self._explained(first, last):
            self._tell(DAMAGED, first, last, text + ": the end of the file is spoilt")
        else:
            self._tell(TAMPERED, first, last, text + ": the end was cut off")


def _numbers(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"
