"""Stands for Blinka's board: the pins of a Raspberry Pi with an FT232H's names beside."""

from camproom import cs, reset

SCK, MOSI, MISO = "SCK", "MOSI", "MISO"
CE1 = C0 = cs
D25 = C1 = reset
