"""Doubles of the programs of services that Debian does not have, and a machine with systemd."""

from pathlib import Path

# Runs a command on a machine of its own in one respect: /run, where systemd is said to run. What
# comes before it are directories that are read-only there.
WITH_SYSTEMD = ("unshare", "-m", "sh", "-c", """
mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 99
while [ "$1" != -- ]; do
    mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
    shift
done
shift
exec "$@"
""", "sh")


def with_systemd(*read_only):
    return (*WITH_SYSTEMD, *read_only, "--")


class Programs:
    """A directory of doubles, first in PATH. Each notes its arguments, one call a line; a file
    NAME.fails makes calls fail whose arguments begin with what is in it."""

    def __init__(self, folder, certbot):
        self.folder = Path(folder)
        self.folder.mkdir()
        certbot.extra_env["PATH"] = (f"{self.folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                                     "/usr/bin:/sbin:/bin")

    def add(self, name, body=""):
        path = self.folder / name
        path.write_text(f"""#!/bin/sh
cd {self.folder}
echo "$*" | tr '\\n' ' ' >> {name}.calls; echo >> {name}.calls
if [ -e {name}.fails ]; then
    case "$*" in "$(cat {name}.fails)"*) echo "{name} refuses" >&2; exit 1 ;; esac
fi
{body}
""")
        path.chmod(0o755)

    def fail(self, name, arguments=None):
        path = self.folder / f"{name}.fails"
        path.unlink(missing_ok=True)
        if arguments is not None:
            path.write_text(arguments)

    def calls(self, name):
        """What was called since the last time."""
        path = self.folder / f"{name}.calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line.strip() for line in lines]
