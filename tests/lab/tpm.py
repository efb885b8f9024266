"""A TPM of software, which OpenSSL's provider for TPMs talks to."""

from .process import Child, Part, accepts, free_port, require_program, start_with_ports

PROGRAM = "/usr/bin/swtpm"
# As docs/ has it. The TPM is for its keys; digests come from OpenSSL.
OPENSSL_CONF = """openssl_conf = openssl_init
[openssl_init]
providers = providers
alg_section = algorithms
[providers]
default = active
tpm2 = active
[active]
activate = 1
[algorithms]
default_properties = ?tpm2.digest!=yes,?provider=tpm2
"""
PROVIDERS = ("-provider", "tpm2", "-provider", "default")


class Tpm(Part):
    """`environment` is for programs that are to use it."""

    def __init__(self, folder):
        self.folder = folder
        self.port = None

    @property
    def environment(self):
        return {"TPM2OPENSSL_TCTI": f"swtpm:port={self.port}"}

    def start(self):
        require_program(PROGRAM)
        require_program("/usr/lib/x86_64-linux-gnu/ossl-modules/tpm2.so")
        self.folder.mkdir(exist_ok=True)
        start_with_ports(self._start)
        return self

    def _start(self):
        self.port = free_port()
        while accepts(self.port + 1):  # the control port is found by its number
            self.port = free_port()
        self.child = Child([PROGRAM, "socket", "--tpm2", "--tpmstate", f"dir={self.folder}",
                            "--server", f"type=tcp,port={self.port}",
                            "--ctrl", f"type=tcp,port={self.port + 1}",
                            "--flags", "not-need-init,startup-clear"], self.folder / "swtpm.log")
        # A connection to the other port would be taken for that of a program, the only one it has.
        self.child.await_port(self.port + 1)
