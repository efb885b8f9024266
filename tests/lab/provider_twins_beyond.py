"""Stand-ins like those of provider_twins, for providers that Certbot itself does not have."""

from .provider_twins import Refusal, Twin, absolute, records_at, relative, unquoted


class SetTwin(Twin):
    """One whose API writes the set of a name as a whole."""

    authorization = "Bearer token-0123"

    def values_of(self, zone, name):
        """The values of a name; 404 when it has none."""
        records = self.of(self.zone_of(zone), absolute(name, zone))
        if not records:
            raise Refusal(404, {"message": "no such set"})
        return [record["value"] for record in records]

    def delete(self, query, zone, name):
        self.values_of(zone, name)
        self.replace(zone, absolute(name, zone), [])
        return ""


class Azure(SetTwin):
    name = "azure"
    credentials = {"tenant_id": "tenant", "sp_client_id": "client", "sp_client_secret": "secret-4567",
                   "subscription_id": "sub"}
    zone_id = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/dnsZones/"
    base = r"management\.azure\.com/subscriptions/sub"
    records = base + r"/resourceGroups/rg/providers/Microsoft\.Network/dnsZones/([^/]+)/TXT/([^/]+)"
    routes = [("POST", r"login\.microsoftonline\.com/tenant/oauth2/v2\.0/token", "token"),
              ("GET", base + r"/providers/Microsoft\.Network/dnsZones", "list_zones"),
              ("GET", records, "read"), ("PUT", records, "write"), ("DELETE", records, "delete")]

    def check(self, query):
        if not query.path.endswith("/token"):
            super().check(query)

    def token(self, query):
        assert "client_secret=secret-4567" in query.body
        return {"access_token": "token-0123", "expires_in": 3599}

    def list_zones(self, query):
        return {"value": [{"id": self.zone_id + zone, "name": zone} for zone in self.zones]}

    def read(self, query, zone, name):
        return {"properties": {"TTL": 60, "TXTRecords": [
            {"value": [value]} for value in self.values_of(zone, name)]}}

    def write(self, query, zone, name):
        new = query.json["properties"]
        self.replace(zone, absolute(name, zone), ["".join(record["value"])
                                                  for record in new["TXTRecords"]], new["TTL"])
        return {}


class Gandi(SetTwin):
    name, credentials = "gandi", {"token": "token-0123"}
    base = r"api\.gandi\.net/v5/livedns/domains/([^/]+)"
    routes = [("GET", base, "find"), ("GET", base + "/records/([^/]+)/TXT", "read"),
              ("PUT", base + "/records/([^/]+)/TXT", "write"),
              ("DELETE", base + "/records/([^/]+)/TXT", "delete")]

    def find(self, query, zone):
        return {"fqdn": self.zone_of(zone)}

    def read(self, query, zone, name):
        return {"rrset_ttl": 300, "rrset_values": [f'"{value}"' for value in self.values_of(zone, name)]}

    def write(self, query, zone, name):
        self.replace(zone, absolute(name, zone), map(unquoted, query.json["rrset_values"]),
                     query.json["rrset_ttl"])
        return {"message": "DNS Record Created"}


class GoDaddy(SetTwin):
    name, credentials = "godaddy", {"key": "key-0123", "secret": "secret-4567"}
    authorization = "sso-key key-0123:secret-4567"
    base = r"api\.godaddy\.com/v1/domains/([^/]+)"
    routes = [("GET", base + "/records/NS", "find"), ("GET", base + "/records/TXT/([^/]+)", "read"),
              ("PUT", base + "/records/TXT/([^/]+)", "write"),
              ("DELETE", base + "/records/TXT/([^/]+)", "delete")]

    def find(self, query, zone):
        return [{"type": "NS", "name": "@", "data": f"ns.{self.zone_of(zone)}", "ttl": 3600}]

    def read(self, query, zone, name):
        return [{"type": "TXT", "name": name, "data": record["value"], "ttl": 600}
                for record in self.of(zone, absolute(name, zone))]

    def write(self, query, zone, name):
        assert all(record["ttl"] >= 600 for record in query.json)
        self.replace(zone, absolute(name, zone), [record["data"] for record in query.json])
        return ""


class Desec(SetTwin):
    name, credentials = "desec", {"token": "token-0123"}
    authorization = "Token token-0123"
    in_batches = True
    base = r"desec\.io/api/v1/domains/([^/]+)/"
    routes = [("GET", base, "find"), ("GET", base + "rrsets/([^/]+)/TXT/", "read"),
              ("PATCH", base + "rrsets/", "write")]

    def find(self, query, zone):
        return {"name": self.zone_of(zone), "minimum_ttl": 3600}

    def read(self, query, zone, name):
        return {"ttl": 3600, "records": [f'"{value}"' for value in self.values_of(zone, name)]}

    def write(self, query, zone):
        for new in query.json:
            assert new["type"] == "TXT" and new["ttl"] >= 3600
            self.replace(zone, absolute(new["subname"], zone), map(unquoted, new["records"]))
        return query.json


class Vultr(Twin):
    name, credentials = "vultr", {"key": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.vultr\.com/v2/domains"
    routes = [("GET", base, "list_zones"), *records_at(base + "/([^/]+)/records")]

    def listed(self, name, items):
        return {name: items, "meta": {"total": len(items), "links": {"next": "", "prev": ""}}}

    def list_zones(self, query):
        return self.listed("domains", [{"domain": zone} for zone in self.zones])

    def list(self, query, zone):
        return self.listed("records", [
            {"id": str(record["id"]), "type": "TXT", "name": relative(record["name"], zone),
             "data": f'"{record["value"]}"', "ttl": record["ttl"]} for record in self.zones[zone]])

    def post(self, query, zone):
        new = query.json
        return {"record": self.add(zone, absolute(new["name"], zone), unquoted(new["data"]), new["ttl"])}


class Infomaniak(Twin):
    name, credentials = "infomaniak", {"token": "token-0123"}
    authorization = "Bearer token-0123"
    base = r"api\.infomaniak\.com/2/zones/([^/]+)"
    routes = [("GET", base, "find"), *records_at(base + "/records")]
    gone = {"result": "success", "data": True}

    def success(self, data):
        return {"result": "success", "data": data}

    def find(self, query, zone):
        if zone not in self.zones:
            raise Refusal(404, {"result": "error", "error": {"code": "object_not_found"}})
        return self.success({"id": 1, "fqdn": zone})

    def list(self, query, zone):
        return self.success([{"id": record["id"], "type": "TXT", "target": f'"{record["value"]}"',
                              "source": relative(record["name"], zone, ".")}
                             for record in self.zones[zone]])

    def post(self, query, zone):
        new = query.json
        return self.success({"id": self.add(zone, absolute(new["source"], zone), new["target"])["id"]})


TWINS = [Azure, Desec, Gandi, GoDaddy, Infomaniak, Vultr]
