"""Every fixture of tests/fixtures/dns against the double of its provider (tests/lab/provider_double)."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from lab.provider_double import ProviderDouble, matches

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/dns"
TOOL = os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")
CASES = sorted(FIXTURES.glob("*/*.json"))


def arguments(case, provider, folder):
    """The command line of dns_tool for a case."""
    prefix = f"dns_{provider}_"
    args = [str(TOOL), "-c"]
    if "credentials" in case:
        path = folder / "credentials.ini"
        path.touch(mode=0o600)
        given = case["credentials"]
        text = given if isinstance(given, str) else \
            "".join(f"{key} = {value}\n" for key, value in given.items())
        path.write_text(text.replace("@HOME@", str(folder)))
        args += ["-s", f"{prefix}credentials={path}"]
    for dest, value in case.get("settings", {}).items():
        args += ["-s", f"{dest}={value}"]
    return [*args, f"dns-{provider}", *case["challenges"]]


def check_output(case, output):
    """The lines of the case must be there in their order."""
    lines = iter(output.splitlines())
    for wanted in case["output"]:
        assert any(matches(wanted, line) for line in lines), f"no line {wanted!r} in:\n{output}"


def check_secrets(case, output):
    given = case.get("credentials", {})
    secrets = case.get("secrets", given.values() if isinstance(given, dict) else [])
    for secret in secrets:
        assert secret not in output, f"the secret {secret!r} was printed:\n{output}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_provider(path, tmp_path):
    case = json.loads(path.read_text())
    assert case["documented"].startswith("https://"), "a fixture says where its shapes are documented"
    for name, text in case.get("files", {}).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text.replace("@HOME@", str(tmp_path)))
    with ProviderDouble(case["calls"]) as double:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TZ": "UTC", **double.environment,
               **{k: v.replace("@HOME@", str(tmp_path)) for k, v in case.get("environment", {}).items()}}
        run = subprocess.run(arguments(case, path.parent.name, tmp_path), env=env, timeout=60,
                             capture_output=True, text=True)
        output = run.stdout + run.stderr
        assert run.returncode == 0, output
        try:
            double.verify()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{output}") from None
    check_output(case, run.stdout)
    check_secrets(case, output)


def test_every_provider_with_an_api_has_fixtures():
    names = {path.stem for path in (ROOT / "src/dns/providers").glob("*.c")
             if "base_url" in path.read_text()}
    assert names <= {path.parent.name for path in CASES}
