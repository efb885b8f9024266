"""HAProxy answers challenges, serves certificates by name, and takes new ones without a reload."""

import contextlib

import pytest

from lab import trace
from lab.changes import changes
from lab.haproxy import DEFAULTS, FORWARDING, HAProxy, PLAIN, TLS
from lab.mail import shown_leaf
from lab.process import Child, free_port

A, B = "a.lab.test", "b.lab.test"


@pytest.fixture
def start(pebble):
    """Starts HAProxy where the CA looks, or with own_port in addition to the port of standalone."""
    with contextlib.ExitStack() as stack:
        def start(*args, own_port=False, **options):
            port = free_port() if own_port else pebble.http_port
            return stack.enter_context(HAProxy(port, *args, **options))
        yield start


def words(names):
    return [word for name in names for word in ("-d", name)]


def obtain(certbot, haproxy, *names, options=(), **run_options):
    return certbot.run("run", "-n", "--haproxy", *haproxy.options(), *options, *words(names),
                       **run_options)


def install(certbot, haproxy, *names, options=(), **run_options):
    """By another authenticator: HAProxy has a port of its own."""
    return certbot.run("run", "-n", "-a", "standalone", "-i", "haproxy", *haproxy.options(),
                       "--http-01-port", certbot.ca.http_port, *options, *words(names), **run_options)


def leaf_of(certbot, name):
    return certbot.lineage(name).cert


def renew(certbot, **run_options):
    return certbot.run("renew", "--force-renewal", **run_options)


def test_obtains_and_installs_and_goes_back(certbot, start):
    haproxy = start()
    before = haproxy.config.read_bytes()
    haproxy.certs.rmdir()  # no package makes it
    obtain(certbot, haproxy, A, "www." + A)
    assert haproxy.certs.stat().st_mode & 0o777 == 0o750
    after = haproxy.config.read_text()
    assert [line for line in after.splitlines() if line not in before.decode().splitlines()] == [
        f"    bind 127.0.0.1:{haproxy.https} ssl crt {haproxy.certs} alpn h2,http/1.1"]
    obtain(certbot, haproxy, B)
    assert haproxy.config.read_text() == after
    for name in (A, B):
        haproxy.await_leaf(leaf_of(certbot, name), name)
    assert (haproxy.certs / f"{A}.pem").stat().st_mode & 0o777 == 0o600
    certbot.run("rollback", *haproxy.options(), "--haproxy")
    assert haproxy.config.read_bytes() == before
    assert haproxy.get() == (200, "site")


def test_a_directory_that_cannot_be_made_costs_no_order(certbot, pebble, start):
    haproxy = start()
    haproxy.certs.rmdir()
    haproxy.certs.write_text("")
    result = obtain(certbot, haproxy, A, check=1)
    assert f"'{haproxy.certs}'" in result.err and "--haproxy-crt-dir" in result.err
    assert not pebble.new_requests()


def test_an_installation_is_undone_and_that_undone(certbot, start):
    haproxy = start()
    before = haproxy.config.read_bytes()
    obtain(certbot, haproxy, A)
    after = haproxy.config.read_bytes()
    [number] = [change["number"] for change in changes(certbot) if change["plugin"] == "haproxy"]
    # Without a word about HAProxy: the record has the options.
    certbot.run("undo", "-n", str(number))
    assert haproxy.config.read_bytes() == before
    assert haproxy.get() == (200, "site")
    certbot.run("undo", "-n")
    assert haproxy.config.read_bytes() == after
    haproxy.await_leaf(leaf_of(certbot, A), A)
    haproxy.config.write_bytes(after + b"# mine\n")
    result = certbot.run("undo", "-n", check=False)
    assert result.rc == 1 and f"'{haproxy.config}'" in result.err, result


# --- renewal ---

def test_renews_without_a_reload_by_the_runtime_interface(certbot, start):
    haproxy = start(TLS, own_port=True, ready=False)
    for name in (A, B):
        install(certbot, haproxy, name)
    haproxy.start()
    worker = haproxy.worker()
    first = leaf_of(certbot, A)
    assert haproxy.leaf(A) == first and haproxy.leaf(B) == leaf_of(certbot, B)
    renew(certbot)
    assert leaf_of(certbot, A) != first
    for name in (A, B):
        assert haproxy.leaf(name) == leaf_of(certbot, name)
    assert haproxy.worker() == worker
    haproxy.reload()
    assert haproxy.leaf(A) == leaf_of(certbot, A)


