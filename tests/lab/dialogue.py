"""Talks with a program at a terminal of its own: waits for its questions, answers line by line."""

import os
import pty
import select
import time


class Dialogue:
    """`with Dialogue(certbot, "certonly", ...) as talk: talk.expect("Press").answer("")`. After
    end(), .text is all that was shown."""

    def __init__(self, certbot, *args, term="dumb"):
        self.argv = certbot.command(*args)
        self.env = certbot.environment({"TERM": term})
        self.text = ""
        self.read = 0  # up to where expect() has got

    def __enter__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(self.argv[0], self.argv, self.env)
        return self

    def __exit__(self, *_):
        os.close(self.fd)  # a program that still runs gets SIGHUP

    def expect(self, part, timeout=20):
        """Reads on until the part has come, behind what was expected before."""
        deadline = time.monotonic() + timeout
        while part not in self.text[self.read:]:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no '{part}' in:\n{self.text}"
            try:
                chunk = os.read(self.fd, 4096)
            except OSError:  # the program has ended
                chunk = b""
            assert chunk, f"ended without '{part}':\n{self.text}"
            self.text += chunk.decode(errors="replace")
        self.read = self.text.index(part, self.read) + len(part)
        return self

    def answer(self, line):
        os.write(self.fd, line.encode() + b"\n")
        return self

    def end(self, timeout=60):
        """Reads to the end of the program; its exit status, negative for a signal. What it has left
        behind may still hold the terminal."""
        deadline, status = time.monotonic() + timeout, None
        while self._read_some(0 if status is not None else 0.05) or status is None:
            assert time.monotonic() < deadline, f"no end after {timeout} s:\n{self.text}"
            if status is None:
                pid, ended = os.waitpid(self.pid, os.WNOHANG)
                status = os.waitstatus_to_exitcode(ended) if pid else None
        return status

    def _read_some(self, seconds):
        """Whether something has come within the time."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self.fd, 4096)
        except OSError:  # nobody has the terminal any more
            time.sleep(seconds)
            return False
        self.text += chunk.decode(errors="replace")
        return bool(chunk)
