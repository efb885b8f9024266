"""What the sections share: folders, programs, time and memory of a command, a test CA."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from lab.certbot import Certbot, DebianCertbot
from lab.pebble import Pebble

from .table import Table


class Failed(Exception):
    """A measured command did not do its work."""


class Measured:
    """A run: wall seconds, the largest resident size of a process in it (bytes), its output."""

    def __init__(self, seconds, peak, output):
        self.seconds, self.peak, self.output = seconds, peak, output


class Bench:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="certbot-bench-"))
        self.folder.chmod(0o755)  # servers enter it as a user of their own
        self.table = Table()
        self._parts = []
        self._number = 0

    def close(self):
        for part in self._parts:
            part.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def say(text):
        print(f"  ... {text}", flush=True)

    def new_folder(self, name):
        self._number += 1
        folder = self.folder / f"{self._number:02}-{name}"
        folder.mkdir()
        return folder

    def ours(self, folder, ca=None, **options):
        return Certbot(folder, ca, **options)

    def theirs(self, folder, ca=None, **options):
        return DebianCertbot(folder, ca, **options)

    def start(self, part):
        """Starts a part of the lab that lives as long as the bench."""
        part.start()
        self._parts.append(part)
        return part

    def pebble(self, **options):
        """A test CA that lives as long as the bench. Nonces are not refused unless asked for."""
        return self.start(Pebble(self.new_folder("pebble"), **{"nonce_reject": 0, **options}))

    def time(self, argv, env=None, cwd=None, status=0, timeout=3600):
        """Runs a command once. time(1) stands between, for a fork of Python is large itself."""
        note = self.folder / "time"
        output = self.folder / "output"
        with open(output, "wb") as file:
            started = time.perf_counter()
            process = subprocess.Popen(
                ["/usr/bin/time", "-q", "-f", "%M", "-o", str(note), *map(str, argv)], env=env,
                cwd=cwd or self.folder, stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.STDOUT, start_new_session=True)
            rc = self._wait(process, timeout)
            seconds = time.perf_counter() - started
        text = output.read_text(errors="replace")
        if rc != status:
            raise Failed(f"exit {rc}: {' '.join(map(str, argv))}\n{text[-2000:]}")
        return Measured(seconds, int(note.read_text().split()[-1]) * 1024, text)

    @staticmethod
    def _wait(process, timeout):
        """The exit status, at once: with a timeout of its own, wait() looks at ever longer
        intervals, and what takes 32 ms seems to take 64."""
        watchdog = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.daemon = True
        watchdog.start()
        try:
            return process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            watchdog.cancel()

    def best(self, argv, times=3, **options):
        """The quickest of several runs."""
        return min((self.time(argv, **options) for _ in range(times)),
                   key=lambda measured: measured.seconds)

    def command(self, certbot, *args, times=1, **options):
        """A command of ours or of Debian's, in its directories."""
        return self.best(certbot.command(*args), times, env=certbot.environment(),
                         cwd=certbot.folder, **options)

    @staticmethod
    def installed(program):
        return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