@pytest.mark.parametrize("verb", ("renew", "run"))
def test_a_certificate_that_another_program_renewed_is_served(certbot, start, verb):
    haproxy = start(TLS, own_port=True, ready=False)
    install(certbot, haproxy, A)
    haproxy.start()
    first = leaf_of(certbot, A)
    certbot.certonly(A, options=("--cert-name", "other", "--duplicate"))
    certbot.lineage(A).take(certbot.lineage("other"))
    assert leaf_of(certbot, A) != first and haproxy.leaf(A) == first
    assert certbot.run("certificates", server=False).out.count("(not up to date)") == 1
    if verb == "run":
        install(certbot, haproxy, A, options=("--cert-name", A, "--keep"))
    else:
        certbot.run("renew")
    assert haproxy.leaf(A) == leaf_of(certbot, A) != first
    conf = certbot.lineage(A).conf()
    assert "_pending" not in conf
    assert "(not up to date)" not in certbot.run("certificates", server=False).out
    certbot.run("renew")
    assert certbot.lineage(A).conf() == conf


@pytest.mark.parametrize("options", (
    {"level": "operator"},
    {"more": "    tune.bufsize 2048"},
    {"level": "operator", "master_socket": False},
), ids=("no-rights", "too-big", "signal"))
def test_reloads_once_where_the_interface_does_not_serve(certbot, start, options):
    haproxy = start(TLS, own_port=True, ready=False, **options)
    for name in (A, B):
        install(certbot, haproxy, name)
    haproxy.start()
    worker, reloads = haproxy.worker(), haproxy.reloads()
    renew(certbot)
    for name in (A, B):
        haproxy.await_leaf(leaf_of(certbot, name), name)
    assert haproxy.worker() != worker
    assert haproxy.reloads() == reloads + 1


LIST = TLS.replace("ssl crt {certs}", "ssl crt-list {certs}/../list")


def listed(start, *lines, **options):
    """HAProxy with a list of certificates instead of a directory."""
    haproxy = start(LIST, own_port=True, ready=False, **options)
    own = haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    (haproxy.root / "list").write_text("# Mine.\n" + "".join(
        line.format(own=own, certs=haproxy.certs) + "\n" for line in lines or ("{own}",)))
    return haproxy


@pytest.mark.parametrize("kind", ("directory", "list"))
def test_a_certificate_for_new_names_needs_no_reload_either(certbot, start, kind):
    if kind == "directory":
        haproxy = start(TLS, own_port=True, ready=False)
        haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    else:
        haproxy = listed(start, "{own} [alpn h2] own.lab.test")
    crt_list = haproxy.root / "list"
    haproxy.start()
    worker, config = haproxy.worker(), haproxy.config.read_bytes()
    before = crt_list.read_bytes() if crt_list.exists() else None
    for name in (A, B):
        result = install(certbot, haproxy, name)
        assert haproxy.leaf(name) == leaf_of(certbot, name), result
    assert haproxy.leaf("own.lab.test").subject.rfc4514_string() == "CN=own"
    renew(certbot)
    for name in (A, B):
        assert haproxy.leaf(name) == leaf_of(certbot, name)
    # Asked for once more, it is shown already, and is not there twice.
    install(certbot, haproxy, A, options=("--reinstall",))
    assert haproxy.worker() == worker and haproxy.config.read_bytes() == config
    shown = haproxy.ask(f"show ssl crt-list {haproxy.certs}{'/../list' if before else ''}")
    assert shown.count(f"{haproxy.certs}/{A}.pem") == 1
    haproxy.reload()
    for name in (A, B):
        assert haproxy.leaf(name) == leaf_of(certbot, name)
    if before:
        certbot.run("rollback", "--checkpoints", "2", *haproxy.options(), "--haproxy")
        assert crt_list.read_bytes() == before
        haproxy.await_leaf(haproxy.leaf("own.lab.test"), A)


@pytest.mark.parametrize("second", ("{certs}/../certs alpn h2", "{certs}/../link", "{certs} alpn h2"))
def test_a_directory_may_be_spelled_in_several_ways(certbot, start, second):
    """HAProxy has a certificate for each spelling then, and all of them are replaced."""
    other = free_port()
    haproxy = start(TLS.replace("    acl", f"    bind 127.0.0.1:{other} ssl crt {second}\n    acl", 1),
                    own_port=True, ready=False)
    (haproxy.root / "link").symlink_to(haproxy.certs)
    haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    haproxy.start()
    worker = haproxy.worker()
    install(certbot, haproxy, A)
    for port in (haproxy.https, other):
        assert shown_leaf(port, A) == leaf_of(certbot, A)
    renew(certbot)
    for port in (haproxy.https, other):
        assert shown_leaf(port, A) == leaf_of(certbot, A)
    assert haproxy.worker() == worker


