"""Starting up: commands that need neither network nor state."""

import json
import subprocess

TITLE = "starting: --version, --help"
ORDER = 10
NETWORK_LIBRARIES = ("libcurl", "libssl", "libldns", "libnghttp2")


def quickest(bench, argv):
    """hyperfine's minimum, in seconds: a few milliseconds are too short for a stopwatch."""
    report = bench.folder / "hyperfine.json"
    subprocess.run(["hyperfine", "-N", "-w", "2", "-m", "8", "--export-json", str(report),
                    " ".join(argv)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return json.loads(report.read_text())["results"][0]["min"]


def libraries(program, *args):
    run = subprocess.run([program, *args], env={"LD_DEBUG": "files", "PATH": "/usr/bin:/bin"},
                         capture_output=True, text=True, errors="replace", check=True,
                         stdin=subprocess.DEVNULL)
    return [name for name in NETWORK_LIBRARIES
            if f"calling init: " in run.stderr and f"/{name}." in run.stderr]


def measure(bench):
    ours = str(bench.ours(bench.folder).program)
    theirs = str(bench.theirs(bench.folder).program)
    for argument in ("--version", "--help", "--help all"):
        words = argument.split()
        peers = {"certbot": quickest(bench, [theirs, *words])}
        if argument == "--version" and bench.installed("lego"):
            peers["lego"] = quickest(bench, ["lego", "--version"])
        if argument == "--version" and bench.installed("dehydrated"):
            peers["dehydrated"] = quickest(bench, ["dehydrated", "--version"])
        bench.table.add(argument, quickest(bench, [ours, *words]), faster=100, **peers)
    bench.table.add("memory of --version", bench.time([ours, "--version"]).peak, "B",
                    at_most=12 * 2**20, certbot=bench.time([theirs, "--version"]).peak)
    bench.table.add("network libraries loaded", len(libraries(ours, "--version")), "", at_most=0)
