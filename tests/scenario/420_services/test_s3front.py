"""S3 answers challenges, and CloudFront gets the certificate by way of Certificate Manager."""

import re

import pytest

from lab.amazon import CONFIG, KEYS, Amazon, Site

ID = "EDFDVBD632BHDS5"


@pytest.fixture
def amazon():
    with Amazon() as amazon:
        yield amazon


@pytest.fixture
def site(amazon, pebble):
    with Site(amazon, pebble.http_port) as site:
        yield site


def run(certbot, amazon, *args, env=(), **options):
    env = {**amazon.environment_with(certbot.ca.ca_bundle, certbot.folder), **dict(env)}
    return certbot.run(*args, env=env, **options)


def certonly(certbot, amazon, *args, **options):
    return run(certbot, amazon, "certonly", "-n", "-a", "s3front", "--s3front-bucket", amazon.bucket, *args,
               **options)


def install(certbot, amazon, *args, **options):
    return run(certbot, amazon, "run", "-n", "--s3front", "--s3front-bucket", amazon.bucket,
               "--s3front-distribution", ID, "-d", "a.lab.test,b.lab.test", *args, **options)


def renew(certbot, amazon, *args, **options):
    amazon.calls.clear()
    return run(certbot, amazon, "renew", "--force-renewal", *args, **options)


def without_certificate(config):
    return re.sub("<ViewerCertificate>.*</ViewerCertificate>", "", config)


def serial(certbot):
    return certbot.lineage("a.lab.test").cert.serial_number


def test_answers_stand_in_the_bucket_for_as_long_as_the_ca_looks(certbot, amazon, site):
    certonly(certbot, amazon, "-d", "a.lab.test,b.lab.test")
    assert [amazon.calls.count(what) for what in ("PUT", "DELETE")] == [2, 2]
    assert "visit" in amazon.calls and not amazon.objects


@pytest.mark.parametrize("bucket, region", (("with.dots", "us-east-1"), ("site", "eu-west-3"),
                                            ("with.dots", "eu-west-3")))
def test_the_bucket_is_found_in_its_region(certbot, amazon, site, bucket, region):
    amazon.bucket, amazon.region = bucket, region
    certonly(certbot, amazon, "-d", f"{region}.{bucket}.lab.test")
    amazon.calls.clear()
    certonly(certbot, amazon, "-d", f"2.{region}.{bucket}.lab.test", "--s3front-region", "eu-central-1")
    assert not amazon.objects


def test_a_directory_and_the_variables_are_kept_for_renewals(certbot, amazon, pebble):
    with Site(amazon, pebble.http_port, "my site/"):
        run(certbot, amazon, "certonly", "-n", "-a", "s3front", "-d", "dir.lab.test",
            env={"S3_BUCKET": "site", "S3_DIRECTORY": "/my site/"})
        assert "s3front_bucket = site" in (certbot.config_dir / "renewal/dir.lab.test.conf").read_text()
        renew(certbot, amazon)


def test_the_distribution_changes_once_and_renewals_take_the_same_place(certbot, amazon, site):
    install(certbot, amazon)
    assert amazon.used.serial_number == serial(certbot)
    assert without_certificate(amazon.config) == without_certificate(CONFIG)
    assert "<SSLSupportMethod>sni-only</SSLSupportMethod>" in amazon.config
    assert "<MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>" in amazon.config
    assert "IAM" not in amazon.config and "CertificateSource" not in amazon.config
    before = serial(certbot)
    renew(certbot, amazon)
    assert before != serial(certbot) == amazon.used.serial_number
    assert "UpdateDistribution" not in amazon.calls and len(amazon.certificates) == 1
    amazon.calls.clear()
    run(certbot, amazon, "install", "-n", "-i", "s3front", "--s3front-distribution", ID, "--cert-name",
        "a.lab.test")
    assert "ImportCertificate" not in amazon.calls


