"""A small ACME client (RFC 8555): an account, orders, their challenges, and the moment when the CA is told to look."""
import base64
import hashlib
import http.client
import json
import ssl
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

SECONDS = 60
POLL_SECONDS = 0.05


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Refusal(Exception):
    pass


class Account:
    """One key at one CA. Its calls may come from several threads: each has a connection and nonces of its own."""

    def __init__(self, directory):
        self.place = urllib.parse.urlsplit(directory)
        self.local = threading.local()
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        self.jwk = {"crv": "P-256", "kty": "EC", "x": encoded(numbers.x.to_bytes(32, "big")), "y": encoded(numbers.y.to_bytes(32, "big"))}
        self.thumbprint = encoded(hashlib.sha256(canonical(self.jwk)).digest())
        self.directory = json.loads(self._call("GET", directory)[1])
        self.number = None
        head, _ = self._post(self.directory["newAccount"], {"termsOfServiceAgreed": True})
        self.number = head["Location"]

    def _call(self, method, url, body=None):
        path = urllib.parse.urlsplit(url).path
        for attempt in (1, 2):
            if not getattr(self.local, "connection", None):
                # The CA is a process of this run, with a certificate made for it.
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                self.local.connection = http.client.HTTPSConnection(self.place.netloc, timeout=SECONDS, context=context)
            try:
                self.local.connection.request(method, path, body, {"Content-Type": "application/jose+json"} if body else {})
                answer = self.local.connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self.local.connection = None
                if attempt == 2:
                    raise
        self.local.nonce = answer.headers.get("Replay-Nonce")
        if answer.status >= 400:
            raise Refusal(f"{method} {path}: {answer.status} {text.decode(errors='replace')[:300]}")
        return answer.headers, text

    def _post(self, url, payload):
        nonce = getattr(self.local, "nonce", None)
        if not nonce:
            self._call("HEAD", self.directory["newNonce"])
            nonce = self.local.nonce
        head = {"alg": "ES256", "nonce": nonce, "url": url} | ({"kid": self.number} if self.number else {"jwk": self.jwk})
        protected, content = encoded(canonical(head)), "" if payload is None else encoded(canonical(payload))
        one, two = utils.decode_dss_signature(self.key.sign(f"{protected}.{content}".encode(), ec.ECDSA(hashes.SHA256())))
        signature = encoded(one.to_bytes(32, "big") + two.to_bytes(32, "big"))
        head, text = self._call("POST", url, canonical({"protected": protected, "payload": content, "signature": signature}))
        return head, json.loads(text) if text else None

    def challenge(self, name, kind):
        """A fresh order for one name, and its challenge of this kind."""
        _, order = self._post(self.directory["newOrder"], {"identifiers": [{"type": "dns", "value": name}]})
        _, authorization = self._post(order["authorizations"][0], None)
        found = next(challenge for challenge in authorization["challenges"] if challenge["type"] == kind)
        return Challenge(self, order["authorizations"][0], found)


class Challenge:
    def __init__(self, account, authorization, data):
        self.account, self.authorization, self.url, self.token = account, authorization, data["url"], data["token"]

    @property
    def key_authorization(self):
        return f"{self.token}.{self.account.thumbprint}"

    @property
    def txt(self):
        return encoded(hashlib.sha256(self.key_authorization.encode()).digest())

    def validate(self):
        """Tells the CA to look and waits. Returns `valid` or the CA's reason."""
        self.account._post(self.url, {})
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            _, authorization = self.account._post(self.authorization, None)
            if authorization["status"] != "pending":
                errors = [challenge["error"]["detail"] for challenge in authorization["challenges"] if "error" in challenge]
                return "valid" if authorization["status"] == "valid" else f"{authorization['status']}: {'; '.join(errors)}"
            time.sleep(POLL_SECONDS)
        return "the CA came to no end"
