"""The air between several SX1276: what of a transmission arrives where.

Modelled: time on air; loss with distance (log-distance, or given for a pair); sensitivity by
spreading factor; the receiver must have the same spreading factor, bandwidth, sync word and low
rate setting, and be within a quarter of the bandwidth; it must listen from before the end of the
preamble until the end; collisions on one channel and spreading factor, with capture by the
stronger; other spreading factors do not disturb; noise that loses packets; doubled packets; hours
of jamming.

Not modelled: fading within a packet, antennas, interference between spreading factors, the
channel's neighbours, propagation time (3.3 us a kilometre).
"""

import math

from gate_station.core import airtime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from yellowgate.sim.devices.sx1276 import Sx1276
    from yellowgate.sim.devices.world import World

CAPTURE_DB = 6  # the stronger of two survives from here on (LoRa-blind tests; Bor 2016)
NOISE_DBM = -117  # in 125 kHz: -174 + 51 + 6 dB of the receiver
# Datasheet table 13: the SNR that the demodulator needs, in quarters of a dB, SF6 to SF12.
_SNR_QUARTERS_MIN = (-20, -30, -40, -50, -60, -70, -80)


class Transmission:
    """What one chip says."""

    def __init__(
        self, sender: "Sx1276", data: bytes, start_us: int, preamble_us: int, end_us: int
    ) -> None:
        self.sender = sender
        self.data = data
        self.start_us = start_us
        self.locked_us = start_us + preamble_us
        self.end_us = end_us
        self.is_cut = False
        self.settings = (
            sender.spreading_factor,
            sender.bandwidth_hz,
            sender.sync_word,
            sender.low_rate,
        )
        self.frequency_hz = sender.frequency_hz
        self.power_dbm = sender.power_dbm
        self.listeners: list[Sx1276] = []


