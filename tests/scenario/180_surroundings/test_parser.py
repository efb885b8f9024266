"""Bodies from outside are not parsed in the process that can read the keys."""

import subprocess

import pytest

# Writes down what is given to the parsers of the libraries, in each process that gets LD_PRELOAD: that is
# the parent alone, for its children start with a clean environment.
RECORDER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static void record(const void *bytes, size_t len)
{
	int fd = open(getenv("PARSED"), O_WRONLY | O_APPEND | O_CREAT, 0600);

	(void)!write(fd, bytes, len);
	(void)!write(fd, "\n", 1);
	close(fd);
}

void *json_loadb(const char *text, size_t len, size_t flags, void *error)
{
	static void *(*real)(const char *, size_t, size_t, void *);

	record(text, len);
	if (!real)
		real = (void *(*)(const char *, size_t, size_t, void *))dlsym(RTLD_NEXT, "json_loadb");
	return real(text, len, flags, error);
}

void *d2i_OCSP_RESPONSE(void **out, const unsigned char **in, long len)
{
	static void *(*real)(void **, const unsigned char **, long);

	record("an OCSP response", 16);
	if (!real)
		real = (void *(*)(void **, const unsigned char **, long))dlsym(RTLD_NEXT,
									       "d2i_OCSP_RESPONSE");
	return real(out, in, len);
}
"""
# What directories, orders, authorizations and accounts of a CA have, and no file of ours.
OF_THE_CA = ("newNonce", "finalize", "challenges", '"orders"')


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorder")
    (folder / "recorder.c").write_text(RECORDER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "recorder.so", folder / "recorder.c", "-ldl"],
                   check=True)
    return folder / "recorder.so"


def test_the_parent_parses_nothing_that_a_ca_sends(certbot, dns_hook, recorder, tmp_path):
    parsed = tmp_path / "parsed"
    env = {"LD_PRELOAD": str(recorder), "PARSED": str(parsed)}
    certbot.run("certonly", "-n", "--manual", "--preferred-challenges", "dns",
                "--manual-auth-hook", dns_hook, "-d", "a.example", env=env)
    certbot.run("renew", "--force-renewal", env=env)
    assert certbot.lineage("a.example").version() == 2
    text = parsed.read_text()
    assert '"kty"' in text or '"n"' in text or "creation_host" in text  # it was there to see
    assert not [word for word in OF_THE_CA if word in text]


def test_a_parser_that_is_killed_costs_nothing(certbot, dns_hook, tmp_path):
    """The hook kills it between two answers of the CA; the next answer starts another."""
    killer = tmp_path / "killer"
    killed = tmp_path / "killed"
    killer.write_text(f"""#!/bin/sh
zygote=$(cat /proc/$PPID/task/*/children)
for pid in $(cat /proc/${{zygote%% *}}/task/*/children); do
    if [ "$(tr '\\0' '\\n' < /proc/$pid/cmdline | head -n 1)" = "certbot: parser" ]; then
        kill -9 "$pid" && echo "$pid" >> {killed}
    fi
done
exec {dns_hook}
""")
    killer.chmod(0o755)
    certbot.run("certonly", "-n", "--manual", "--preferred-challenges", "dns",
                "--manual-auth-hook", killer, "-d", "a.example")
    assert len(killed.read_text().split()) == 1
    certbot.lineage("a.example").verify("a.example")
