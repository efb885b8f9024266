"""Pritunl, seen through its program. The double was made from that program's source (github.com/pritunl/pritunl,
release 1.34): `get` and `set` print the setting."""

from .programs import Programs

HOST = "vpn.lab.test"

DOUBLE = r"""
[ "$1" = --conf ] && [ -e "$2" ] || exit 2
if [ "$3" = set ]; then
    printf %s "$5" > "$4"
    printf '%s = %s\nSuccessfully updated configuration\n' "$4" "$5"
elif [ -e "$4" ]; then
    printf '%s = %s\n' "$4" "$(cat "$4")"
else
    printf '%s = null\n' "$4"
fi
"""


class Pritunl:
    def __init__(self, folder, certbot):
        self.certbot = certbot
        self.programs = Programs(folder / "bin", certbot)
        self.programs.add("pritunl", DOUBLE)
        self.conf = folder / "pritunl.conf"
        self.conf.write_text("{}")

    def install(self, name=HOST, **options):
        return self.certbot.run("run", "-n", "-a", "standalone", "--http-01-port",
                                self.certbot.ca.http_port, "-i", "pritunl",
                                "--pritunl-conf-path", self.conf, "-d", name, **options)

    def renew(self, *args, **options):
        return self.certbot.run("renew", "--force-renewal", *args, **options)

    def path(self, setting):
        return self.programs.folder / f"app.{setting}"

    def has(self, name=HOST):
        lineage = self.certbot.lineage(name)
        return (self.path("server_cert").read_text().strip().encode()
                == lineage.read("fullchain").strip()
                and self.path("server_key").read_text().strip().encode()
                == lineage.read("privkey").strip())

    def sets(self):
        return [call.split()[3] for call in self.programs.calls("pritunl")
                if call.split()[2] == "set"]
