"""From whatever a model server or its library did wrong to one LlmFault and the question: try
again?

Status codes follow RFC 9110. 408, 409, 425, 429 and 5xx may pass by themselves and are tried again;
400, 401, 403 and 404 never are. A Retry-After is kept to the second; one over 120 s ends the call.
"""

import email.utils
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any

from studio.errors import LlmFault
from studio.secrets import redact

MAX_WAIT_S = 120.0
PASSING = (408, 409, 425, 429)
NO_CREDIT = re.compile(
    r"insufficient.{0,3}(quota|balance|credit|funds)|exceeded your current quota|billing"
    r"|credit balance|out of credits"
    r"|payment required|arrears|余额不足|欠费|余额已用"
)
TOO_LONG = re.compile(
    r"context.?(length|window|size)|maximum context|too many tokens|(prompt|input|message)s? (is"
    r"|are) too long"
    r"|max_model_len|reduce the length|上下文(长度|窗口)|(输入|长度).{0,6}(过长|超)"
)
NO_MODEL = re.compile(
    r"model.{0,90}(not found|not exist|doesn't exist|unknown|not available)|model_not_found"
    r"|no such model|unknown model"
    r"|模型.{0,20}(不存在|未找到)",
    re.S,
)
REFUSED = re.compile(
    r"unsupported|not.{0,4}support|n't support|unavailable|unrecogni[sz]ed|unknown|not permitted"
    r"|not allowed|extra inputs"
    r"|only the default|不支持"
)
FORMAT_REFUSED = re.compile(
    r"response_format|json_schema|json_object|guided_json|structured.?output"
)
# What the client libraries let through, beside errors of their own, where an answer is not what its
# protocol says.
MISREAD = (OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError)
FIELDS = ("stream_options", "max_tokens", "temperature", "top_p", "seed")


class Trouble(Exception):
    """One failed try. `again`: another try may help, after `wait_s` seconds if the server said so.

    `refused` names the request field that this server does not know, so that it can be left out.
    """

    def __init__(
        self,
        fault: LlmFault,
        *,
        again: bool = False,
        wait_s: float | None = None,
        refused: str = "",
    ) -> None:
        super().__init__(fault.sentence)
        self.fault = fault
        self.again = again
        self.wait_s = wait_s
        self.refused = refused


def by_status(status: int, text: str, headers: Mapping[str, str], host: str, model: str) -> Trouble:
    """The trouble that an HTTP status other than 2xx means; `text` is the body."""
    low, known = (
        text.lower(),
        {"host": host, "model": model, "reason": reason(text), "status": status},
    )
    if status == 402 or (status in (400, 403, 429) and NO_CREDIT.search(low)):
        return Trouble(
            LlmFault(
                "no_credit",
                "The account at {host} has no credit left ({reason}).",
                "Top it up or choose another server, then resume.",
                **known,
            )
        )
    if status == 429:
        return _rate_limit(wait_told(headers), known)
    if status in PASSING or status >= 500:
        return _passing(status, wait_told(headers), known)
    if 300 <= status < 400:
        return Trouble(
            LlmFault(
                "unreachable",
                "{host} sends requests on to another address.",
                "Enter the final address as base URL, if you trust it.",
                **known,
            )
        )
    return _refusal(status, low, known)


def _refusal(status: int, low: str, known: dict[str, Any]) -> Trouble:
    """4xx that no second try mends."""
    if status == 401:
        return Trouble(
            LlmFault(
                "auth", "{host} refused the API key.", "Enter a valid key for this server.", **known
            )
        )
    if status == 403:
        return Trouble(
            LlmFault(
                "auth",
                "{host} refused access ({reason}).",
                "Check that the key may use this model.",
                **known,
            )
        )
    if status == 413 or (status in (400, 422) and TOO_LONG.search(low)):
        return Trouble(
            LlmFault(
                "too_long",
                "The text is too long for the model {model}.",
                "Use smaller chunks, fewer max_tokens or a model with a longer context.",
                **known,
            )
        )
    if status == 404 and "model" not in low:
        return Trouble(
            LlmFault(
                "not_found",
                "{host} has nothing at this address.",
                "Check the base URL; most end in /v1.",
                **known,
            )
        )
    if status == 404 or NO_MODEL.search(low):
        return Trouble(
            LlmFault(
                "not_found",
                "{host} does not know the model {model}.",
                "Check the model's name; with Ollama, pull it first.",
                **known,
            )
        )
    return Trouble(
        LlmFault(
            "bad_request",
            "{host} refused the request ({reason}).",
            "Check the model and the sampling fields.",
            **known,
        ),
        refused=refused_field(low),
    )


def _rate_limit(wait_s: float | None, known: dict[str, Any]) -> Trouble:
    if wait_s is not None and wait_s > MAX_WAIT_S:
        return Trouble(
            LlmFault(
                "rate_limit",
                "{host} asks to wait {seconds} s.",
                "Resume later; nothing finished is lost.",
                seconds=round(wait_s),
                **known,
            )
        )
    fault = LlmFault(
        "rate_limit",
        "{host} is asked too often.",
        "Lower the concurrency or resume later.",
        **known,
    )
    return Trouble(fault, again=True, wait_s=wait_s)


