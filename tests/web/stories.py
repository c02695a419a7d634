"""A race of each other preset, and two races at once: what the stations see, on paper first.

Each is worked out by hand in its docstring. `folder()` writes it straight into a race folder;
test_presets_in_browser plays it on virtual stations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import scene
from gate_wire import kinds
from yellowgate.cli.context import RaceFolder, write_whole
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Runner
from yellowgate.sim import golden
from yellowgate.times import span_s

ZONE = "America/New_York"
NAMES = (
    "Ada Ashdown", "Bram Birchfield", "Clio Coldwater", "Doyle Drybread", "Edda Elkmont",
    "Finn Fernhollow", "Gus Graves", "Wilhelmina Featherstonehaugh-Montgomery",
)  # fmt: skip
WOMEN = ("Ada", "Clio", "Edda", "Wilhelmina")
STRANGE = "04ffffc1d25e80"  # a tag that is in no roster
Row = tuple[float, str, str]  # seconds after the start, what the station saw, its value


@dataclass(frozen=True)
class Post:
    """A station of the race and what it sees."""

    number: int
    role: str
    name: str
    rows: tuple[Row, ...]

    @property
    def log_id(self) -> str:
        """Of its log."""
        return f"{self.number:02x}b2c3d4e5f60718"


@dataclass(frozen=True)
class Story:
    """A whole race. mid_s: a moment at which much is undecided, three seconds before
    a touch; end_s: it is over.
    """

    preset: str
    toml: str
    people: tuple[Runner, ...]
    posts: tuple[Post, ...]
    mid_s: float
    end_s: float


def people(count: int = len(NAMES)) -> tuple[Runner, ...]:
    """The first so many, with bibs from 1 and a tag each."""
    return tuple(
        Runner(
            name, "F" if name.startswith(WOMEN) else "M", tag(number), {0: str(number)},
            birthdate=f"{1970 + 3 * number}-05-0{number}", city="Wartburg", state="TN",
            country="USA",
        )
        for number, name in enumerate(NAMES[:count], 1)
    )  # fmt: skip


def tag(number: int) -> str:
    """What the runner with this bib wears."""
    return f"04a3{number:02x}c1d25e80"


def touches(times: Mapping[int, str], *more: Row) -> tuple[Row, ...]:
    """What a station sees of runners by bib, as on paper, and what else it sees. A touch is half
    a second after what its clock shows: no millisecond decides.
    """
    rows = [
        (span_s(text) + 0.5, "tag", tag(number))
        for number, texts in times.items()
        for text in texts.split()
    ]
    return tuple(sorted([*rows, *more]))


def settings(preset: str, name: str, values: Mapping[str, str]) -> str:
    """race.toml of this preset with other values of some keys."""
    toml = preset_toml(preset, name, ZONE)
    for key, value in values.items():
        head, found, rest = toml.partition(f"\n{key} = ")
        assert found, key
        toml = f"{head}\n{key} = {value}\n{rest.partition(chr(10))[2]}"
    return toml


def backyard() -> Story:
    """The bell every full hour; a yard is timed from the bell.

    yard  Ada 1    Bram 2   Clio 3   Doyle 4  Edda 5   Finn 6   Gus 7    Wilhelmina 8
    1     0:45:10  0:46:00  0:50:30  0:52:00  0:48:00  0:55:00  0:58:30  0:57:20
    2     1:45:40  1:46:30  1:52:00  1:53:00  1:49:00  1:57:00  -        1:58:40
    3     2:46:10  2:47:00  2:53:00  paper    button   2:58:00           -
    4     3:47:00  3:48:00  3:56:00  4:00:01  3:51:00  -
    5     4:48:00  4:50:00  -                 strange tag 4:52:10
    6     5:49:00  -                          -
    """
    times = {
        1: "0:45:10 1:45:40 2:46:10 3:47:00 4:48:00 5:49:00",
        2: "0:46:00 1:46:30 2:47:00 3:48:00 4:50:00",
        3: "0:50:30 1:52:00 2:53:00 3:56:00",
        4: "0:52:00 1:53:00 4:00:01",
        5: "0:48:00 1:49:00 3:51:00",
        6: "0:55:00 1:57:00 2:58:00",
        7: "0:58:30",
        8: "0:57:20 1:58:40",
    }
    odd = ((span_s("2:51:10") + 0.5, "press", ""), (span_s("4:52:10") + 0.5, "tag", STRANGE))
    gate = Post(1, "gate", "corral", touches(times, *odd))
    toml = preset_toml("backyard", "Lost Hollow Backyard", ZONE)
    return Story("backyard", toml, people(), (gate,), span_s("3:46:57"), 6.1 * 3600)


def laps() -> Story:
    """Six hours on laps of 5 km.

    Ada  1      1:00 2:00 3:00 4:00 5:00                  5 laps
    Bram 2      0:50 1:50 2:50 3:50 4:50 5:40             6 laps
    Clio 3      1:30 (2:45 on paper alone) 4:10 5:59:58   4 laps
    Doyle 4     1:20 2:40 4:05 6:00:01                    3 laps, and 1,200 m of the fourth
    Edda 5      1:10 2:20 (button 3:35) 4:40 5:55         5 laps
    Finn 6      1:15 2:35                                 stops, and says so by radio
    """
    times = {
        1: "1:00:00 2:00:00 3:00:00 4:00:00 5:00:00",
        2: "0:50:00 1:50:00 2:50:00 3:50:00 4:50:00 5:40:00",
        3: "1:30:00 4:10:00 5:59:58",
        4: "1:20:00 2:40:00 4:05:00 6:00:01",
        5: "1:10:00 2:20:00 4:40:00 5:55:00",
        6: "1:15:00 2:35:00",
    }
    odd = ((golden.LIT_S, "start", ""), (span_s("3:35:00") + 0.5, "press", ""))
    gate = Post(1, "gate", "timing", touches(times, *odd))
    values = {
        "duration_s": '"6:00:00"', "lap_km": "5", "shortest_lap_s": '"0:10:00"',
        "missing_s": '"1:45:00"',
    }  # fmt: skip
    toml = settings("laps", "Six Hours of Frozen Head", values)
    return Story("laps", toml, people(6), (gate,), span_s("4:39:57"), 6.2 * 3600)


POINT_TO_POINT = """
[race]
name = "Over the Pass"
preset = "point-to-point"
zone = "America/New_York"
[[rules.checkpoint]]
place = "Mill"
km = 20
cutoff_s = "4:00:00"
leave_by_s = "4:15:00"
[[rules.checkpoint]]
place = "Pass"
km = 45
cutoff_s = "9:00:00"
[[rules.checkpoint]]
place = "Town"
km = 60
cutoff_s = "12:00:00"
in_and_out = false
[[station]]
id = 1
name = "mill"
role = "gate"
place = "Mill"
[[station]]
id = 2
name = "pass"
role = "gate"
place = "Pass"
[[station]]
id = 3
name = "town"
role = "gate"
place = "Town"
"""


def point_to_point() -> Story:
    """20 km to the Mill (4:00, leave by 4:15), 45 km to the Pass (9:00), 60 km to Town (12:00).

    Ada  1     Mill 2:00-2:10   Pass 5:00-5:30             Town 8:00
    Bram 2     Mill 2:00-2:05   on the paper of the Pass   Town 9:00
    Clio 3     Mill 3:59-4:16   left a minute late, and has the director's grace; Town 11:59
    Doyle 4    Mill 4:00:02     two seconds late
    Edda 5     Mill 2:30-2:40   never seen again: found at the road, back in Town
    Finn 6     Mill 3:00-3:05   Pass: button 7:00, 7:20    Town 10:30
    Gus 7      out at the Mill, by radio
    """
    mill = {
        1: "2:00:00 2:10:00", 2: "2:00:09 2:05:00", 3: "3:59:00 4:16:00", 4: "4:00:02",
        5: "2:30:00 2:40:00", 6: "3:00:00 3:05:00", 7: "3:10:00",
    }  # fmt: skip
    posts = (
        Post(1, "gate", "mill", touches(mill, (golden.LIT_S, "start", ""))),
        Post(
            2, "gate", "pass",
            touches({1: "5:00:00 5:30:00", 6: "7:20:00", 3: "8:40:00 8:45:00"},
                    (span_s("7:00:00") + 0.5, "press", "")),
        ),
        Post(
            3, "gate", "town",
            touches({1: "8:00:00", 2: "9:00:00", 3: "11:59:00", 6: "10:30:00"}),
        ),
    )  # fmt: skip
    return Story("point-to-point", POINT_TO_POINT, people(7), posts, span_s("7:19:57"), 13 * 3600)


TWO_RACES = """
[[event]]
name = "Mill and Back"
preset = "point-to-point"
start = 2025-03-18T16:37:00Z
[[event.rules.checkpoint]]
place = "Mill"
km = 10
cutoff_s = "3:00:00"
in_and_out = false
[[event.rules.checkpoint]]
place = "Town"
km = 20
cutoff_s = "6:00:00"
in_and_out = false
"""


def two_races() -> Story:
    """The race over the Pass, and from the second hour on four more runners to the Mill and back.

    Hal 21      Mill 2:30    Town 4:00     finishes after 3:00:00
    Isa 22      Mill 2:45    not in Town: overdue from 7:00:00 on
    Jon 23      Mill 4:30    half an hour late
    Kim 24      not seen
    """
    long = point_to_point()
    short = tuple(
        Runner(name, gender, tag(number), {0: str(number)}, event="Mill and Back")
        for number, name, gender in (
            (21, "Hal Hiram", "M"), (22, "Isa Indian", "F"), (23, "Jon Jury", "M"),
            (24, "Kim Knob", "F"),
        )
    )  # fmt: skip
    more = {"mill": {21: "2:30:00", 22: "2:45:00", 23: "4:30:00"}, "town": {21: "4:00:00"}}
    posts = tuple(
        Post(one.number, one.role, one.name,
             tuple(sorted([*one.rows, *touches(more.get(one.name, {}))])))
        for one in long.posts
    )  # fmt: skip
    return Story(
        "two races", POINT_TO_POINT + TWO_RACES, (*long.people, *short), posts, 7.5 * 3600,
        13 * 3600,
    )  # fmt: skip


STORIES = {one.preset: one for one in (backyard(), laps(), point_to_point(), two_races())}
PRESETS = ("backyard", "laps", "point-to-point")


def folder(path: Path, story: Story, until_s: float) -> RaceFolder:
    """The race as it stood so long after the start, with the records of its stations alone."""
    made = RaceFolder(path)
    path.mkdir(parents=True, exist_ok=True)
    write_whole(path / "race.toml", story.toml, True)
    made.write_roster(story.people)
    store = made.store()
    for post in story.posts:
        seen = [row for row in post.rows if row[0] <= until_s]
        store.add_observations(_records(post, seen, until_s))
    store.close()
    return made


def _records(post: Post, rows: Sequence[Row], until_s: float) -> list[tuple[str, bytes]]:
    station = scene.Station(post.log_id, post.number, kinds.GATE, 40.0 * post.number, 11.0)
    return [station.raw(*row) for row in scene.rows_of(station, rows, until_s)]
