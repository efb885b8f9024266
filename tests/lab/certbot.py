"""Runs our certbot, or Debian's, with directories of its own under the test's folder."""

import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .json_forms import check_output
from .lineage import Lineage
from .process import LabError, die_with_parent

ROOT = Path(__file__).resolve().parents[2]
OUR_PROGRAM = Path(os.environ.get("CERTBOT_BIN", ROOT / "build/src/cli/certbot"))
DEBIAN_PROGRAM = Path("/usr/bin/certbot")

# Verbs that talk to a CA, so that --server means something.
ONLINE_VERBS = {"run", "certonly", "register", "revoke", "unregister", "update_account",
                "show_account"}
# Verbs that need consent and an address the first time.
CONSENT_VERBS = {"run", "certonly", "register"}


class Result:
    """What a command left: exit status, standard output and error, both as text."""

    def __init__(self, argv, rc, out, err, seconds=0.0):
        # Arguments need not be UTF-8; what reports them must be.
        self.argv = [os.fsencode(str(arg)).decode(errors="backslashreplace") for arg in argv]
        self.rc = rc
        self.out = out
        self.err = err
        self.seconds = seconds

    @property
    def text(self):
        return self.out + self.err

    def __repr__(self):
        return (f"exit {self.rc}: {' '.join(self.argv)}\n"
                f"--- stdout ---\n{self.out}\n--- stderr ---\n{self.err}")


class CommandFailed(AssertionError):
    """A command ended with another status than expected."""


class TookTooLong(AssertionError):
    """A command did not end in time; it was killed."""


def execute(argv, *, env=None, cwd=None, input=None, timeout=60):
    """Runs a command to its end and returns a Result; after the timeout its whole process group
    is killed."""
    process = subprocess.Popen(
        [str(arg) for arg in argv], env=env, cwd=cwd,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        start_new_session=True, preexec_fn=die_with_parent)
    try:
        out, err = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        _kill_group(process)
        out, err = process.communicate()
        raise TookTooLong(f"no end after {timeout} s: "
                          f"{Result(argv, process.returncode, out, err)!r}") from None
    except BaseException:
        _kill_group(process)
        raise
    return Result(argv, process.returncode, out, err)


def _kill_group(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@functools.cache
def program_for_all_users():
    """Our program where everybody can run it: no other user can enter a clone in root's home."""
    if all(folder.stat().st_mode & 0o001 for folder in OUR_PROGRAM.resolve().parents):
        return OUR_PROGRAM
    folder = Path(tempfile.mkdtemp(prefix="certbot-program-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    return Path(shutil.copy(OUR_PROGRAM, folder))


class Certbot:
    """Our program. `ca` is a running Pebble or HostileCA (directory, ca_bundle, http_port)."""

    program = OUR_PROGRAM

    def __init__(self, folder, ca=None, env=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = ca
        self.extra_env = env or {}
        self.config_dir = self.folder / "config"
        self.work_dir = self.folder / "work"
        self.logs_dir = self.folder / "logs"

    def environment(self, extra=None):
        """A clean environment: of ours only what a command needs to run."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"):
            if name in os.environ:
                env[name] = os.environ[name]
        if self.ca:
            env["REQUESTS_CA_BUNDLE"] = str(self.ca.ca_bundle)
        return {**env, **self.extra_env, **(extra or {})}

    def command(self, *args, server=None):
        """The whole command line. Directories are always added; for a verb that asks the CA its
        address and consent (server=False: never, True: always); renew does not sleep first."""
        args = [str(arg) for arg in args]
        verb = next((arg for arg in args if not arg.startswith("-")), "run")
        if server is None:
            server = verb in ONLINE_VERBS
        argv = [str(self.program), *args, "--config-dir", str(self.config_dir),
                "--work-dir", str(self.work_dir), "--logs-dir", str(self.logs_dir)]
        if verb == "renew" and "--no-random-sleep-on-renew" not in args:
            argv.append("--no-random-sleep-on-renew")
        if server and self.ca and "--server" not in args:
            argv += ["--server", self.ca.directory]
            if verb in CONSENT_VERBS and "-m" not in args and "--agree-tos" not in args:
                argv += ["--agree-tos", "--register-unsafely-without-email"]
        return argv

    def run(self, *args, check=True, server=None, input=None, env=None, timeout=60, cwd=None,
            under=()):
        """Runs a command. check: True demands exit status 0, a number that status, False nothing.
        under: a command line that runs it, such as strace's."""
        if not self.program.exists():
            raise LabError(f"no program {self.program}: build it, or set CERTBOT_BIN")
        result = execute([*under, *self.command(*args, server=server)], env=self.environment(env),
                         input=input, timeout=timeout, cwd=cwd or self.folder)
        if check is not False and result.rc != int(check is not True and check):
            raise CommandFailed(repr(result))
        if "--json" in args and result.rc >= 0:
            check_output(result)
        return result

    def json(self, *args, **run_options):
        """Runs a command with --json and returns the document that it printed."""
        return json.loads(self.run(*args, "--json", **run_options).out)

    def certonly(self, *names, options=(), check=True, **run_options):
        """certonly --standalone for the names, on the port at which the CA looks."""
        args = ["certonly", "-n", "--standalone", "--http-01-port", str(self.ca.http_port)]
        for name in names:
            args += ["-d", name]
        return self.run(*args, *options, check=check, **run_options)

    def lineage(self, name):
        return Lineage(self.config_dir, name)

    def leaf(self, name, *others):
        """The certificate of a lineage that is in order and stands for just these names."""
        return self.lineage(name).verify(name, *others).cert

    def lineage_names(self):
        return sorted(path.stem for path in (self.config_dir / "renewal").glob("*.conf"))

    def log(self):
        """The text of the newest log file."""
        return (self.logs_dir / "letsencrypt.log").read_text(errors="replace")


class DebianCertbot(Certbot):
    """The reference: Debian's certbot, with the same directories as ours if given the same folder."""

    program = DEBIAN_PROGRAM
