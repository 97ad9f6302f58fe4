"""The login's throttle: how many passwords may be tried.

Whom to count. A visitor's address is the one of the connection, never one that he writes himself
(X-Forwarded-For, which uvicorn believes from loopback; `guard.launch_arguments` turns that off).
Behind a share tunnel or a proxy of this machine all visitors therefore come from one address and
share one allowance. Without that a stranger had as many tries as he could make up addresses.

What is counted. Wrong tries only: an allowance of FIVE that fills again by one in TWELVE seconds
(five a minute). A try takes one and a right one gives it back, so a class of thirty can log in at
once. A refused try costs nothing more, so refusing never lengthens itself: twelve seconds after
strangers stop, the right password is let in, whatever they did before.

What keeps the owner in while strangers go on. The right password cannot be let in beyond the
allowance, for then a guess would be, too: 429 must mean that the password was not looked at. But
who has logged in once holds a signed cookie, which nobody can make up, and has an allowance of his
own; so guests who are in and log in again, and the owner's own browser, do not depend on what
strangers do. A browser that was never in competes with the strangers of its own address only: on a
network each machine has an allowance (an IPv6 network of 64 bits counts as one machine, since it
has addresses without end). All addresses together have ONE HUNDRED AND TWENTY tries a minute: a
hundred machines guess no faster. And who sits at the machine needs no login: a second window on
loopback opens the same workspace without one.

The key of the cookies lives as long as the process. Addresses are forgotten when their allowance is
full again.
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

COOKIE = "inkwell-known"
TRIES, EVERY_S = 5, 12.0
ALL_TRIES, ALL_EVERY_S = 120, 0.5
KNOWN_DAYS = 30
REMEMBERED = (
    4096  # addresses and browsers with tries behind them; beyond that the fullest are forgotten
)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass
class Bucket:
    """An allowance: `most` tries, one more each `every_s` seconds; `at` is monotonic time."""

    most: float
    every_s: float
    left: float
    at: float

    def take(self, now: float) -> bool:
        """Take one try if there is one."""
        self.left, self.at = min(self.most, self.left + (now - self.at) / self.every_s), now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def give_back(self) -> None:
        """The try was a right one."""
        self.left = min(self.most, self.left + 1)

    def wait_s(self) -> int:
        """Whole seconds until there is a try again."""
        return max(1, round((1 - self.left) * self.every_s + 0.5))


class LoginThrottle:
    """Refuses tries of the password beyond the allowance with 429, unlooked at."""

    def __init__(self, app: App, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.clock = app, clock
        self.key = secrets.token_bytes(32)
        self.all = Bucket(ALL_TRIES, ALL_EVERY_S, ALL_TRIES, clock())
        self.buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or not scope["path"].rstrip("/").endswith("/login")
        ):
            await self.app(scope, receive, send)
            return
        browser = self.known(scope)
        bucket = self._bucket(f"browser {browser}" if browser else f"address {address(scope)}")
        now = self.clock()
        if not bucket.take(now):
            await _refuse(send, bucket.wait_s())
            return
        if not browser and not self.all.take(now):
            bucket.give_back()
            await _refuse(send, self.all.wait_s())
            return

        async def answered(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and let_in(message):
                bucket.give_back()
                if not browser:
                    self.all.give_back()
                message["headers"] = [
                    *message.get("headers", []),
                    (b"set-cookie", self.cookie().encode()),
                ]
            await send(message)

        await self.app(scope, receive, answered)

    def cookie(self) -> str:
        """A new browser's cookie."""
        name = secrets.token_hex(16)
        return (
            f"{COOKIE}={name}.{self._sign(name)}; Path=/; Max-Age={KNOWN_DAYS * 86400}; "
            f"HttpOnly; SameSite=Lax"
        )

    def known(self, scope: Scope) -> str:
        """The browser that logged in before, by its cookie; "" for any other."""
        for header, value in scope["headers"]:
            if header == b"cookie":
                try:
                    morsel = SimpleCookie(value.decode("latin-1")).get(COOKIE)
                except CookieError:
                    continue
                name, _, sign = (morsel.value if morsel else "").partition(".")
                if name and sign.isascii() and hmac.compare_digest(sign, self._sign(name)):
                    return name
        return ""

    def _sign(self, name: str) -> str:
        return hmac.new(self.key, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _bucket(self, who: str) -> Bucket:
        if who not in self.buckets and len(self.buckets) >= REMEMBERED:
            now = self.clock()
            kept = sorted(
                self.buckets.items(), key=lambda one: one[1].left + (now - one[1].at) / EVERY_S
            )[: REMEMBERED // 2]
            self.buckets = dict(kept)
        return self.buckets.setdefault(who, Bucket(TRIES, EVERY_S, TRIES, self.clock()))


def let_in(answer: dict[str, Any]) -> bool:
    """Whether Gradio took the password: it then hands out its token in a cookie."""
    return answer["status"] < 400 and any(
        name.lower() == b"set-cookie" and value.startswith(b"access-token")
        for name, value in answer.get("headers", [])
    )


def address(scope: Scope) -> str:
    """The address of the connection; of an IPv6 one its network of 64 bits."""
    host = str((scope.get("client") or ("?",))[0])
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


async def _refuse(send: Send, wait_s: int) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", str(wait_s).encode())]
    await send({"type": "http.response.start", "status": 429, "headers": head})
    await send(
        {
            "type": "http.response.body",
            "body": f"Too many wrong tries. Wait {wait_s} seconds, then try again.".encode(),
        }
    )
