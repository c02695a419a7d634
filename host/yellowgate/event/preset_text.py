"""The race.toml that `gate init` writes: every number of the preset, with what it means."""

from __future__ import annotations

from yellowgate.event.rules import PRESETS
from yellowgate.redact import on_one_line

_HEAD = """\
# The race and its rules. Times of day are UTC (Z) or carry an offset; spans are seconds or
# "H:MM:SS". A key that is left out has the value shown here.

[race]
name = {name}
preset = "{preset}"
zone = "{zone}"              # only for show: all sums are in UTC
# start = 2025-03-18T15:37:00Z     # if it is not logged at the gate or by `gate start`
{conch}# classes = ["team"]         # columns of the roster that rank among themselves
# age_groups = [20, 35, 50]  # a class of its own, by birthdate: under 20, 20-34, 35-49, 50+
# hand_in = ["ultrasignup", "itra"]  # who gets the results: gate verify says what they would refuse
publish = "nothing"         # what gate publish may show; or "names and loops", or "all"

[rules]
double_tap_s = 60           # reads of a tag no further apart than this are one touch
press_tag_s = 2             # a press and the only tag read this close to it are one touch; 0: never
at_cutoff_counts = true     # a touch at exactly the cutoff is in time; 0.4 s later is not
paper_tolerance_s = 60      # paper and station differ when they are further apart than this
silent_s = 1800             # a station not heard of for so long is silent
ties = "by time"            # or "shared": results that read the same share a place
"""

_BARKLEY = """\
loops = 5
loop_cutoffs_s = ["13:20:00", "26:40:00", "40:00:00", "48:00:00", "60:00:00"]    # finish by
start_next_by_s = [0, "13:20:00", "26:40:00", "36:00:00", "48:00:00"]    # leave before; 0: none
at_start_by_counts = false  # leaving at exactly that moment is too late ("before 36:00")
fun_run_loops = 3           # so many loops ...
fun_run_s = "40:00:00"      # ... in so long are a fun run
pages = 13                  # books on the course; 0: no pages are counted
shortest_loop_s = "4:00:00" # after an arrival, a touch sooner than this is the departure
leaving_s = "0:30:00"       # touches so soon after a departure are still the departure
go_back_s = "0:30:00"       # after a touch short of a page: touches sooner are the going back
directions = ["clockwise", "counter-clockwise", "clockwise", "counter-clockwise", "choice"]
chooser = "first to leave"  # who chooses where it says choice; or "first to arrive" (loop before)
conch_to_start_s = "1:00:00"
conch_from_s = "23:00:00"   # the conch is blown between these times of the zone's day
conch_until_s = "11:00:00"
tower_every_loop = true     # every loop passes the tower: a loop not seen there is shown
loop_km = 0                 # 0: no distance is shown

[[station]]
id = 1
name = "yellow gate"
role = "gate"
place = "gate"              # stations of one place are one: a spare at the gate has it too
# logs = ["a1b2c3d4"]       # logs that are this station's whatever they say themselves
# until = 2025-03-20T12:00:00Z    # not in use from then on: nobody waits for what it has seen

[[station]]
id = 2
name = "fire tower"
role = "tower"
place = "fire tower"
"""

_BACKYARD = """\
yard_km = 6.7056
yard_s = "1:00:00"          # a yard begins every so often, on the bell
shortest_yard_s = "0:20:00" # a touch sooner after the bell is the leaving
late_start_s = 60           # a touch later than this after the bell looks like a late start
corral_s = 180              # touches so long before the bell are the corral
warnings_s = [180, 120, 60] # whistles before the bell
limit_yards = 0             # 0: until one is left

[[station]]
id = 1
name = "corral"
role = "gate"
place = "gate"
"""

_LAPS = """\
duration_s = "24:00:00"
lap_km = 1.0
first_lap_km = 0            # a first lap of another length; 0: as long as the others
at_the_gun = "stop"         # or "finish the lap": a lap begun before the gun counts ...
finish_lap_s = 0            # ... if done so long after it at the latest; 0: whenever
shortest_lap_s = "0:02:00"  # touches sooner after the last lap are lingering at the reader
missing_s = "6:00:00"       # a runner not seen for so long is overdue; 0: never
missed_read_laps = 2        # a lap that took so many usual ones, or more, is shown; 0: never

[[station]]
id = 1
name = "timing"
role = "gate"
place = "gate"
"""

_POINT_TO_POINT = """\

# The stations in the order of the course; the last one is the finish. cutoff_s: arrive by;
# leave_by_s: leave by; 0: none. in_and_out: is leaving touched too?
[[rules.checkpoint]]
place = "Halfway"
km = 25
cutoff_s = "6:00:00"
leave_by_s = 0
in_and_out = true

[[rules.checkpoint]]
place = "Finish"
km = 50
cutoff_s = "12:00:00"
in_and_out = false

[[station]]
id = 1
name = "halfway"
role = "gate"
place = "Halfway"

[[station]]
id = 2
name = "finish"
role = "gate"
place = "Finish"
"""

_RADIO = """
[radio]
region = "none"             # US915, EU868, or none where stations have no radio
# spreading_factor = 9      # 7 to 12 (US915: to 9): a step more reaches further, at half the speed
# frequency_mhz = 869.525   # default: 915.0; 868.3 (1 % of the time), 869.4 to 869.65 (10 %)
# power_dbm = 14            # default: what the band allows
# heartbeat_s = 300         # so often a station says that it lives
# relay_for = { 2 = [1] }   # station 2 says on what it hears of station 1
"""

_MORE = """
# [[wave]]                   # runners with this word in the roster's column `wave` start then
# name = "B"
# start_after_s = "0:10:00"  # after the race's start; or start = 2025-03-18T15:47:00Z

# [[event]]                  # a further race over the same stations: the column `event`
# name = "Half"
# preset = "laps"            # with [event.rules] of its own; start as in [race]
"""

_RULES = {
    "barkley": _BARKLEY,
    "backyard": _BACKYARD,
    "laps": _LAPS,
    "point-to-point": _POINT_TO_POINT,
}


def preset_toml(preset: str, name: str, zone: str = "") -> str:
    """The text of a race.toml with all numbers of the preset, explained.

    Raises ValueError when there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset {preset!r} is not known (known: {', '.join(PRESETS)})")
    if on_one_line(name) != name.strip():
        raise ValueError("the race's name must be on one line, without control codes")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    conch = ""
    if preset == "barkley":
        conch = "# conch = 2025-03-18T14:37:00Z     # if it is not ruled by `gate start --conch`\n"
    head = _HEAD.format(name=f'"{quoted}"', preset=preset, zone=zone or "UTC", conch=conch)
    return head + _RULES[preset] + _RADIO + _MORE