@pytest.mark.parametrize("options", (
    {"level": "operator"},
    {"more": "    tune.bufsize 2048"},
), ids=("no-rights", "too-big"))
@pytest.mark.parametrize("kind", ("directory", "list"))
def test_a_certificate_for_new_names_is_read_by_a_reload_else(certbot, start, kind, options):
    if kind == "list":
        haproxy = listed(start, **options)
    else:
        haproxy = start(TLS, own_port=True, ready=False, **options)
        haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    haproxy.start()
    worker = haproxy.worker()
    install(certbot, haproxy, A)
    haproxy.await_leaf(leaf_of(certbot, A), A)
    assert haproxy.worker() != worker


def test_a_line_for_the_same_name_in_a_list_makes_place(certbot, start):
    haproxy = listed(start, "{own}", "{certs}/old.pem [alpn h2] " + A, "{certs}/wide.pem")
    haproxy.own_pem(haproxy.certs / "old.pem", A)
    haproxy.own_pem(haproxy.certs / "wide.pem", B, "c.lab.test")
    haproxy.start()
    worker = haproxy.worker()
    for name in (A, B):
        install(certbot, haproxy, name)
        haproxy.await_leaf(leaf_of(certbot, name), name)
    assert haproxy.worker() != worker
    certs = haproxy.certs
    assert (haproxy.root / "list").read_text() == (
        f"# Mine.\n{certs}/own.pem\n{certs}/{A}.pem [alpn h2] {A}\n{certs}/{B}.pem\n"
        f"{certs}/wide.pem\n")
    assert haproxy.leaf("c.lab.test").subject.rfc4514_string() == "CN=own"


def test_a_change_by_hand_that_was_not_read_is_read_with_a_new_certificate(certbot, start):
    """The directory is in the file, but the running process has not heard of it."""
    haproxy = start(TLS, own_port=True, ready=False)
    haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    text = haproxy.config.read_text()
    haproxy.config.write_text(text.replace(f"crt {haproxy.certs}", f"crt {haproxy.certs}/own.pem"))
    haproxy.start()
    haproxy.config.write_text(text)
    worker = haproxy.worker()
    install(certbot, haproxy, A)
    haproxy.await_leaf(leaf_of(certbot, A), A)
    assert haproxy.worker() != worker


def test_leaves_somebody_elses_replacement_alone(certbot, start):
    haproxy = start(TLS, own_port=True, ready=False)
    own = haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    install(certbot, haproxy, A)
    haproxy.start()
    worker = haproxy.worker()
    assert "created" in haproxy.ask(f"set ssl cert {own} <<\n{own.read_text()}")
    renew(certbot)
    haproxy.await_leaf(leaf_of(certbot, A), A)
    assert haproxy.worker() != worker


def test_a_replacement_of_ours_that_was_not_finished_is_taken_back(certbot, start):
    """What a run leaves that is killed between `set ssl cert` and `commit ssl cert`."""
    haproxy = start(TLS, own_port=True, ready=False)
    install(certbot, haproxy, A)
    haproxy.start()
    worker, path = haproxy.worker(), haproxy.certs / f"{A}.pem"
    pem = path.read_text().replace("\n\n", "\n")
    assert "created" in haproxy.ask(f"set ssl cert {path} <<\n{pem}")
    renew(certbot)
    assert haproxy.leaf(A) == leaf_of(certbot, A) and haproxy.worker() == worker
    assert "*" not in haproxy.ask("show ssl cert")


def test_a_stopped_haproxy_is_configured_all_the_same(certbot, start):
    haproxy = start(TLS, own_port=True, ready=False)
    assert "not running" in install(certbot, haproxy, A).err
    haproxy.start()
    assert haproxy.leaf(A) == leaf_of(certbot, A)


# --- deleting ---

def test_a_certificate_that_a_list_names_is_not_deleted(certbot, start):
    """HAProxy would not start again. The list names it from crt-base, the conf says where the list is."""
    haproxy = listed(start, more="    crt-base /etc/ssl").start()
    install(certbot, haproxy, A)
    crt_list = haproxy.root / "list"
    text = crt_list.read_text()
    for line in (f"{haproxy.certs}/{A}.pem", f"certs/{A}.pem [alpn h2] {A}"):
        crt_list.write_text(f"# {haproxy.certs}/{A}.pem\n{haproxy.certs}/own.pem\n{line}\n")
        result = certbot.run("delete", "-n", "--cert-name", A, check=1)
        assert f"its files are still used in\n  {haproxy.root}/list:3\n" in result.err
        assert (haproxy.certs / f"{A}.pem").exists() and certbot.lineage(A).live.exists()
    crt_list.write_text(text.replace(f"{haproxy.certs}/{A}.pem\n", f"# {haproxy.certs}/{A}.pem\n"))
    certbot.run("delete", "-n", "--cert-name", A)
    assert not (haproxy.certs / f"{A}.pem").exists() and haproxy.accepts_config()


