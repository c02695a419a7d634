"""A PN532 on SPI, at command level: frames, ACK, IRQ line, RSTPD, and tags that come and go.

What is modelled (UM: PN532 user manual, UM0701-02):
- SPI, least significant bit first (UM 6.2.5): the first byte of a transaction says status read,
  data write or data read; one reading takes one answer, whole or in part.
- Normal information frames with both checksums; a damaged one is not acknowledged (UM 6.2.1).
- IRQ, once SAMConfiguration asked for it: low when an answer is ready, high when it is read.
- RSTPD low: no answer and nothing remembered. High: after 2 ms the chip sleeps in Low battery
  mode, as at power-on (AN10609_3, "Low battery mode is the start up mode of PN532C106"): NSS going
  low wakes it (UM 6.3.4.3), what is sent within T_osc_start ("typically a few 100 us", "up to 2
  ms", UM 6.3.2.3) is lost, and SAMConfiguration must be the first command (UM 7.2.10). The same
  wakes it from PowerDown.
- GetFirmwareVersion, SAMConfiguration, RFConfiguration (retries), PowerDown and
  InListPassiveTarget for one ISO 14443A tag; other commands get the syntax error frame.
- A new command or an ACK from the host ends the one under way (UM 6.2.1.3).
- A tag must stay in the field for the whole read; a read takes 25 to 30 ms.

Not modelled: the field's strength, the collision of several tags (the one that came first is
read), the contents of tags, I2C and UART.

Faults to inject: see the attributes of Pn532.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from yellowgate.sim.devices.world import Line, World

_MIRROR = bytes(
    [sum([(value >> bit & 1) << (7 - bit) for bit in range(8)]) for value in range(256)]
)

_STATUS_READ = 2
_ASKED = (_STATUS_READ, 0)
_DATA_WRITE = 1
_DATA_READ = 3

ACK = b"\x00\x00\xff\x00\xff\x00"
_SYNTAX_ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"  # UM 6.2.1.5

ACK_US = 400  # after the command's last byte
REPLY_US = 600  # after the ACK, for commands that need no radio
READ_US_MIN = 25_000
READ_US_MAX = 30_000
START_US = 2000  # after RSTPD rises
WAKE_US = 2000  # T_osc_start, at its longest
SLOW_US_MIN = 5_000_000  # nfcpy 62: after hours idle
SLOW_US_MAX = 20_000_000


class Pn532:
    """The chip. world: time; cs, irq, rstpd: its lines.

    Faults: absent (no chip: the data line floats at floating, 0x00 or 0xFF), irq_cut (the line
    never moves), rstpd_cut (reset has no effect), hung (no answer until a reset),
    fails_every (every n-th read of a 7-byte UID finds nothing; 0: none), deaf_to (UIDs in the field
    that it finds and cannot activate), garbles (so many of the next answers have a flipped bit),
    idle_limit_us (a chip without a command for this long takes 5 to 20 s for its next read; 0:
    never).
    Cards: ats_bytes (what each tag answers to RATS besides, UM 7.3.5; 0: no ISO 14443-4 tag);
    makes_up (a tag 08xxxxxx has another UID at each read, as phones do).
    """

    def __init__(
        self, world: "World", cs: "Line", irq: "Line", rstpd: "Line", seed: int = 1
    ) -> None:
        self._world = world
        self.cs = cs
        self.irq = irq
        self.rstpd = rstpd
        self._random = seed or 1
        self.absent = False
        self.floating = 0x00
        self.irq_cut = False
        self.rstpd_cut = False
        self.hung = False
        self.fails_every = 0
        self.ats_bytes = 0
        self.deaf_to: set[bytes] = set()
        self.makes_up = False
        self.garbles = 0
        # Called with the UID when the chip has read one: what a record of it must tell.
        self.on_read: Callable[[bytes], object] | None = None
        self.too_early = 0  # transfers to a chip that was not awake yet: lost
        self.idle_limit_us = 0
        self.commands = 0
        self.reads = 0  # UIDs that the host was given
        self.resets = 0
        self.listening_us = 0  # with the field on: what costs current
        self._tags: list[bytes] = []
        self._reads_of_seven = 0
        self._forget()
        self._alive_us = 0
        self.said_us = 0  # when the last answer was ready,
        self.taken_us = 0  # and when the host had read it
        self._shifted: list[int] = []
        cs.on_change(self._on_cs)
        rstpd.on_change(self._on_rstpd)

    # What the world does

    def tag_arrives(self, uid: bytes) -> None:
        """A tag comes into the field."""
        if uid not in self._tags:
            self._tags.append(uid)
        if self._tags[0] == uid:
            self._begin_read()

    def tag_leaves(self, uid: bytes) -> None:
        """It is taken away."""
        if uid in self._tags:
            first = self._tags[0] == uid
            self._tags.remove(uid)
            if first:
                self._read_job += 1  # a read under way comes to nothing
                self._begin_read()

    def touch(self, uid: bytes, hold_us: int = 300_000) -> None:
        """A tag is held to the reader for a moment."""
        self.tag_arrives(uid)
        self._world.at(self._world.now_us + hold_us, lambda: self.tag_leaves(uid))

    def has_nothing_to_say(self) -> bool:
        """It is well, and there is no answer that nobody has read."""
        is_well = not (self.absent or self.hung) and self._is_awake() and self._is_alive()
        return is_well and not self._answer

    @property
    def told_us(self) -> int:
        """When it was given its last command."""
        return self._command_us

    def left_out(self, until_us: int, told_us: int, jobs: int, read_jobs: int) -> None:
        """As if, while it listened, the host had asked whether it lives: until_us it listened, at
        told_us it was told to listen again.
        """
        self.listening_us += until_us - self._listens_since_us
        self._listens_since_us = self._command_us = told_us
        self._job += jobs
        self._read_job += read_jobs
        self.commands += 2

    # SPI

    def exchange(self, out: bytes | None, count: int) -> bytes:
        """Full duplex: count bytes in both directions; out None: the line is low."""
        shifted = self._shifted
        begun = len(shifted)
        if count == 2 and not begun and out is not None and out[0] == 0x40:  # most of all
            shifted += _ASKED
            if self.absent or self.hung or not (self._is_awake() and self._is_alive()):
                return bytes((self.floating, self.floating))
            return b"\x00\x80" if self._answer else b"\x00\x00"
        for at in range(count):
            shifted.append(_MIRROR[out[at]] if out is not None else 0)
        if self.absent or self.hung or not (self._is_awake() and self._is_alive()):
            return bytes((self.floating,)) * count
        answer = bytearray(count)  # while the first byte comes in, nothing goes out
        if shifted[0] == _STATUS_READ and self._answer:
            for at in range(0 if begun else 1, count):
                answer[at] = 0x80  # 1, mirrored
        elif shifted[0] == _DATA_READ:
            said = self._answer
            for at in range(max(begun, 1), min(begun + count, len(said) + 1)):
                answer[at - begun] = _MIRROR[said[at - 1]]
        return bytes(answer)

    def _on_cs(self, level: int) -> None:
        if level == 0:
            self._shifted = []
            self._select()
            return
        shifted = self._shifted
        if self._was_awake and len(shifted) == 2 and shifted[0] == _STATUS_READ:
            return  # asked most of all, and nothing comes of it
        self._shifted = []
        if self.absent or self.hung or not self._is_alive():
            return
        if not self._was_awake:
            self.too_early += len(shifted) > 1  # one byte alone is there to wake it
            return
        if shifted and shifted[0] == _DATA_WRITE:
            self._receive(bytes(shifted[1:]))
        elif shifted and shifted[0] == _DATA_READ and self._answer:
            self._take_answer()

    def _select(self) -> None:
        """NSS goes low: a chip that sleeps begins to wake, and hears nothing in this transfer."""
        self._was_awake = not self._asleep and self._world.now_us >= self._awake_us
        if self._asleep and self._is_alive():
            self._asleep = False
            self._awake_us = self._world.now_us + WAKE_US

    def _is_awake(self) -> bool:
        return not self._asleep and self._world.now_us >= self._awake_us

    # Lines

    def _on_rstpd(self, level: int) -> None:
        if self.rstpd_cut:
            return
        self._forget()
        if level:
            self.resets += 1
            self.hung = False
            self._alive_us = self._world.now_us + START_US

    def _is_alive(self) -> bool:
        powered = self.rstpd_cut or self.rstpd.level
        return bool(powered) and self._world.now_us >= self._alive_us

    def _forget(self) -> None:
        """The state after a reset."""
        self._answer = b""
        self._then: bytes = b""
        self._uses_irq = False
        self._listens = False
        self._listens_since_us = 0
        self._asleep = True
        self._needs_sam = True
        self._was_awake = False
        self._awake_us = 0
        self._job = getattr(self, "_job", 0) + 1
        self._read_job = getattr(self, "_read_job", 0) + 1
        self._command_us = self._world.now_us
        self.irq.set(1)

    def _raise_irq(self) -> None:
        if not self.irq_cut:
            self.irq.set(1)

    # Answers

    def _say(self, answer: bytes) -> None:
        if self.hung or self.absent:
            return
        if self.garbles and answer != ACK:
            self.garbles -= 1
            answer = answer[:5] + bytes((answer[5] ^ 0x10,)) + answer[6:]
        self._answer = answer
        self.said_us = self._world.now_us
        if self._uses_irq and not self.irq_cut:
            self.irq.set(0)

    def _take_answer(self) -> None:
        self.taken_us = self._world.now_us
        acknowledged = self._answer == ACK
        self._asleep = self._answer == _POWER_DOWN_REPLY
        self._answer = b""
        self._raise_irq()
        if acknowledged and self._then:
            reply, self._then = self._then, b""
            self._later(REPLY_US, reply)
        elif acknowledged and self._listens:
            self._begin_read()

    def _later(self, after_us: int, answer: bytes) -> None:
        self._job += 1
        job = self._job

        def due() -> None:
            if job == self._job:
                self._say(answer)

        self._world.at(self._world.now_us + after_us, due)

    # Commands

    def _receive(self, frame: bytes) -> None:
        self._job += 1
        self._read_job += 1
        self._answer = b""
        self._then = b""
        self._stop_listening()
        self._raise_irq()
        data = unframe(frame)
        if data is None or len(data) < 2 or data[0] != 0xD4:
            return  # an ACK only ends what was under way; rubbish is not acknowledged
        self.commands += 1
        self._command_us = self._world.now_us
        self._run(data[1], data[2:])
        self._later(ACK_US, ACK)

    def _run(self, command: int, params: bytes) -> None:
        if self._needs_sam and command not in (0x02, 0x14):
            self._then = _SYNTAX_ERROR
        elif command == 0x02:
            self._then = reply(command, b"\x32\x01\x06\x07")  # PN532 v1.6
        elif command == 0x14 and params:
            self._needs_sam = False
            self._uses_irq = len(params) < 3 or params[2] == 1
            self._then = reply(command, b"")
        elif command == 0x32:
            self._then = reply(command, b"")
        elif command == 0x16:
            self._then = _POWER_DOWN_REPLY
        elif command == 0x4A and params[1:2] == b"\x00" and self._uses_irq:
            self._listens = True
            self._listens_since_us = self._world.now_us
        else:
            self._then = _SYNTAX_ERROR

    def _stop_listening(self) -> None:
        if self._listens:
            self.listening_us += self._world.now_us - self._listens_since_us
            self._listens = False

    # Tags

    def _begin_read(self) -> None:
        """The tag in the field is read, if it stays long enough."""
        if not (self._listens and self._tags) or self._answer:
            return
        self._read_job += 1
        job = self._read_job
        self._world.at(self._world.now_us + self._read_us(), lambda: self._end_read(job))

    def _read_us(self) -> int:
        if self.idle_limit_us and self._world.now_us - self._command_us > self.idle_limit_us:
            return self._between(SLOW_US_MIN, SLOW_US_MAX)
        return self._between(READ_US_MIN, READ_US_MAX)

    def _end_read(self, job: int) -> None:
        if job != self._read_job or not (self._listens and self._tags):
            return
        uid = self._tags[0]
        self._stop_listening()
        if len(uid) == 7 and self.fails_every:
            self._reads_of_seven += 1
            if self._reads_of_seven % self.fails_every == 0:
                self._say(reply(0x4A, b"\0"))
                return
        if uid in self.deaf_to:
            self._say(reply(0x4A, b"\0"))
            return
        self.reads += 1
        if self.makes_up and len(uid) == 4 and uid[0] == 8:
            uid = b"\x08" + self._between(0, 0xFFFFFF).to_bytes(3, "big")
        if self.on_read is not None:
            self.on_read(uid)
        self._say(reply(0x4A, target(uid, self.ats_bytes)))

    def _between(self, low: int, high: int) -> int:
        # Marsaglia's xorshift, 32 bits: the same on both Pythons.
        value = self._random
        value ^= value << 13 & 0xFFFFFFFF
        value ^= value >> 17
        value ^= value << 5 & 0xFFFFFFFF
        self._random = value
        return low + value % (high - low + 1)


def target(uid: bytes, ats_bytes: int = 0) -> bytes:
    """What InListPassiveTarget tells of one tag (UM 7.3.5): number, SENS_RES, SEL_RES, UID, ATS."""
    sens_res = b"\x00\x04" if len(uid) == 4 else b"\x00\x44"
    sel_res = b"\x08" if len(uid) == 4 else b"\x00"
    ats = bytes((ats_bytes,)) + bytes(range(1, ats_bytes)) if ats_bytes else b""
    return b"\x01\x01" + sens_res + sel_res + bytes((len(uid),)) + uid + ats


def reply(command: int, data: bytes) -> bytes:
    """The frame that answers a command."""
    body = bytes((0xD5, command + 1)) + data
    length = len(body)
    return b"\x00\x00\xff" + bytes((length, -length & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))


def unframe(frame: bytes) -> bytes | None:
    """The data in a normal information frame, None when it is damaged or none (an ACK)."""
    start = frame.find(b"\x00\xff")
    if start < 0 or len(frame) < start + 5:
        return None
    length, check = frame[start + 2], frame[start + 3]
    data = frame[start + 4 : start + 4 + length]
    if length + check & 0xFF or len(data) != length or len(frame) < start + 5 + length:
        return None
    return data if (sum(data) + frame[start + 4 + length]) & 0xFF == 0 else None


_POWER_DOWN_REPLY = reply(0x16, b"\0")
