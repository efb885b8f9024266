"""S3, Certificate Manager and CloudFront at their own names: what the plugin s3front asks of them, as

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_DeleteObject.html
    https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html, API_DescribeCertificate.html,
        API_DeleteCertificate.html
    https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html
    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistributionConfig.html,
        API_UpdateDistribution.html, API_ViewerCertificate.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

show them. A visitor of the distribution gets the objects of the bucket (Site)."""

import hashlib
import hmac
import json
import re
from base64 import b64decode
import threading
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives import serialization

from .lineage import certificates
from .loopback_api import HostHandler, HostsApi, QuietHandler, Server
from .process import Part

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true"}

DISTRIBUTION = "EDFDVBD632BHDS5"
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>one</CallerReference>\
<Aliases><Quantity>2</Quantity><Items><CNAME>A.lab.test</CNAME><CNAME>b.lab.test</CNAME></Items></Aliases>\
<Comment>not &lt;ViewerCertificate&gt;, as &amp; is</Comment><NewThing Of="2031"><X>1</X></NewThing>\
<ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>\
<SSLSupportMethod>vip</SSLSupportMethod><MinimumProtocolVersion>TLSv1</MinimumProtocolVersion>\
<CertificateSource>cloudfront</CertificateSource></ViewerCertificate><HttpVersion>http2</HttpVersion></DistributionConfig>"""


class Refusal(Exception):
    def __init__(self, status, code, message="", headers=None, more=""):
        super().__init__(code)
        self.status, self.code, self.message, self.headers, self.more = \
            status, code, message, headers or {}, more


def signature(method, url, headers, body):
    """The Authorization field that this request should have."""
    given = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, "
                         r"SignedHeaders=([^,]+), Signature=[0-9a-f]{64}", headers["Authorization"] or "")
    if not given or given[1] != KEY_ID:
        raise Refusal(403, "InvalidClientTokenId")
    _, date, region, service, names = given.groups()
    present = {"host"} | {name.lower() for name in headers if name.lower().startswith("x-amz-")}
    if present != set(names.split(";")):
        raise Refusal(403, "InvalidSignatureException", f"signed {names}, not {present}")
    parts = urlsplit(url)
    canonical = "\n".join([
        method, parts.path or "/", "&".join(sorted(parts.query.split("&"))),
        *(f"{name}:{parts.netloc if name == 'host' else headers[name]}" for name in names.split(";")),
        "", names, hashlib.sha256(body).hexdigest()])
    scope = f"{date}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["X-Amz-Date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + SECRET.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    mac = hmac.digest(key, text.encode(), "sha256").hex()
    wanted = headers["Authorization"].rpartition("=")[0] + "=" + mac
    if wanted != headers["Authorization"]:
        raise Refusal(403, "SignatureDoesNotMatch")
    return region, service


class Handler(HostHandler):
    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, payload = self.server.api.answer(self.command, self.url, self.headers, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_PUT = do_POST = do_DELETE = _serve


class Amazon(HostsApi):
    """Has one bucket and one distribution, to which `configs` may add others. `refuse`: a code for calls whose name it is the value of."""

    handler = Handler

    def __init__(self, bucket="site", region="us-east-1"):
        super().__init__()
        self.bucket, self.region, self.objects = bucket, region, {}
        self.certificates, self.configs, self.etag = {}, {DISTRIBUTION: CONFIG}, "E1"
        self.calls, self.refuse = [], {}
        self.change_once = False  # somebody else changes the distribution after it was read

    @property
    def config(self):
        return self.configs[DISTRIBUTION]

    @config.setter
    def config(self, text):
        self.configs[DISTRIBUTION] = text

    @property
    def environment(self):
        return {**super().environment, **KEYS}

    def answer(self, method, url, headers, body):
        host = urlsplit(url).hostname
        with self.lock:
            try:
                region, service = signature(method, url, headers, body)
                if host.startswith("acm."):
                    return self._acm(headers, json.loads(body), (host, region, service))
                if host == "cloudfront.amazonaws.com":
                    assert (region, service) == ("us-east-1", "cloudfront")
                    return self._cloudfront(method, urlsplit(url).path, headers, body)
                return self._s3(method, host, urlsplit(url).path, headers, body, (region, service))
            except Refusal as why:
                return self._refusal(host, why)

    @staticmethod
    def _refusal(host, why):
        if host.startswith("acm."):
            said = json.dumps({"__type": f"com.amazonaws.acm#{why.code}", "message": why.message})
        else:
            said = f"<Error><Code>{why.code}</Code><Message>{why.message}</Message>{why.more}</Error>"
            if host.startswith("cloudfront."):
                said = f"<ErrorResponse>{said}</ErrorResponse>"
        return why.status, why.headers, said.encode()

    def _note(self, call):
        self.calls.append(call)
        if call in self.refuse:
            raise Refusal(*self.refuse[call])

    # --- S3 ---

    def _s3(self, method, host, path, headers, body, scope):
        place = re.fullmatch(r"(?:([a-z0-9-]+)\.)?s3\.([a-z0-9-]+)\.amazonaws\.com", host)
        assert place and scope == (place[2], "s3"), host
        if headers["X-Amz-Content-Sha256"] != hashlib.sha256(body).hexdigest():
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        bucket = place[1]
        key = unquote(path[1:])
        if not bucket:
            bucket, _, key = key.partition("/")
        self._note(method)
        if bucket != self.bucket:
            raise Refusal(404, "NoSuchBucket")
        if place[2] != self.region:
            if place[2] == "us-east-1":
                raise Refusal(301, "PermanentRedirect", headers={"x-amz-bucket-region": self.region})
            raise Refusal(400, "AuthorizationHeaderMalformed", more=f"<Region>{self.region}</Region>")
        if "X-Amz-Acl" in headers:
            raise Refusal(400, "AccessControlListNotSupported")
        if method == "PUT":
            assert headers["Content-Type"] == "text/plain"
            self.objects[key] = body
            return 200, {}, b""
        self.objects.pop(key, None)
        return 204, {}, b""

    # --- Certificate Manager ---

    def _acm(self, headers, request, where):
        assert where == ("acm.us-east-1.amazonaws.com", "us-east-1", "acm")
        assert headers["Content-Type"] == "application/x-amz-json-1.1"
        action = headers["X-Amz-Target"].removeprefix("CertificateManager.")
        self._note(action)
        arn = request.get("CertificateArn")
        if arn and arn not in self.certificates:
            raise Refusal(400, "ResourceNotFoundException", f"no {arn}")
        if action == "ImportCertificate":
            return self._import(arn, request)
        if action == "DescribeCertificate":
            serial = f"{self.certificates[arn].serial_number:x}"
            serial = serial.zfill(len(serial) + len(serial) % 2)
            pairs = ":".join(serial[i:i + 2] for i in range(0, len(serial), 2))
            return 200, {}, json.dumps({"Certificate": {"CertificateArn": arn, "Serial": pairs}}).encode()
        assert action == "DeleteCertificate"
        if any(arn in config for config in self.configs.values()):
            raise Refusal(400, "ResourceInUseException", "in use")
        del self.certificates[arn]
        return 200, {}, b""

    def _import(self, arn, request):
        leaves = certificates(b64decode(request["Certificate"]))
        chain = certificates(b64decode(request["CertificateChain"]))
        key = serialization.load_pem_private_key(b64decode(request["PrivateKey"]), None)
        if len(leaves) != 1 or chain[0].subject != leaves[0].issuer or \
                key.public_key().public_numbers() != leaves[0].public_key().public_numbers():
            raise Refusal(400, "ValidationException", "these do not belong together")
        if arn and type(self.certificates[arn].public_key()) is not type(key.public_key()):
            raise Refusal(400, "ValidationException", "the type of the key differs")
        arn = arn or f"arn:aws:acm:us-east-1:123456789012:certificate/{len(self.calls):04d}"
        self.certificates[arn] = leaves[0]
        return 200, {}, json.dumps({"CertificateArn": arn}).encode()

    # --- CloudFront ---

    def _cloudfront(self, method, path, headers, body):
        self._note("GetDistributionConfig" if method == "GET" else "UpdateDistribution")
        name = path.removeprefix("/2020-05-31/distribution/").removesuffix("/config")
        if name not in self.configs:
            raise Refusal(404, "NoSuchDistribution", "The specified distribution does not exist.")
        if method == "GET":
            result = 200, {"ETag": self.etag}, self.configs[name].encode()
            if self.change_once:
                self.change_once, self.etag = False, self.etag + "X"
            return result
        if headers["If-Match"] != self.etag:
            raise Refusal(412, "PreconditionFailed")
        config = body.decode()
        if self.used_in(config) not in self.certificates:
            raise Refusal(400, "InvalidViewerCertificate")
        self.configs[name], self.etag = config, self.etag + "1"
        return 200, {"ETag": self.etag}, b"<Distribution/>"

    @staticmethod
    def used_in(config):
        found = re.search("<ACMCertificateArn>(.*?)</ACMCertificateArn>", config)
        return found and found[1]

    @property
    def used(self):
        """The certificate that the distribution shows."""
        return self.certificates.get(self.used_in(self.config))


class SiteHandler(QuietHandler):
    def do_GET(self):
        api = self.server.api
        body = api.amazon.objects.get(api.root + self.path[1:])
        api.amazon.calls.append("visit")
        self.send_response(200 if body else 403)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


class Site(Part):
    """What visitors get from the distribution: the bucket's objects, below `root`."""

    def __init__(self, amazon, port, root=""):
        self.amazon, self.port, self.root = amazon, port, root

    def start(self):
        self.server = Server(("127.0.0.1", self.port), SiteHandler)
        self.server.api = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
