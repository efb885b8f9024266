"""Bytes in the value of a credential that would end a header or a parameter of the requests."""

import os
import subprocess
from pathlib import Path

import pytest

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")


def configure(path, text):
    path.touch(mode=0o600)
    path.write_bytes(text)
    return subprocess.run([TOOL, "-c", "-s", f"dns_vultr_credentials={path}", "dns-vultr",
                           "example.com=v"], capture_output=True, text=True, timeout=20).stdout


@pytest.mark.parametrize("value, wrong", [
    (b"ab\rcd", "a control character"), (b"ab\x1bcd", "a control character"), (b"ab\x7fcd", "a control character"),
    (b"'''ab\ncd'''", "a line break"), (b"'''ab\r\ncd'''", "a"),
])
def test_a_value_with_one_is_refused_by_its_file_and_key(value, wrong, tmp_path):
    path = tmp_path / "credentials.ini"
    output = configure(path, b"dns_vultr_key = " + value + b"\n")
    assert f"configure {path}: the value of dns_vultr_key has {wrong}" in output and "(byte 3)" in output
    assert "[hint: write the value again, on one line] (config)" in output and "cd" not in output


def test_a_file_with_a_nul_is_refused_by_its_key(tmp_path):
    path = tmp_path / "credentials.ini"
    output = configure(path, b"# mine\ndns_vultr_key = ab\0cd\n")
    assert f"'{path}' has a NUL byte in the line of dns_vultr_key [hint: " in output and "ab" not in output.split("[")[0][-40:]
    output = configure(path, "dns_vultr_key = abcd\n".encode("utf-16-le"))
    assert f"'{path}' has a NUL byte" in output


def test_the_end_of_a_line_is_not_one_of_them(tmp_path):
    assert "control character" not in configure(tmp_path / "credentials.ini", b"dns_vultr_key = abcd\r\n")
