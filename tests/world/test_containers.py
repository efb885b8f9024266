"""The program where parts of a system are missing or forbidden, as in containers, in chroots, and for
users without rights. It must say what it does without, and still do its job."""

import pytest

LAUNCH = "/usr/bin/python3 /usr/local/lib/launch.py"
CERTONLY = "certbot certonly --standalone -n --agree-tos -m admin@example.com -d www.example.com"
# What Docker leaves a container's root.
DOCKER_CAPABILITIES = ",".join(["-all", *(f"+{name}" for name in (
    "audit_write chown dac_override fowner fsetid kill mknod net_bind_service net_raw setfcap setgid "
    "setpcap setuid sys_chroot").split())])


def check(client, command):
    """Obtains and renews under what the command sets up; what was shown."""
    shown = client.type(f"{command} {CERTONLY}")
    client.lineage("www.example.com").verify("www.example.com")
    shown += client.type(f"{command} certbot renew --force-renewal")
    assert client.lineage("www.example.com").version() == 2
    return shown


def in_a_shell(setup):
    return f"unshare --mount /bin/sh -ec '{setup}; exec \"$@\"' sh"


def test_filters_hold(client):
    """Or the scenarios below show nothing."""
    for profile, refused in (("docker", "Operation not permitted"),
                             ("docker-2020", "Operation not permitted"), ("no-landlock", "")):
        assert refused in client.type(f"{LAUNCH} {profile} -- unshare --mount true",
                                      check=bool(not refused) or 1)
    landlock = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); " \
               "libc.syscall(444, 0, 0, 1); print(ctypes.get_errno())"
    for profile, error in (("docker", 0), ("docker-2020", 1), ("no-landlock", 38)):
        shown = client.type(f"{LAUNCH} {profile} -- /usr/bin/python3 -c '{landlock}'")
        assert shown.strip() == str(error)


@pytest.mark.parametrize("profile", ["docker", "docker-2020", "no-landlock"])
def test_system_call_filters(client, profile):
    check(client, f"{LAUNCH} {profile} --")


def test_container_of_docker(client):
    """Filter, capabilities, no new privileges (--security-opt), and the program as process 1."""
    check(client, f"unshare --pid --fork --mount-proc {LAUNCH} docker -- "
                  f"setpriv --no-new-privs --bounding-set={DOCKER_CAPABILITIES}")


def test_namespace_of_one_user(client):
    """As rootless containers without subordinate ids have it: root is somebody else outside."""
    client.set_kernel("net/ipv4/ip_unprivileged_port_start", 80)
    check(client, "unshare --user --map-root-user")


def test_no_new_privileges(client):
    check(client, "setpriv --no-new-privs")


def test_without_proc(client):
    check(client, in_a_shell("umount -l /proc"))


def test_without_shared_memory(client):
    check(client, in_a_shell("umount -l /dev/shm; rmdir /dev/shm || :"))


def test_as_the_first_process(client):
    check(client, "unshare --pid --fork")


def test_root_that_cannot_be_written(client):
    for name in ("etc", "var/lib", "var/log"):
        client.path(f"{name}/letsencrypt").mkdir(parents=True, exist_ok=True)
    client.run("sh", "-c", "for folder in /etc /var/lib /var/log; do "
                           "mount -t tmpfs tmpfs $folder/letsencrypt; done; mount -o remount,bind,ro /")
    check(client, "")


def test_devices_of_a_bare_chroot(client):
    """No /dev at all but null and urandom."""
    check(client, in_a_shell(
        "mount -t tmpfs tmpfs /mnt; touch /mnt/null /mnt/urandom; "
        "mount --bind /dev/null /mnt/null; mount --bind /dev/urandom /mnt/urandom; "
        "mount --move /mnt /dev"))


