"""The doctor: each part ok, warning or missing, and what to look at.

Asked for with the station on the table. It may stop the reader for a tenth of a second, it beeps
and blinks, and it appends a health record, read back, to see that the flash takes and keeps one:
nothing is erased, and no page is touched that the log would not use anyway.
"""

from gate_wire import kinds, record

from gate_station.core import clock, health, signals

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Sequence
    from typing import Protocol

    from gate_station.core.station import Station

    class PinMap(Protocol):
        """The pins that findings name: board/pins.py."""

        BUTTON: int
        NFC_SCK: int
        NFC_MOSI: int
        NFC_MISO: int
        NFC_CS: int
        NFC_IRQ: int
        NFC_RSTPD: int
        RADIO_SCK: int
        RADIO_MOSI: int
        RADIO_MISO: int
        RADIO_CS: int
        RADIO_RST: int
        RADIO_DIO0: int
        RTC_SDA: int
        RTC_SCL: int
        RTC_SQW: int
        LED_GREEN: int
        BUZZER: int
        BATTERY: int


OK = "ok"
WARNING = "warning"
MISSING = "missing"

_TIED_US_MAX = 60_000_000  # after its start a station has long found which edge is which second


def report(station: "Station", pins: "PinMap", failures: "Sequence[str]" = ()) -> str:
    """The findings, a line each: part, state, what to check; between tabs.

    pins: the pin map. failures: exceptions that tasks ran into, if any.
    """
    findings = [
        _config(station),
        _button(station, pins),
        _reader(station, pins),
        _clock(station, pins),
        _edge(station, pins),
        _radio(station, pins),
        _flash(station),
        _battery(station, pins),
        _sound(station, "buzzer", station.parts.buzzer, pins.BUZZER),
        _sound(station, "leds", station.parts.leds, pins.LED_GREEN),
    ]
    if station.restarts:
        text = "the watchdog has restarted it %d times in a row" % station.restarts
        findings.append(("restarts", WARNING, text))
    if failures:
        findings.append(("firmware", WARNING, failures[-1]))
    elif station.trouble is not None and not isinstance(station.trouble, OSError):
        findings.append(("firmware", WARNING, "writer: %r" % station.trouble))
    return "\n".join(["\t".join(finding) for finding in findings if finding[1]])


def _absent(station: "Station", name: str, advice: str) -> tuple[str, str, str]:
    """A part that is not there: missing, unless nobody wants it."""
    if name in station.config.off:
        return name, OK, "switched off in the configuration"
    return name, MISSING, advice


def _config(station: "Station") -> tuple[str, str, str]:
    problems = station.config.problems
    if problems:
        return "config", WARNING, "; ".join(problems)
    config = station.config
    whom = "whoever has the race's key" if config.cable_key else "any laptop: it has no key"
    text = "station %d, %s; on the cable it obeys %s"
    return "config", OK, text % (config.id, kinds.ROLE_NAMES[config.role], whom)


