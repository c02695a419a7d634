"""Faults to plant: in what the laptop makes of the records: clocks, rulings, the rules of races."""

from __future__ import annotations

from plantedstation import Planted

CLOCK = "host/yellowgate/clock"
RACE = "host/yellowgate/race"
RULINGS = "host/yellowgate/rulings"

CLOCKS = (
    Planted(
        "crystal-too-good",
        "a bound too narrow",
        f"{CLOCK}/drift.py",
        "CRYSTAL = Spec(100 * _PPM, 4 * _PPM)\n",
        "CRYSTAL = Spec(5 * _PPM, 0.4 * _PPM)\n",
        "a crystal is taken to be good to 5 ppm",
    ),
    Planted(
        "drift-ignored",
        "drift ignored",
        f"{CLOCK}/tube.py",
        "    pieces.append((last.x, last.x, last.low, low_rate, last.high, high_rate))\n",
        "    pieces.append((last.x, last.x, last.low, 0.0, last.high, 0.0))\n",
        "after the last comparison a clock is taken to run as exactly as then",
    ),
    Planted(
        "epoch-goes-on",
        "epoch of a clock not begun after power loss",
        f"{CLOCK}/shape.py",
        "    def _break(self) -> None:\n        self._epoch = None\n        self._last = -1\n",
        "    def _break(self) -> None:\n        return\n",
        "a clock chip that stopped or was set anew is one ruler with what it showed before",
    ),
    Planted(
        "late-not-loosened",
        "a bound too narrow",
        f"{CLOCK}/correct.py",
        "    _loosen_late(shape, times)\n    return",
        "    return",
        "a touch that no interrupt stamped is as sure as one",
    ),
    Planted(
        "laptop-uncovered",
        "laptop's clock believed over others",
        f"{CLOCK}/correct.py",
        "    times = every[0] if len(every) == 1 else _hull(every, log.is_contested)\n",
        "    times = every[0] if every else _hull(every, log.is_contested)\n",
        "where laptops contradict each other the bounds reach to one of them alone",
    ),
    Planted(
        "once-is-enough",
        "laptop's clock believed over others",
        f"{CLOCK}/standing.py",
        "    return known >= OUTWEIGHS * max(1, others)\n",
        "    return known >= min(1, others)\n",
        "a laptop that was met once outweighs all that contradict it",
    ),
    Planted(
        "least-met-wins",
        "laptop's clock believed over two others",
        f"{CLOCK}/hypotheses.py",
        "    return min([first, *others], key=lambda group: (-met[id(group)], "
        "group.pairs[0].row))\n",
        "    return max([first, *others], key=lambda group: (-met[id(group)], "
        "group.pairs[0].row))\n",
        "of laptops that contradict each other the one that was met least is believed",
    ),
)

LISTS = (
    Planted(
        "undo-by-time",
        "undo decided by time",
        f"{RULINGS}/decisions.py",
        '    undos = [row for key, row in made.items() if row.kind == "undo" '
        "and key not in wrong]\n",
        "    undos = [\n"
        '        row for key, row in made.items() if row.kind == "undo" and key not in wrong\n'
        '        and made.get(row.data["ruling"], row).at_us <= row.at_us\n'
        "    ]\n",
        "an undo that a slower laptop dated before its ruling takes nothing back",
    ),
    Planted(
        "undo-of-undo",
        "undo of undo",
        f"{RULINGS}/decisions.py",
        "            standing = [undo for undo in own if undo.id not in found]\n",
        "            standing = own\n",
        "what an undo took back stays so, also when that undo was taken back",
    ),
    Planted(
        "first-word-stands",
        "a correction ignored",
        f"{RULINGS}/decisions.py",
        "    latest = {ruling.by.strip().casefold(): ruling for ruling in rulings}\n",
        "    latest = {ruling.by.strip().casefold(): ruling for ruling in reversed(rulings)}\n",
        "of two rulings of one person on one thing the first stands",
    ),
    Planted(
        "last-word-decides",
        "a contradiction decided silently",
        f"{RULINGS}/decisions.py",
        "    standing = max(latest.values(), key=_order) if len(different) == 1 else None\n",
        "    standing = max(latest.values(), key=_order) if different else None\n",
        "of different persons who contradict each other the last one decides",
    ),
)