def test_the_last_certificate_of_a_directory_is_not_deleted(certbot, start):
    haproxy = start(TLS, own_port=True, ready=False)
    for name in (A, B):
        install(certbot, haproxy, name)
    certbot.run("delete", "-n", "--cert-name", A)
    assert not (haproxy.certs / f"{A}.pem").exists() and haproxy.accepts_config()
    result = certbot.run("delete", "-n", "--cert-name", B, check=1)
    assert f"its files are still used in\n  {haproxy.config}:" in result.err
    assert haproxy.accepts_config() and certbot.lineage(B).live.exists()
    certbot.run("delete", "-n", "--cert-name", B, "--force")
    assert not haproxy.accepts_config()


# --- configurations ---

def test_a_file_for_the_same_name_makes_place(certbot, start):
    haproxy = start(PLAIN.replace("    acl", "    bind 127.0.0.1:{https} ssl crt {certs}/own.pem "
                                  "crt {certs}/other.pem\n    acl", 1), own_port=True, ready=False)
    haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
    haproxy.own_pem(haproxy.certs / "other.pem", A)
    haproxy.start()
    install(certbot, haproxy, A)
    assert f"crt {haproxy.certs}/own.pem crt {haproxy.certs}/{A}.pem\n" in haproxy.config.read_text()
    haproxy.await_leaf(leaf_of(certbot, A), A)
    assert haproxy.leaf().subject.rfc4514_string() == "CN=own"


def test_what_haproxy_refuses_is_undone(certbot, start):
    haproxy = start()
    (haproxy.certs / "README").write_text("not a certificate\n")
    before = haproxy.config.read_bytes()
    result = obtain(certbot, haproxy, A, check=1)
    assert f"{haproxy.certs}/README" in result.err
    assert haproxy.config.read_bytes() == before
    assert haproxy.get() == (200, "site")
    (haproxy.certs / "README").unlink()
    certbot.run("install", "-n", "--haproxy", *haproxy.options(), "--cert-name", A)
    haproxy.await_leaf(leaf_of(certbot, A), A)


def test_a_port_that_something_else_has_is_not_taken(certbot, start):
    haproxy = start(PLAIN + """
listen through
    mode tcp
    bind 127.0.0.1:{https}
    server s 127.0.0.1:9
""")
    before = haproxy.config.read_bytes()
    result = obtain(certbot, haproxy, A, check=1)
    assert "belongs to 'through'" in result.err
    assert haproxy.config.read_bytes() == before


def test_several_files_are_one_configuration(certbot, start):
    haproxy = start()
    sites = haproxy.root / "sites"
    sites.mkdir()
    text = haproxy.config.read_text()
    at = text.index("frontend web")
    haproxy.config.write_text(text[:at])
    (sites / "10-web.cfg").write_text(text[at:])
    haproxy.stop_only()
    haproxy.start("-f", sites)
    obtain(certbot, haproxy, A, options=("--haproxy-config", sites))
    haproxy.await_leaf(leaf_of(certbot, A), A)
    assert haproxy.config.read_text() == text[:at]


def test_without_a_master_it_is_not_signalled(certbot, start):
    haproxy = start(TLS, own_port=True, ready=False, level="operator", master_socket=False)
    install(certbot, haproxy, A)
    haproxy.start(mode="-db")
    (haproxy.folder / "pid").write_text(f"{haproxy.child.pid}\n")
    result = renew(certbot, check=1)
    assert "without a master process" in result.err and "-Ws" in result.err
    assert haproxy.get() == (200, "site")


def test_an_old_pid_file_is_not_believed(certbot, start, tmp_path):
    haproxy = start(TLS, own_port=True, ready=False, master_socket=False)
    other = Child(["sh", "-c", "sleep 60; true", "sh", "-W"], tmp_path / "other.log")
    (haproxy.folder / "pid").write_text(f"{other.pid}\n")
    assert "not running" in install(certbot, haproxy, A).err
    assert other.running()
    other.stop()


# --- challenges ---

REDIRECT = "    http-request redirect scheme https unless { ssl_fc }\n"