def _passing(status: int, wait_s: float | None, known: dict[str, Any]) -> Trouble:
    again = wait_s is None or wait_s <= MAX_WAIT_S
    if status in (408, 504):
        fault = LlmFault(
            "timeout",
            "{host} gave up waiting ({status}).",
            "Resume later or ask for shorter answers.",
            **known,
        )
    else:
        fault = LlmFault(
            "server",
            "{host} failed ({status}: {reason}).",
            "Resume when the server is well again.",
            **known,
        )
    return Trouble(fault, again=again, wait_s=wait_s if again else None)


def by_error(error: BaseException, host: str) -> Trouble:
    """The trouble behind a library's exception that carries no status."""
    chain = list(causes(error))
    known = {"host": host, "reason": reason(str(error) or type(error).__name__)}
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return Trouble(
            LlmFault(
                "unreachable",
                "No safe connection to {host} can be made (TLS).",
                "Check http or https in the base URL and the server's certificate.",
                **known,
            )
        )
    if any(isinstance(link, socket.gaierror) for link in chain):
        return Trouble(
            LlmFault(
                "unreachable",
                "The name of {host} cannot be found.",
                "Check the base URL and the network.",
                **known,
            ),
            again=True,
        )
    if any(isinstance(link, TimeoutError) or "Timeout" in type(link).__name__ for link in chain):
        return timed_out(host)
    if any(
        isinstance(link, OSError) or "Connect" in type(link).__name__ for link in chain
    ) and not _cut(chain):
        return Trouble(
            LlmFault(
                "unreachable",
                "{host} cannot be reached.",
                "Check that the server runs and the base URL is right.",
                **known,
            ),
            again=True,
        )
    if _cut(chain):
        return Trouble(
            LlmFault(
                "server",
                "{host} broke the connection off.",
                "Resume when the server is well again.",
                **known,
            ),
            again=True,
        )
    return nonsense(host)


def _cut(chain: list[BaseException]) -> bool:
    """Whether a connection that stood was lost, in the words of httpx's and the system's
    exceptions.
    """
    names = {type(link).__name__ for link in chain}
    lost = any(
        isinstance(link, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
        for link in chain
    )
    return lost or bool(names & {"ReadError", "WriteError", "RemoteProtocolError", "CloseError"})


def timed_out(host: str) -> Trouble:
    """No whole answer within the time given."""
    fault = LlmFault(
        "timeout",
        "{host} did not answer in time.",
        "Raise timeout_s or ask for shorter answers.",
        host=host,
    )
    return Trouble(fault, again=True)


def nonsense(host: str, content_type: str = "") -> Trouble:
    """A reply that is not what the protocol says."""
    if "html" in content_type:
        fault = LlmFault(
            "bad_reply",
            "{host} answered with a web page, not as a model server.",
            "Check the base URL; a proxy or login page may stand between.",
            host=host,
        )
    else:
        fault = LlmFault(
            "bad_reply",
            "{host} answered with something that cannot be read.",
            "Try again, or check that the base URL is a model server's.",
            host=host,
        )
    return Trouble(fault, again=True)


def empty(host: str) -> Trouble:
    """A well-formed reply without any text."""
    return Trouble(
        LlmFault(
            "bad_reply",
            "{host} sent an empty answer.",
            "Try again or choose another model.",
            host=host,
        ),
        again=True,
    )


def withheld(host: str) -> Trouble:
    """The server's content filter took the answer."""
    return Trouble(
        LlmFault(
            "bad_reply",
            "The content filter of {host} withheld the answer.",
            "Leave this text out or choose another model.",
            host=host,
        )
    )


def broken_stream(host: str) -> Trouble:
    """A stream that ended without saying that it was finished."""
    return Trouble(
        LlmFault(
            "bad_reply",
            "{host} broke the answer off in the middle.",
            "Ask again; the part is not kept.",
            host=host,
        ),
        again=True,
    )


def cut_off(tokens: int) -> LlmFault:
    """The answer reached the token limit."""
    return LlmFault(
        "too_long",
        "The answer was cut off at {tokens} tokens.",
        "Raise max_tokens or ask for less.",
        tokens=tokens,
    )


def wait_told(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` (seconds or an HTTP date, RFC 9110 §10.2.3) asks for, or None."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return milliseconds / 1000
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if value == value else None


def refused_field(low: str) -> str:
    """The request field that an error text (in lower case) says the server does not know, or ''."""
    if FORMAT_REFUSED.search(low) and (REFUSED.search(low) or "must be" in low or "invalid" in low):
        return "response_format"
    if not REFUSED.search(low):
        return ""
    return next((name for name in FIELDS if re.search(rf"\b{name}\b", low)), "")


def reason(text: str) -> str:
    """A server's own words: one short line without markup or keys."""
    try:
        found = json.loads(text)
        while isinstance(found, dict) and (
            inner := found.get("error") or found.get("message") or found.get("detail")
        ):
            found = inner
        text = found if isinstance(found, str) else text
    except ValueError:
        pass
    if "<" in text and (title := re.search(r"<title[^>]*>(.*?)</title>", text, re.S | re.I)):
        text = title[1]
    plain = " ".join(re.sub(r"<[^>]*>", " ", text[:4000]).split())
    plain = redact(plain).rstrip(".")
    return plain[:157] + "…" if len(plain) > 158 else plain or "no reason given"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it came from, hidden contexts too."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