INTAKE = (
    Planted(
        "default-role",
        "default role for a log without a boot record",
        f"{RACE}/stations.py",
        '    station = Station(log_id, number, "", name, f"log {log_id[:8]}")\n    return _Named'
        '(station, ("unknown station", "decide", text))',
        '    return _Named(Station(log_id, number, "gate", name, "gate"), None)',
        "a log of which nobody knows where it stood is taken for the gate's",
    ),
    Planted(
        "gaps-ignored",
        "missing records leave no doubt",
        f"{RACE}/drafts.py",
        '        if not lacks or from_us >= until_us:\n            return ""\n',
        '        if lacks is not None or from_us >= until_us:\n            return ""\n',
        "what is stated leans on records that are not here, and no doubt is shown",
    ),
    Planted(
        "known-till-now",
        "the state of an hour ago stated as of now",
        f"{RACE}/drafts.py",
        "        return first_us if first_us < self.now_elapsed_us else None\n",
        "        return first_us if first_us < -self.now_elapsed_us else None\n",
        "the log does not say that it knows nothing of the last hours",
    ),
    Planted(
        "nameless-ignored",
        "a press without a name forgotten",
        f"{RACE}/judge.py",
        "        ctx.reads.utcs_us[row] for row in rows if ctx.places.station_at(row).role in "
        '("gate", "")\n',
        "        ctx.reads.utcs_us[row] for row in rows if ctx.places.station_at(row).role == "
        '"?"\n',
        "a press that nobody has named yet leaves nobody in doubt",
    ),
    Planted(
        "press-to-nearest",
        "a press given to another",
        f"{RACE}/intake/presses.py",
        "        result.append(runners.pop() if len(runners) == 1 and others == 1 else NOBODY)\n",
        "        runners = runners or {owner(row) for row in near if "
        "reads.of_kind[row] == kinds.TAG}\n"
        "        result.append(min(runners) if runners else NOBODY)\n",
        "a press goes to a tag that was read near it, also where several may be meant",
    ),
    Planted(
        "no-double-tap",
        "a touch counted twice",
        f"{RACE}/intake/grouped.py",
        "    is_cut = (key[1:] != key[:-1]) | (utcs_us[1:] - utcs_us[:-1] > window_us)\n",
        "    is_cut = (key[1:] != key[:-1]) | (utcs_us[1:] - utcs_us[:-1] > window_us // 60)\n",
        "who touches twice within a minute has touched twice",
    ),
    Planted(
        "last-read-wins",
        "the later read wins",
        f"{RACE}/intake/grouped.py",
        "        firsts = rows[starts]\n        if not",
        "        firsts = rows[stops - 1] if len(rows) else rows\n        if not",
        "of several reads of one touch the last one gives the time",
    ),
    Planted(
        "order-of-logs",
        "order by arrival instead of true time",
        f"{RACE}/intake/reads.py",
        '        order = np.argsort(utcs_us, kind="stable")\n',
        "        order = np.arange(len(utcs_us))\n",
        "touches of one runner are in the order of logs, not of their true times",
    ),
    Planted(
        "tower-is-gate",
        "tower touch counted as a loop",
        f"{RACE}/presets/lines.py",
        '        if touch.role == "gate" and touch.hint != "seen":\n            gate',
        '        if touch.role != "base" and touch.hint != "seen":\n            gate',
        "a touch at the fire tower is one at the gate",
    ),
    Planted(
        "last-start",
        "a second start signal moves all times",
        f"{RACE}/start.py",
        '        found, read = (*timed[0][:2], "station"), timed[0][2]\n',
        '        found, read = (*timed[-1][:2], "station"), timed[-1][2]\n',
        "of several start signals the last one counts",
    ),
    Planted(
        "touches-after-taps",
        "a runner who is out goes on",
        f"{RACE}/presets/lines.py",
        "    until_us = out_since_us(ctx, draft)\n    if until_us is None:\n"
        "        return touches\n",
        "    until_us = out_since_us(ctx, draft)\n    if until_us is None or touches:\n"
        "        return touches\n",
        "touches after the bugle or the word that a runner is out count as before",
    ),
)

