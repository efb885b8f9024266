"""Plesk's XML API on port 8443 of this machine, behind its self-signed certificate, as

    https://docs.plesk.com/en-US/obsidian/api-rpc/about-xml-api/reference/managing-ssltls-certificates/ (Installing
        Certificates, Retrieving List of Certificates), managing-sites-domains/ (Node get/gen_info, Hosting Settings),
        managing-subscriptions/ (Node gen_info), error-codes/
    and the packets of the vendor's letsencrypt-plesk and api-php-lib (certificate/update)

show it."""

import ssl
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import serialization

from .authority import ServerIdentity
from .lineage import certificates
from .loopback_api import LoopbackApi, QuietHandler

KEY = "8ad2a9b4-5d3a-4b9e-9f3c-2f1f6d0c7e11"


class Refused(Exception):
    pass


class Handler(QuietHandler):
    def do_POST(self):
        packet = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.path == "/enterprise/control/agent.php" and self.headers["Content-Type"] == "text/xml"
        content = self.server.api.answer(self.headers["KEY"], ElementTree.fromstring(packet))
        payload = f'<?xml version="1.0" encoding="UTF-8"?>\n<packet version="1.6.9.1">{content}</packet>'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def element(name, *content):
    return f"<{name}>{''.join(content)}</{name}>"


def failure(code, text):
    return element("status", "error") + element("errcode", str(code)) + element("errtext", text)


class Plesk(LoopbackApi):
    """`sites`: subscription -> names of its other sites. `pools`: subscription -> name -> certificate; `uses`:
    site -> name of its certificate. `refuses`: operations that fail, "site/set b.lab.test" or "certificate/install"."""

    handler = Handler

    def __init__(self, folder, names=("Plesk",), **sites):
        super().__init__()
        self.identity = ServerIdentity(folder, names)
        self.sites = {name.replace("_", "."): others for name, others in sites.items()}
        self.pools, self.uses = {name: {} for name in self.sites}, {}
        self.keys, self.calls, self.refuses, self.redirections = {KEY}, [], set(), set()

    def start(self):
        super().start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity.cert_path, self.identity.key_path)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        return self

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.server_port}"

    def answer(self, key, packet):
        one, two = packet[0].tag, packet[0][0].tag
        if key not in self.keys:
            return element("system", failure(11003, "Secret key provided is invalid"))
        with self.lock:
            name = f"{one}/{two}"
            self.calls.append(name)
            try:
                call = getattr(self, f"{one}_{two}".replace("-", "_"))
                results = call(packet[0][0])
            except Refused as refused:
                results = [failure(*refused.args)]
            return element(one, element(two, *(element("result", result) for result in results)))

    def _refuse(self, name):
        if name in self.refuses:
            raise Refused(1023, "not today")

    def _site(self, number, name, belongs):
        kind = "std_fwd" if name in self.redirections else "vrt_hst"
        info = element("gen_info", "<cr_date>2026-01-01</cr_date>", element("name", name), element("ascii-name", name),
                       "<status>0</status>", element("htype", kind), element("guid", f"guid-{number}"), belongs)
        return "<status>ok</status>" + element("id", str(number)) + element("data", info)

    def webspace_get(self, call):
        assert [child.tag for child in call] == ["filter", "dataset"] and not len(call[0])
        return [self._site(i, name, "") for i, name in enumerate(self.sites, 1)] or ["<status>ok</status>"]

    def site_get(self, call):
        assert [child.tag for child in call] == ["filter", "dataset"] and not len(call[0])
        return [self._site(100 * i + j, other, element("webspace-guid", f"guid-{i}"))
                for i, others in enumerate(self.sites.values(), 1)
                for j, other in enumerate(others)] or ["<status>ok</status>"]

    def site_set(self, call):
        site = call.findtext("filter/name")
        self._refuse(f"site/set {site}")
        properties = {one.findtext("name"): one.findtext("value")
                      for one in call.findall("values/hosting/vrt_hst/property")}
        assert properties.keys() == {"ssl", "certificate_name"} and properties["ssl"] == "true"
        if properties["certificate_name"] not in self.pools[self._webspace_of(site)]:
            raise Refused(1013, "certificate does not exist")
        self.uses[site] = properties["certificate_name"]
        return [f"<status>ok</status>{element('filter-id', site)}<id>1</id>"]

    def _webspace_of(self, site):
        return next(name for name, others in self.sites.items() if site in (name, *others))

    def certificate_get_pool(self, call):
        pool = self.pools[call.findtext("filter/domain-name")]
        return ["<status>ok</status>" + element("certificates", *(
            element("certificate", element("name", escape(name))) for name in pool))]

    def _put(self, call, is_new):
        self._refuse("certificate/install" if is_new else "certificate/update")
        assert [child.tag for child in call] == ["name", "webspace", "content"]
        assert [child.tag for child in call[2]] == ["csr", "pvt", "cert", "ca"]
        name, pool = call.findtext("name"), self.pools[call.findtext("webspace")]
        if (name in pool) == is_new:
            raise Refused(1007 if is_new else 1013, "certificate exists" if is_new else "no such certificate")
        [leaf] = certificates(call.findtext("content/cert").encode())
        key = serialization.load_pem_private_key(call.findtext("content/pvt").encode(), None)
        assert key.public_key().public_numbers() == leaf.public_key().public_numbers()
        assert certificates(call.findtext("content/ca").encode())[0].subject == leaf.issuer
        pool[name] = leaf
        return ["<status>ok</status>"]

    def certificate_install(self, call):
        return self._put(call, True)

    def certificate_update(self, call):
        return self._put(call, False)

    def served(self, site):
        """The certificate that visitors of the site see."""
        return self.pools[self._webspace_of(site)][self.uses[site]]
