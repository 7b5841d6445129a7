"""Uses the access page in a browser as people do: types, presses keys, prints, and watches what the browser is asked for.

usage: page.py CHROMIUM FOLDER PAGE OTHER...   PAGE is the access page, the others are only opened; pictures go to FOLDER
"""

import base64
import fcntl
import json
import os
import pathlib
import subprocess
import sys

WAIT = 60


class Browser:
    """A browser that is asked through a pipe: <https://chromedevtools.github.io/devtools-protocol/>."""

    def __init__(self, program: str):
        to_browser, self.out = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe())
        self.into, from_browser = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe())

        def pipes():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars", "about:blank"]
        self.process = subprocess.Popen(
            [program, *flags], preexec_fn=pipes, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        page = next(one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def read(self) -> dict:
        while b"\0" not in self.rest:
            more = os.read(self.into, 1 << 16)
            if not more:
                raise SystemExit("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method: str, **params) -> dict:
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        while True:
            message = self.read()
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, page: pathlib.Path):
        self.ask("Page.navigate", url=page.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]

    def value(self, expression: str):
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key: str, text: str = ""):
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "ArrowDown": 40}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0]))}
        if key == "Enter":
            text = "\r"
        self.ask("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)
        self.settle()

    def write(self, text: str):
        for letter in text:
            self.press(letter, letter)

    def settle(self):
        """Until the page has drawn what it was asked for."""
        self.value("new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(true)), 150))")

    def picture(self, path: pathlib.Path):
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def look(self, width: int, height: int, dark: bool = False, media: str = ""):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.settle()

    def objections(self) -> list[str]:
        """What a page must not do: ask for anything but itself, break its own policy, fail, or open a dialog."""
        found = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent" and params["documentURL"] != params["request"]["url"]:
                found.append("it asks for " + params["request"]["url"][:200])
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"])[:500])
            elif method == "Page.javascriptDialogOpening":
                found.append("it opens a dialog: " + params["message"])
        return found


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def that(self, what: str, holds: object):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"failed: {what}")


COUNT = "document.getElementById('count').textContent"
ROWS = "[...document.querySelectorAll('#rows summary')].map((row) => row.textContent)"
FOCUS = "document.activeElement.name || document.activeElement.localName"
BACKGROUND = "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def use(browser: Browser, page: pathlib.Path, pictures: pathlib.Path, check: Checks):
    browser.look(1100, 900)
    browser.open(page)
    browser.settle()
    all_rows, whole = browser.value(ROWS), browser.value(COUNT)
    check.that("the list has rows", all_rows)
    light = browser.value(BACKGROUND)
    browser.picture(pictures / "page-light.png")

    browser.press("/", "/")
    check.that("/ leads to the search", browser.value(FOCUS) == "search")
    browser.write("project-7 env-1")
    found = browser.value(ROWS)
    check.that("the list has what was searched for", 0 < len(found) < len(all_rows))
    check.that("the list has only that", all("project-7" in row and "env-1" in row for row in found))
    check.that("the number of rows is said", browser.value(COUNT) != whole)
    browser.picture(pictures / "page-search.png")
    browser.write(" nothing-has-this")
    check.that("a search without result has no rows", not browser.value(ROWS))
    browser.picture(pictures / "page-nothing.png")

    browser.value("document.querySelector('button[type=reset]').focus()")
    browser.press("Enter")
    check.that("Clear shows all again", browser.value(COUNT) == whole)
    for _ in range(6):
        if browser.value(FOCUS) == "summary":
            break
        browser.press("Tab")
    browser.press("Enter")
    opened = browser.value("document.activeElement.parentElement.open && document.activeElement.parentElement.textContent")
    check.that("a row opens by the keyboard and tells the way", opened and "auth/" in opened)
    browser.picture(pictures / "page-row.png")
    browser.value("document.querySelector('input[name=view]:checked').focus()")
    for view in ("project", "account", "diagram"):
        browser.press("ArrowRight")
        chosen = browser.value("document.querySelector('input[name=view]:checked').value")
        check.that(f"the view {view} is chosen by the keyboard", chosen == view)
        browser.picture(pictures / f"page-view-{view}.png")

    browser.value("document.querySelector('button[type=reset]').click()")
    browser.look(1100, 900, dark=True)
    check.that("there is a dark page", browser.value(BACKGROUND) != light)
    browser.picture(pictures / "page-dark.png")
    for dark in (False, True):
        browser.look(360, 740, dark=dark)
        check.that("nothing is wider than a phone", not browser.value(TOO_WIDE))
        browser.picture(pictures / f"page-phone{'-dark' * dark}.png")
    browser.look(800, 1100, dark=True, media="print")
    hidden = "getComputedStyle(document.getElementById('filters')).display"
    check.that("the filters are not printed", browser.value(hidden) == "none")
    browser.picture(pictures / "page-print.png")
    printed = base64.b64decode(browser.ask("Page.printToPDF")["data"])
    check.that("it prints", printed.startswith(b"%PDF") and len(printed) > 10_000)
    (pictures / "page-print.pdf").write_bytes(printed)


def main(program: str, folder: str, page: str, *others: str) -> int:
    browser, check, pictures = Browser(program), Checks(), pathlib.Path(folder)
    try:
        use(browser, pathlib.Path(page), pictures, check)
        for other in others:
            browser.look(1100, 900)
            browser.open(pathlib.Path(other))
            browser.settle()
            browser.picture(pictures / f"{pathlib.Path(other).stem}.png")
            strange = "document.querySelectorAll('img, iframe, object, embed, link, svg image, script[src]').length"
            check.that(f"{other} has only what the program wrote", browser.value(strange) == 0)
        objections = browser.objections()
        for objection in objections:
            print(objection)
        check.that("the pages do nothing that they must not", not objections)
    finally:
        browser.process.kill()
        browser.process.wait()
    result = "FAILED" if check.failed else "ok"
    print(f"test result: {result}. {check.passed} passed; {check.failed} failed; 0 ignored;")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
