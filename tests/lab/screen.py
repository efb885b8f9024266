"""Runs a command on a terminal of a given width; standard error is not part of what it shows."""

import fcntl
import os
import pty
import struct
import subprocess
import termios


def run_on_screen(certbot, columns, *args, **env):
    """What the command writes to a terminal of that many columns, with a newline for each line."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(certbot.command(*args), stdin=subprocess.DEVNULL, stdout=slave,
                               stderr=subprocess.PIPE, cwd=certbot.folder,
                               env=certbot.environment({"TERM": "xterm", **env}))
    os.close(slave)
    shown = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # EIO: the program has closed its side
            break
        if not chunk:
            break
        shown += chunk
    os.close(master)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return shown.decode().replace("\r\n", "\n")
