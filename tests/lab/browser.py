"""Looks at a page with a real browser (headless Chromium)."""

import html
import json
import re
import subprocess

CHROMIUM = "chromium-headless-shell"
SCHEMES = {"dark": 0, "light": 1}
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# Runs in the page: least contrast of a text with the background (WCAG 2.1), and what is there.
SCRIPT = """<script>
function light(colour) {
  const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(part => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
function contrast(one, other) {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
const back = getComputedStyle(document.body).backgroundColor, rows = document.querySelectorAll("tbody tr");
const texts = [...document.querySelectorAll("h1, p, li span, li small, th, svg text")];
for (const row of [...rows].slice(0, 30)) texts.push(...row.querySelectorAll("td, small, summary"));
let least = 99;
for (const text of texts) {
  const style = getComputedStyle(text);
  least = Math.min(least, contrast(text.tagName == "text" ? style.fill : style.color, back));
}
const bars = document.querySelectorAll("svg rect");
document.body.textContent = "RESULT" + JSON.stringify({
  rows: rows.length, first: rows[0].cells[1].firstChild.textContent, bars: bars.length, back: back,
  contrast: least, overflow: document.documentElement.scrollWidth - window.innerWidth,
  faults: [...bars].filter(bar => bar.getBoundingClientRect().height < 1).length}) + "END";
</script>"""


def run(path, *options):
    argv = [CHROMIUM, "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000",
            "--window-size=1200,900", *options, f"file://{path}"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True,
                          stdin=subprocess.DEVNULL).stdout


def look(path, scheme):
    """What a browser with that colour scheme shows of the page: rows, bars, the name in the first
    row, the least contrast."""
    probe = path.with_suffix(f".{scheme}.probe.html")
    text = POLICY.sub("", path.read_text())
    probe.write_text(text.replace("</body>", SCRIPT + "</body>"))
    shown = run(probe, "--dump-dom", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}")
    return json.loads(html.unescape(re.search("RESULT(.*?)END", shown, re.DOTALL)[1]))
