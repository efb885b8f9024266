"""kill -9 at every change of the file system during an install: the next start recovers."""

import pytest

from lab import trace


def install(nginx):
    return ["install", "-n", "--nginx", "--cert-name", "a.nginx.test", "--redirect",
            *nginx.options()]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["kill", "ENOSPC"])
def test_configuration_is_old_or_new(fault, site_certbot, nginx):
    nginx.plain_site("a.nginx.test", "b.nginx.test")
    nginx.plain_site("c.nginx.test")
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", "-d", "c.nginx.test")
    nginx.stop()
    allowed = [nginx.texts()]
    state = trace.State(site_certbot)
    site_certbot.run(*(word if word != "--redirect" else "--no-redirect"
                       for word in install(nginx)))
    allowed.append(nginx.texts())
    state.restore()
    points = trace.points(site_certbot, *install(nginx))
    allowed.append(nginx.texts())
    assert len(points) > 30
    for point in points:
        state.restore()
        strike = trace.strike(site_certbot, point, fault, *install(nginx), timeout=30)
        assert strike.hit, point
        site_certbot.run("config_changes", "-n")
        assert nginx.texts() in allowed, point
        nginx.test()
        assert not (site_certbot.work_dir / "backups/IN_PROGRESS").exists(), point
    site_certbot.run(*install(nginx))
    assert nginx.texts() == allowed[-1]
