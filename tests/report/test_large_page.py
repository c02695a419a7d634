"""The page of a large race: small, and its records come when they are looked at."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

import sample_log
from largekit import LAPS, large
from yellowgate.report import html
from yellowgate.report.later import script, script_source


def parts(text: str) -> list[Any]:
    found: list[Any] = []
    for block in re.findall(r'<script type="text/plain" class="parts"[^>]*>([^<]+)</script>', text):
        found += json.loads(zlib.decompress(base64.b64decode(block), -15))
    return found


def test_it_is_small_and_names_its_one_script() -> None:
    text = html.page(large())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert policy[1].endswith(f"script-src {script_source()}")
    running = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert running == [script()]
    assert len(text) < 250_000
    assert "<noscript>" in text


def test_every_record_is_in_it() -> None:
    log = large()
    words, *rest = parts(html.page(log))
    laps = [part for part in rest if isinstance(part, dict)]
    assert [part["name"] for part in laps] == [line.name for line in log.runners]
    for line, part in zip(log.runners, laps, strict=True):
        rows = [row for loop in line.loops for row in loop.evidence]
        assert part["seq"] == [row.seq for row in rows]
        assert [words["uses"][at] for at in part["use"]] == [row.use for row in rows]
        assert [words["stations"][at] for at in part["station"]] == [
            [row.station, row.log_id] for row in rows
        ]
        ms = part["ms0"]
        for step, row in zip(part["ms"], rows, strict=True):
            ms += step
            assert ms == row.utc_us // 1000
        assert part["count"] == [2] * LAPS
        assert part["less"] == [0] * LAPS
    voided = next(part for part in laps if part["name"] == "Runner <0>")
    assert list(voided["other"]) == ["2"]
    assert ">void</span>" in voided["other"]["2"]
    assert any(isinstance(part, str) and "<svg" in part for part in rest)
    assert "Runner &lt;1&gt;, bib" in next(part for part in rest if isinstance(part, str))


def test_what_matters_stands_there_without_the_script() -> None:
    log = large()
    text = html.page(log)
    body = text[: text.index('<script type="text/plain"')]
    for line in log.runners:
        assert line.name.replace("<", "&lt;").replace(">", "&gt;") in body
        assert line.result in body


def test_a_small_race_has_no_script() -> None:
    text = html.page(sample_log.sample())
    assert "<script" not in text
    assert "script-src" not in text
