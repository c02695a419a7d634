"""What the race director ruled on clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yellowgate.model import Ruling


@dataclass(frozen=True)
class Choice:
    """The director's rulings on clocks. trusted: (reference id, log id or "" for all logs)."""

    trusted: frozenset[tuple[int, str]] = frozenset()

    def trusts(self, reference_id: int, log_id: str) -> bool:
        """Was it ruled that this reference is right?"""
        return (reference_id, "") in self.trusted or (reference_id, log_id) in self.trusted


def choice_of(rulings: Iterable[Ruling]) -> Choice:
    """The choice that the rulings of kind "clock" make, without those that were taken back."""
    rows = list(rulings)
    undone = _undone(rows)
    return Choice(
        frozenset(
            (int(row.data["reference_id"]), str(row.data.get("log_id", "")))
            for row in rows
            if row.kind == "clock" and row.id not in undone
        )
    )


def _undone(rows: Sequence[Ruling]) -> set[str]:
    """Ids of rulings that are taken back; an undo can be undone by a later one."""
    undone: set[str] = set()
    for row in sorted(rows, key=lambda row: (row.at_us, row.id), reverse=True):
        if row.kind == "undo" and row.id not in undone:
            undone.add(str(row.data["ruling"]))
    return undone
