"""Which records of a log count, where some contradict others; pure.

A record can be written by anybody who has a computer: its CRC proves nothing. What proves it is the
chain of tags under the log's first key, and what the station itself told this laptop of its end
(tips). So where records contradict each other, those stand that chain and tips bear out. Where
those bear out several, or none, none counts until a person has ruled (kinds "version" and "key").
A record that lacks what it would be proved by, because the one before it is not here, counts: it
is not contradicted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from gate_wire import chain, record

from yellowgate.records import Records
from yellowgate.store.evidence import EPOCHS_AHEAD_MAX, contradicted

BRANCHES_MAX = 64  # of one log; who makes more of them gets none counted
QUIET_MAX = 300  # numbers after which a branch that nothing followed has ended
_SEALED = -record.CRC_BYTES - record.TAG_BYTES


class Key(NamedTuple):
    """A first key that is claimed for a log. here: it was made by this laptop."""

    key: bytes
    here: bool

    @property
    def name(self) -> str:
        """Eight hex digits by which people speak of it: they do not tell the key."""
        return hashlib.sha256(b"yellow gate first key" + self.key).hexdigest()[:8]


class Proof(NamedTuple):
    """What bears a log out. keys: first keys that are claimed for it, each once. tips: (next seq,
    tag) that its station told this laptop. marks: (epoch, first seq, tag before) from files.
    """

    keys: tuple[Key, ...] = ()
    tips: tuple[tuple[int, bytes], ...] = ()
    marks: tuple[tuple[int, int, bytes], ...] = ()


class Ruled(NamedTuple):
    """What a person decided of a log: the name of its key, "" for none; the name of the record
    that is right, by number.
    """

    key: str = ""
    versions: Mapping[int, str] = {}


class Doubt(NamedTuple):
    """Something that a person has to decide, and with which words."""

    kind: str
    text: str


class Standing(NamedTuple):
    """out: rows of the log that do not count, rising. key: by which it was judged. loose: rows that
    count although the key is known and proves nothing of them: the one before is not here.
    """

    out: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    key: bytes | None = None
    loose: tuple[int, ...] = ()


def version_name(raw: bytes) -> str:
    """Eight hex digits by which people speak of one of several records of a number."""
    return hashlib.sha256(raw).hexdigest()[:8]


def standing(log: Records, proof: Proof, ruled: Ruled = Ruled()) -> Standing:  # noqa: B008 - a tuple
    """What of this log counts."""
    doubled = bool(len(log)) and not bool(np.all(np.diff(log.seqs)))
    judged = [
        (key, _judged(log, key.key, proof, ruled, doubled)) for key in _candidates(proof, ruled)
    ] or [(None, _judged(log, None, proof, ruled, doubled))]
    key, best = max(judged, key=lambda row: (row[1].tips, row[1].good))
    doubts = [*_of_keys(log, proof, ruled), *_of_rows(log, best, ruled)]
    out, loose = tuple(sorted(best.out)), tuple(sorted(best.loose))
    return Standing(out, tuple(doubts), None if key is None else key.key, loose)


def without(log: Records, rows: Sequence[int]) -> Records:
    """The log without these rows."""
    if not rows:
        return log
    stands = np.ones(len(log), np.bool_)
    stands[list(rows)] = False
    return log.chosen(stands)


def proved(log: Records, proof: Proof) -> Records:
    """The records that nobody can have invented, as far as that is known here: those that the chain
    bears out, or all that count where the key is not known.
    """
    found = standing(log, proof)
    return without(log, (*found.out, *found.loose))


def _candidates(proof: Proof, ruled: Ruled) -> list[Key]:
    """The key that was ruled; else those that were made here; else all."""
    chosen = [key for key in proof.keys if ruled.key and key.name == ruled.key]
    return chosen or [key for key in proof.keys if key.here] or list(proof.keys)


def right_keys(
    proofs: Mapping[str, Proof], log_of: Callable[[str], Records | None]
) -> dict[str, bytes]:
    """The first key of each log; of several that are claimed, the one that bears it out."""
    found: dict[str, bytes] = {}
    for log_id, proof in proofs.items():
        keys = _candidates(proof, Ruled())
        log = log_of(log_id) if len(keys) > 1 else None
        if log is not None:
            found[log_id] = standing(log, proof).key or keys[0].key
        elif keys:
            found[log_id] = keys[0].key
    return found


class _Judged(NamedTuple):
    """out: rows that do not count; torn: those of them of which nothing says which is right; loose:
    rows that count unproved. good, tips: how much bears out the rest.
    """

    out: frozenset[int] = frozenset()
    torn: frozenset[int] = frozenset()
    good: int = 0
    tips: int = 0
    loose: frozenset[int] = frozenset()


def _judged(log: Records, key: bytes | None, proof: Proof, ruled: Ruled, doubled: bool) -> _Judged:
    if not doubled and not ruled.versions:
        if key is None or _follows(log, key):
            return _Judged(good=0 if key is None else len(log))
        marks = [(log.log_id, *mark) for mark in proof.marks]
        good, bad = contradicted(log, key, marks)
        at = {seq: row for row, seq in enumerate(log.seqs.tolist())}
        out = frozenset(at[seq] for seq in bad)
        loose = frozenset(row for seq, row in at.items() if seq not in good) - out
        return _Judged(out, good=len(good), loose=loose)
    return _Forks(log, key, proof, ruled).judged()


def _follows(log: Records, key: bytes) -> bool:
    """Does every record follow the one before, by its tag? Quick: that is the usual case."""
    keyed, before, steps = chain.Keyed(key), chain.TAG_ZERO, 0
    for raw in log.raws:
        tag, sealed = raw[_SEALED : -record.CRC_BYTES], raw[:_SEALED]
        while keyed.tag(before, sealed) != tag:
            if steps == EPOCHS_AHEAD_MAX:
                return False
            key = chain.next_key(key)
            keyed, steps = chain.Keyed(key), steps + 1
        before, steps = tag, 0
    return True


def _of_keys(log: Records, proof: Proof, ruled: Ruled) -> Iterable[Doubt]:
    names = {key.name: key for key in sorted(proof.keys, key=lambda key: (not key.here, key.key))}
    if len(names) < 2 or ruled.key in names:
        return
    said = " and ".join(
        f"{name} ({'made here' if key.here else 'of another store'}; it fits "
        f"{_judged(log, key.key, proof, Ruled(), True).good} of {len(log)} records)"
        for name, key in names.items()
    )
    yield Doubt(
        "two first keys",
        f"log {log.log_id[:8]} has {len(names)} first keys: {said}; say which is right: gate "
        f"ruling add key log_id={log.log_id} key={next(iter(names))}",
    )


def _of_rows(log: Records, judged: _Judged, ruled: Ruled) -> Iterable[Doubt]:
    """One line for each run of numbers; a ruling on one of them settles the run."""
    seqs = log.seqs.tolist()
    torn = {seqs[row] for row in judged.torn}
    for _, run in groupby(
        enumerate(sorted({seqs[row] for row in judged.out})), lambda row: row[1] - row[0]
    ):
        numbers = [seq for _, seq in run]
        first, last = numbers[0], numbers[-1]
        if not ruled.versions.keys().isdisjoint(numbers) and torn.isdisjoint(numbers):
            continue
        here = [row for row, seq in enumerate(seqs) if seq == first]
        names = [version_name(log.raws[row]) for row in here]
        is_torn = any(row in judged.torn for row in here)
        said = _numbers(first, last)
        if len(here) > 1:
            stands = "none of them counts" if is_torn else "the one that the chain bears out counts"
            text = f"{len(here)} different records claim number {first}"
            text = text if first == last else f"two chains of {said}"
            kind, text = "doubled number", f"{text}: {stands}"
        else:
            verb = "does" if first == last else "do"
            kind, text = "not of the chain", f"{said} {verb} not fit the chain: not counted"
        yield Doubt(
            kind,
            f"log {log.log_id[:8]}: {text}; to say that one is right: gate ruling add version "
            f"record={log.log_id[:8]}:{first} version={' or '.join(names)}",
        )


def _numbers(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"


class _Node(NamedTuple):
    """A row as the last one of a branch. how: "good", "loose" (behind a gap) or "bad"."""

    row: int
    how: str
    before: _Node | None


class _Branch(NamedTuple):
    """A chain as far as it goes. epoch: of the key that made its last tag."""

    node: _Node | None
    tag: bytes
    seq: int
    epoch: int
    good: int = 0
    tips: int = 0


class _Forks:
    """The walk along a log of which some numbers are there more than once."""

    def __init__(self, log: Records, key: bytes | None, proof: Proof, ruled: Ruled) -> None:
        self._raws = list(log.raws)
        self._seqs: list[int] = log.seqs.tolist()
        self._keys = [] if key is None else [chain.Keyed(key)]
        self._key = key or b""
        self._keyless = chain.Keyed(chain.KEY_ZERO)
        self._tips = sorted(set(proof.tips))
        self._marks = {first: (epoch, tag) for epoch, first, tag in proof.marks}
        self._ruled = ruled.versions
        self._overflow = False
        self._rejected: list[_Branch] = []  # by rulings, and what followed them

    def judged(self) -> _Judged:
        branches, ended = [_Branch(None, chain.TAG_ZERO, -1, 0)], list[_Branch]()
        for seq, group in groupby(range(len(self._seqs)), self._seqs.__getitem__):
            branches = [self._told(branch, branch.seq + 1, seq) for branch in branches]
            branches = self._grown(branches, seq, list(group))
            newest = max(branch.seq for branch in branches)
            ended += [one for one in branches if newest - one.seq > QUIET_MAX]
            branches = [one for one in branches if newest - one.seq <= QUIET_MAX]
            if len(branches) > BRANCHES_MAX:
                self._overflow = True
                branches = sorted(branches, key=_worth)[-BRANCHES_MAX:]
        branches = [self._told(branch, branch.seq + 1, 1 << 30) for branch in branches]
        return self._outcome([*branches, *ended])

    def _told(self, branch: _Branch, after: int, until: int) -> _Branch:
        """With the tips that it ends in: the station's log was so long, and ended so."""
        fit = sum(after <= next_seq <= until and tag == branch.tag for next_seq, tag in self._tips)
        return branch._replace(tips=branch.tips + fit) if fit else branch

    def _grown(self, branches: list[_Branch], seq: int, rows: list[int]) -> list[_Branch]:
        rows = self._not_rejected(branches, rows)
        ruled = self._ruled.get(seq)
        chosen = [row for row in rows if version_name(self._raws[row]) == ruled]
        if chosen:
            self._rejected += [
                self._with(branch, row, "bad", branch.epoch)
                for branch in branches
                for row in rows
                if row != chosen[0]
            ]
            return [self._with(branch, chosen[0], "good", branch.epoch) for branch in branches]
        grown: list[_Branch] = []
        for branch in branches:
            fitting = [(row, epoch) for row in rows if (epoch := self._fits(branch, row)) >= 0]
            grown += [self._with(branch, row, "good", epoch) for row, epoch in fitting]
            if not fitting:
                grown.append(branch)
        if not rows or any(one.seq == seq for one in grown):
            return grown
        return self._unfitting(branches, seq, rows)

    def _not_rejected(self, branches: list[_Branch], rows: list[int]) -> list[int]:
        """Without those that follow only what a ruling rejected: they fall with it."""
        left: list[int] = []
        for row in rows:
            followed = [
                self._with(branch, row, "bad", epoch)
                for branch in self._rejected
                if (epoch := self._fits(branch, row)) >= 0
            ]
            if followed and all(self._fits(branch, row) < 0 for branch in branches):
                self._rejected = [*followed[:1], *self._rejected][:BRANCHES_MAX]
            else:
                left.append(row)
        return left

    def _unfitting(self, branches: list[_Branch], seq: int, rows: list[int]) -> list[_Branch]:
        """No row fits: behind a gap that says nothing against them, else it does."""
        if len(rows) == 1 and len(branches) == 1 and (back := self._back(branches[0], rows[0])):
            return [back]
        grown: list[_Branch] = []
        for branch in branches:
            is_gap = not self._keys or seq > branch.seq + 1
            for row in rows:
                grown.append(self._with(branch, row, "loose" if is_gap else "bad", branch.epoch))
        return grown

    def _back(self, branch: _Branch, row: int) -> _Branch | None:
        """Grown from an earlier record: a station may lose what was downloaded."""
        node = branch.node.before if branch.node else None
        while node is not None:
            tag = self._raws[node.row][_SEALED : -record.CRC_BYTES]
            epoch = self._fits(branch._replace(tag=tag), row)
            if epoch >= 0:
                return self._with(branch, row, "good", epoch)
            node = node.before
        return None

    def _with(self, branch: _Branch, row: int, how: str, epoch: int) -> _Branch:
        tag = self._raws[row][_SEALED : -record.CRC_BYTES]
        good = branch.good + (how == "good")
        node = _Node(row, how, branch.node)
        return _Branch(node, tag, self._seqs[row], epoch, good, branch.tips)

    def _fits(self, branch: _Branch, row: int) -> int:
        """The epoch under which this row follows, -1: none."""
        if not self._keys:
            return -1
        raw = self._raws[row]
        tag, sealed = raw[_SEALED : -record.CRC_BYTES], raw[:_SEALED]
        for epoch in range(branch.epoch, branch.epoch + EPOCHS_AHEAD_MAX + 1):
            if self._keyed(epoch).tag(branch.tag, sealed) == tag:
                return epoch
        if self._keyless.tag(branch.tag, sealed) == tag:
            return branch.epoch
        epoch, before = self._marks.get(self._seqs[row], (-1, b""))
        if 0 <= epoch < branch.epoch + 1000 and self._keyed(epoch).tag(before, sealed) == tag:
            return epoch
        return -1

    def _keyed(self, epoch: int) -> chain.Keyed:
        while len(self._keys) <= epoch:
            self._key = chain.next_key(self._key)
            self._keys.append(chain.Keyed(self._key))
        return self._keys[epoch]

    def _outcome(self, branches: Sequence[_Branch]) -> _Judged:
        best = max(branches, key=_worth)
        path = _path(best)
        stands = {row for row, how in path.items() if how != "bad"}
        torn: set[int] = set()
        for other in branches:
            rival = _path(other)
            differ = rival.keys() ^ path.keys()
            if not differ or other.tips < best.tips:
                continue
            first = min(differ, key=self._seqs.__getitem__)
            heads = {row for row in differ if self._seqs[row] == self._seqs[first]}
            is_fork = all({**path, **rival}[row] == "good" for row in heads) and len(heads) > 1
            if is_fork or other.good == best.good:
                torn |= differ
        if self._overflow:
            torn |= {row for row in path if self._seqs.count(self._seqs[row]) > 1}
        out = set(range(len(self._seqs))) - stands | torn
        unproved = {row for row, how in path.items() if how == "loose"}
        loose = unproved if self._keys else set[int]()
        return _Judged(
            frozenset(out), frozenset(torn), best.good, best.tips, frozenset(loose - out)
        )


def _worth(branch: _Branch) -> tuple[int, int]:
    return branch.tips, branch.good


def _path(branch: _Branch) -> dict[int, str]:
    """How each row of a branch came there."""
    found: dict[int, str] = {}
    node = branch.node
    while node is not None:
        found[node.row] = node.how
        node = node.before
    return found
