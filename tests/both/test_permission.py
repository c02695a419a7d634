"""What only the race's key or a hand on the button may do, against whoever has neither."""

from check import some
from gate_station.board import pins
from gate_wire import bodies, frame, kinds, message, permit, record
from picokit import LOG_ID, PicoKit, reserved
from yellowgate.sim.devices.board import POWER_ON_RESET

RACE_KEY = bytes(range(16))
KEY = permit.cable_key(RACE_KEY, 4)
SETTINGS = '{"id": 4, "keys": {"cable": "%s"}}' % "".join(["%02x" % byte for byte in KEY])
UTC_US = 5 * 365 * 86_400_000_000
OLD = b"\x77" * 16


class Cable:
    """A whole station with the race's key, and somebody on its cable."""

    def __init__(self, settings=SETTINGS, flash=None) -> None:
        self.kit = PicoKit(settings, flash=flash).boot()
        self.kit.run_ms(1000)
        self.server = self.kit.pico.server

    def challenge(self):
        ((kind, payload),) = self.kit.ask(message.CHALLENGE)
        assert kind == message.CHALLENGE_IS
        return some(permit.unpack_challenge(payload))

    def proof(self, kind, asked=b"", key=KEY, log_id=LOG_ID):
        return permit.proof(key, self.challenge()[1], log_id, kind, asked)

    def set_clock(self, utc_us=UTC_US):
        now_us = self.kit.pico.clock.now_uptime_us()
        return bodies.pack_clock(bodies.Clock(bodies.CLOCK_SET, 1, 9, now_us, utc_us, 700))

    def says(self, kind, payload):
        """The answer's kind, or the code of the error."""
        ((found, answer),) = self.kit.ask(kind, payload)
        return answer[0] if found == message.ERROR else found

    def hold(self):
        self.kit.board.line(pins.BUTTON).set(0, "hand")

    def let_go(self):
        self.kit.board.line(pins.BUTTON).release("hand")

    def services(self):
        rows = [row.body for row in self.kit.rows() if row.kind == kinds.SERVICE]
        return [some(permit.unpack_service(body)) for body in rows]

    def is_untouched(self):
        """Nothing of what it guards was done."""
        server = self.server
        is_set = self.kit.pico.clock.utc_us(0) is not None
        return not (server.leaves or server.restarts or is_set or self.services())


REFUSED = message.ERROR_NO_PERMISSION


def test_golden_bytes():
    assert bytes.fromhex("73b29fcfb92aac961e823e8fe0ce5fe0") == KEY
    challenge = bytes(range(0x10, 0x20))
    proof = permit.proof(KEY, challenge, LOG_ID, message.REPL, b"")
    assert proof == bytes.fromhex("4dcbc7391dba3f042be8689ca4251b2b")


def test_without_key_or_hand_nothing_is_changed_and_everything_is_read():
    cable = Cable()
    cable.kit.press()
    assert cable.challenge()[0]
    renewed = message.pack_new_log(LOG_ID, 2, b"new id..", b"k" * 16)
    for kind, asked in (
        (message.SET_CLOCK, cable.set_clock()),
        (message.NEW_LOG, renewed),
        (message.REPL, b""),
    ):
        assert cable.says(kind, permit.NO_PROOF + asked) == REFUSED
        assert cable.says(kind, asked) in (message.ERROR_FORM, REFUSED)  # without any
    assert cable.is_untouched()
    answers = cable.kit.ask(message.READ, message.pack_read(0, 10))
    assert [kind for kind, _ in answers] == [message.RECORDS, message.READ_END]
    for kind in (message.HELLO, message.TIME, message.HEALTH, message.IDENTIFY):
        assert cable.kit.ask(kind, b"\x01")[0][0] != message.ERROR
    assert cable.kit.pico.shell.is_alive()


def test_the_key_sets_the_clock_once_and_it_is_recorded():
    cable = Cable()
    asked = cable.set_clock()
    said = cable.proof(message.SET_CLOCK, asked) + asked
    assert cable.says(message.SET_CLOCK, said) == message.STORED
    assert cable.services() == [(message.SET_CLOCK, permit.BY_KEY)]
    count = len(cable.kit.rows())
    # The same once more, as after a lost answer: the same answer, and nothing is done again.
    assert cable.says(message.SET_CLOCK, said) == message.STORED
    assert len(cable.kit.rows()) == count


def test_a_proof_is_for_one_request_of_one_station():
    cable = Cable()
    asked, other = cable.set_clock(), cable.set_clock(UTC_US + 3_600_000_000)
    proof = cable.proof(message.SET_CLOCK, asked)
    assert cable.says(message.SET_CLOCK, proof + other) == REFUSED  # another time
    cable.kit.run_ms(2000)
    proof = cable.proof(message.SET_CLOCK, asked)
    assert cable.says(message.REPL, proof + asked) == REFUSED  # another request
    cable.kit.run_ms(4000)
    proof = cable.proof(message.REPL, b"", permit.cable_key(RACE_KEY, 5))
    assert cable.says(message.REPL, proof) == REFUSED  # another station's
    cable.kit.run_ms(8000)
    proof = cable.proof(message.REPL, b"", KEY, b"\0" * 8)
    assert cable.says(message.REPL, proof) == REFUSED  # of another log
    cable.kit.run_ms(16_000)
    proof = cable.proof(message.REPL, b"", permit.cable_key(b"x" * 16, 4))
    assert cable.says(message.REPL, proof) == REFUSED  # of another race
    assert cable.is_untouched()