def own(client, user="webadmin", uid=3000):
    """A user who owns what root would own; sudo's place is taken by setpriv. The kernel counts the
    processes of a uid on all machines of all worlds."""
    client.run("useradd", "--create-home", "--uid", str(uid), user)
    for name in ("etc", "var/lib", "var/log"):
        client.path(f"{name}/letsencrypt").mkdir(parents=True, exist_ok=True)
        client.run("chown", user, f"/{name}/letsencrypt")
    client.set_kernel("net/ipv4/ip_unprivileged_port_start", 80)
    return f"setpriv --reuid {user} --regid {user} --clear-groups env HOME=/home/{user} USER={user}"


def test_user_who_owns_the_directories(client):
    check(client, own(client))


@pytest.mark.parametrize("limit", [4, 5, 8])
def test_user_with_few_processes(client, limit):
    """The limit counts threads, and the user's others."""
    check(client, f"{own(client, uid=3100 + limit)} prlimit --nproc={limit}")


@pytest.mark.parametrize("limit", [24, 32, 64])
def test_user_with_few_files(client, limit):
    assert "not confined" not in check(client, f"{own(client)} prlimit --nofile={limit}")


@pytest.mark.parametrize("limit", [10, 12, 14])
def test_user_whose_files_are_used_up(client, limit):
    """Nothing is done without a process of its own for want of descriptors: they would lack there, too."""
    shown = client.type(f"{own(client)} prlimit --nofile={limit} {CERTONLY}", check=1)
    assert "Too many open files" in shown and "ulimit -n" in shown
    assert "not confined" not in shown


def test_user_whose_processes_are_used_up(client):
    """It is the limit that is named, and not the name that is said to be wrong."""
    shown = client.type(f"{own(client, uid=3100)} prlimit --nproc=2 {CERTONLY}", check=1)
    assert "may start no more processes" in shown


SITE = """server {
    listen 80;
    server_name www.example.com;
    root /var/www/html;
}
"""
# In a container the server runs next to the program and has no more rights. Its workers are root's, as a
# namespace of one user has nobody else.
WITH_NGINX = """set -e
sed -i "s/^user .*/user root;/" /etc/nginx/nginx.conf
nginx
trap 'nginx -s quit' EXIT
certbot run --nginx -n --agree-tos -m admin@example.com -d www.example.com
certbot renew --force-renewal
test -e /etc/letsencrypt/archive/www.example.com/cert2.pem
openssl s_client -connect 127.0.0.1:443 -servername www.example.com </dev/null 2>/dev/null >/run/served
test "$(openssl x509 -noout -serial -in /run/served)" = \
    "$(openssl x509 -noout -serial -in /etc/letsencrypt/live/www.example.com/cert.pem)"
"""
# What a container may write to starts as its image has it.
READ_ONLY = "mount -t tmpfs tmpfs /tmp; " \
            "for folder in /etc/letsencrypt /etc/nginx /var/lib /var/log /run; do " \
            "cp -a $folder /tmp/kept; mount -t tmpfs tmpfs $folder; cp -a /tmp/kept/. $folder; " \
            "rm -r /tmp/kept; done; mount -o remount,bind,ro /"


@pytest.mark.parametrize("container", [
    "unshare --user --map-root-user", "unshare --pid --fork --mount-proc",
    in_a_shell(READ_ONLY), in_a_shell("umount -l /proc")],
    ids=["one-user", "own-processes", "read-only", "no-proc"])
def test_nginx_in_a_container(client, container):
    """Challenges, installation and renewal; the server has the new certificate after each."""
    client.set_kernel("net/ipv4/ip_unprivileged_port_start", 80)
    client.path("/etc/letsencrypt").mkdir(exist_ok=True)
    client.write("/etc/nginx/sites-enabled/example.com", SITE)
    client.write("/root/with-nginx", WITH_NGINX)
    client.run("chown", "-R", "root:root", "/var/log/nginx", "/var/lib/nginx")
    shown = client.type(f"{container} sh /root/with-nginx")
    assert "Congratulations" in shown and "all renewals succeeded" in shown
