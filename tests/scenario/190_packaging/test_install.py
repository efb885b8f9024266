"""What `meson install` gives a packager."""

import os
import re
import shutil
from pathlib import Path

import pytest

from lab.certbot import OUR_PROGRAM, ROOT, execute

BUILD = Path(os.environ.get("CERTBOT_BUILD_DIR", OUR_PROGRAM.parents[2]))
PREFIX = "/usr/local"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The root that everything was installed below."""
    root = tmp_path_factory.mktemp("root")
    result = execute(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root],
                     env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert result.rc == 0, result
    return Path(f"{root}{PREFIX}")


def test_demo_builds_the_program_alone_and_tells_its_time(tmp_path):
    """What ninja was asked for is told by a program in its place."""
    asked = tmp_path / "asked"
    ninja = tmp_path / "ninja"
    ninja.write_text(f'#!/bin/sh\necho "$@" >>{asked}\nexec {shutil.which("ninja")} "$@"\n')
    ninja.chmod(0o755)
    result = execute([ROOT / "scripts/demo"],
                     env={**os.environ, "CERTBOT_BUILD_DIR": str(BUILD), "TMPDIR": str(tmp_path),
                          "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert result.rc == 0, result
    assert "Successfully received certificate." in result.out
    assert all(line.endswith(" src/cli/certbot") for line in asked.read_text().splitlines())
    assert re.search(r"^demo: took \d+ seconds, \d+ of them to install and build$", result.out,
                     re.MULTILINE)


def test_everything_is_there_and_nothing_else(installed):
    found = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    plugin_pages = {name for name in found if name.startswith("share/man/man7/certbot-")}
    assert "share/man/man7/certbot-dns-route53.7" in plugin_pages
    assert found - plugin_pages == {
        "bin/certbot", "lib/systemd/system/certbot.service", "lib/systemd/system/certbot.timer",
        "lib/systemd/system/certbot-fleet.service", "lib/systemd/system/certbot-notify.service",
        "lib/systemd/system/certbot-notify.timer",
        "share/bash-completion/completions/certbot.bash", "share/doc/certbot/options.md",
        "share/fish/vendor_completions.d/certbot.fish", "share/zsh/site-functions/_certbot",
        "share/man/man1/certbot.1",
        "lib/sysusers.d/certbot.conf"}


def test_the_program_needs_nothing_of_the_build_folder(installed, tmp_path):
    result = execute([installed / "bin/certbot", "--version"], cwd=tmp_path,
                     env={"PATH": "/usr/bin:/bin"})
    assert result.out.startswith("certbot ")
    program = (installed / "bin/certbot").read_bytes()
    assert str(BUILD).encode() not in program
    # Names of source files do not tell where the build folder lies, so that builds are equal.
    assert b"\0src/cli/main.c\0" in program
    assert b"../src/" not in program


def test_the_program_is_hardened(installed):
    """Position-independent, read-only after relocation, guarded stack, checked string functions."""
    told = execute(["readelf", "-W", "-h", "-l", "-d", "-s", installed / "bin/certbot"]).out
    for sign in (r"Type: +DYN", "GNU_RELRO", r"FLAGS_1\).*NOW", "__stack_chk_fail", "__snprintf_chk|"
                 "__vsnprintf_chk|__memcpy_chk", r"GNU_STACK .* RW +0x"):
        assert re.search(sign, told), sign


def test_libraries_of_the_network_are_loaded_when_needed(installed):
    told = execute(["readelf", "-d", installed / "bin/certbot"]).out
    needed = re.findall(r"NEEDED.*\[(.*)\]", told)
    assert "libc.so.6" in needed
    assert not [name for name in needed if re.match("lib(curl|idn2|expat|nghttp2)", name)]


def test_the_timer_starts_the_installed_program(installed):
    units = installed / "lib/systemd/system"
    service = (units / "certbot.service").read_text()
    assert re.search(rf"^ExecStart={PREFIX}/bin/certbot -q renew", service, re.MULTILINE)
    watch = (units / "certbot-notify.service").read_text()
    assert re.search(rf"^ExecStart={PREFIX}/bin/certbot -q notify watch$", watch, re.MULTILINE)
    for name in "certbot.timer", "certbot-notify.timer":
        assert "WantedBy=timers.target" in (units / name).read_text()


@pytest.mark.parametrize("typed,offered", [
    ("ren", {"renew"}), ("certonly --standa", {"--standalone"}),
    ("certonly --key-type ", {"rsa", "ecdsa"}), ("certonly -w /us", {"/usr"}), ("-n ren", {"renew"}),
    ("fleet snippet ", {"nginx", "varnish"}), ("dns-persist ", {"show", "check", "write"}),
    ("import lego /us", {"/usr"}), ("certonly -a stand", {"standalone"}), ("run -i ngi", {"nginx"}),
    ("renew ", {""})])
def test_completion_in_bash(installed, typed, offered):
    words = typed.split(" ")
    script = (f"source {installed}/share/bash-completion/completions/certbot.bash\n"
              "function_name=$(complete -p certbot | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
              "COMP_WORDS=(certbot \"$@\") COMP_CWORD=$#\n"
              "$function_name certbot \"${@: -1}\" \"${@: -2:1}\"\n"
              "printf '%s\\n' \"${COMPREPLY[@]}\"\n")
    result = execute(["bash", "-c", script, "bash", *words], env={"PATH": "/usr/bin:/bin"})
    assert offered <= {word.strip() for word in result.out.splitlines()}, result


# Of those above, what the other shells show as well.
SHELL_ROWS = (("ren", "renew"), ("certonly --key-type e", "ecdsa"), ("certonly --standa", "--standalone"),
              ("certonly -a stand", "standalone"), ("fleet-sta", "fleet-status"))


@pytest.mark.parametrize("typed,offered", SHELL_ROWS)
def test_completion_in_fish(installed, typed, offered):
    script = f"source {installed}/share/fish/vendor_completions.d/certbot.fish; complete -C 'certbot {typed}'"
    told = execute(["fish", "--no-config", "-c", script])
    assert offered in {line.split("\t")[0] for line in told.out.splitlines()}, told


# A shell with a terminal, in which the words are typed, and the tabulator after them. It then prints the
# line instead of running it.
ZSH_SCRIPT = r"""
zmodload zsh/zpty
zpty z "COLUMNS=200 TERM=dumb zsh -f -i"
zpty -w z "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $2/dump; print -r rea''dy"
zpty -r -m z ready '*ready*'
zpty -n -w z "certbot $3"$'\t\x01'"print -r -- RESULT "$'\x05'"; print -r do''ne"$'\n'
zpty -r -m z line '*done*' && print -r -- "$line"
zpty -d z
"""


@pytest.mark.parametrize("typed,offered", SHELL_ROWS)
def test_completion_in_zsh(installed, tmp_path, typed, offered):
    told = execute(["zsh", "-f", "-c", ZSH_SCRIPT, "zsh", installed / "share/zsh/site-functions", tmp_path,
                    typed, offered], timeout=30)
    assert re.search(rf"^RESULT certbot .*{offered}", told.out, re.MULTILINE), told
