"""What the race director ruled on clocks."""

from __future__ import annotations

from dataclasses import dataclass

from yellowgate.rulings.decisions import Decisions


@dataclass(frozen=True)
class Choice:
    """The director's rulings on clocks. trusted: (reference id, log id or "" for all logs)."""

    trusted: frozenset[tuple[int, str]] = frozenset()

    def trusts(self, reference_id: int, log_id: str) -> bool:
        """Was it ruled that this reference is right?"""
        return (reference_id, "") in self.trusted or (reference_id, log_id) in self.trusted


def choice_of(decisions: Decisions) -> Choice:
    """The references that the rulings in force call right."""
    rows = [row.data for row in decisions.active if row.kind == "clock"]
    return Choice(frozenset((data["reference_id"], data.get("log_id", "")) for data in rows))
