"""A machine that differs from ours in what is mounted where."""


def in_mounts(script):
    """Runs a command behind a shell script in a mount namespace of its own."""
    return ["unshare", "--mount", "sh", "-ec", script + '\nexec "$@"', "sh"]
