"""Stand-ins for DNS providers that keep records as the providers do, and publish them through
challtestsrv: what certbot puts in by the API is what the CA finds. Where provider_double checks each
byte of a call, these check that the calls together do what they should.

Each twin is a class: routes (method, pattern of "host/path", function) on zones of records. Only what
the providers document is answered; anything else is 404, and a call without the right credentials 401.
"""

import base64
import hashlib
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from .loopback_api import HostHandler, HostsApi


class Refusal(Exception):
    """An answer with another status than 200."""

    def __init__(self, status, body):
        super().__init__(status)
        self.status, self.body = status, body


class Query:
    """A request: what follows "?" as `get`, the decoded JSON as `json`."""

    def __init__(self, method, host, path, query, headers, body):
        self.method, self.host, self.path, self.query = method, host, path, query
        self.headers, self.body = headers, body
        self.get = {name: values[0] for name, values in parse_qs(query, True).items()}

    @property
    def json(self):
        return json.loads(self.body)


class Handler(HostHandler):
    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(self.url)
        query = Query(self.command, url.netloc, url.path, url.query, self.headers, body)
        status, answer = self.server.api.answer(query)
        payload = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status if payload else 204)
        if payload:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve


def records_at(url):
    """The routes of an API that has a record for each value, each with a number."""
    return [("GET", url, "list"), ("POST", url, "post"), ("DELETE", url + "/([0-9]+)", "delete")]


class Twin(HostsApi):
    """A provider with some zones. `dns` is a ChallTestSrv; `calls` has all calls as "METHOD path";
    `in_batches` says that the API takes all changes of a zone in one call. Each answer takes `delay`
    seconds; `most_at_once` is how many calls were under way together."""

    name = None
    credentials = {}
    routes = ()
    in_batches = False
    gone = ""  # the answer to the removal of a record
    handler = Handler

    def __init__(self, dns, zones):
        super().__init__()
        self.dns = dns
        self.zones = {zone: [] for zone in zones}
        self.next_id = 100
        self.calls = []
        self.delay, self.at_once, self.most_at_once = 0, 0, 0

    def delete(self, query, zone, number):
        self.remove(zone, number)
        return self.gone

    def write_credentials(self, folder):
        """Writes the credentials file; its path, or None."""
        if not self.credentials:
            return None
        path = folder / f"{self.name}.ini"
        path.touch(mode=0o600)
        path.write_text("".join(f"dns_{self.name}_{key} = {value}\n"
                                for key, value in self.credentials.items()))
        return path

    def change_calls(self):
        """The calls that were meant to change something."""
        return [call for call in self.calls
                if not call.startswith("GET ") and not call.endswith("/token")]

    # --- records: dictionaries with id, name (absolute, no final dot), value, ttl ---

    def values(self, name):
        return sorted(record["value"] for records in self.zones.values() for record in records
                      if record["name"] == name)

    def add(self, zone, name, value, ttl=60):
        record = {"id": self.next_id, "name": name, "value": value, "ttl": ttl}
        self.next_id += 1
        self.zones[zone].append(record)
        self._publish(name)
        return record

    def remove(self, zone, number):
        gone = [record for record in self.zones[zone] if str(record["id"]) == str(number)]
        if not gone:
            raise Refusal(404, {"message": "not found"})
        self.zones[zone].remove(gone[0])
        self._publish(gone[0]["name"])

    def replace(self, zone, name, values, ttl=60):
        """Makes the values of a name those."""
        self.zones[zone] = [record for record in self.zones[zone] if record["name"] != name]
        for value in values:
            self.add(zone, name, value, ttl)
        self._publish(name)

    def _publish(self, name):
        self.dns.clear_txt(name)
        for value in self.values(name):
            self.dns.add_txt(name, value)

    def of(self, zone, name):
        return [record for record in self.zones[zone] if record["name"] == name]

    # --- calls ---

    def answer(self, query):
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        time.sleep(self.delay)
        with self.lock:
            self.at_once -= 1
            self.calls.append(f"{query.method} {query.path}")
            try:
                self.check(query)
                for method, pattern, function in self.routes:
                    match = re.fullmatch(pattern, query.host + query.path)
                    if method == query.method and match:
                        return 200, getattr(self, function)(query, *map(unquote, match.groups()))
                raise Refusal(404, {"message": f"no {query.method} {query.path}"})
            except Refusal as refusal:
                return refusal.status, refusal.body

    def check(self, query):
        """Raises unless the request is logged in."""
        if query.headers.get("Authorization") != self.authorization:
            raise Refusal(401, {"message": "who are you?"})

    def zone_of(self, zone):
        if zone not in self.zones:
            raise Refusal(404, {"message": "no such zone"})
        return zone


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def relative(name, zone, apex=""):
    return apex if name == zone else name.removesuffix("." + zone)