def test_what_amazon_refuses_is_owed_until_it_succeeds(certbot, amazon, site):
    install(certbot, amazon)
    amazon.refuse = {"ImportCertificate": (403, "AccessDeniedException", "no rights")}
    result = renew(certbot, amazon, check=1)
    assert "no rights" in result.err and "acm:ImportCertificate" in result.err
    amazon.refuse = {}
    run(certbot, amazon, "renew")
    assert amazon.used.serial_number == serial(certbot)


def test_another_type_of_key_takes_a_new_place(certbot, amazon, site):
    install(certbot, amazon)
    install(certbot, amazon, "--key-type", "rsa", "--force-renewal", "--cert-name", "a.lab.test")
    assert amazon.used.serial_number == serial(certbot)
    assert len(amazon.certificates) == 1


def test_a_certificate_that_is_gone_is_imported_again(certbot, amazon, site):
    install(certbot, amazon)
    amazon.certificates.clear()
    renew(certbot, amazon)
    assert amazon.used.serial_number == serial(certbot)


def test_a_change_by_somebody_else_meanwhile_is_not_lost(certbot, amazon, site):
    amazon.change_once = True
    install(certbot, amazon)
    assert amazon.used and amazon.calls.count("GetDistributionConfig") >= 2


@pytest.mark.parametrize("options, name", ((("--key-type", "rsa", "--rsa-key-size", "4096"), "RSA 4096"),
                                           (("--elliptic-curve", "secp384r1"), "secp384r1")))
def test_keys_that_cloudfront_does_not_take_are_refused_before_the_ca_is_asked(certbot, amazon, pebble,
                                                                              options, name):
    result = install(certbot, amazon, *options, check=1)
    assert name in result.err and "--key-type" in result.err
    assert not pebble.new_requests() and not amazon.calls


def test_an_old_conf_renews(certbot, amazon, site):
    install(certbot, amazon)
    conf = certbot.config_dir / "renewal" / "a.lab.test.conf"
    text = conf.read_text()
    for new, old in (("authenticator = s3front", "authenticator = certbot-s3front:auth"),
                     ("installer = s3front", "installer = certbot-s3front:installer"),
                     ("s3front_bucket", "certbot_s3front:auth_s3_bucket"),
                     ("s3front_distribution", "certbot_s3front:installer_cf_distribution_id")):
        assert new in text
        text = text.replace(new, old)
    keys = (f"certbot_s3front:auth_s3_access_key = {KEYS['AWS_ACCESS_KEY_ID']}\n"
            f"certbot_s3front:auth_s3_secret_key = {KEYS['AWS_SECRET_ACCESS_KEY']}\n")
    conf.write_text(text.replace("[renewalparams]\n", f"[renewalparams]\n{keys}"))
    renew(certbot, amazon, env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert amazon.used.serial_number == serial(certbot)
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in certbot.log()


def test_what_is_missing_or_wrong_is_named_before_the_ca_is_asked(certbot, amazon, pebble):
    result = run(certbot, amazon, "certonly", "-n", "-a", "s3front", "-d", "a.lab.test", check=1)
    assert "--s3front-bucket" in result.err
    result = certonly(certbot, amazon, "-d", "a.lab.test", check=1,
                      env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert "no credentials were found" in result.err and "s3:PutObject" in result.err
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_a_bucket_that_does_not_exist_is_named(certbot, amazon, site):
    result = run(certbot, amazon, "certonly", "-n", "-a", "s3front", "--s3front-bucket", "other", "-d",
                 "a.lab.test", check=1)
    assert "NoSuchBucket" in result.err and "other.s3" in result.err


def test_without_credentials_nothing_is_ordered(certbot, pebble):
    """Not even an account: a certificate that cannot be imported is of no use."""
    result = certbot.run("run", "-n", "-a", "standalone", "-i", "s3front", "--s3front-distribution", ID,
                         "--http-01-port", pebble.http_port, "-d", "a.lab.test", check=1,
                         env={"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"})
    assert "cannot log in to AWS: no credentials were found" in result.err
    assert not list(certbot.config_dir.glob("accounts/*/*/*")) and not list(certbot.config_dir.glob("live/*"))
