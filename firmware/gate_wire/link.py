"""A conversation over a byte stream, without the stream: bytes in, events out, time passed in.

The same class serves both ends. The asking end calls ask() and, until the answer is there,
poll(): a question that was not answered in time is sent again, a few times, and then given up.
Asking again is always safe, since nothing depends on what was said before.
"""

from gate_wire import frame, message

TIMEOUT = -1  # kind of the event that says: the other end does not answer


class Event:
    """A message that arrived, or TIMEOUT. reference tells which question it answers."""

    def __init__(self, kind: int, reference: int, payload: bytes) -> None:
        self.kind = kind
        self.reference = reference
        self.payload = payload


class Link:
    """One end of a conversation.

    retry_ms: a question is repeated after this long without a word on it. tries: how often it is
    sent in all. payload_bytes_max: of what the other end says. Times are milliseconds of any
    clock that only goes forward.
    """

    def __init__(
        self, retry_ms: int = 700, tries: int = 4, payload_bytes_max: int = frame.PAYLOAD_BYTES_MAX
    ) -> None:
        self.writer = frame.FrameWriter()
        self._reader = frame.FrameReader(payload_bytes_max)
        self._retry_ms = retry_ms
        self._tries = tries
        self._reference = 0
        self._question = b""
        self._tries_left = 0
        self._again_ms = 0
        self._every_ms = retry_ms  # of the open question
        self.heard_ms = -1

    @property
    def damaged(self) -> int:
        """How many frames arrived damaged."""
        return self._reader.damaged

    def receive(self, data: bytes | bytearray | memoryview, now_ms: int) -> list[Event]:
        """The messages that these bytes complete.

        While a question is open, answers to earlier questions are dropped; news always passes.
        """
        events: list[Event] = []
        for kind, reference, payload in self._reader.feed(data):
            self.heard_ms = now_ms
            if self._reference and reference not in (self._reference, message.REFERENCE_NEWS):
                continue
            if self._question and reference == self._reference:
                self._again_ms = now_ms + self._every_ms  # a long answer is coming in
            events.append(Event(kind, reference, payload))
        return events

    def ask(
        self, kind: int, payload: bytes, now_ms: int, retry_ms: int = 0, tries: int = 0
    ) -> bytes:
        """The bytes that ask this; a question before it that is still open is given up.

        retry_ms, tries: for this question, where not as usual.
        """
        self._reference = self._reference % 255 + 1
        self._question = self.writer.frame(kind, self._reference, payload)
        self._tries_left = (tries or self._tries) - 1
        self._every_ms = retry_ms or self._retry_ms
        self._again_ms = now_ms + self._every_ms
        return self._question

    def answered(self) -> None:
        """The open question has its answer: stop asking."""
        self._question = b""

    def poll(self, now_ms: int) -> tuple[bytes, Event | None]:
        """(bytes to send now, TIMEOUT event or None). Call it at least every retry_ms."""
        if not self._question or now_ms < self._again_ms:
            return b"", None
        if self._tries_left == 0:
            self._question = b""
            return b"", Event(TIMEOUT, self._reference, b"")
        self._tries_left -= 1
        self._again_ms = now_ms + self._every_ms
        return self._question, None

    def answer(self, kind: int, reference: int, payload: bytes) -> bytes:
        """The bytes that answer a question (reference of its event), or news (REFERENCE_NEWS)."""
        return self.writer.frame(kind, reference, payload)
