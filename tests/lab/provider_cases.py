"""The cases that the API of every DNS provider goes through, from a short description of the API.

tests/fixtures/dns/<provider>.py has a class `Api`, a ProviderApi: which request finds a zone, reads,
adds and removes values, with the answers of the shape that the provider's documentation shows, and
what it answers when it refuses. From these parts cases() makes the calls of each case, in the form
that provider_double serves and checks: every request must come as it is written here, and no other.

What happens to a name in a case is a `Change`; a list of them is what a run does to a zone.
"""

import json
import re
from base64 import b64encode
from collections import namedtuple

ZONE = "example.com"
NAME = "_acme-challenge"
VALUE = "val1"

# `said`: the words of the provider's that the message must show.
Refusal = namedtuple("Refusal", "status json said headers", defaults=[{}])


def as_sent(body):
    """JSON as the program writes it; a text as it stands."""
    return body if isinstance(body, str) else \
        "" if body is None else json.dumps(body, separators=(",", ":"))


class Change:
    """A name (relative to the zone), the values that it has, those to put in or take out, and those
    that the run is about."""

    def __init__(self, there, change, name=NAME, ours=None):
        self.name, self.there, self.change = name, there, change
        self.ours = change if ours is None else ours

    @property
    def fqdn(self):
        return f"{self.name}.{ZONE}"

    @property
    def left(self):
        return [value for value in self.there if value not in self.change]


def quoted(value):
    return f'"{value}"'