def absolute(name, zone):
    return zone if name in ("", "@") else f"{name}.{zone}"


def unquoted(text):
    """The value in quotes, as most providers want it."""
    assert text[0] == text[-1] == '"', text
    return text[1:-1]


class Cloudflare(Twin):
    name, credentials = "cloudflare", {"api_token": "token-0123"}
    authorization = "Bearer token-0123"
    in_batches = True
    base = r"api\.cloudflare\.com/client/v4/zones"
    routes = [("GET", base, "find"), ("GET", base + "/z-(.+)/dns_records", "list"),
              ("POST", base + "/z-(.+)/dns_records/batch", "batch")]

    def find(self, query):
        return {"success": True, "result": [{"id": "z-" + zone, "name": zone, "status": "active"} for zone in self.zones
                                            if zone == query.get["name"]]}

    def shape(self, record):
        return {"id": str(record["id"]), "type": "TXT", "name": record["name"],
                "content": f'"{record["value"]}"'}

    def list(self, query, zone):
        return {"success": True, "result": [
            self.shape(record) for record in self.zones[zone]
            if query.get.get("name.exact") in (None, record["name"])
            and query.get.get("content.exact") in (None, record["value"])]}

    def batch(self, query, zone):
        for gone in query.json.get("deletes", []):
            self.remove(zone, gone["id"])
        posts = [self.shape(self.add(zone, new["name"], new["content"], new["ttl"]))
                 for new in query.json.get("posts", [])]
        return {"success": True, "result": {"posts": posts}}


