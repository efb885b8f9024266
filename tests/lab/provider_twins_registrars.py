"""Stand-ins like those of provider_twins, for services that are not plain REST: forms, XML, sessions, whole
zones."""

import json
from base64 import b64encode
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import quoteattr

from .provider_twins import Refusal, Twin, absolute, relative
from .provider_twins_beyond import SetTwin


class Porkbun(Twin):
    name, credentials = "porkbun", {"key": "key-0123", "secret": "secret-4567"}
    base = r"api\.porkbun\.com/api/json/v3/dns"
    routes = [("GET", base + "/retrieve/([^/]+)", "list"), ("POST", base + "/create/([^/]+)", "post"),
              ("POST", base + "/delete/([^/]+)/([0-9]+)", "delete")]
    gone = {"status": "SUCCESS"}

    def check(self, query):
        if query.headers.get("X-API-Key") != "key-0123" or query.headers.get("X-Secret-API-Key") != "secret-4567":
            raise Refusal(400, {"status": "ERROR", "message": "Invalid API key. (001)"})

    def list(self, query, zone):
        if zone not in self.zones:
            raise Refusal(400, {"status": "ERROR", "message": "Invalid domain."})
        return {"status": "SUCCESS", "records": [
            {"id": str(record["id"]), "name": record["name"], "type": "TXT", "content": record["value"],
             "ttl": str(record["ttl"])} for record in self.zones[zone]]}

    def post(self, query, zone):
        new = query.json
        assert int(new["ttl"]) >= 600
        return {"status": "SUCCESS", "id": self.add(zone, absolute(new["name"], zone), new["content"], 600)["id"]}


class Gcore(SetTwin):
    name, credentials = "gcore", {"apitoken": "token-0123"}
    authorization = "APIKey token-0123"
    base = r"api\.gcore\.com/dns/v2/zones/([^/]+)"
    routes = [("GET", base, "find"), ("GET", base + "/([^/]+)/TXT", "read"), ("POST", base + "/([^/]+)/TXT", "create"),
              ("PUT", base + "/([^/]+)/TXT", "write"), ("DELETE", base + "/([^/]+)/TXT", "delete")]

    def find(self, query, zone):
        return {"name": self.zone_of(zone)}

    def read(self, query, zone, name):
        return {"ttl": 120, "resource_records": [{"content": [value]} for value in self.values_of(zone, name)]}

    def create(self, query, zone, name):
        assert not self.of(zone, name), "a set that exists must be put"
        return self.write(query, zone, name)

    def write(self, query, zone, name):
        self.replace(zone, name, ["".join(record["content"]) for record in query.json["resource_records"]], 120)
        return {}

    def values_of(self, zone, name):
        records = self.of(self.zone_of(zone), name)
        if not records:
            raise Refusal(404, {"error": "record is not found"})
        return [record["value"] for record in records]

    def delete(self, query, zone, name):
        self.replace(zone, name, [])
        return ""


class Netcup(Twin):
    name = "netcup"
    credentials = {"customer_id": "123456", "api_key": "key-0123", "api_password": "secret-4567"}
    in_batches = True
    routes = [("POST", r"ccp\.netcup\.net/run/webservice/servers/endpoint\.php", "call")]

    def check(self, query):
        param = query.json["param"]
        assert param["customernumber"] == "123456" and param["apikey"] == "key-0123"

    def change_calls(self):
        return self.updates

    def __init__(self, dns, zones):
        super().__init__(dns, zones)
        self.updates, self.logins = [], 0

    def call(self, query):
        action, param = query.json["action"], query.json["param"]
        if action == "login":
            self.logins += 1
            assert param["apipassword"] == "secret-4567"
            return self.success({"apisessionid": "session-89ab"})
        assert param["apisessionid"] == "session-89ab"
        if param["domainname"] not in self.zones:
            return {"status": "error", "statuscode": 5029, "shortmessage": "no", "longmessage": "no", "responsedata": ""}
        return self.success(getattr(self, action)(param["domainname"], param))

    def success(self, data):
        return {"status": "success", "statuscode": 2000, "responsedata": data}

    def shape(self, record, zone):
        return {"id": str(record["id"]), "hostname": relative(record["name"], zone, "@"), "type": "TXT",
                "priority": "0", "destination": record["value"], "deleterecord": False, "state": "yes"}

    def infoDnsRecords(self, zone, param):
        return {"dnsrecords": [self.shape(record, zone) for record in self.zones[zone]]}

    def updateDnsRecords(self, zone, param):
        self.updates.append(zone)
        for new in param["dnsrecordset"]["dnsrecords"]:
            if new.get("deleterecord"):
                [old] = [record for record in self.zones[zone] if str(record["id"]) == new["id"]]
                assert new == {**self.shape(old, zone), "deleterecord": True}, "the record must be named as it is"
                self.remove(zone, new["id"])
            else:
                self.add(zone, absolute(new["hostname"], zone), new["destination"])
        return {"dnsrecords": []}


