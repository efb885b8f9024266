"""Runs a command on a terminal of a given width; standard error is not part of what it shows."""

import fcntl
import os
import pty
import re
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


def assert_fits(shown, columns):
    """No line is wider than the terminal, but for words that are too long to be broken."""
    lines = re.sub(r"\033\[[0-9;]*m", "", shown).splitlines()
    wide = [line for line in lines if len(line) > columns and " " in line.strip()]
    assert lines and not wide, wide


def assert_colours_only_where_wanted(certbot, *args):
    """The environment decides about them, and nothing but a terminal gets any, nor symbols."""
    assert "\033[" in run_on_screen(certbot, 80, *args) and "✓" in run_on_screen(certbot, 80, *args)
    for env in {"NO_COLOR": "1"}, {"TERM": "dumb"}:
        assert "\033" not in run_on_screen(certbot, 80, *args, **env)
    assert "✓" not in run_on_screen(certbot, 80, *args, LC_ALL="C")
    text = certbot.run(*args).text
    assert "\033" not in text and "✓" not in text
