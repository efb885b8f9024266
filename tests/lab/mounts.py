"""A machine that differs from ours in what is mounted where."""


def in_mounts(script):
    """Runs a command behind a shell script in a mount namespace of its own."""
    return ["unshare", "--mount", "sh", "-ec", script + '\nexec "$@"', "sh"]


def read_only(folder):
    """Runs a command where that folder is a file system that cannot be written to."""
    return in_mounts(f"mount --bind '{folder}' '{folder}'\nmount -o remount,bind,ro '{folder}'")
