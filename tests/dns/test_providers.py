"""Every fixture of tests/fixtures/dns against the double of its provider (tests/lab/provider_double)."""

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest

from lab import provider_cases
from lab.provider_double import ProviderDouble, matches

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/dns"
TOOL = os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")

# What the API of a provider is tested with at least; on pages too where its lists come so.
USUAL = {"happy-path", "zone-in-a-parent", "other-values-kept", "wrong-credentials", "rate-limit",
         "server-error-then-success", "malformed-json", "cleanup-after-failed-present", "rate-limit-that-lasts",
         "server-down", "redirect", "web-page-in-place-of-an-answer"}


# What cannot happen: neither zones nor other values, nothing to clean up, answers that are no JSON.
NO_ZONES = {"zone-in-a-parent", "other-values-kept", "cleanup-after-failed-present"}
# And these describe cases of their own, since nothing can be read.
OWN = {"rate-limit-that-lasts", "server-down", "redirect", "web-page-in-place-of-an-answer"}
LACKING = {"acmedns": NO_ZONES | OWN, "duckdns": NO_ZONES | OWN | {"malformed-json"},
           "joker": OWN | {"other-values-kept", "malformed-json"}}


def load_api(path):
    """The description of a provider's API."""
    spec = importlib.util.spec_from_file_location(f"fixture_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Api()


def load_cases():
    """All cases, by "provider/name"."""
    found = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text())
             for path in FIXTURES.glob("*/*.json")}
    for path in FIXTURES.glob("*.py"):
        for name, case in provider_cases.cases(load_api(path)):
            assert f"{path.stem}/{name}" not in found, f"two cases {path.stem}/{name}"
            found[f"{path.stem}/{name}"] = case
    return found


CASES = load_cases()


def arguments(case, provider, folder):
    """The command line of dns_tool for a case."""
    prefix = f"dns_{provider}_"
    args = [str(TOOL), "-c"]
    if "credentials" in case:
        path = folder / "credentials.ini"
        path.touch(mode=0o600)
        given = case["credentials"]
        text = given if isinstance(given, str) else \
            "".join(f"{prefix}{key.removeprefix(prefix)} = {value}\n" for key, value in given.items())
        path.write_text(text.replace("@HOME@", str(folder)))
        args += ["-s", f"{prefix}credentials={path}"]
    for dest, value in (case.get("settings") or {}).items():
        args += ["-s", f"{dest}={value}"]
    return [*args, f"dns-{provider}", *case["challenges"]]


def check_output(case, output):
    """The lines of the case must be there in their order."""
    lines = iter(output.splitlines())
    for wanted in case["output"]:
        assert any(matches(wanted, line) for line in lines), f"no line {wanted!r} in:\n{output}"
    # A removal that failed is told in a line of its own, and the tool goes on.
    for line in output.splitlines():
        if line.startswith("cleanup ") and line != "cleanup ok":
            assert any(matches(wanted, line) for wanted in case["output"]), f"{line!r} in:\n{output}"


def check_secrets(case, output):
    given = case.get("credentials", {})
    secrets = case.get("secrets", given.values() if isinstance(given, dict) else [])
    for secret in secrets:
        assert secret not in output, f"the secret {secret!r} was printed:\n{output}"


@pytest.mark.parametrize("name", sorted(CASES))
def test_provider(name, tmp_path):
    case, provider = CASES[name], name.split("/")[0]
    assert case["documented"].startswith("https://"), "a fixture says where its shapes are documented"
    for name, text in case.get("files", {}).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text.replace("@HOME@", str(tmp_path)))
    with ProviderDouble(case["calls"], any_order=len(case["challenges"]) > 1) as double:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TZ": "UTC", **double.environment,
               **{k: v.replace("@HOME@", str(tmp_path)) for k, v in case.get("environment", {}).items()}}
        run = subprocess.run(arguments(case, provider, tmp_path), env=env, timeout=60,
                             capture_output=True, text=True)
        output = run.stdout + run.stderr
        assert run.returncode == 0, output
        try:
            double.verify()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{output}") from None
    check_output(case, run.stdout)
    check_secrets(case, output)


def with_api():
    """Those behind an API by HTTP."""
    return {path.stem for path in (ROOT / "src/dns/providers").rglob("*.c")
            if "DNS_PLUGIN(" in path.read_text() or "DNS_SERVICE(" in path.read_text()
            } - {"acmesh", "cloudxns", "exec", "rfc2136"}


@pytest.mark.parametrize("provider", sorted(with_api()))
def test_every_provider_goes_through_the_usual_cases(provider):
    usual = USUAL - LACKING.get(provider, set())
    missing = usual - {name.split("/")[1] for name in CASES if name.startswith(f"{provider}/")}
    assert not missing, f"{provider} has no fixtures of {sorted(missing)}"


# What Certbot has too, what belongs to it, what takes several files, and what has a log-in of its own kind.
LARGER = {"aliyun", "cpanel", "directadmin", "namecheap", "oci", "plesk", "tencentcloud",
          "acmedns", "azure", "cloudflare", "digitalocean", "dnsimple", "dnsmadeeasy", "gehirn", "google",
         "linode", "luadns", "nsone", "ovh", "powerdns", "route53", "sakuracloud"}


@pytest.mark.parametrize("provider", sorted(with_api() - LARGER))
def test_a_provider_takes_less_than_250_lines_with_its_fixtures(provider):
    """Those that Certbot does not have; hetzner is the example of docs/dns-provider.md."""
    files = [*(ROOT / "src/dns/providers").rglob(f"{provider}.[ch]"), *FIXTURES.glob(f"{provider}*")]
    assert len(files) == 2
    assert sum(len(file.read_text().splitlines()) for file in files) < 250


# The providers of the beginning, with options and behaviour of their own.
FIRST = {"acmedns", "azure", "cloudflare", "dnsmadeeasy", "gehirn", "google", "nsone", "ovh", "powerdns", "route53"}


@pytest.mark.parametrize("provider", sorted(with_api() - FIRST))
def test_a_provider_takes_less_than_120_lines(provider):
    """What is longer has something that others can share."""
    [file] = (ROOT / "src/dns/providers").rglob(f"{provider}.c")
    assert len(file.read_text().splitlines()) < 120
