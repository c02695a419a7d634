"""What a station can observe: the kinds of record and the quality of their time.

Every number here is on flash and on the wire; FORMAT.md lists them.
"""

BOOT = 1  # the station started
PRESS = 2  # the button: somebody touched the gate, nobody is named
TAG = 3  # a tag was read: body is its UID
START = 4  # the cigarette is lit (or any other start signal given at the station)
TAPS = 5  # the bugle: this tag's runner is out; body is its UID
CLOCK = 6  # a pair (station time, reference time), or the clock was set
HEALTH = 7  # battery, temperature, fill of the log, counters
SERVICE = 8  # what only the race's key or a hand may do was done, and by which of them
LAPTOP = 9  # the name of a laptop that gave its time

NAMES = {
    BOOT: "boot",
    PRESS: "press",
    TAG: "tag",
    START: "start",
    TAPS: "taps",
    CLOCK: "clock",
    HEALTH: "health",
    SERVICE: "service",
    LAPTOP: "laptop",
}

# Quality of the UTC in a record (bit field).
UTC_SET = 0x01  # UTC was set by a host or read from an RTC that was set
UTC_RTC = 0x02  # it runs on the DS3231, not on the board's crystal
UTC_EDGE = 0x04  # a 1 Hz edge was seen within the last two seconds
TIME_IN_IRQ = 0x08  # the moment was taken in the interrupt
RTC_STOPPED = 0x10  # the RTC said that its oscillator had stopped (OSF)
CRYSTAL_ALARM = 0x20  # crystal and RTC disagree by more than 100 ppm
TIME_LATE = 0x40  # nobody looked for a while: the touch was at most LATE_MS before its moment
# A touch without TIME_IN_IRQ was found by asking: its moment is when it was found, and the touch
# was at most so long before.
ASKED_MS = 50
LATE_MS = 60_000

# Roles of a station.
GATE = 0
TOWER = 1
BASE = 2
ROLE_NAMES = {GATE: "gate", TOWER: "tower", BASE: "base"}


def is_random_uid(uid: bytes) -> bool:
    """Does this card (a phone, mostly) make up another UID whenever it comes into a field?
    ISO 14443-3, 6.5.4: a UID of four bytes, the first of them 08.
    """
    return len(uid) == 4 and uid[0] == 0x08