def basic(user, password):
    """The Authorization field of HTTP's basic authentication."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class ProviderApi:
    documented = None  # the page that shows the shapes
    title = None  # as messages say it
    base = ""
    credentials = {}  # of the file, without the prefix
    secrets = None  # those that may not be shown; None: all of them
    settings = {}
    headers = {}  # of every request
    lists_zones = False  # one list of all zones; False: each guess is looked up
    greetings = 0  # calls before the first that needs credentials
    by_name = False  # each name is read and changed for itself; False: the zone's in one go
    unauthorized = limited = refused = None  # Refusals
    refused_as = "plugin"  # the kind of error that `refused` becomes
    redirect_as = "plugin"  # and a redirect of the first call,
    empty_as = "cannot understand the answer: ", "protocol"  # and an empty answer to it
    hint = "check dns_"  # in the remedy for `unauthorized`

    # A change that is refused when it arrives a second time is looked for.
    looks_again = True

    # --- what a provider has to say: each gives the list of calls ---

    def zones(self):
        """Lists all zones; there are example.com and another (lists_zones)."""
        raise NotImplementedError

    def zone(self, name):
        """Looks a zone up; there is only example.com (not lists_zones)."""
        raise NotImplementedError

    def read(self, changes):
        """Reads what is there."""
        raise NotImplementedError

    def add(self, changes):
        raise NotImplementedError

    def remove(self, changes):
        raise NotImplementedError

    # In addition, where lists come in pages:
    zones_on_pages = None  # () -> calls, with example.com on the second
    read_on_pages = None  # (changes) -> calls, with one value on the first

    def doubts(self):
        """What is called after the refusal of a change, before it is believed."""
        return []

    def finish(self, changes):
        """What is called after adding or removing, even when there was nothing to do."""
        return []

    def more(self):
        """Cases of this provider alone: pairs of name and case()."""
        return ()

    # --- its tools ---

    late = 0  # seconds that have passed, for sign()
    verify = None  # (request): raises unless the signature is right, where it is random

    def sign(self, method, url, body):
        """The header fields of a request."""
        return self.headers

    def later(self, call, seconds):
        """The same call after some time: signed again."""
        request = call["request"]
        self.late = seconds
        signed = self.sign(request["method"], request["url"],
                           as_sent(request.get("json", request.get("body"))))
        self.late = 0
        return {**call, "request": {**request, "headers": {**request["headers"], **signed}}}

    def call(self, method, path, answer=None, send=None, status=200, headers=None, says=None):
        """A call; `answer` is JSON, or text as it stands; `says`: header fields of the answer."""
        url = path if "://" in path else self.base + path
        request = {"method": method, "url": url,
                   "headers": {**self.sign(method, url, as_sent(send)), **(headers or {})}}
        if isinstance(send, str):
            request["body"] = send
        elif send is not None:
            request["json"] = send
            request["headers"]["Content-Type"] = "application/json"
        if self.verify:
            request["verify"] = self.verify
        response = {"status": status, "headers": says or {}}
        if answer is not None:
            response["body" if isinstance(answer, str) else "json"] = answer
        return {"request": request, "response": response}

    def case(self, calls, output, challenges=(f"{ZONE}={VALUE}",), **more):
        case = {"documented": self.documented, "calls": calls, "output": output,
                "challenges": challenges, "settings": self.settings, **more}
        if self.credentials and "credentials" not in case:
            case["credentials"] = self.credentials
        if self.secrets is not None:
            case.setdefault("secrets", self.secrets)
        return case

    def find(self, *domains):
        """The search for the zone of these names."""
        if self.lists_zones:
            return self.zones()
        guesses = []
        for domain in domains:
            labels = domain.split(".")
            for i in range(len(labels)):
                guess = ".".join(labels[i:])
                if guess not in guesses:
                    guesses.append(guess)
                if guess == ZONE:
                    break
        return [call for guess in guesses for call in self.zone(guess)]

    def _run(self, changes, change):
        groups = [[one] for one in changes] if self.by_name else [changes]
        calls = []
        for group in groups:
            calls += self.read(group)
            group = [one for one in group if one.change]
            calls += change(group) if group else []
        return calls + self.finish(changes)

    def present(self, *changes):
        return self._run(changes, self.add)

    def cleanup(self, *changes):
        return self._run(changes, self.remove)

    def put(self, value=VALUE, there=()):
        """The usual beginning: one value is put in where `there` are others."""
        return self.find(ZONE) + self.present(Change(list(there), [value]))

    def take(self, value=VALUE, there=(VALUE,)):
        return self.cleanup(Change(list(there), [value] if value in there else [], ours=[value]))

    def take_after_failure(self):
        """Taking it out when it got in although the call failed."""
        return self.take()

    def failed(self, text, code):
        """The line that says so."""
        return rf"re:present {re.escape(NAME)}\.example\.com cannot .*{text}.*\({code}\)"


def numbered(changes, first):
    """What is there, as (id, change, value)."""
    there = [(of, value) for of in changes for value in of.there]
    return [(first + i, *pair) for i, pair in enumerate(there)]


def doomed(changes, first):
    """The ids of what is to go."""
    return [number for number, of, value in numbered(changes, first) if value in of.change]


def additions(changes):
    """What is to come, as (change, value)."""
    return [(of, value) for of in changes for value in of.change]


class RecordsApi(ProviderApi):
    """An API that lists records, posts new ones and deletes old ones by their ids."""

    looks_again = True
    first = 100  # the id of the first record that is there
    records_url = None  # of the list, to which new records are posted
    record_url = None  # of one, with "{}" for its id; None: below the list
    query = ""  # of the list
    add_method, remove_method, add_status, remove_status = "POST", "DELETE", 200, 200

    def new(self, of, value):
        """A new record as it is sent."""
        raise NotImplementedError

    def record(self, number, of, value):
        """A record as it is listed."""
        return {"id": number, **self.new(of, value)}

    def listed(self, records):
        """The answer that has these records."""
        return records

    def added(self, of, value):
        """The answer to a new record."""
        return self.record(self.first + 900, of, value)

    removed = None  # the answer to a removal

    def ours(self, changes):
        return [self.record(*one) for one in numbered(changes, self.first)]

    def read(self, changes):
        return [self.call("GET", self.records_url + self.query, self.listed(self.ours(changes)))]

    def add(self, changes):
        return [self.call(self.add_method, self.records_url, self.added(of, value), self.new(of, value),
                          status=self.add_status) for of, value in additions(changes)]

    def remove(self, changes):
        url = self.record_url or self.records_url + "/{}"
        return [self.call(self.remove_method, url.format(number), self.removed, status=self.remove_status)
                for number in doomed(changes, self.first)]


class SetsApi(ProviderApi):
    """An API that reads the set of a name at an URL, posts a new one and puts it whole otherwise."""

    by_name = looks_again = True
    new_method, change_method = "POST", "PUT"
    missing = None  # a Refusal: what is read where there is no set

    def set_url(self, of):
        """Where it is read."""
        raise NotImplementedError

    def new_url(self, of):
        return self.set_url(of)

    def old_url(self, of):
        return self.set_url(of)

    def found(self, of):
        """The answer that has the values of a set."""
        return self.body(of, of.there)

    def body(self, of, values):
        """What is written."""
        raise NotImplementedError

    def read(self, changes):
        [of] = changes
        call = self.call("GET", self.set_url(of), self.found(of))
        return [call if of.there or not self.missing else answered(call, self.missing)]

    def add(self, changes):
        [of] = changes
        if of.there:
            return [self.call(self.change_method, self.old_url(of), {}, self.body(of, of.there + of.change))]
        return [self.call(self.new_method, self.new_url(of), {}, self.body(of, of.change))]

    def remove(self, changes):
        [of] = changes
        if of.left:
            return [self.call(self.change_method, self.old_url(of), {}, self.body(of, of.left))]
        return [self.call("DELETE", self.old_url(of), status=204)]


def answered(call, refusal):
    """The same request, refused."""
    response = {"status": refusal.status, "headers": refusal.headers}
    response["body" if isinstance(refusal.json, str) else "json"] = refusal.json
    return {"request": call["request"], "response": response}


def done(*names):
    return [*(f"present {name or NAME}.{ZONE} ok" for name in names or [NAME]), "cleanup ok"]


def refused(api, calls, refusal, waits):
    """Calls of which the first is refused until these waits are over, milliseconds."""
    first, *rest = calls
    seconds = [sum(waits[:i]) // 1000 for i in range(len(waits) + 1)]
    return [answered(api.later(first, late), refusal) for late in seconds[:-1]] + \
        [api.later(call, seconds[-1]) for call in [first, *rest]]


def changing(api):
    """The calls that put a value in, before the first that changes something, and from there."""
    calls = api.put()
    start = len(api.find(ZONE)) + len(api.read([Change([], [VALUE])]))
    return calls[:start], calls[start:]


def usual_cases(api):
    both = Change([], [VALUE, "val2"]), Change([VALUE, "val2"], [VALUE, "val2"])
    yield "happy-path", api.case(api.put() + api.take(), done())
    yield "gone-before-cleanup", api.case(api.put() + api.take(there=()), done())
    yield "value-there-already", api.case(
        api.find(ZONE) + api.present(Change([VALUE, "other"], [], ours=[VALUE])) + api.take(there=[VALUE, "other"]),
        done())
    yield "other-values-kept", api.case(
        api.put(there=["other"]) + api.take(there=["other", VALUE]), done())
    yield "two-values-on-one-name", api.case(
        api.find(ZONE) + api.present(both[0]) + api.cleanup(both[1]), done(NAME, NAME),
        [f"{ZONE}={VALUE}", f"{ZONE}=val2"])
    parts = (f"{NAME}.a", "v1"), (f"{NAME}.b", "v2"), (NAME, "v3")
    yield "several-names-of-a-zone", api.case(
        api.find(ZONE, f"b.{ZONE}", f"a.{ZONE}") +
        api.present(*(Change([], [value], name) for name, value in parts)) +
        api.cleanup(*(Change([value], [value], name) for name, value in parts)),
        done(NAME, f"{NAME}.b", f"{NAME}.a"), [f"{ZONE}=v3", f"b.{ZONE}=v2", f"a.{ZONE}=v1"])


def zone_cases(api):
    name = f"{NAME}.a.www"
    yield "zone-in-a-parent", api.case(
        api.find(f"a.www.{ZONE}") + api.present(Change([], [VALUE], name)) +
        api.cleanup(Change([VALUE], [VALUE], name)), done(name), [f"a.www.{ZONE}={VALUE}"])
    yield "no-such-zone", api.case(
        api.find("example.net"),
        [f"re:present {NAME}.example.net cannot find the zone of 'example.net' at {api.title}: it has "
         r"none of example.net, net.* \(config\)", "cleanup ok"], ["example.net=val1"])
    if api.zones_on_pages:
        yield "zones-on-pages", api.case(
            api.zones_on_pages() + api.put()[len(api.find(ZONE)):] + api.take(), done())
    if api.read_on_pages:
        read = api.read_on_pages(Change(["other", VALUE], [], ours=[VALUE]))
        yield "records-on-pages", api.case(
            api.find(ZONE) + 2 * read + api.remove([Change(["other", VALUE], [VALUE])]), done())


# What stands between the program and an API may answer in its place, and knows nothing of its errors.
FORBIDDEN = Refusal(403, "<html>Forbidden</html>", "<html>Forbidden", {"Content-Type": "text/html"})
MISSING = Refusal(404, "<html>Not Found</html>", "<html>Not Found", {"Content-Type": "text/html"})
DOUBLING = [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]


def refusal_cases(api):
    greetings, calls = api.put()[:api.greetings], [*api.put()[api.greetings:], *api.take()]
    busy = Refusal(503, "<html>busy</html>", "", {"Content-Type": "text/html"})
    down = Refusal(500, "oops", "oops")
    slow = [1000 * int(api.limited.headers["Retry-After"])] * 9 \
        if "Retry-After" in api.limited.headers else DOUBLING

    def failed(text, code, waits=()):
        return [*(f"wait {wait} ms" for wait in waits),
                api.failed(f"at {re.escape(api.title)}: .*{text}", code), "cleanup ok"]

    def status(refusal):
        return rf"answered {refusal.status}: {re.escape(refusal.said)}"

    yield "wrong-credentials", api.case(
        [*greetings, answered(calls[0], api.unauthorized)],
        failed(rf"{status(api.unauthorized)}.* \[hint: .*{re.escape(api.hint)}.*\]", "config"))
    yield "rate-limit", api.case(
        greetings + refused(api, calls, api.limited, slow[:1]), [f"wait {slow[0]} ms", *done()])
    yield "rate-limit-that-lasts", api.case(
        greetings + refused(api, calls[:1], api.limited, slow + [0])[:-1],
        failed(status(api.limited), "rate-limited", slow))
    dated = api.limited._replace(headers={**api.limited.headers, "Retry-After": "Fri, 02 Jan 2026 03:04:35 GMT"})
    yield "rate-limit-until-a-date", api.case(
        greetings + refused(api, calls, dated, [30000]), ["wait 30000 ms", *done()])
    yield "server-down", api.case(
        greetings + refused(api, calls[:1], down, DOUBLING[:5] + [0])[:-1],
        failed(status(down), "network", DOUBLING[:5]))
    yield "malformed-json", api.case(
        [*greetings, answered(calls[0], Refusal(200, '{"a": [', ""))],
        failed("cannot understand the answer: ", "protocol"))
    for name, body in ("deep-answer", "[" * 100000), ("answer-with-a-nul-byte", '{"a\0b": [1]}'):
        yield name, api.case(
            [*greetings, answered(calls[0], Refusal(200, body, ""))],
            failed("cannot understand the answer: ", "protocol"))
    yield "empty-answer", api.case(
        [*greetings, answered(calls[0], Refusal(200, "", ""))],
        failed(*api.empty_as))
    # Nothing is sent to where the answer points, least of all credentials.
    yield "redirect", api.case(
        [*greetings, answered(calls[0], Refusal(302, "", "", {"Location": "https://elsewhere.test/"}))],
        failed("answered 302", api.redirect_as))
    before, change = changing(api)
    page = Refusal(200, " <!DOCTYPE html><title>Log in</title>", "", {"Content-Type": "text/html"})
    yield "web-page-in-place-of-an-answer", api.case(
        [*before, answered(change[0], page), *api.take_after_failure()],
        failed("cannot understand the answer: ", "protocol"))
    for name, refusal, doubts, kind, hint in (
            ("change-that-is-forbidden", FORBIDDEN, [], "config", rf" \[hint: .*{re.escape(api.hint)}.*\]"),
            ("change-of-what-is-not-there", MISSING, api.doubts(), "plugin", "")):
        yield name, api.case(
            [*before, answered(change[0], refusal), *doubts, *api.take_after_failure()],
            failed(status(refusal) + ".*" + hint, kind))
    yield "server-error-then-success", api.case(
        before + refused(api, change + api.take(), busy, DOUBLING[:2]),
        ["wait 1000 ms", "wait 2000 ms", *done()])
    if api.looks_again:
        # The answer to the change is lost on a kept connection, and what is sent again is refused.
        yield "arrived-twice", api.case(
            [*before, {"request": change[0]["request"], "response": {"hang_up": True}},
             answered(change[0], api.refused), *api.doubts(), *api.read([Change([VALUE], [])]),
             *api.finish([Change([VALUE], [])]), *api.take()], done())
    yield "cleanup-after-failed-present", api.case(
        [*before, answered(change[0], api.refused), *api.doubts(),
         *api.take_after_failure()],
        failed(status(api.refused), api.refused_as))


def cases(api):
    """Pairs of name and case. An API that has neither zones nor records to read gives its own."""
    if hasattr(api, "cases"):
        yield from api.cases()
        return
    yield from usual_cases(api)
    yield from zone_cases(api)
    yield from refusal_cases(api)
    yield from api.more()