RULES = (
    Planted(
        "whole-minutes",
        "off by one at a cutoff",
        f"{RACE}/presets/limits.py",
        "    return at_us < limit_us or (at_us == limit_us and is_limit_in_time)\n",
        "    return at_us // 60_000_000 <= limit_us // 60_000_000 or is_limit_in_time is None\n",
        "limits are compared in whole minutes: 13:20:59 is in time",
    ),
    Planted(
        "no-doubt-at-limit",
        "a doubt not shown",
        f"{RACE}/presets/limits.py",
        "    if abs(at_us - limit_us) <= bound_us:\n",
        "    if abs(at_us - limit_us) <= bound_us // 1_000:\n",
        "a time whose bound reaches over the cutoff is stated as if it were sure",
    ),
    Planted(
        "late-start-unseen",
        "a limit not looked at",
        f"{RACE}/presets/barkley_leaving.py",
        '    if row.start_by_us is None:\n        return ""\n    grace_us',
        '    if row.start_by_us is not None or before is None:\n        return ""\n    grace_us',
        "who left for the next loop after the last moment goes on as if in time",
    ),
    Planted(
        "pages-not-counted",
        "a ruling ignored",
        f"{RACE}/presets/barkley_verdict.py",
        "    if arrival.have is not None and arrival.have < arrival.of:\n        missing",
        "    if arrival.have is not None and arrival.have < 0:\n        missing",
        "a loop short of a page counts",
    ),
    Planted(
        "departure-is-arrival",
        "departure taken as arrival",
        f"{RACE}/presets/barkley.py",
        '        is_out = touch.hint == "out" or (touch.hint != "in" and gap_us < '
        "self.shortest_us)\n",
        '        is_out = touch.hint == "out" or (touch.hint != "in" and gap_us < '
        "self.leaving_us // 9)\n",
        "who leaves camp after a few minutes is taken to come in from a loop",
    ),
    Planted(
        "sighting-proves-nothing",
        "sighting that does not prove departure",
        f"{RACE}/presets/whereabouts.py",
        "        if moment is not None and moment <= ctx.now_us and not is_camp(ctx, place):\n"
        "            found",
        "        if moment is not None and moment < 0 and not is_camp(ctx, place):\n"
        "            found",
        "who was seen on the course by people stays in camp on the list",
    ),
    Planted(
        "tower-proves-nothing",
        "sighting that does not prove departure",
        f"{RACE}/presets/barkley.py",
        "        elif self.at is At.CAMP and row.loop < self.rules.loops:\n",
        "        elif self.at is At.GONE_BACK and row.loop < self.rules.loops:\n",
        "who left unseen and passed the tower stays in camp on the list",
    ),
    Planted(
        "out-is-accounted",
        "dropout without return removes from the list",
        f"{RACE}/presets/whereabouts.py",
        "    is_back = draft.in_camp or draft.returned_us is not None\n",
        "    is_back = draft.in_camp or out_since_us(ctx, draft) is not None\n",
        "the word that a runner is out takes the runner off the search list",
    ),
    Planted(
        "by-the-alphabet",
        "proposal alphabetical",
        f"{RACE}/checks/proposals.py",
        "        key=lambda entry: (entry[0], entry[1].line.draft.runner.name),\n",
        "        key=lambda entry: entry[1].line.draft.runner.name,\n",
        "whose press it may be is proposed by the name",
    ),
    Planted(
        "paper-overrides",
        "paper that overrides the station",
        f"{RACE}/presets/paper.py",
        '        if (in_us if side == "in" else out_us) is None:\n',
        '        if (in_us if side == "in" else out_us) != touch.utc_us:\n',
        "a time of the paper sheet takes the place of the station's",
    ),
    Planted(
        "lingering-laps",
        "a touch counted twice",
        f"{RACE}/presets/laps.py",
        "        if utc_us - start_us - last_us >= shortest_us:\n",
        "        if utc_us - start_us - last_us >= shortest_us // 60:\n",
        "who lingers at the reader of a fixed-time race gets laps for it",
    ),
    Planted(
        "late-yard-goes-on",
        "a limit not looked at",
        f"{RACE}/presets/backyard.py",
        '            yard.verdict = "over cutoff"\n',
        "            yard.verdict = GOOD\n",
        "a yard that was done after the bell counts",
    ),
    Planted(
        "leaving-is-coming",
        "departure taken as arrival",
        f"{RACE}/presets/point_to_point.py",
        "        if self.left is None and may_leave:\n",
        "        if self.left is not None and may_leave:\n",
        "at a station on the way the touch on leaving is not seen as one",
    ),
)