def test_an_old_proof_is_worth_nothing():
    cable = Cable()
    asked = cable.set_clock()
    said = cable.proof(message.SET_CLOCK, asked) + asked
    assert cable.says(message.SET_CLOCK, said) == message.STORED
    later = cable.set_clock(UTC_US + 1_000_000)
    again = cable.proof(message.SET_CLOCK, later) + later
    assert cable.says(message.SET_CLOCK, again) == message.STORED
    assert cable.says(message.SET_CLOCK, said) == REFUSED  # replayed
    late = cable.proof(message.REPL)
    cable.kit.run_ms(61_000)
    assert cable.says(message.REPL, late) == REFUSED  # of a challenge of a minute ago
    kept = cable.proof(message.REPL)
    cable.kit.boot()
    cable.kit.run_ms(1000)
    assert cable.says(message.REPL, kept) == REFUSED  # of before the restart
    assert not cable.kit.pico.server.leaves


def test_a_request_that_makes_no_sense_is_answered_alike_when_it_is_repeated():
    cable = Cable()
    said = cable.proof(message.NEW_LOG, b"?") + b"?"
    for _ in range(3):
        assert cable.says(message.NEW_LOG, said) == message.ERROR_FORM
    assert cable.is_untouched() and cable.server.memory.wrong == 0


def test_no_challenge_comes_twice():
    cable = Cable()
    seen = set()
    for _ in range(20):
        asked = cable.challenge()[1]
        assert asked == cable.challenge()[1]  # a repeated question: the one that is open
        assert len(asked) == permit.CHALLENGE_BYTES and asked not in seen
        seen.add(asked)
        cable.kit.run_ms(61_000)


def test_who_guesses_has_to_wait_longer_and_longer():
    cable = Cable()
    looked_at = 0
    for _ in range(600):
        cable.challenge()
        wrong_before = cable.server.memory.deaf_until_ms
        assert cable.says(message.REPL, OLD) == REFUSED
        looked_at += cable.server.memory.deaf_until_ms != wrong_before
    assert looked_at <= 12  # in six minutes
    assert cable.is_untouched()
    # The hand is not kept out by somebody who guesses.
    cable.hold()
    cable.kit.run_ms(3500)
    assert cable.says(message.REPL, OLD) == message.OK  # also with another race's folder
    cable.let_go()


def test_a_hand_on_the_button_is_enough_and_recorded():
    cable = Cable()
    cable.hold()
    cable.kit.run_ms(2000)
    assert cable.says(message.REPL, permit.NO_PROOF) == REFUSED  # no longer than a runner's touch
    cable.kit.run_ms(1500)
    asked = cable.set_clock()
    assert cable.says(message.SET_CLOCK, permit.NO_PROOF + asked) == message.STORED
    assert cable.services() == [(message.SET_CLOCK, permit.BY_HAND)]
    cable.kit.run_ms(60_000)
    assert cable.says(message.REPL, permit.NO_PROOF) == REFUSED  # that is ice
    cable.let_go()
    cable.kit.run_ms(1000)
    assert cable.says(message.REPL, permit.NO_PROOF) == REFUSED


def test_touches_of_runners_are_no_hand():
    cable = Cable()
    writer = frame.FrameWriter()
    for _ in range(40):
        cable.kit.press(hold_ms=300)
        for _ in range(10):
            cable.kit.console.arrive(writer.frame(message.REPL, 1, permit.NO_PROOF))
            cable.kit.run_ms(100)
    assert cable.is_untouched()
    assert [row.kind for row in cable.kit.rows()].count(kinds.PRESS) == 40


def test_a_button_that_was_closed_from_the_start_is_no_hand():
    cable = Cable()
    cable.hold()
    cable.kit.boot()
    for _ in range(60):
        cable.kit.run_ms(1000)
        assert cable.says(message.REPL, permit.NO_PROOF) == REFUSED


def test_a_station_without_a_key_obeys_and_says_so():
    cable = Cable('{"id": 4}')
    assert not cable.challenge()[0]
    assert cable.says(message.SET_CLOCK, permit.NO_PROOF + cable.set_clock()) == message.STORED
    assert cable.says(message.REPL, permit.NO_PROOF) == message.OK
    assert cable.services() == []
    assert b"no key" in Cable('{"id": 4}').kit.ask(message.DOCTOR)[0][1]
    assert b"race's key" in Cable().kit.ask(message.DOCTOR)[0][1]


def test_a_full_log_keeps_nobody_with_the_key_out():
    cable = Cable(flash=reserved(blocks=1))
    while cable.kit.log.fill_permille < 1000:
        try:
            cable.kit.pico.station.store(kinds.PRESS, b"")
        except OSError:
            break
    assert cable.says(message.REPL, cable.proof(message.REPL)) == message.OK
    assert cable.kit.pico.server.leaves


