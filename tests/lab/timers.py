"""Timers and cron lines of a machine of its own: commands run with an /etc, a /run, a /var/spool and
a /usr/local that are folders of the test's. systemctl is a double that knows what runs."""

import os
import shutil
import stat
from pathlib import Path

from .programs import Programs

# Of the real /etc: what any program needs to run.
NEEDED = ("passwd", "group", "nsswitch.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
          "ssl", "localtime", "os-release", "alternatives", "nginx", "apache2")
INSIDE = """
for place in etc run var/spool usr/lib/systemd/system usr/local; do
    mount --bind "$1/$place" "/$place" || exit 99
done
shift
exec "$@"
"""
SYSTEMCTL = """
active={folder}/active
case $1 in
is-active) grep -qx "$2" $active ;;
start) grep -qx "$2" $active || echo "$2" >>$active ;;
stop) grep -vx "$2" $active >$active.new; mv $active.new $active ;;
esac
"""
DEBIAN_UNITS = Path("/lib/systemd/system")
DEBIAN_CRON = Path("/etc/cron.d/certbot")
# As snapd writes them.
SNAP_TIMER = """[Unit]
# Auto-generated, DO NOT EDIT
Description=Timer renew for snap application certbot.renew
Requires=snap-certbot-3390.mount
After=snap-certbot-3390.mount
X-Snappy=yes

[Timer]
Unit=snap.certbot.renew.service
OnCalendar=*-*-* 06:14
OnCalendar=*-*-* 17:36

[Install]
WantedBy=timers.target
"""
SNAP_SERVICE = """[Unit]
Description=Service for snap application certbot.renew
X-Snappy=yes

[Service]
EnvironmentFile=-/etc/environment
ExecStart=/usr/bin/snap run --timer="00:00~24:00/2" certbot.renew
SyslogIdentifier=certbot.renew
Type=oneshot
"""
# As EPEL packages them.
EPEL_TIMER = """[Unit]
Description=This is the timer to set the schedule for automated renewals

[Timer]
OnCalendar=*-*-* 00/12:00:00
RandomizedDelaySec=12hours
Persistent=true

[Install]
WantedBy=timers.target
"""
EPEL_SERVICE = """[Unit]
Description=This service automatically renews any certbot certificates found

[Service]
EnvironmentFile=/etc/sysconfig/certbot
Type=oneshot
ExecStart=/usr/bin/certbot renew --noninteractive --no-random-sleep-on-renew $PRE_HOOK $POST_HOOK $RENEW_HOOK $DEPLOY_HOOK $CERTBOT_ARGS
"""
EPEL_OPTIONS = """# The pre-hook
PRE_HOOK=""
POST_HOOK="%s"
RENEW_HOOK=""
DEPLOY_HOOK=""
CERTBOT_ARGS=""
"""
# As the instructions for pip have it.
PIP_LINE = ("0 0,12 * * * root /opt/certbot/bin/python -c 'import random; import time; "
            "time.sleep(random.random() * 3600)' && sudo certbot renew -q\n")


class TimerMachine:
    """The machine; certbot gets the double of systemctl. `systemd`: whether it is said to run."""

    def __init__(self, folder, certbot, systemd=True):
        self.folder = Path(folder)
        self.certbot = certbot
        for place in ("etc/systemd/system", "etc/cron.d", "run", "var/spool/cron/crontabs",
                      "usr/lib/systemd/system", "usr/local"):
            (self.folder / place).mkdir(parents=True)
        for name in NEEDED:
            if Path("/etc", name).exists():
                os.system(f"cp -a /etc/{name} {self.folder}/etc/")
        if systemd:
            (self.folder / "run/systemd/system").mkdir(parents=True)
        (self.folder / "active").touch()
        self.programs = Programs(self.folder / "bin", certbot)
        self.programs.add("systemctl", SYSTEMCTL.format(folder=self.folder))
        self.under = ("unshare", "--mount", "sh", "-c", INSIDE, "sh", self.folder)

    def path(self, path):
        return self.folder / path.lstrip("/")

    def run(self, *args, under=(), **options):
        return self.certbot.run(*args, under=(*self.under, *under), **options)

    def active(self):
        return sorted((self.folder / "active").read_text().split())

    def write(self, path, text, mode=0o644, age=1000):
        """A file that was written so many seconds ago, to the nanosecond."""
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        time = (target.stat().st_mtime_ns // 10**9 - age) * 10**9 + 123456789
        os.utime(target, ns=(time, time))
        return target

    def enable(self, name, unit_dir="/lib/systemd/system", active=True):
        link = self.path(f"/etc/systemd/system/timers.target.wants/{name}")
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(f"{unit_dir}/{name}")
        os.utime(link, ns=(10**18, 10**18 + 7), follow_symlinks=False)
        if active:
            with open(self.folder / "active", "a") as file:
                file.write(f"{name}\n")

    # --- what installs Certbot ---

    def add_debian(self):
        """What the package has installed on the real machine."""
        for name in ("certbot.timer", "certbot.service"):
            shutil.copy2(DEBIAN_UNITS / name, self.path(f"/usr/lib/systemd/system/{name}"))
        shutil.copy2(DEBIAN_CRON, self.path("/etc/cron.d/certbot"))
        self.enable("certbot.timer")

    def add_snap(self):
        self.write("/etc/systemd/system/snap.certbot.renew.timer", SNAP_TIMER)
        self.write("/etc/systemd/system/snap.certbot.renew.service", SNAP_SERVICE)
        self.enable("snap.certbot.renew.timer", "/etc/systemd/system")

    def add_epel(self, post_hook=""):
        self.write("/usr/lib/systemd/system/certbot-renew.timer", EPEL_TIMER)
        self.write("/usr/lib/systemd/system/certbot-renew.service", EPEL_SERVICE)
        self.write("/etc/sysconfig/certbot", EPEL_OPTIONS % post_hook)
        self.enable("certbot-renew.timer", "/usr/lib/systemd/system")

    def add_pip(self):
        crontab = self.write("/etc/crontab", "SHELL=/bin/sh\n17 * * * * root cd / && run-parts "
                                             "--report /etc/cron.hourly\n" + PIP_LINE + "# end\n")
        os.chown(crontab, 0, 4)
        self.write("/var/spool/cron/crontabs/root", "# m h\n@daily certbot -q renew\r\n"
                   "0 4 * * * /usr/local/bin/backup\n7 7 * * * certbot renew", mode=0o600)

    # --- the state ---

    def tree(self):
        """Everything but the times of directories: path -> what it is."""
        found = {}
        for place in ("etc", "var", "usr"):
            for path in sorted((self.folder / place).rglob("*")):
                found[str(path.relative_to(self.folder))] = describe(path)
        return found


def describe(path):
    info = path.lstat()
    kind = stat.S_IFMT(info.st_mode)
    about = (info.st_mode, info.st_uid, info.st_gid)
    if kind == stat.S_IFDIR:
        return about
    body = os.readlink(path) if kind == stat.S_IFLNK else path.read_bytes()
    return (*about, info.st_mtime_ns, body)
