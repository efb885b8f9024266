"""Talks with a program at a terminal of its own: waits for its questions, answers line by line."""

import os
import pty
import select
import time


class Dialogue:
    """`with Dialogue(certbot, "certonly", ...) as talk: talk.expect("Press").answer("")`. After
    end(), .text is all that was shown."""

    def __init__(self, certbot, *args):
        self.argv = certbot.command(*args)
        self.env = certbot.environment({"TERM": "dumb"})
        self.text = ""
        self.read = 0  # up to where expect() has got

    def __enter__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(self.argv[0], self.argv, self.env)
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

    def end(self):
        """Reads to the end; the exit status, negative for a signal."""
        while True:
            try:
                chunk = os.read(self.fd, 4096)
            except OSError:
                break
            if not chunk:
                break
            self.text += chunk.decode(errors="replace")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
