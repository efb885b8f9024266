"""Varnish with a working directory and ports of its own."""

import http.client
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from .process import Child, LabError, Part, free_port, require_program

PROGRAM = "/usr/sbin/varnishd"

VCL = """# The administrator's.
vcl 4.1;

backend default none;

sub vcl_recv {
    if (req.url == "/own") {
        return (synth(200, "own"));
    }
    return (synth(301, "elsewhere"));
}
"""


class Varnish(Part):
    """Debian's varnishd, on `port`; starts with the text in `vcl`. As on Debian it compiles as a
    user without rights, which a test's own folder shuts out."""

    def __init__(self, port=None, vcl=VCL):
        require_program(PROGRAM)
        self.port = port or free_port()
        self.vcl = vcl

    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix="varnish-"))
        self.folder.chmod(0o755)
        self.instance = self.folder / "instance"
        (self.folder / "start.vcl").write_text(self.vcl)
        self.child = Child([PROGRAM, "-F", "-n", self.instance, "-a", f"127.0.0.1:{self.port}",
                            "-f", self.folder / "start.vcl"], self.folder / "varnishd.log")
        try:
            self.child.await_true(self._answers, "answers", timeout=20)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def adm(self, *words, check=True):
        result = subprocess.run(["varnishadm", "-n", str(self.instance), *words], text=True,
                                capture_output=True, timeout=20)
        if check and result.returncode:
            raise LabError(f"varnishadm {words[0]}: {result.stdout}{result.stderr}")
        return result.stdout

    def _answers(self):
        try:
            return self.get("/own") == "own"
        except OSError:
            return False

    def get(self, path):
        """The reason phrase of the answer: what the VCL says itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().reason

    def loaded(self):
        """Names of the VCLs that Varnish has, without those it is about to forget."""
        return [row["name"] for row in json.loads(self.adm("vcl.list", "-j"))[3:]
                if row["status"] != "discarded"]

    def active(self):
        return next(row["name"] for row in json.loads(self.adm("vcl.list", "-j"))[3:]
                    if row["status"] == "active")