class DigitalOcean(Twin):
    name, credentials = "digitalocean", {"token": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.digitalocean\.com/v2/domains"
    routes = [("GET", base, "list_zones"), *records_at(base + "/([^/]+)/records")]

    def list_zones(self, query):
        return {"domains": [{"name": zone} for zone in self.zones], "links": {}}

    def shape(self, record, zone):
        return {"id": record["id"], "type": "TXT", "name": relative(record["name"], zone, "@"),
                "data": record["value"], "ttl": record["ttl"]}

    def list(self, query, zone):
        wanted = query.get.get("name")
        return {"domain_records": [self.shape(record, zone) for record in self.zones[zone]
                                   if wanted in (None, record["name"])], "links": {}}

    def post(self, query, zone):
        new = query.json
        record = self.add(zone, absolute(new["name"], zone), new["data"], new["ttl"])
        return {"domain_record": self.shape(record, zone)}


class Dnsimple(Twin):
    name, credentials = "dnsimple", {"token": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.dnsimple\.com/v2"
    routes = [("GET", base + "/accounts", "accounts"), ("GET", base + "/7/zones", "list_zones"),
              *records_at(base + "/7/zones/([^/]+)/records")]
    pages = {"pagination": {"current_page": 1, "total_pages": 1}}

    def accounts(self, query):
        return {"data": [{"id": 7, "plan_identifier": "teams"}]}

    def list_zones(self, query):
        return {"data": [{"id": 1, "name": zone} for zone in self.zones], **self.pages}

    def list(self, query, zone):
        wanted = query.get.get("name")
        return {"data": [{"id": record["id"], "type": "TXT", "content": record["value"],
                          "name": relative(record["name"], zone), "ttl": record["ttl"],
                          "priority": None} for record in self.zones[zone]
                         if wanted in (None, relative(record["name"], zone))], **self.pages}

    def post(self, query, zone):
        new = query.json
        return {"data": self.add(zone, absolute(new["name"], zone), new["content"], new["ttl"])}


class DnsMadeEasy(Twin):
    name, credentials = "dnsmadeeasy", {"api_key": "key-0123", "secret_key": "secret-4567"}
    in_batches = True
    base = r"api\.dnsmadeeasy\.com/V2\.0/dns/managed"
    routes = [("GET", base + "/name", "find"), ("GET", base + "/z-(.+)/records", "list"),
              ("POST", base + "/z-(.+)/records/", "post"),
              ("POST", base + "/z-(.+)/records/createMulti", "post_many"),
              ("DELETE", base + "/z-(.+)/records/([0-9]+)", "delete"),
              ("DELETE", base + "/z-(.+)/records", "delete_many")]

    def check(self, query):
        if query.headers.get("x-dnsme-apiKey") != "key-0123":
            raise Refusal(403, {"error": ["who are you?"]})

    def find(self, query):
        return {"id": "z-" + self.zone_of(query.get["domainname"])}

    def list(self, query, zone):
        wanted = query.get.get("recordName")
        return {"data": [{"id": record["id"], "name": relative(record["name"], zone),
                          "value": f'"{record["value"]}"', "type": "TXT", "ttl": record["ttl"]}
                         for record in self.zones[zone]
                         if wanted in (None, relative(record["name"], zone))],
                "page": 1, "totalPages": 1}

    def _add(self, new, zone):
        return self.add(zone, absolute(new["name"], zone), new["value"], new["ttl"])

    def post(self, query, zone):
        return self._add(query.json, zone)

    def post_many(self, query, zone):
        return [self._add(new, zone) for new in query.json]

    def delete_many(self, query, zone):
        for number in parse_qs(query.query)["ids"]:
            self.remove(zone, number)
        return ""


class Gehirn(Twin):
    name, credentials = "gehirn", {"api_token": "token-0123", "api_secret": "secret-4567"}
    authorization = basic("token-0123", "secret-4567")
    base = r"api\.gis\.gehirn\.jp/dns/v1/zones"
    sets = base + "/z-(.+)/versions/current/records"
    routes = [("GET", base, "list_zones"), ("GET", sets, "list"), ("POST", sets, "post"),
              ("PUT", sets + "/(.+)", "put"), ("DELETE", sets + "/(.+)", "delete")]

    def list_zones(self, query):
        return [{"id": "z-" + zone, "name": zone, "current_version_id": "current"}
                for zone in self.zones]

    def list(self, query, zone):
        names = sorted({record["name"] for record in self.zones[zone]})
        return [{"id": name, "name": name + ".", "type": "TXT", "ttl": 60, "enable_alias": False,
                 "records": [{"data": record["value"]} for record in self.of(zone, name)]}
                for name in names]

    def post(self, query, zone):
        new = query.json
        assert new["type"] == "TXT" and not self.of(zone, new["name"][:-1])
        self.replace(zone, new["name"][:-1], [record["data"] for record in new["records"]])
        return new

    def put(self, query, zone, name):
        assert query.json["name"] == name + "."
        self.replace(zone, name, [record["data"] for record in query.json["records"]])
        return query.json

    def delete(self, query, zone, name):
        self.replace(zone, name, [])
        return {}


class Hetzner(Twin):
    name, credentials = "hetzner", {"api_token": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.hetzner\.cloud/v1/zones"
    routes = [("GET", base, "find"), ("GET", base + "/z-([^/]+)/rrsets/([^/]+)/TXT", "read"),
              ("POST", base + "/z-([^/]+)/rrsets/([^/]+)/TXT/actions/add_records", "add_values"),
              ("POST", base + "/z-([^/]+)/rrsets/([^/]+)/TXT/actions/remove_records",
               "remove_values")]

    def find(self, query):
        found = [query.get["name"]] if query.get["name"] in self.zones else []
        return {"zones": [{"id": "z-" + zone, "name": zone} for zone in found]}

    def read(self, query, zone, name):
        records = self.of(zone, absolute(name, zone))
        if not records:
            raise Refusal(404, {"error": {"code": "not_found", "message": "no such set"}})
        return {"rrset": {"records": [{"value": f'"{record["value"]}"'} for record in records]}}

    def add_values(self, query, zone, name):
        there = {record["value"] for record in self.of(zone, absolute(name, zone))}
        assert there or query.json["ttl"]
        for record in query.json["records"]:
            assert unquoted(record["value"]) not in there
            self.add(zone, absolute(name, zone), unquoted(record["value"]))
        return {"action": {"id": 1, "status": "running"}}

    def remove_values(self, query, zone, name):
        for gone in query.json["records"]:
            for record in self.of(zone, absolute(name, zone)):
                if record["value"] == unquoted(gone["value"]):
                    self.remove(zone, record["id"])
        return {"action": {"id": 1, "status": "running"}}


class Linode(Twin):
    name, credentials = "linode", {"key": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.linode\.com/v4/domains"
    routes = [("GET", base, "find"), *records_at(base + "/z-([^/]+)/records")]
    gone = {}

    def find(self, query):
        wanted = json.loads(query.headers["X-Filter"])["domain"]
        return {"data": [{"id": "z-" + zone, "domain": zone} for zone in self.zones
                         if zone == wanted], "page": 1, "pages": 1}

    def list(self, query, zone):
        return {"data": [{"id": record["id"], "type": "TXT", "target": record["value"],
                          "name": relative(record["name"], zone), "ttl_sec": 0}
                         for record in self.zones[zone]], "page": 1, "pages": 1}

    def post(self, query, zone):
        return self.add(zone, absolute(query.json["name"], zone), query.json["target"])


class LuaDns(Twin):
    name, credentials = "luadns", {"email": "me@example.test", "token": "token-0123"}
    authorization = basic("me@example.test", "token-0123")
    in_batches = True
    base = r"api\.luadns\.com/v1/zones"
    routes = [("GET", base, "list_zones"), ("GET", base + "/z-([^/]+)/records", "list"),
              ("POST", base + "/z-([^/]+)/records", "post"),
              ("POST", base + "/z-([^/]+)/records/create_many", "post_many"),
              ("DELETE", base + "/z-([^/]+)/records/([0-9]+)", "delete"),
              ("POST", base + "/z-([^/]+)/records/delete_many", "delete_many")]

    def list_zones(self, query):
        return [{"id": "z-" + zone, "name": zone} for zone in self.zones]

    def list(self, query, zone):
        return [{"id": record["id"], "type": "TXT", "name": record["name"] + ".",
                 "content": record["value"], "ttl": record["ttl"]} for record in self.zones[zone]]

    def _add(self, new, zone):
        return self.add(zone, new["name"][:-1], new["content"], new["ttl"])

    def post(self, query, zone):
        return self._add(query.json, zone)

    def post_many(self, query, zone):
        return [self._add(new, zone) for new in query.json]

    def delete_many(self, query, zone):
        for gone in query.json:
            for record in self.of(zone, gone["name"][:-1]):
                if (record["value"], record["ttl"]) == (gone["content"], gone["ttl"]):
                    self.remove(zone, record["id"])
        return []


class Ns1(Twin):
    name, credentials = "nsone", {"api_key": "key-0123"}
    base = r"api\.nsone\.net/v1/zones"
    record = base + "/([^/]+)/([^/]+)/TXT"
    routes = [("GET", base + "/([^/]+)", "find"), ("GET", record, "read"), ("PUT", record, "put"),
              ("POST", record, "post"), ("DELETE", record, "delete")]

    def check(self, query):
        if query.headers.get("X-NSONE-Key") != "key-0123":
            raise Refusal(401, {"message": "who are you?"})

    def find(self, query, zone):
        return {"id": "z", "zone": self.zone_of(zone), "records": [] if
                query.get.get("records") == "false" else [
                    {"id": str(record["id"]), "domain": record["name"], "type": "TXT",
                     "ttl": record["ttl"], "short_answers": [record["value"]]}
                    for record in self.zones[zone]]}

    def read(self, query, zone, name):
        records = self.of(zone, name)
        if not records:
            raise Refusal(404, {"message": "record not found"})
        return {"id": "r", "zone": zone, "domain": name, "type": "TXT", "ttl": 60,
                "answers": [{"answer": [record["value"]], "id": str(record["id"])}
                            for record in records]}

    def _set(self, query, zone, name):
        self.replace(zone, name, ["".join(answer["answer"]) for answer in query.json["answers"]])
        return {}

    def put(self, query, zone, name):
        assert not self.of(zone, name) and query.json["domain"] == name
        return self._set(query, zone, name)

    def post(self, query, zone, name):
        assert self.of(zone, name)
        return self._set(query, zone, name)

    def delete(self, query, zone, name):
        self.replace(zone, name, [])
        return {}


class Ovh(Twin):
    name = "ovh"
    credentials = {"endpoint": "ovh-eu", "application_key": "app-0123",
                   "application_secret": "secret-4567", "consumer_key": "consumer-89ab"}
    base = r"eu\.api\.ovh\.com/1\.0"
    zone = base + "/domain/zone/([^/]+)"
    routes = [("GET", base + "/auth/time", "time"), ("GET", base + "/domain/zone/", "list_zones"),
              ("GET", zone + "/record", "list"), ("GET", zone + "/record/([0-9]+)", "read"),
              ("POST", zone + "/record", "post"), ("DELETE", zone + "/record/([0-9]+)", "delete"),
              ("POST", zone + "/refresh", "refresh")]
    gone = "null"

    def __init__(self, dns, zones):
        self.held_back = set()
        super().__init__(dns, zones)

    def check(self, query):
        if query.path.endswith("/auth/time"):
            return
        url = f"https://{query.host}{query.path}" + ("?" + query.query if query.query else "")
        text = "+".join(["secret-4567", "consumer-89ab", query.method, url, query.body,
                         query.headers["X-Ovh-Timestamp"]])
        expected = "$1$" + hashlib.sha1(text.encode()).hexdigest()
        if query.headers.get("X-Ovh-Signature") != expected:
            raise Refusal(400, {"message": "Invalid signature"})

    def _publish(self, name):
        """What is added shows only after a refresh of the zone."""
        self.held_back.add(name)

    def time(self, query):
        return "1700000000"

    def list_zones(self, query):
        return list(self.zones)

    def list(self, query, zone):
        return [record["id"] for record in self.of(zone, absolute(query.get["subDomain"], zone))]

    def read(self, query, zone, number):
        return next({"id": record["id"], "target": record["value"], "fieldType": "TXT",
                     "subDomain": relative(record["name"], zone), "ttl": record["ttl"]}
                    for record in self.zones[zone] if str(record["id"]) == number)

    def post(self, query, zone):
        new = query.json
        return self.add(zone, absolute(new["subDomain"], zone), new["target"], new["ttl"])

    def refresh(self, query, zone):
        for name in list(self.held_back):
            if name.endswith(zone):
                self.held_back.discard(name)
                super()._publish(name)
        return "null"


class Sakura(Twin):
    name, credentials = "sakuracloud", {"api_token": "token-0123", "api_secret": "secret-4567"}
    authorization = basic("token-0123", "secret-4567")
    in_batches = True
    base = r"secure\.sakura\.ad\.jp/cloud/zone/is1a/api/cloud/1\.1/commonserviceitem"
    routes = [("GET", base, "find"), ("GET", base + "/z-(.+)", "read"),
              ("PUT", base + "/z-(.+)", "write")]

    def find(self, query):
        wanted = json.loads(unquote(query.query))["Filter"]
        assert wanted["Provider.Class"] == "dns"
        return {"CommonServiceItems": [{"ID": "z-" + zone, "Status": {"Zone": zone}}
                                       for zone in self.zones if wanted["Name"] in zone]}

    def read(self, query, zone):
        return {"CommonServiceItem": {"ID": "z-" + zone, "Settings": {"DNS": {
            "ResourceRecordSets": [{"Name": relative(record["name"], zone, "@"), "Type": "TXT",
                                    "RData": record["value"], "TTL": record["ttl"]}
                                   for record in self.zones[zone]]}}}}

    def write(self, query, zone):
        new = query.json["CommonServiceItem"]["Settings"]["DNS"]["ResourceRecordSets"]
        names = {record["name"] for record in self.zones[zone]}
        names |= {absolute(record["Name"], zone) for record in new}
        for name in names:
            self.replace(zone, name, [record["RData"] for record in new
                                      if absolute(record["Name"], zone) == name])
        return {"Success": True}


class Google(Twin):
    name, credentials = "google", {"": ""}
    authorization = "Bearer access-0123"
    in_batches = True
    base = r"dns\.googleapis\.com/dns/v1/projects/my-project/managedZones"
    routes = [("POST", r"oauth2\.googleapis\.com/token", "token"), ("GET", base, "find"),
              ("GET", base + "/z-(.+)/rrsets", "read"),
              ("POST", base + "/z-(.+)/changes", "change"),
              ("GET", base + "/z-(.+)/changes/1", "status")]

    def write_credentials(self, folder):
        path = folder / "google.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            "type": "authorized_user", "client_id": "client-01", "client_secret": "secret-4567",
            "refresh_token": "refresh-89ab", "project_id": "my-project"}))
        return path

    def check(self, query):
        if not query.path.endswith("/token"):
            super().check(query)

    def token(self, query):
        assert "refresh_token=refresh-89ab" in query.body
        return {"access_token": "access-0123", "expires_in": 3600}

    def find(self, query):
        found = query.get["dnsName"].removesuffix(".")
        return {"managedZones": [{"id": "z-" + zone, "visibility": "public"}
                                 for zone in self.zones if zone == found]}

    def _set(self, zone, name):
        records = self.of(zone, name)
        return {"kind": "dns#resourceRecordSet", "name": name + ".", "type": "TXT", "ttl": 60,
                "rrdatas": [f'"{record["value"]}"' for record in records]} if records else None

    def read(self, query, zone):
        found = self._set(zone, query.get["name"][:-1])
        return {"rrsets": [found] if found else []}

    def change(self, query, zone):
        for old in query.json["deletions"]:
            assert old == self._set(zone, old["name"][:-1]), "the old set must be named as it is"
            self.replace(zone, old["name"][:-1], [])
        for new in query.json["additions"]:
            assert not self.of(zone, new["name"][:-1])
            self.replace(zone, new["name"][:-1], list(map(unquoted, new["rrdatas"])))
        return {"id": "1", "status": "pending"}

    def status(self, query, zone):
        return {"id": "1", "status": "done"}


class Route53(Twin):
    name = "route53"
    in_batches = True
    base = r"route53\.amazonaws\.com/2013-04-01"
    zone = base + "/hostedzone/z-([^/]+)"
    routes = [("GET", base + "/hostedzone", "list_zones"), ("GET", zone + "/rrset", "read"),
              ("POST", zone + "/rrset/", "change"), ("GET", base + "/change/C1", "status")]

    @property
    def environment(self):
        return {**super().environment, "AWS_ACCESS_KEY_ID": "AKIA0123",
                "AWS_SECRET_ACCESS_KEY": "secret-4567"}

    def check(self, query):
        if "Credential=AKIA0123/" not in query.headers.get("Authorization", ""):
            raise Refusal(403, "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>")

    def list_zones(self, query):
        zones = "".join(f"<HostedZone><Id>/hostedzone/z-{zone}</Id><Name>{zone}.</Name><Config>"
                        "<PrivateZone>false</PrivateZone></Config></HostedZone>"
                        for zone in self.zones)
        return (f"<ListHostedZonesResponse><HostedZones>{zones}</HostedZones>"
                "<IsTruncated>false</IsTruncated></ListHostedZonesResponse>")

    def read(self, query, zone):
        names = {record["name"] for record in self.zones[zone]}
        if "name" in query.get:
            names &= {query.get["name"]}
        found = "".join(
            f"<ResourceRecordSet><Name>{name}.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>" +
            "".join(f"<ResourceRecord><Value>&quot;{escape(value)}&quot;</Value></ResourceRecord>"
                    for value in self.values(name)) + "</ResourceRecords></ResourceRecordSet>"
            for name in names)
        return ("<ListResourceRecordSetsResponse><ResourceRecordSets>" + found +
                "</ResourceRecordSets><IsTruncated>false</IsTruncated>"
                "</ListResourceRecordSetsResponse>")

    def change(self, query, zone):
        space = "{https://route53.amazonaws.com/doc/2013-04-01/}"
        for change in ElementTree.fromstring(query.body).iter(space + "Change"):
            name = change.findtext(f".//{space}Name").removesuffix(".")
            values = [unquoted(value.text) for value in change.iter(space + "Value")]
            if change.findtext(space + "Action") == "DELETE":
                assert sorted(values) == self.values(name), "the set must be named as it is"
                values = []
            self.replace(zone, name, values)
        return ("<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id>"
                "<Status>PENDING</Status></ChangeInfo></ChangeResourceRecordSetsResponse>")

    def status(self, query):
        return "<GetChangeResponse><ChangeInfo><Status>INSYNC</Status></ChangeInfo></GetChangeResponse>"


TWINS = [Cloudflare, DigitalOcean, Dnsimple, DnsMadeEasy, Gehirn, Google, Hetzner, Linode, LuaDns, Ns1, Ovh,
         Route53, Sakura]
