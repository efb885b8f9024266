"""Builds the tree in all its ways and runs every test; scripts/test calls it.

    tests/driver.py [PART...]
    tests/driver.py --soak MINUTES

Each part prints a line when it begins and one when it ends, and the output of what failed. The last
line is the sum over all of them: "N passed, N failed".
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"
RELEASE = Path(os.environ.get("CERTBOT_BUILD_DIR", ROOT / "build"))
SAN, CLANG_SAN, ANALYZER = (ROOT / f"build-{name}" for name in ("san", "clang-san", "analyzer"))
# Everything together; what has not begun by then counts as failed.
LIMIT_SECONDS = 44 * 60
# Of a single part, so that one that hangs leaves time for the others.
PART_SECONDS = 20 * 60
# The same of a soak: every call of whole commands takes half an hour on a busy machine.
SOAK_PART_SECONDS = 40 * 60
PROGRESS_SECONDS = 30
# Scenarios wait more than they work.
SCENARIOS_AT_A_TIME = 4
SCENARIO_SECONDS = 300
# Each of them has a world of its own, which takes seconds to make.
WORLDS_AT_A_TIME = 2
FUZZ_SECONDS = 5
# Of each fuzz harness in a round of a soak: so many per minute of the whole, so that the other parts
# have their turn in a short one, too; at most a minute.
SOAK_FUZZ_SECONDS = 2
CRASH_TESTS = ("store/crash", "txn/crash")
TAIL_LINES = 60
# The analyzer does not know that functions which set an error return a negative code, and follows
# their callers into success without a result.
UNTRACED = ("null-dereference", "null-argument", "use-of-uninitialized-value")
ACCEPTED_WARNINGS = ROOT / "tools/analyzer-accepted"


class Outcome:
    """What a part came to. `text` is shown when something failed."""

    def __init__(self, passed=0, failed=0, text=""):
        self.passed, self.failed, self.text = passed, failed, text


class Clock:
    """The time that is left for everything."""

    def __init__(self):
        self.start = time.monotonic()
        self.limit = LIMIT_SECONDS
        self.part_limit = PART_SECONDS
        self.soak_minutes = 0

    def spent(self):
        return time.monotonic() - self.start

    def left(self):
        return max(0, self.limit - self.spent())


CLOCK = Clock()


def say(text):
    print(f"[{int(CLOCK.spent()) // 60:2}:{int(CLOCK.spent()) % 60:02}] {text}", flush=True)


def tail(text, lines=TAIL_LINES):
    return "\n".join(text.splitlines()[-lines:])


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(argv, env=None, on_line=None):
    """Runs a command to its end, or to the end of its time. (exit status, output)."""
    deadline = time.monotonic() + min(CLOCK.part_limit, CLOCK.left())
    lines = []
    process = subprocess.Popen(
        [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT,
        env={**os.environ, **(env or {})}, start_new_session=True)
    timer = end_later(max(1, deadline - time.monotonic()), process, lines)
    try:
        for line in process.stdout:
            lines.append(line)
            if on_line:
                on_line(line)
        process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            end_group(process)
    return process.returncode, "".join(lines)


def end_later(seconds, process, lines):
    """Ends the process group after a while, and says so in its output."""
    def end():
        lines.append(f"*** stopped after {int(seconds)} s\n")
        end_group(process)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer


# --- builds ---

def build(folder, options=(), env=None):
    """One check: it configures and builds without a warning (here they are errors; a release builds
    with compilers and libraries that are newer than its code)."""
    configured = (folder / "build.ninja").exists()
    status, text = run(["meson", "configure", folder, "-Dwerror=true"] if configured else
                       ["meson", "setup", "-Dwerror=true", *options, folder, ROOT], env)
    if status:
        return Outcome(0, 1, tail(text))
    status, text = run(["ninja", "-C", folder, "-k", "0"], env)
    if status:
        return Outcome(0, 1, build_failures(text))
    return Outcome(1)


def build_failures(text):
    """The commands that failed with what the compiler said; the rest of a build's output is long."""
    kept, keeping = [], False
    for line in text.splitlines():
        if re.match(r"\[\d+/\d+\]|ninja:", line):
            keeping = False
        keeping = keeping or line.startswith("FAILED:")
        if keeping and not re.match(r"(cc|gcc|clang|ccache) ", line):
            kept.append(line)
    return "\n".join(kept[:200]) or tail(text)


