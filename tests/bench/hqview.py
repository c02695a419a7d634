"""Browsers that look at race HQ: what each is told, and when."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

SETTLE_S = 3.0


@dataclass
class Viewers:
    """Browsers that look. seen_s: for each arrival, when each of them was told of it."""

    port: int
    cookie: str
    seen_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    lost: int = 0

    async def look(self, page: str, ready: asyncio.Semaphore) -> None:
        """One browser: the page, and then its stream."""
        document = await self._get(f"/{page}")
        version = document.partition(b'data-version="')[2][:16].decode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        writer.write(self._request(f"/live?page={page}&about=&version={version}"))
        ready.release()
        mine = set[str]()  # of each arrival the first word counts
        try:
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    now_s = time.perf_counter()
                    for name, moments in self.seen_s.items():
                        if name not in mine and name.encode() in line:
                            mine.add(name)
                            moments.append(now_s)
        finally:
            writer.close()
        self.lost += 1

    async def _get(self, path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        writer.write(self._request(path, "Connection: close\r\n"))
        data = await reader.read()
        writer.close()
        return data

    def _request(self, path: str, more: str = "") -> bytes:
        host = f"Host: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
        return f"GET {path} HTTP/1.1\r\n{host}{more}\r\n".encode()