class DuckDns(Twin):
    """One value for a domain and all names below it, of which those in `zones` are asked for."""

    name, credentials = "duckdns", {"token": "token-0123"}
    routes = [("GET", r"www\.duckdns\.org/update", "update")]

    def check(self, query):
        assert query.get["token"] == "token-0123"

    def update(self, query):
        domain = query.get["domains"] + ".duckdns.org"
        for name in self.zones:
            if f".{name}".endswith(f".{domain}"):
                self.replace(name, f"_acme-challenge.{name}",
                             [query.get["txt"]] if query.get["clear"] == "false" else [])
        return "OK"


class Namecheap(Twin):
    name, credentials = "namecheap", {"username": "joe", "api_key": "key-0123"}
    in_batches = True
    routes = [("POST", r"api\.namecheap\.com/xml\.response", "call")]

    def __init__(self, dns, zones):
        super().__init__(dns, zones)
        self.writes = []

    def change_calls(self):
        return self.writes

    def check(self, query):
        assert "ApiKey=key-0123" in query.body

    def call(self, query):
        form = dict(parse_qsl(query.body, True))
        zone, command = f"{form['SLD']}.{form['TLD']}", form["Command"]
        if zone not in self.zones:
            return ('<ApiResponse Status="ERROR"><Errors><Error Number="2019166">Domain not found</Error></Errors>'
                    "</ApiResponse>")
        inside = self.get(zone) if command.endswith("getHosts") else self.set(zone, form)
        return f'<ApiResponse Status="OK"><Errors/><CommandResponse>{inside}</CommandResponse></ApiResponse>'

    def get(self, zone):
        hosts = "".join(
            f'<host HostId="1" Name={quoteattr(relative(record["name"], zone, "@"))} Type="TXT" '
            f'Address={quoteattr(record["value"])} MXPref="10" TTL="{record["ttl"]}"/>' for record in self.zones[zone])
        return f'<DomainDNSGetHostsResult Domain="{zone}" EmailType="FWD" IsUsingOurDNS="true">{hosts}</DomainDNSGetHostsResult>'

    def set(self, zone, form):
        self.writes.append(zone)
        assert form["EmailType"] == "FWD", "the kind of e-mail must go back"
        new = []
        while f"HostName{len(new) + 1}" in form:
            number = len(new) + 1
            assert form[f"RecordType{number}"] == "TXT" and form[f"MXPref{number}"] == "10"
            new.append((absolute(form[f"HostName{number}"], zone), form[f"Address{number}"], int(form[f"TTL{number}"])))
        for name in {record["name"] for record in self.zones[zone]} | {name for name, _, _ in new}:
            self.replace(zone, name, [value for owner, value, _ in new if owner == name])
        return f'<DomainDNSSetHostsResult Domain="{zone}" IsSuccess="true"/>'


class Cpanel(Twin):
    name = "cpanel"
    credentials = {"url": "https://cpanel.example.org:2083", "username": "joe", "token": "TOKEN0123"}
    authorization = "cpanel joe:TOKEN0123"
    in_batches = True
    base = r"cpanel\.example\.org:2083/execute/DNS"
    routes = [("GET", base + "/parse_zone", "parse"), ("POST", base + "/mass_edit_zone", "edit")]
    serial = 2026010200

    def change_calls(self):
        return [call for call in self.calls if call.endswith("/mass_edit_zone")]

    def line(self, index, name, kind, *data):
        return {"line_index": index, "type": "record", "record_type": kind, "ttl": 60,
                "dname_b64": b64encode(name.encode()).decode(),
                "data_b64": [b64encode(part.encode()).decode() for part in data]}

    def parse(self, query):
        zone = query.get["zone"]
        if zone not in self.zones:
            return {"status": 0, "errors": [f"You do not control a DNS zone named “{zone}”."], "data": None}
        lines = [self.line(0, f"{zone}.", "SOA", "ns.example.org.", "root.example.org.", str(self.serial), "1")]
        lines += [self.line(number, relative(record["name"], zone, f"{zone}."), "TXT", record["value"])
                  for number, record in enumerate(self.zones[zone], 1)]
        return {"status": 1, "errors": None, "data": lines}

    def edit(self, query):
        form = parse_qs(query.body)
        [zone], [serial] = form["zone"], form["serial"]
        if serial != str(self.serial):
            return {"status": 0, "errors": ["The serial number does not match."], "data": None}
        for record in [self.zones[zone][int(line) - 1] for line in form.get("remove", [])]:
            self.remove(zone, record["id"])
        for new in map(json.loads, form.get("add", [])):
            self.add(zone, new["dname"].removesuffix("."), "".join(new["data"]), new["ttl"])
        return {"status": 1, "errors": None, "data": {"new_serial": str(self.serial)}}


TWINS = [Cpanel, Gcore, Namecheap, Netcup, Porkbun]
