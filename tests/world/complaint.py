"""What the judge finds."""

from __future__ import annotations

from dataclasses import dataclass

from yellowgate.times import hms


@dataclass(frozen=True)
class Complaint:
    """rule: which was broken. who: a runner, a laptop, a station. at_s: seconds since the start,
    when it was seen. text: short and exact.
    """

    rule: str
    who: str
    at_s: float
    text: str

    def __str__(self) -> str:
        return f"{hms(round(self.at_s * 1e6))} {self.rule}: {self.who}: {self.text}"