@pytest.mark.parametrize("text", (
    PLAIN.replace("    acl", REDIRECT + "    acl", 1),
    "\ndefaults strict" + DEFAULTS + REDIRECT + PLAIN.replace("frontend web", "frontend web from strict")
    .replace("\nbackend site\n", "\ndefaults" + DEFAULTS + "backend site\n"),
), ids=("its-own", "of-its-defaults"))
def test_answers_before_a_redirect(certbot, start, text):
    haproxy = start(text)
    before = haproxy.config.read_bytes()
    certbot.run("certonly", "-n", "-a", "haproxy", *haproxy.options(), "-d", A)
    assert haproxy.config.read_bytes() == before
    assert haproxy.get("/.well-known/acme-challenge/x")[0] == 302


def test_answers_behind_a_backend_without_an_edit(certbot, start):
    haproxy = start(FORWARDING)
    worker = haproxy.worker()
    certbot.run("certonly", "-n", "-a", "haproxy", *haproxy.options(), "-d", A)
    assert haproxy.worker() == worker
    assert haproxy.get("/.well-known/acme-challenge/x")[0] == 503


def test_a_conf_of_the_old_plugin_renews(certbot, start):
    haproxy = start(FORWARDING.replace("    acl", "    bind 127.0.0.1:{https} ssl crt {certs}\n    acl", 1),
                    ready=False)
    haproxy.own_pem(haproxy.certs / "__fallback.pem", "fallback")
    haproxy.start()
    obtain(certbot, haproxy, A, "www." + A)
    # It made a file for each name.
    copy = haproxy.certs / f"www.{A}.pem"
    copy.write_bytes((haproxy.certs / f"{A}.pem").read_bytes())
    haproxy.reload()
    conf = certbot.config_dir / "renewal" / f"{A}.conf"
    text = conf.read_text()
    for old, new in (("authenticator = haproxy", "authenticator = certbot-haproxy:haproxy-authenticator"),
                     ("installer = haproxy", "installer = certbot-haproxy:haproxy-installer"),
                     ("haproxy_config =", "certbot_haproxy:haproxy_installer_haproxy_config ="),
                     ("haproxy_crt_dir =", "certbot_haproxy:haproxy_installer_haproxy_crt_dir ="),
                     ("haproxy_http_01_port =", "certbot_haproxy:haproxy_authenticator_haproxy_http_01_port =")):
        assert old in text, old
        text = text.replace(old, new)
    conf.write_text(text.replace(f"= {haproxy.config},", f"= {haproxy.config}"))
    haproxy.await_leaf(leaf_of(certbot, A), A)
    worker = haproxy.worker()
    renew(certbot)
    for name in (A, "www." + A):
        assert haproxy.leaf(name) == leaf_of(certbot, A)
    assert haproxy.worker() == worker
    assert copy.read_bytes() == (haproxy.certs / f"{A}.pem").read_bytes()


# --- interruptions ---

@pytest.mark.parametrize("kind", ("answers", "directory", "list"))
def test_kill(certbot, start, kind):
    """Wherever it is killed, the next run leaves the old or the new configuration, and finishes. It
    answers challenges; or it is only to take the new certificate."""
    if kind == "answers":
        haproxy, how = start(), ("--haproxy",)
    else:
        haproxy = listed(start) if kind == "list" else start(TLS, own_port=True, ready=False)
        haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
        haproxy.start()
        how = ("-a", "standalone", "-i", "haproxy")
    edited = haproxy.root / "list" if kind == "list" else haproxy.config
    before = edited.read_bytes()
    certbot.run("register", "-n")
    state = trace.State(certbot)

    def command(number):
        """Names of their own: the CA would not look at those of the run before again."""
        return ("run", "-n", *how, *haproxy.options(), "--http-01-port", certbot.ca.http_port, "-d",
                f"n{number}.lab.test")

    def restore():
        state.restore()
        edited.write_bytes(before)
        for path in haproxy.certs.glob("n*.pem"):
            path.unlink()
        haproxy.reload()

    points = trace.points(certbot, *command(0), also=[haproxy.folder])
    new = edited.read_bytes()
    hits = 0
    for number, point in enumerate(trace.sample(points), 1):
        restore()
        hits += trace.strike(certbot, point, "kill", *command(number), timeout=60).hit
        certbot.run("renew")
        name = f"n{number}.lab.test".encode()
        assert edited.read_bytes() in (before, new.replace(b"n0.lab.test", name)), point
        assert haproxy.accepts_config(), point
        assert not list(certbot.work_dir.glob("reload-owed*")), point
        assert not list(haproxy.root.rglob("*certbot-new*")), point
    assert hits
