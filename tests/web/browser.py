"""A real browser for the tests: headless Chromium, and what it asked for and complained about."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
WAIT_S = 20
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


def is_missing() -> str:
    """Why there can be no browser here, "" when there can."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    packages = {"chromium": "chromium", "chromedriver": "chromium-driver"}
    names = " ".join(packages[name] for name in missing)
    return f"no {' and no '.join(missing)} here: apt-get install {names}" if missing else ""


class Browser:
    """Chromium at a width, in light or dark."""

    def __init__(self) -> None:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        service = Service(shutil.which("chromedriver") or "")
        # Selenium's own annotations are partial: a strict checker sees nothing in them.
        self.driver: Any = Chrome(options=options, service=service)

    def close(self) -> None:
        """End it."""
        self.driver.quit()

    def screen(self, width: int, dark: bool = False, script: bool = True) -> None:
        """What the next page is shown on."""
        metrics = {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600,
        }  # fmt: skip
        self._tell("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._tell("Emulation.setEmulatedMedia", {"media": "", "features": [scheme]})
        self._tell("Emulation.setScriptExecutionDisabled", {"value": not script})

    def paper(self, width: int) -> None:
        """The next page as it is printed on paper of this width."""
        self.screen(width)
        self._tell("Emulation.setEmulatedMedia", {"media": "print"})

    def pdf(self, url: str) -> bytes:
        """The page as its own style has it printed."""
        self.open(url)
        how = {"preferCSSPageSize": True, "printBackground": False}
        made = self.driver.execute_cdp_cmd("Page.printToPDF", how)
        return base64.b64decode(made["data"])

    def _tell(self, command: str, values: dict[str, Any]) -> None:
        self.driver.execute_cdp_cmd(command, values)

    def open(self, url: str) -> None:
        """Show a page; what was asked and said before is forgotten."""
        self.driver.get("about:blank")
        self.requests()
        self.complaints()
        self.driver.get(url)

    def all(self, selector: str) -> list[WebElement]:
        """All elements of a CSS selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self) -> str:
        """All that can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def run(self, script: str) -> Any:  # noqa: ANN401 - what the script returns
        """Run a script in the page."""
        return self.driver.execute_script(script)

    def press(self, words: str, within: str = "main") -> bool:
        """Press the button that says so, in one go: the page may change while one looks. What was
        said at the bottom comes first. False when there is none.
        """
        script = """
            var found = [...document.querySelectorAll(arguments[0])].find(function (at) {
              return at.innerText === arguments_1 && !at.disabled && at.getClientRects().length;
            });
            if (found) found.click();
            return !!found;"""
        script = script.replace("arguments_1", json.dumps(words))
        within = f"#said button, {within} button"
        return bool(self.driver.execute_script(script, within))

    def until(self, words: str) -> None:
        """Wait until the page says this."""
        try:
            WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda _: words in self.text())
        except TimeoutException as error:
            raise AssertionError(f"{words!r} did not come; the page says\n{self.text()}") from error

    def until_gone(self, words: str) -> None:
        """Wait until the page does not say this any more."""
        WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda _: words not in self.text())

    def until_script(self, script: str) -> None:
        """Wait until this script of the page returns true."""
        WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda _: bool(self.run(script)))

    def keys(self, words: str) -> None:
        """Typed, to whatever has the focus."""
        ActionChains(self.driver).send_keys(words).perform()

    def until_true(self, look: Callable[[], bool]) -> None:
        """Wait until this is so."""
        WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda _: look())

    def downloads(self, folder: Path) -> None:
        """Files go there."""
        self._tell("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})

    def offline(self, is_off: bool) -> None:
        """Out of reach of everybody, or not."""
        self._tell("Network.enable", {})
        self._tell(
            "Network.emulateNetworkConditions",
            {"offline": is_off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
        )

    def until_at(self, path: str) -> None:
        """Wait until this page is there."""
        here = "return location.pathname"
        WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda _: self.run(here) == path)

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened, or since this was asked."""
        found: list[str] = []
        for entry in cast("list[dict[str, Any]]", self.driver.get_log("performance")):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("data:", "about:"))]

    def complaints(self) -> list[str]:
        """What stands on the console."""
        rows = cast("list[dict[str, Any]]", self.driver.get_log("browser"))
        return [str(row["message"]) for row in rows]

    def overflow_px(self) -> int:
        """How far the page is wider than the screen."""
        return int(self.run("return document.documentElement.scrollWidth - window.innerWidth"))

    def pale(self) -> list[str]:
        """Words whose contrast to what is behind them is too low (WCAG AA)."""
        return cast("list[str]", self.run(CONTRAST))


def check_page(browser: Browser, url: str) -> None:
    """What holds for every page of ours: alone, quiet, as wide as the screen, legible."""
    asked = [address for address in browser.requests() if not address.startswith(url)]
    assert asked == []
    assert browser.complaints() == []
    assert browser.overflow_px() <= 0
    assert browser.pale() == []
