"""A CA of the time between ACME v1 and RFC 8555: the messages are those of v2, and tls-sni-01 is still
there. It validates for real.

    with DraftCA(folder, challenges=("tls-sni-01",)) as ca:
        Certbot(tmp, ca).certonly("a.test")

All names are at `address`; `http_port` and `tls_port` are where it looks for challenges. `validated` has
the type and the name of each challenge that held, `deactivated` the numbers of authorizations. `meanwhile`
is called with these before each validation: what is in place then can be looked at.
"""

import http.client
import json

from .acme_v1 import VALIDATORS, Refused, jwk_of, thumbprint
from .hostile import HostileCA
from .process import free_port
from .reply import Reply, problem


class DraftCA(HostileCA):
    def __init__(self, folder, challenges=("http-01", "tls-sni-01")):
        super().__init__(folder)
        self.challenges = challenges
        self.tls_port = free_port()
        self.jwks, self.validated, self.deactivated = [], [], []
        self.meanwhile = lambda kind, name: None
        self.troubles = {}  # number of an authorization: (type of problem, text)

    def _new_account(self, exchange):
        self.jwks.append(jwk_of(exchange.protected))
        return super()._new_account(exchange)

    def _order_reply(self, number):
        reply = super()._order_reply(number)
        if any(authz // 1000 == number for authz in self.troubles):
            state = json.loads(reply.body)
            state["status"] = "invalid"
            reply = Reply.json(state)
        return reply

    def _authz(self, exchange):
        if (exchange.payload or {}).get("status") == "deactivated":
            self.deactivated.append(exchange.number)
        state = json.loads(super()._authz(exchange).body)
        state["challenges"] = [self._offer(exchange.number, index)
                               for index in range(len(self.challenges))]
        if exchange.number in self.troubles:
            state["status"] = "invalid"
        elif exchange.number in self.deactivated:
            state["status"] = "deactivated"
        return Reply.json(state)

    def _offer(self, authz, index):
        valid = self.orders[authz // 1000]["valid"][authz % 1000]
        state = {"type": self.challenges[index], "url": self.url("challenge", authz * 10 + index),
                 "status": "valid" if valid else "pending", "token": f"token-{authz:032d}"}
        if authz in self.troubles:
            kind, text = self.troubles[authz]
            state["status"] = "invalid"
            state["error"] = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": text}
        return state

    def _challenge(self, exchange):
        authz, index = divmod(exchange.number, 10)
        if exchange.payload is not None:
            if authz in self.deactivated:
                return problem("malformed", "it was deactivated", 400)
            self._validate(exchange, authz, index)
        return Reply.json(self._offer(authz, index)) \
            .with_header("Link", f'<{self.url("authz", authz)}>;rel="up"')

    def _validate(self, exchange, authz, index):
        order, kind = self.orders[authz // 1000], self.challenges[index]
        name, token = order["identifiers"][authz % 1000]["value"], self._offer(authz, index)["token"]
        account = int(exchange.protected["kid"].rsplit("/", 1)[-1])
        self.meanwhile(kind, name)
        try:
            VALIDATORS[kind](self, name, token, f"{token}.{thumbprint(self.jwks[account])}")
        except Refused as refused:
            self.troubles[authz] = refused.args
        except (OSError, http.client.HTTPException) as error:
            self.troubles[authz] = "connection", str(error)
        else:
            order["valid"][authz % 1000] = True
            self.validated.append((kind, name))