def analyze():
    """gcc's analyzer over src/: its warnings but for the accepted ones."""
    options = ["-Dtests=false",
               "-Dc_args=-fanalyzer " + " ".join(f"-Wno-analyzer-{what}" for what in UNTRACED)]
    if (ANALYZER / "build.ninja").exists():
        run(["ninja", "-C", ANALYZER, "clean"])
    else:
        run(["meson", "setup", *options, ANALYZER, ROOT])
    status, text = run(["ninja", "-C", ANALYZER, "-k", "0"])
    if status:
        return Outcome(0, 1, build_failures(text))
    accepted = set()
    for line in ACCEPTED_WARNINGS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            accepted.add(line.strip())
    found = {}
    for match in re.finditer(r"^(\S*?)(src/\S+?):\d+:\d+: warning: (.*)$", text, re.MULTILINE):
        found.setdefault(f"{match.group(2)}: {match.group(3)}", match.group())
    complaints = [line for key, line in sorted(found.items()) if key not in accepted]
    return Outcome(int(not complaints), len(complaints), "\n".join(complaints))


# --- meson's tests ---

CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.MULTILINE)
CMOCKA_FAILED = re.compile(r"^ ?(\d+) FAILED TEST", re.MULTILINE)
CMOCKA_ERRORS = re.compile(r"^\[  ERROR   \].*(?:setup|teardown)", re.MULTILINE)
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|error)")


def count_test(entry):
    """(passed, failed) of one program: the tests inside, or 1 for a program that counts nothing."""
    text = entry.get("stdout", "") + "\n" + entry.get("stderr", "")
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    passed = sum(map(int, CMOCKA_PASSED.findall(text)))
    failed = sum(map(int, CMOCKA_FAILED.findall(text)))
    if not passed and not failed:
        for number, word in PYTEST_COUNT.findall(text.rstrip().rpartition("\n")[2]):
            passed, failed = (passed + int(number), failed) if word == "passed" else \
                (passed, failed + int(number))
    if good:
        return max(passed, 1), 0
    return passed, max(failed, 1)


def meson_tests(folder, *selection):
    log = folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    status, text = run(["meson", "test", "-C", folder, "--no-rebuild", "-t", "3", *selection])
    if not log.exists():
        return Outcome(0, 1, tail(text))
    outcome, failures = Outcome(), []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = json.loads(line)
        passed, failed = count_test(entry)
        outcome.passed += passed
        outcome.failed += failed
        if failed:
            failures.append(f"=== {entry['name']}: {entry['result']}\n"
                            f"{tail(entry.get('stdout', ''))}\n{tail(entry.get('stderr', ''))}")
    if status and not outcome.failed:
        outcome.failed = 1
        failures.append(tail(text))
    outcome.text = "\n".join(failures)
    return outcome


def unit_tests(folder):
    return meson_tests(folder, "--no-suite", "diff", "--no-suite", "checks")


# --- scenarios ---

class Progress:
    """Counts the tests that pytest reports, and says now and then how many."""

    LINE = re.compile(r"\[gw\d+\] \[ *\d+%\] (PASSED|FAILED|ERROR|SKIPPED) (\S+)")

    def __init__(self):
        self.counts = {}
        self.said = time.monotonic()

    def __call__(self, line):
        match = self.LINE.match(line)
        if not match:
            return
        self.counts[match.group(1)] = self.counts.get(match.group(1), 0) + 1
        if match.group(1) in ("FAILED", "ERROR"):
            say(f"    {match.group(1).lower()}: {match.group(2)}")
        if time.monotonic() - self.said > PROGRESS_SECONDS:
            self.said = time.monotonic()
            say(f"    {self.counts.get('PASSED', 0)} have passed")


