"""The doctor's look at the reader: loaded when it is asked for."""

import utime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.drivers.pn532_reader import Pn532Reader

_SAM = 0x14, b"\x01\x14\x01"  # SAMConfiguration (UM 7.2.10)
_VERSION = 0x02, b""  # GetFirmwareVersion (UM 7.2.2)
_ACK_MS = 30
_REPLY_MS = 60
_PULSE_MS = 10
_WAKE_MS = 3


def probe(reader: "Pn532Reader") -> str:
    """Stops reading for about 100 ms. "ok" or a word for what is wrong:

    "high", "low": no answer, and the chip's data line is always so. "no irq": the chip answers, its
    IRQ line does not tell. "no reset": RSTPD does not stop it. "resets", "garbled": it works, but
    had to be revived, or its answers are often damaged.
    """
    resets = reader.resets
    reader.rstpd.switch_to_output(value=True)
    reader.chip.abort()
    utime.sleep_ms(_PULSE_MS)
    reader.chip.wake()
    utime.sleep_ms(_WAKE_MS)
    _answers(reader, _SAM)
    edges = reader.edges
    is_there = _answers(reader, _VERSION)
    no_irq = not reader.has_told(edges)
    level = reader.chip.status()
    reader.rstpd.switch_to_output(value=False)
    utime.sleep_ms(_PULSE_MS)
    no_reset = is_there and _answers(reader, _VERSION)
    reader.reset()
    if not is_there:
        return "high" if level == 0xFF else "low"
    reader.revived(resets, no_irq)
    if no_irq or no_reset:
        return "no irq" if no_irq else "no reset"
    if reader.garbled > 20:
        return "garbled"
    return "resets" if resets > 3 else "ok"


def _answers(reader: "Pn532Reader", command: tuple[int, bytes]) -> bool:
    """Say this and wait: does the answer come?"""
    chip = reader.chip
    chip.tell(command[0], command[1])
    if not (_is_ready(reader, _ACK_MS) and chip.took() and _is_ready(reader, _REPLY_MS)):
        return False
    return chip.reply(command[0], 4) is not None


def _is_ready(reader: "Pn532Reader", wait_ms: int) -> bool:
    for _ in range(wait_ms):
        if reader.chip.is_ready():
            return True
        utime.sleep_ms(1)
    return False
