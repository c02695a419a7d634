"""Frames on a byte stream: COBS between zero bytes, a CRC-32 inside.

FORMAT.md ("Frames") is the specification. The reader never raises: whatever is not a whole
frame is counted and passed over, and the next zero byte starts afresh.
"""

import binascii
import struct

PAYLOAD_BYTES_MAX = 1024
HEAD_BYTES = 2  # kind, reference
CRC_BYTES = 4
CONTENT_BYTES_MAX = HEAD_BYTES + PAYLOAD_BYTES_MAX + CRC_BYTES
_RUN_BYTES_MAX = 254  # COBS: the longest run without a zero that one code byte announces
ENCODED_BYTES_MAX = CONTENT_BYTES_MAX + CONTENT_BYTES_MAX // _RUN_BYTES_MAX + 1
FRAME_BYTES_MAX = ENCODED_BYTES_MAX + 2  # the zero bytes before and after
_CONTENT_AT = FRAME_BYTES_MAX - 1 - CONTENT_BYTES_MAX  # where a frame's content waits for COBS


def cobs_encode(buf: bytearray, start: int, end: int, at: int) -> int:
    """Encode buf[start:end] within buf, to offset `at` and on; returns the offset after it.

    at must lie (end - start) // 254 + 1 bytes or more before start: so far what is written can
    catch up with what is read. Cheshire and Baker, "Consistent Overhead Byte Stuffing" (1999),
    without the zero delimiter.
    """
    view = memoryview(buf)
    done = start
    while True:
        run_end = min(end, done + _RUN_BYTES_MAX)
        zero = buf.find(b"\0", done, run_end)
        stop = run_end if zero < 0 else zero
        run = stop - done
        view[at + 1 : at + 1 + run] = view[done:stop]
        buf[at] = run + 1
        at += run + 1
        done = stop
        if zero >= 0:
            done += 1  # the code byte stands for the zero
        elif done == end:
            return at


def cobs_decode(buf: bytearray, length: int) -> int:
    """Decode buf[:length] in its place; returns the length decoded, -1 when it is malformed."""
    view = memoryview(buf)
    at = 0
    done = 0
    while done < length:
        code = buf[done]
        end = done + code
        if code == 0 or end > length:
            return -1
        view[at : at + code - 1] = view[done + 1 : end]
        at += code - 1
        done = end
        if code <= _RUN_BYTES_MAX and done < length:
            buf[at] = 0
            at += 1
    return at


class FrameWriter:
    """Makes frames in its own buffer, allocated once: a frame is encoded where its content was.

    Put the payload into `payload` (a memoryview of PAYLOAD_BYTES_MAX bytes), then call finish().
    """

    def __init__(self) -> None:
        self._buf = bytearray(FRAME_BYTES_MAX)
        payload_at = _CONTENT_AT + HEAD_BYTES
        self.payload = memoryview(self._buf)[payload_at : payload_at + PAYLOAD_BYTES_MAX]

    def finish(self, kind: int, reference: int, payload_length: int) -> memoryview:
        """The frame, valid until the next call; the payload is used up.

        Raises ValueError when the payload is too long.
        """
        if not 0 <= payload_length <= PAYLOAD_BYTES_MAX:
            raise ValueError("payload of %d bytes" % payload_length)
        buf = self._buf
        buf[_CONTENT_AT] = kind
        buf[_CONTENT_AT + 1] = reference
        end = _CONTENT_AT + HEAD_BYTES + payload_length
        struct.pack_into("<I", buf, end, binascii.crc32(memoryview(buf)[_CONTENT_AT:end]))
        at = cobs_encode(buf, _CONTENT_AT, end + CRC_BYTES, 1)
        buf[0] = buf[at] = 0
        return memoryview(buf)[: at + 1]

    def frame(self, kind: int, reference: int, payload: bytes | bytearray | memoryview) -> bytes:
        """The frame around this payload, as bytes."""
        if len(payload) > PAYLOAD_BYTES_MAX:
            raise ValueError("payload of %d bytes" % len(payload))
        self.payload[: len(payload)] = payload
        return bytes(self.finish(kind, reference, len(payload)))


class FrameReader:
    """Finds the frames in a stream that arrives in pieces. damaged counts what was passed over.

    payload_bytes_max: of the longest frame that may come; longer ones count as damaged.
    """

    def __init__(self, payload_bytes_max: int = PAYLOAD_BYTES_MAX) -> None:
        size = HEAD_BYTES + payload_bytes_max + CRC_BYTES
        self._buf = bytearray(size + size // _RUN_BYTES_MAX + 1)
        self._content_bytes_max = size
        self._length = 0
        self._too_long = False
        self.damaged = 0

    def feed(self, data: bytes | bytearray | memoryview) -> list[tuple[int, int, bytes]]:
        """The frames that these bytes complete: (kind, reference, payload) each."""
        piece = bytes(data)
        frames: list[tuple[int, int, bytes]] = []
        done = 0
        while done < len(piece):
            zero = piece.find(b"\0", done)
            end = len(piece) if zero < 0 else zero
            self._keep(piece, done, end)
            done = end + 1
            if zero >= 0:
                frame = self._finish()
                if frame is not None:
                    frames.append(frame)
        return frames

    def _keep(self, piece: bytes, start: int, end: int) -> None:
        length = self._length + end - start
        if length > len(self._buf):
            self._too_long = True
            return
        if not self._too_long:
            self._buf[self._length : length] = memoryview(piece)[start:end]
            self._length = length

    def _finish(self) -> tuple[int, int, bytes] | None:
        length, too_long = self._length, self._too_long
        self._length, self._too_long = 0, False
        if length == 0 and not too_long:
            return None
        content = self._buf
        decoded = -1 if too_long else cobs_decode(content, length)
        end = decoded - CRC_BYTES
        is_long = decoded > self._content_bytes_max
        if end < HEAD_BYTES or is_long or not _crc_fits(content, end):
            self.damaged += 1
            return None
        return content[0], content[1], bytes(memoryview(content)[HEAD_BYTES:end])


def _crc_fits(content: bytearray, end: int) -> bool:
    stored: int = struct.unpack_from("<I", content, end)[0]
    return stored == binascii.crc32(memoryview(content)[:end])