def _button(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    button = station.parts.button
    if button is None:
        return _absent(station, "button", "no button driver")
    found = button.probe()
    if found == "down":
        text = "closed all the time: plunger stuck, or GP%d touches ground" % pins.BUTTON
        return "button", WARNING, text
    if found == "chatter":
        return "button", WARNING, "chatters: worn contact or loose wire at GP%d" % pins.BUTTON
    if not button.presses:
        text = "open; never pressed since the start: press it (GP%d to ground)" % pins.BUTTON
        return "button", OK, text
    return "button", OK, "%d presses" % button.presses


_READER = {
    "high": "no answer, data always high: no power, or MISO (GP%(miso)d), CS (GP%(cs)d) off",
    "low": "no answer, data always low: SCK (GP%(sck)d), MOSI (GP%(mosi)d), switches not on SPI",
    "no irq": "works without its IRQ line: check the wire to GP%(irq)d; read by asking until then",
    "no reset": "RSTPD does not stop it: check the wire to GP%(rstpd)d",
    "garbled": "answers are often damaged: shorten the wires, check ground",
    "resets": "had to be revived: check its supply (it draws 60 mA)",
}


def _reader(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    names = {
        "miso": pins.NFC_MISO,
        "mosi": pins.NFC_MOSI,
        "sck": pins.NFC_SCK,
        "cs": pins.NFC_CS,
        "irq": pins.NFC_IRQ,
        "rstpd": pins.NFC_RSTPD,
    }
    reader = station.parts.reader
    if reader is None:
        if station.config.role == kinds.BASE:
            return "reader", "", ""
        return _absent(station, "reader", "no driver")
    found = reader.probe()
    if found == OK:
        return "reader", OK, "answers, IRQ and RSTPD work"
    state = MISSING if found in ("high", "low") else WARNING
    return "reader", state, _READER[found] % names


def _clock(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    rtc = station.parts.rtc
    if rtc is None:
        return _absent(station, "rtc", "no driver")
    try:
        seconds = rtc.read_s()
    except OSError:
        text = "no answer: SDA (GP%d) or SCL (GP%d) loose, swapped or held low; 3V3, ground"
        return "rtc", MISSING, text % (pins.RTC_SDA, pins.RTC_SCL)
    quality = station.clock.stamp_now()[2]
    if seconds is None or quality & kinds.RTC_STOPPED:
        return "rtc", WARNING, "lost its time: coin cell empty or missing; sync sets it"
    if quality & kinds.CRYSTAL_ALARM:
        text = "crystal and RTC differ by %d ppm: a bad RTC (clone?)"
        return "rtc", WARNING, text % station.clock.drift_ppm
    if not quality & kinds.UTC_SET:
        return "rtc", WARNING, "not set: sync sets it"
    return "rtc", OK, "runs"


def _edge(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    rtc = station.parts.rtc
    if rtc is None:
        return "rtc edge", "", ""
    quality = station.clock.stamp_now()[2]
    count, tick_us = rtc.edge()
    if rtc.is_silent and not count:
        return "rtc edge", "", ""  # no chip: said already
    up_us = station.clock.now_uptime_us()
    last_us = station.clock.uptime_us(tick_us) if count else 0
    if up_us - last_us > clock.EDGE_FRESH_US:
        text = "the 1 Hz edge stopped: wire to GP%d loose"
        if not count:
            text = "no 1 Hz edge: check the wire from SQW to GP%d"
        return "rtc edge", WARNING, text % pins.RTC_SQW
    if quality & kinds.UTC_EDGE:
        return "rtc edge", OK, "%d edges" % count
    if quality & kinds.UTC_RTC and up_us > _TIED_US_MAX:
        text = "%d edges, none where a second begins: noise on the wire to GP%d?"
        return "rtc edge", WARNING, text % (count, pins.RTC_SQW)
    # A station that has just started, or whose clock was just set, has yet to find its second.
    return "rtc edge", OK, "%d edges, not yet tied to a second" % count


def _radio(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    radio = station.parts.radio
    if radio is None:
        if not station.config.radio_key and station.config.role != kinds.BASE:
            return "radio", "", ""
        return _absent(station, "radio", "no driver")
    found = radio.probe()
    if found == OK:
        return "radio", OK, "answers"
    if found == "no irq":
        return "radio", WARNING, "DIO0 does not tell: check the wire to GP%d" % pins.RADIO_DIO0
    if found == "mute":
        return "radio", WARNING, "a packet did not go out: check its supply and the antenna"
    text = "no answer: check its supply, SCK GP%d, MOSI GP%d, MISO GP%d, CS GP%d, RST GP%d"
    wires = (pins.RADIO_SCK, pins.RADIO_MOSI, pins.RADIO_MISO, pins.RADIO_CS, pins.RADIO_RST)
    return "radio", MISSING, text % wires


def _flash(station: "Station") -> tuple[str, str, str]:
    log = station.log
    if log is None:
        return "flash", MISSING, "no log reserved: gate station flash"
    if log.fill_permille >= 1000:
        return "flash", WARNING, "log full: sync, then gate station new-log"
    if not station.flash_is_safe():
        return "flash", WARNING, "not tested: battery too low to write"
    if log.fill_permille >= health.ASKED_FULL_PERMILLE:
        text = (
            "not tested: log %d %% full, the rest is for touches: sync, then gate station new-log"
        )
        return "flash", WARNING, text % (log.fill_permille // 10)
    try:
        seq = station.store_health()
        buf = bytearray(record.RECORD_BYTES_MAX)
        length = log.read(seq, buf)
    except OSError as error:
        return "flash", WARNING, "a record could not be written: %s; change the board" % error
    if not record.check(buf, 0, log.log_id) or length == 0:
        return "flash", WARNING, "a record does not read back: change the board"
    if log.fill_permille >= health.LOG_NEARLY_FULL_PERMILLE:
        text = "log %d %% full: sync, then gate station new-log"
        return "flash", WARNING, text % (log.fill_permille // 10)
    return (
        "flash",
        OK,
        "record %d written and read back, %d %% full"
        % (
            seq,
            log.fill_permille // 10,
        ),
    )


def _battery(station: "Station", pins: "PinMap") -> tuple[str, str, str]:
    if station.parts.power is None:
        return _absent(station, "battery", "no battery driver")
    battery_mv = station.battery_mv()
    if battery_mv == 0:
        text = "cannot be measured: divider of two equal resistors to GP%d"
        return "battery", MISSING, text % pins.BATTERY
    if battery_mv > health.BATTERY_MV_MAX:
        text = "%d mV: more than it can be; resistors at GP%d wrong"
        return "battery", WARNING, text % (battery_mv, pins.BATTERY)
    if battery_mv < station.config.battery_min_mv:
        return "battery", WARNING, "%d mV: empty, nothing is written to flash" % battery_mv
    if battery_mv < station.config.battery_low_mv:
        return "battery", WARNING, "%d mV: change it soon" % battery_mv
    return "battery", OK, "%d mV" % battery_mv


def _sound(station: "Station", name: str, part: object, pin: int) -> tuple[str, str, str]:
    if part is None:
        return _absent(station, name, "no driver")
    text = "played %s: nothing heard or seen? check GP%d and polarity"
    return name, OK, text % (signals.IDENTIFY, pin)
