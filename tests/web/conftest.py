from __future__ import annotations

import os
from collections.abc import Iterator

import browser as browsers
import pytest


@pytest.fixture(scope="session")
def browser() -> Iterator[browsers.Browser]:
    """One Chromium for all tests of pages."""
    if browsers.is_missing():
        if os.environ.get("YELLOWGATE_ALL_TOOLS"):
            pytest.fail(browsers.is_missing())
        pytest.skip(browsers.is_missing())
    made = browsers.Browser()
    yield made
    made.close()
