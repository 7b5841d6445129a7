"""Turns what the program prints into what people see of it: a terminal as SVG, a note and reports as HTML."""

import html
import json
import re
import sys
import xml.etree.ElementTree

COLORS = {"31": "#e06c75", "32": "#7fd39a", "33": "#f2b866", "91": "#ff7b85", "92": "#98e0ad", "93": "#ffd08a",
          "94": "#8ab4f8", "34": "#8ab4f8", "36": "#7fd3d3", "96": "#9fe6e6"}
WIDTH, LINE = 7.83, 18
LONGEST = 150
STYLE = """
body { background: #fff; color: #1c2024; font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem }
code, pre { background: #f4f6f8; font: 13px/1.5 "DejaVu Sans Mono", monospace }
pre { border: 1px solid #d5dae0; border-radius: .3rem; padding: .6rem; white-space: pre-wrap }
.add { background: #e3f4e7; display: block } .del { background: #fce8e8; display: block } .bang { font-weight: bold }
li { margin: .4rem 0 } .bad { color: #a3161f } .good { color: #1a6b33 }
"""


def terminal(command: str, text: str) -> str:
    """What a terminal with these escapes shows."""
    lines = [[(command, "", True)]]
    for line in text.rstrip("\n").split("\n"):
        lines.extend(wrapped(pieces(line)))
    width = 20 + WIDTH * min(LONGEST, max(sum(len(text) for text, *_ in line) for line in lines))
    height = 24 + LINE * len(lines)
    rows = []
    for number, line in enumerate(lines):
        spans = []
        for piece, color, bold in line:
            style = (f' fill="{color}"' if color else "") + (' font-weight="bold"' if bold else "")
            spans.append(f"<tspan{style}>{html.escape(piece)}</tspan>")
        rows.append(f'<text style="white-space: pre" x="10" y="{24 + LINE * number}">{"".join(spans)}</text>')
    body = "\n".join(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">\n'
        f'<rect width="100%" height="100%" rx="6" fill="#15181c"/>\n'
        f'<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="13" fill="#e6e9ed" xml:space="preserve">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def pieces(line: str) -> list[tuple[str, str, bool]]:
    """A line as texts, each with its colour and weight."""
    found, color, bold, end = [], "", False, 0
    for escape in re.finditer(r"\x1b\[([0-9;]*)m", line):
        found.append((line[end : escape.start()], color, bold))
        end = escape.end()
        for code in escape.group(1).split(";"):
            if code in ("", "0"):
                color, bold = "", False
            elif code == "1":
                bold = True
            elif code in COLORS:
                color = COLORS[code]
    found.append((line[end:], color, bold))
    return [piece for piece in found if piece[0]]


def wrapped(line: list[tuple[str, str, bool]]) -> list[list[tuple[str, str, bool]]]:
    """A line as the lines of a terminal that is not wider."""
    rows: list[list[tuple[str, str, bool]]] = [[]]
    room = LONGEST
    for text, color, bold in line:
        while len(text) > room:
            rows[-1].append((text[:room], color, bold))
            rows.append([])
            text, room = text[room:], LONGEST
        rows[-1].append((text, color, bold))
        room -= len(text)
    return rows


def note(markdown: str) -> str:
    """A note as GitLab shows it: the few kinds of Markdown that it has."""
    parts, block = [], None
    for line in markdown.split("\n"):
        if re.match(r"`{3,}", line):
            if block is None:
                block = []
            else:
                parts.append("<pre>" + "".join(block) + "</pre>")
                block = None
        elif block is not None:
            kind = {"+": "add", "-": "del", "!": "bang"}.get(line[:1], "")
            block.append(f'<span class="{kind}">{html.escape(line)}</span>' + ("" if kind in ("add", "del") else "\n"))
        elif line:
            text = html.escape(line)
            text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
            parts.append("<p>" + re.sub(r"`(.+?)`", r"<code>\1</code>", text) + "</p>")
    return page("".join(parts))


def reports(quality: str, junit: str) -> str:
    """What GitLab lists of the two reports."""
    with open(quality, encoding="utf-8") as file:
        findings = json.load(file)
    rows = "".join(
        f'<li><b class="bad">{html.escape(one["severity"])}</b> {html.escape(one["description"])} '
        f'<code>{html.escape(one["location"]["path"])}:{one["location"]["lines"]["begin"]}</code></li>'
        for one in findings
    )
    cases = list(xml.etree.ElementTree.parse(junit).getroot().iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None]
    tests = "".join(f'<li class="bad">{html.escape(case.get("classname"))}: {html.escape(case.get("name"))}</li>' for case in failed)
    return page(
        f"<h3>Code quality: {len(findings)} findings</h3><ul>{rows}</ul>"
        f"<h3>Tests: {len(failed)} of {len(cases)} failed</h3><ul>{tests}</ul>"
    )


def paint(text: str) -> str:
    """The page without its policy, and with a script that says when the browser painted it."""
    text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text, count=1)
    told = """<p id="paint"></p><script>
new PerformanceObserver((list) => {
  const first = list.getEntries().find((entry) => entry.name === "first-paint");
  if (first) document.getElementById("paint").textContent =
    `first paint after ${Math.round(first.startTime)} ms, list after ${Math.round(window.listed)} ms`;
}).observe({ type: "paint", buffered: true });
window.listed = performance.now();
</script></body>"""
    return text.replace("</body>", told)


def page(body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body>{body}"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["terminal", command]:
            print(terminal(command, sys.stdin.read()), end="")
        case ["note"]:
            print(note(sys.stdin.read()))
        case ["reports", quality, junit]:
            print(reports(quality, junit))
        case ["paint"]:
            print(paint(sys.stdin.read()))
        case _:
            sys.exit("usage: pictures.py terminal COMMAND | note | reports FILE FILE | paint")
