"""Types into a shell on a terminal, presses the Tab key, and looks for what the terminal then shows.

    press.py SHELL SETUP [LINE EXPECTED]...    types each LINE and Tab, after the commands SETUP

Exits with 1 and prints what the terminal showed, if it did not show what was expected.
"""

import os
import pty
import re
import select
import signal
import sys
import time

# How each shell starts without the settings of whoever runs the tests.
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
PATIENCE = 30.0
# Takes away what stands on the line.
KILL_LINE = "\x15"
ESCAPES = re.compile(r"\x1b(\[[0-9;?>=]*[a-zA-Z]|[\]P][^\x07\x1b]*(\x07|\x1b\\)|[=>()][0-9A-Z]?)|\r|\x07|\x08")


def main() -> None:
    shell, setup, *presses = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"TERM": "dumb" if shell != "fish" else "xterm", "PS1": "$ ", "COLUMNS": "200", "LINES": "50"}
        os.execvp(shell, SHELLS[shell])
    # The mark is not in the line that is typed.
    os.write(terminal, f"{setup}; echo se''tup-done\n".encode())
    wrong = missing(terminal, "setup-done", "the setup")
    for line, expected in zip(presses[::2], presses[1::2], strict=True):
        os.write(terminal, f"{line}\t".encode())
        wrong = wrong or missing(terminal, expected, line)
        os.write(terminal, KILL_LINE.encode())
    os.kill(child, signal.SIGKILL)
    if wrong:
        sys.exit(wrong)


def missing(terminal: int, expected: str, line: str) -> str:
    """What the terminal shows, if it does not show the text in time."""
    shown = ""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if ready:
            try:
                shown += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                break
        if expected in ESCAPES.sub("", shown):
            return ""
    return f"{line}: not {expected!r} but {ESCAPES.sub('', shown)!r}"


if __name__ == "__main__":
    main()