def scenarios(folder, *selection, where=("tests/scenario",), more_env=(),
              at_a_time=SCENARIOS_AT_A_TIME):
    program = folder / "src/cli/certbot"
    if not program.exists():
        return Outcome(0, 1, f"there is no {program}")
    report = folder / "scenarios.xml"
    report.unlink(missing_ok=True)
    env = {"CERTBOT_BIN": str(program), "PEBBLE_DIR": str(RELEASE / "lab/pebble"),
           "CERTBOT_BUILD_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **dict(more_env)}
    status, text = run(
        [PYTHON, "-m", "pytest", "-v", "-n", at_a_time, "-p", "no:cacheprovider",
         "--tb=short", f"--timeout={SCENARIO_SECONDS}", f"--junitxml={report}", *selection,
         *where], env, Progress())
    if not report.exists():
        return Outcome(0, 1, tail(text))
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    for case in suite.iter("testcase"):
        for told in case.iter("property"):  # tests/lab/second_try.py
            say(f"    {told.get('name')}: {case.get('name')}: {told.get('value')}")
    total, failures, errors, skipped = (int(suite.get(name)) for name in
                                        ("tests", "failures", "errors", "skipped"))
    bad = failures + errors + skipped
    where = text.find("=== FAILURES ===")
    where = where if where >= 0 else text.find("=== ERRORS ===")
    if status and not bad:
        return Outcome(total, 1, tail(text))
    return Outcome(total - bad, bad, text[where:] if where >= 0 else tail(text))


# --- fuzzing ---

def fuzz(seconds=FUZZ_SECONDS, *options):
    status, text = run(["tools/fuzz", "--build", CLANG_SAN, "--seconds", seconds, *options])
    match = re.search(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
    if not match:
        return Outcome(0, 1, tail(text))
    return Outcome(int(match.group(1)), int(match.group(2)) or int(status != 0), text)


# --- all of it ---

CLANG_ENV = {"CC": "clang"}
# name: what is said, the function, and the part that must have passed before
PARTS = {
    "build": ("build with gcc", lambda: build(RELEASE), None),
    "checks": ("house rules", lambda: meson_tests(RELEASE, "--suite", "checks"), "build"),
    "unit": ("unit tests", lambda: unit_tests(RELEASE), "build"),
    "diff": ("differential tests", lambda: meson_tests(RELEASE, "--suite", "diff"), "build"),
    "san-build": ("build with gcc and sanitizers",
                  lambda: build(SAN, ["-Dsan=true", "-Dbuildtype=debug"]), None),
    "san-unit": ("unit tests with sanitizers", lambda: unit_tests(SAN), "san-build"),
    "clang-san-build": ("build with clang, sanitizers and fuzzers",
                        lambda: build(CLANG_SAN, ["-Dsan=true", "-Dfuzz=true"], CLANG_ENV), None),
    "analyzer": ("gcc's static analyzer", analyze, None),
    "fuzz": ("a little fuzzing", fuzz, "clang-san-build"),
    "scenario": ("scenarios", lambda: scenarios(RELEASE), "build"),
    "world": ("scenarios in a world of names and networks",
              lambda: scenarios(RELEASE, where=("tests/world",), at_a_time=WORLDS_AT_A_TIME),
              "build"),
    "attack": ("attacks from inside the children",
               lambda: scenarios(RELEASE, where=("tests/attack",), at_a_time=WORLDS_AT_A_TIME), "build"),
    "san-scenario": ("scenarios with sanitizers", lambda: scenarios(SAN, "-m", "asan"),
                     "san-build"),
}


def soak_fuzz():
    seconds = max(FUZZ_SECONDS, min(60, SOAK_FUZZ_SECONDS * CLOCK.soak_minutes))
    return fuzz(seconds, "--corpus", RELEASE / "corpus")


def script(path, *arguments):
    """A program that counts nothing itself, as one test."""
    status, text = run([path, *arguments])
    return Outcome(int(status == 0), int(status != 0), tail(text))


def bench(section):
    """The targets of a section of the benchmark. One that could not be measured counts as missed."""
    _, text = run(["scripts/bench", section])
    summary = re.search(r"^(\d+) of (\d+) targets met, (\d+) sections failed$", text, re.MULTILINE)
    met, targets, failed = map(int, summary.groups()) if summary else (0, 0, 1)
    return Outcome(met, targets - met + failed, tail(text))


# What a soak goes round, after the builds.
SOAK_BUILDS = ("build", "clang-san-build")
STRIKE_TESTS = ("tests/scenario/200_store/test_crashes.py", "tests/scenario/400_nginx/test_crash.py",
                "tests/scenario/410_apache/test_crash.py")
SERVICE_STRIKE_TESTS = ("tests/scenario/420_services/test_strikes.py",
                        "tests/scenario/420_services/test_haproxy.py::test_kill")
SOAK_PARTS = {
    "soak-fuzz": ("fuzzing", soak_fuzz, "clang-san-build"),
    "soak-crash": ("crashes at every system call", lambda: meson_tests(RELEASE, *CRASH_TESTS),
                   "build"),
    "soak-strike": ("crashes at every call of whole commands",
                    lambda: scenarios(RELEASE, where=STRIKE_TESTS,
                                      more_env={"STRIKE_EVERY": "1", "FLEET_KILLS": "60,20"}), "build"),
    "soak-service-strike": ("crashes at every call of installations in services",
                            lambda: scenarios(RELEASE, where=SERVICE_STRIKE_TESTS,
                                              more_env={"STRIKE_EVERY": "1", "FLEET_KILLS": "60,20"}), "build"),
    "soak-fleet": ("100,000 seeds of the simulated fleet",
                   lambda: script(RELEASE / "tests/unit/fleet/test_fleet_simulation", "1", "100000"),
                   "build"),
    "soak-kills": ("a fleet of which something dies all the time",
                   lambda: scenarios(RELEASE, where=("tests/scenario/600_fleet/test_kills.py",),
                                     more_env={"FLEET_KILLS": "60,20"}), "build"),
    "soak-demo": ("a fleet in namespaces, as scripts/demo shows it",
                  lambda: script("scripts/demo", "fleet"), "build"),
    "soak-systems": ("the core of the world on other releases of Debian",
                     lambda: script("scripts/systems"), "build"),
    "soak-second-client": ("another client at the CA of ACME v1",
                           lambda: script("scripts/second-client"), "build"),
    "soak-portability": ("other processors", lambda: script("scripts/portability"), "build"),
    "soak-memory": ("100,000 certificates that are due", lambda: bench("renew_memory_soak"), "build"),
    "soak-scenario": ("the longest scenarios", lambda: scenarios(RELEASE, "-m", "slow"), "build"),
}


def run_part(name, outcomes):
    title, function, before = {**PARTS, **SOAK_PARTS}[name]
    if before in outcomes and outcomes[before].failed:
        return Outcome(0, 1, f"not run, for '{PARTS[before][0]}' failed")
    if not CLOCK.left():
        return Outcome(0, 1, f"not run, for {CLOCK.limit // 60} minutes are over")
    say(f"{title} ...")
    return function()


def report(name, outcome):
    if outcome.failed and outcome.text:
        print(outcome.text, flush=True)
    say(f"{name}: {outcome.passed} passed, {outcome.failed} failed")


def soak(minutes):
    """The outcomes of going round until the time is over, but once at least; what is under way is
    finished."""
    CLOCK.soak_minutes = minutes
    CLOCK.part_limit = SOAK_PART_SECONDS
    CLOCK.limit = minutes * 60 + len(SOAK_PARTS) * SOAK_PART_SECONDS
    outcomes, all_outcomes = {}, []
    while True:
        for name in (*(() if outcomes else SOAK_BUILDS), *SOAK_PARTS):
            outcomes[name] = run_part(name, outcomes)
            all_outcomes.append((name, outcomes[name]))
            report(name, outcomes[name])
            if CLOCK.spent() > minutes * 60 and len(outcomes) == len(SOAK_BUILDS) + len(SOAK_PARTS):
                return all_outcomes


def main():
    parser = argparse.ArgumentParser(description="build everything and run every test")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART",
                        help=f"of: {' '.join(PARTS)}")
    parser.add_argument("--soak", type=int, metavar="MINUTES", help="go round for so long")
    options = parser.parse_args()
    os.environ.setdefault("HOME", "/root")
    # Under nohup all children would ignore it, and some tests are about it.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if options.soak is not None:
        outcomes = soak(options.soak)
    else:
        done = {}
        for name in options.parts or PARTS:
            done[name] = run_part(name, done)
            report(name, done[name])
        outcomes = list(done.items())
    bad = list(dict.fromkeys(name for name, outcome in outcomes if outcome.failed))
    if bad:
        say(f"failures in: {', '.join(bad)}")
    passed = sum(outcome.passed for _, outcome in outcomes)
    failed = sum(outcome.failed for _, outcome in outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