def test_records_that_anybody_may_ask_for_are_few():
    cable = Cable()
    stored = []
    for _ in range(200):
        now_us = cable.kit.pico.clock.now_uptime_us()
        pair = bodies.pack_clock(bodies.Clock(bodies.CLOCK_PAIR, 1, 9, now_us, UTC_US, 700))
        stored.append(cable.says(message.PAIR, pair))
    assert stored.count(message.STORED) == 16  # in a minute
    assert set(stored) == {message.STORED, message.ERROR_TOO_OFTEN}
    cable.says(message.DOCTOR, b"")  # a minute is over: one more
    assert cable.says(message.DOCTOR, b"") == message.ERROR_TOO_OFTEN
    before = len(cable.kit.rows())
    cable.kit.press()
    cable.kit.run_ms(500)
    assert len(cable.kit.rows()) == before + 1
    cable.kit.run_ms(600_000)
    assert cable.says(message.DOCTOR, b"") == message.DOCTOR_IS


def test_the_last_tenth_of_a_log_is_for_touches():
    cable = Cable(flash=reserved(blocks=1))
    while cable.kit.log.fill_permille < 900:
        cable.kit.pico.station.store(kinds.PRESS, b"")
    now_us = cable.kit.pico.clock.now_uptime_us()
    pair = bodies.pack_clock(bodies.Clock(bodies.CLOCK_PAIR, 1, 9, now_us, UTC_US, 700))
    before = len(cable.kit.rows())
    assert cable.says(message.PAIR, pair) == message.ERROR_LOG_FULL
    assert b"for touches" in cable.kit.ask(message.DOCTOR)[0][1]
    assert len(cable.kit.rows()) == before
    cable.kit.press()
    cable.kit.run_ms(500)
    assert cable.kit.rows()[-1].kind == kinds.PRESS


def test_a_pair_says_who_gave_it():
    cable = Cable()
    now_us = cable.kit.pico.clock.now_uptime_us()
    pair = bodies.pack_clock(bodies.Clock(bodies.CLOCK_PAIR, 1, 9, now_us, UTC_US, 700))
    assert cable.says(message.PAIR, pair + b"mia-thinkpad") == message.STORED
    rows = cable.kit.rows()
    assert [row.kind for row in rows] == [kinds.BOOT, kinds.LAPTOP, kinds.CLOCK]
    assert permit.unpack_laptop(rows[1].body) == (9, b"mia-thinkpad")
    assert cable.kit.pico.clock.utc_us(0) is None  # it sets nothing
    before = len(rows)
    assert cable.says(message.PAIR, pair + b"x" * 27) == message.ERROR_FORM
    assert len(cable.kit.rows()) == before
    longest = permit.pack_laptop(9, b"x" * 26)
    assert len(longest) <= record.BODY_BYTES_MAX


def test_a_hand_that_takes_the_repl_at_the_start_is_recorded():
    flash = reserved()
    kit = PicoKit(SETTINGS, flash=flash)
    kit.board.power_on(POWER_ON_RESET)
    start = kit.module("gate_station.board.start")
    line = kit.board.line(pins.BUTTON)
    line.set(0, "hand")
    kit.world.at(kit.world.now_us + 4_000_000, lambda: line.release("hand"))
    assert start.wants_repl()
    kit.boot()
    kit.run_ms(1000)
    (row,) = kit.rows()
    assert some(permit.unpack_service(row.body)) == (message.REPL, permit.BY_HAND)
    assert row.utc_ms == record.UTC_UNKNOWN
    # Without a log, and with a flash that fails, the REPL is there all the same.
    kit = PicoKit(SETTINGS)
    kit.board.flash = None
    kit.board.power_on(POWER_ON_RESET)
    line = kit.board.line(pins.BUTTON)
    line.set(0, "hand")
    kit.world.at(kit.world.now_us + 4_000_000, lambda: line.release("hand"))
    assert kit.module("gate_station.board.start").wants_repl()


def test_a_flood_of_questions_keeps_no_touch_waiting():
    cable = Cable()
    writer = frame.FrameWriter()
    asked = [
        writer.frame(kind, 1, payload)
        for kind, payload in (
            (message.HELLO, b"\x01"),
            (message.CHALLENGE, b""),
            (message.REPL, OLD),
            (message.READ, message.pack_read(0, 2000)),
            (message.DOCTOR, b""),
            (0x33, b"?" * 256),
            (message.HEALTH, b"\0" * 1024),
        )
    ]
    for turn in range(40):
        for flood in asked:
            cable.kit.console.arrive(flood * 3 + b"\xff" * 3000)
        cable.kit.board.sounds = []
        pressed_us = cable.kit.world.now_us
        cable.kit.press()
        cable.kit.run_ms(400)
        cable.kit.console.take()
        beeps = [sound.at_us for sound in cable.kit.board.sounds if sound.hz == 2700]
        assert beeps and beeps[0] - pressed_us < 200_000, turn
    assert [row.kind for row in cable.kit.rows()].count(kinds.PRESS) == 40