class Air:
    """world: time. loss_permille, twice_permille: of receptions. exponent: of the path loss."""

    def __init__(self, world: "World", seed: int = 1, exponent: float = 2.7) -> None:
        self.loss_permille = 0
        self.twice_permille = 0
        self.transmissions = 0
        self.collisions = 0
        self.world = world
        self._random = seed & 0x3FFFFFFF
        self._exponent = exponent
        self._chips: list[Sx1276] = []
        self._places: list[tuple[Sx1276, int, int]] = []
        self._losses: list[tuple[Sx1276, Sx1276, int]] = []
        self._on_air: list[Transmission] = []
        self._jams: list[tuple[int, int]] = []

    def attach(self, chip: "Sx1276") -> None:
        """A chip with an antenna."""
        self._chips.append(chip)

    def place(self, chip: "Sx1276", x_m: int, y_m: int) -> None:
        """Where it stands."""
        self._places = [place for place in self._places if place[0] is not chip]
        self._places.append((chip, x_m, y_m))

    def set_loss(self, one: "Sx1276", other: "Sx1276", loss_db: int) -> None:
        """The path loss between two chips, both ways, whatever their distance: a ridge."""
        self._losses.insert(0, (one, other, loss_db))

    def jam(self, from_us: int, until_us: int) -> None:
        """Somebody sends noise on all channels: nothing that touches this time arrives."""
        self._jams.append((from_us, until_us))

    # What the chips call

    def transmit(self, chip: "Sx1276", data: bytes) -> None:
        """The chip begins to send."""
        modem = airtime.Modem(
            chip.spreading_factor,
            chip.bandwidth_hz,
            chip.coding_rate,
            chip.preamble_symbols,
            chip.has_crc,
        )
        now_us = chip.now_us
        preamble_us = (4 * modem.preamble_symbols + 17) * modem.symbol_us // 4
        end_us = now_us + airtime.airtime_us(modem, len(data))
        going = Transmission(chip, data, now_us, preamble_us, end_us)
        self.transmissions += 1
        self._on_air = [old for old in self._on_air if old.end_us > now_us - 5_000_000]
        self._on_air.append(going)
        self.world.at(going.locked_us, lambda: self._lock(going))
        self.world.at(end_us, lambda: self._end(going))

    def stop(self, chip: "Sx1276") -> None:
        """The chip left its mode: what it was sending is cut, what it was hearing is lost."""
        now_us = chip.now_us
        for going in self._on_air:
            if going.end_us <= now_us:
                continue
            if going.sender is chip:
                going.is_cut = True
                going.end_us = now_us
            going.listeners = [other for other in going.listeners if other is not chip]

    def modem_status(self, chip: "Sx1276") -> int:
        """RegModemStat: detected, synchronised and receiving, once the preamble is heard."""
        if not chip.is_listening:
            return 0x10
        now_us = chip.now_us
        for going in self._on_air:
            if (
                going.start_us < now_us < going.end_us
                and self._snr_quarters(going, chip) is not None
            ):
                return 0x0B if now_us >= going.locked_us else 0x01
        return 0x04

    # How

    def _lock(self, going: Transmission) -> None:
        """The end of the preamble: who listens now, and hears it, is synchronised."""
        for chip in self._chips:
            is_heard = chip.is_listening and self._snr_quarters(going, chip) is not None
            if is_heard and self._turns_to(going, chip):
                going.listeners.append(chip)

    def _turns_to(self, going: Transmission, chip: "Sx1276") -> bool:
        """A receiver in the middle of a packet leaves it only for a much stronger one."""
        now_us = self.world.now_us
        for other in self._on_air:
            if other is going or other.end_us <= now_us or chip not in other.listeners:
                continue
            if self._level_dbm(going, chip) - self._level_dbm(other, chip) < CAPTURE_DB:
                self.collisions += 1
                return False
            other.listeners.remove(chip)
        return True

    def _end(self, going: Transmission) -> None:
        if going.is_cut:
            return
        going.sender.transmission_over()
        for chip in list(going.listeners):
            self._arrive(going, chip)

    def _arrive(self, going: Transmission, chip: "Sx1276") -> None:
        snr_quarters = self._snr_quarters(going, chip)
        if snr_quarters is None or self._chance() < self.loss_permille:
            return
        is_damaged = self._is_disturbed(going, chip)
        data = going.data
        if is_damaged:
            self.collisions += 1
            data = bytes([byte ^ (self._chance() & 0xFF) for byte in data])
        rssi_dbm = self._level_dbm(going, chip)
        error_hz = going.frequency_hz - chip.frequency_hz
        chip.packet_over(data, is_damaged, rssi_dbm, snr_quarters, error_hz)
        if not is_damaged and self._chance() < self.twice_permille:
            again_us = self.world.now_us + 200_000
            self.world.at(again_us, lambda: self._echo(going, chip))

    def _echo(self, going: Transmission, chip: "Sx1276") -> None:
        snr_quarters = self._snr_quarters(going, chip)
        if chip.is_listening and snr_quarters is not None:
            chip.packet_over(going.data, False, self._level_dbm(going, chip), snr_quarters, 0)

    def _is_disturbed(self, going: Transmission, chip: "Sx1276") -> bool:
        for from_us, until_us in self._jams:
            if going.start_us < until_us and going.end_us > from_us:
                return True
        level_dbm = self._level_dbm(going, chip)
        for other in self._on_air:
            if other is going or other.sender is chip or other.settings != going.settings:
                continue
            overlaps = other.start_us < going.end_us and other.end_us > going.start_us
            if overlaps and level_dbm - self._level_dbm(other, chip) < CAPTURE_DB:
                return True
        return False

    def _snr_quarters(self, going: Transmission, chip: "Sx1276") -> int | None:
        """Quarters of a dB at this chip; None: it cannot hear it."""
        if going.sender is chip:
            return None
        own = (chip.spreading_factor, chip.bandwidth_hz, chip.sync_word, chip.low_rate)
        if own != going.settings:
            return None
        if abs(going.frequency_hz - chip.frequency_hz) > chip.bandwidth_hz // 4:
            return None
        quarters = 4 * (self._level_dbm(going, chip) - NOISE_DBM)
        if quarters < _SNR_QUARTERS_MIN[chip.spreading_factor - 6]:
            return None
        return min(quarters, 40)  # the chip reports no more than about 10 dB

    def _level_dbm(self, going: Transmission, chip: "Sx1276") -> int:
        return going.power_dbm - self._loss_db(going.sender, chip)

    def _loss_db(self, one: "Sx1276", other: "Sx1276") -> int:
        for first, second, loss_db in self._losses:
            if (first is one and second is other) or (first is other and second is one):
                return loss_db
        here = self._place_of(one)
        there = self._place_of(other)
        metres = max(1.0, math.sqrt((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2))
        # 31.7 dB: free space at 1 m and 915 MHz.
        return int(31.7 + 10 * self._exponent * math.log(metres) / math.log(10))

    def _place_of(self, chip: "Sx1276") -> tuple[int, int]:
        for other, x_m, y_m in self._places:
            if other is chip:
                return x_m, y_m
        return 0, 0

    def _chance(self) -> int:
        """0 to 999."""
        self._random = (self._random * 1664525 + 1013904223) & 0x3FFFFFFF
        return (self._random >> 8) % 1000
