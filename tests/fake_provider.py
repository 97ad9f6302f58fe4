"""A fake model server on loopback that speaks OpenAI's and Ollama's protocols, and fails on demand.

    with FakeProvider() as fake:
        fake.script("500", "ok")          # one entry a request; "ok" when the script is over
        fake.random(0.2, seed=1)          # or: a share of requests fails with one of RETRYABLE
        fake.answer = lambda messages, schema: "…"
        spec = fake.spec("openai")        # a ProviderSpec that points here
        fake.width = 8                    # of the vectors of /v1/embeddings and /api/embed

Every request is kept in `fake.requests` (path, headers, body, fault).
"""

import json
import random
import socket
import struct
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from studio.llm import ProviderSpec

JSON = "application/json"
TOO_LONG = (
    "This model's maximum context length is 4096 tokens. However, "
    "your messages resulted in 9000 tokens."
)
STATUS = {  # fault → status, message, headers
    "400": (400, "invalid value for messages", {}),
    "401": (401, "Incorrect API key provided: sk-secretsecret1234", {}),
    "402": (402, "Insufficient Balance", {}),
    "403": (403, "You may not use this model", {}),
    "404-model": (404, "The model `nope` does not exist", {}),
    "404-path": (404, "Not Found", {}),
    "408": (408, "request timeout", {}),
    "413": (413, "payload too large", {}),
    "too-long": (400, TOO_LONG, {}),
    "quota": (429, "You exceeded your current quota, insufficient_quota", {}),
    "429": (429, "rate limit reached", {}),
    "429-1s": (429, "rate limit reached", {"Retry-After": "1"}),
    "429-date": (429, "rate limit reached", {"Retry-After": "date"}),
    "429-600s": (429, "rate limit reached", {"Retry-After": "600"}),
    "500": (500, "internal error", {}),
    "529": (529, "overloaded", {}),
    "no-schema": (400, "response_format type json_schema is not supported", {}),
    "no-object": (400, "response_format type json_object is not supported", {}),
    "no-seed": (400, "Unsupported parameter: 'seed' is not supported with this model", {}),
}
VECTOR_PATHS = ("/v1/embeddings", "/api/embed")
RETRYABLE = (
    "408",
    "429",
    "500",
    "529",
    "503-html",
    "html",
    "reset",
    "cut-body",
    "cut-json",
    "empty-choices",
    "null-content",
)


class FakeProvider:
    """The server; use it as a context manager. Attributes may be changed between requests."""

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.answer = answer
        self.embed = embed
        self.width = 8
        self.most_texts = 1000  # a request for more vectors is refused
        self.finish = "stop"
        self.delay_s = 0.0  # before a whole answer
        self.piece_delay_s = 0.0  # between the pieces of a stream
        self.hung_up = threading.Event()  # a client left in the middle of a stream
        self._script: list[str] = []
        self._random: tuple[float, random.Random, tuple[str, ...]] | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def script(self, *faults):
        """Faults of the next requests, in order; "ok" is an answer."""
        self._script = list(faults)

    def random(self, share, *, seed=0, faults=RETRYABLE):
        """Let this share of requests fail."""
        self._random = (share, random.Random(seed), tuple(faults))

    def url(self, provider):
        """The base URL for a provider's client."""
        return f"http://127.0.0.1:{self.port}" + ("/v1" if provider == "openai" else "")

    def spec(self, provider="openai", **values):
        """A ProviderSpec that points here."""
        return ProviderSpec(
            **{
                "provider": provider,
                "base_url": self.url(provider),
                "model_name_or_path": "fake",
                "timeout_s": 20,
            }
            | values
        )

    def take(self, record):
        """The fault for this request; the request is kept."""
        with self._lock:
            fault = self._script.pop(0) if self._script else "ok"
            if fault == "ok" and self._random and self._random[1].random() < self._random[0]:
                fault = self._random[1].choice(self._random[2])
            self.requests.append(record | {"fault": fault})
            return fault

    def sleep(self, seconds):
        """Sleep that ends with the server."""
        self._closing.wait(seconds)

    def left(self):
        """Wait until every client has gone; what a killed one had sent is among the requests
        then.
        """
        with socket.create_connection(
            ("127.0.0.1", self.port)
        ) as probe:  # served after all who came before
            probe.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while probe.recv(4096):
                pass
        with self._server.changed:
            assert self._server.changed.wait_for(lambda: not self._server.open, 60)

    @property
    def calls(self):
        """Number of requests so far."""
        return len(self.requests)


def answer(messages, schema):
    """The standard answer: the prompt's length and a digest, so that equal prompts get equal
    answers.
    """
    mark = format(hash(messages[-1]["content"]) & 0xFFFFFF, "06x")
    if schema is None:
        return f"Answer {mark} to a prompt of {len(messages[-1]['content'])} letters."
    return json.dumps(
        {name: f"{name} {mark} 好" for name in schema["properties"]}, ensure_ascii=False
    )


def embed(text, width):
    """The standard vector: of a text's letters, so that equal texts get equal vectors; not of
    length 1.
    """
    row = [0.0] * width
    for letter in text:
        row[ord(letter) % width] += 1.0
    return row


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *given):
        super().__init__(*given)
        self.open = 0
        self.changed = threading.Condition()

    def process_request(self, request, client_address):
        with self.changed:
            self.open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def handle_error(self, request, client_address):
        """Clients that were killed or hung up are part of the tests."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeProvider

    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw)
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.fake.take(
            {"path": self.path, "headers": headers, "body": body, "at": time.monotonic()}
        )
        ollama = self.path.startswith("/api/")
        if self.path not in ("/v1/chat/completions", "/api/chat", *VECTOR_PATHS):
            return self._status(404, "404 page not found", {}, ollama)
        try:
            if not self._faulty(fault, ollama):
                self._respond(body, fault, ollama)
        except (BrokenPipeError, ConnectionResetError):
            self.fake.hung_up.set()
            self.close_connection = True

    def _faulty(self, fault, ollama):
        """Answer with a fault that needs no text; whether it was one."""
        if fault in STATUS:
            self._status(*STATUS[fault], ollama)
        elif fault == "503-html":
            self._send(
                503,
                b"<html><head><title>503 Service Unavailable</title></head></html>",
                "text/html",
            )
        elif fault == "html":
            self._send(
                200,
                b"<!doctype html><html><body>Please log in</body></html>",
                "text/html; charset=utf-8",
            )
        elif fault == "silent":
            self.fake.sleep(60)
            self.close_connection = True
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault.startswith("redirect:"):
            self._send(307, b"", JSON, {"Location": fault.removeprefix("redirect:") + self.path})
        else:
            return False
        return True

    def _respond(self, body, fault, ollama):
        if self.path in VECTOR_PATHS:
            return self._vectors(body, fault, ollama)
        schema = self._schema(body)
        text = "" if fault == "blank" else self.fake.answer(body["messages"], schema)
        if fault == "bad-json":
            text = "I would rather not answer in JSON."
        finish = "length" if fault == "length" else self.fake.finish
        if body.get("stream") is True:
            return self._stream(text, finish, fault, ollama, body)
        self.fake.sleep(self.fake.delay_s)
        whole = ollama_whole(text, finish) if ollama else openai_whole(text, finish)
        if fault == "empty-choices":
            whole = {"model": "fake", "done": True} if ollama else whole | {"choices": []}
        if fault == "null-content":
            place = whole if ollama else whole["choices"][0]
            place["message"]["content"] = None
        if fault == "error-in-200":
            whole = upstream_failed(ollama)
        return self._whole(whole, fault)

    def _vectors(self, body, fault, ollama):
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        if len(texts) > self.fake.most_texts:
            return self._status(
                400,
                f"batch size is invalid, it should not be larger than {self.fake.most_texts}",
                {},
                ollama,
            )
        self.fake.sleep(self.fake.delay_s)
        width = self.fake.width + (fault == "wide")
        rows = [self.fake.embed(text, width) for text in texts]
        if fault == "few":
            rows.pop()
        if fault == "ragged":
            rows[-1].append(0.5)
        if fault == "not-numbers":
            rows[0][0] = None
        items = [
            {"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)
        ]
        if fault == "turned":
            items.reverse()
        whole = (
            {"model": "fake", "embeddings": rows}
            if ollama
            else {"object": "list", "model": "fake", "data": items}
        )
        if fault == "error-in-200":
            whole = upstream_failed(ollama)
        return self._whole(whole, fault)

    def _whole(self, whole, fault):
        data = json.dumps(whole, ensure_ascii=False).encode()
        if fault == "cut-json":  # the length fits, the JSON does not
            return self._send(200, data[: len(data) // 2], JSON)
        if fault == "cut-body":  # less than Content-Length says
            self._head(200, JSON, {"Content-Length": str(len(data))})
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return None
        return self._send(200, data, JSON)

    def _schema(self, body):
        given = body.get("format") if self.path == "/api/chat" else body.get("response_format")
        if isinstance(given, dict) and "json_schema" in given:
            return given["json_schema"]["schema"]
        if isinstance(given, dict) and "properties" in given:
            return given
        wanted = given == "json" or (isinstance(given, dict) and given.get("type") == "json_object")
        asked = wanted or "JSON object" in body["messages"][-1]["content"]
        return {"properties": dict.fromkeys(("instruction", "output"), {})} if asked else None

    def _stream(self, text, finish, fault, ollama, body):
        self._head(
            200,
            "application/x-ndjson" if ollama else "text/event-stream",
            {"Transfer-Encoding": "chunked"},
        )
        pieces = [text[i : i + 4] for i in range(0, len(text), 4)]
        for number, piece in enumerate(pieces):
            if fault == "stream-cut" and number == len(pieces) // 2:
                return self._chunk(None)
            if fault == "stream-drop" and number == len(pieces) // 2:
                self.close_connection = True
                return None
            if fault == "stream-bad-event" and number == 1:
                self._chunk('{"message": {' if ollama else "data: {nonsense\n\n")
            if fault == "stream-error" and number == 1:
                self._chunk(
                    json.dumps({"error": "gone"}) + "\n"
                    if ollama
                    else 'data: {"error": {"message": "gone"}}\n\n'
                )
                return self._chunk(None)
            self._chunk(ollama_piece(piece) if ollama else openai_piece(piece))
            self.fake.sleep(60 if fault == "stream-silent" else self.fake.piece_delay_s)
        for last in (
            ollama_end(finish)
            if ollama
            else openai_end(finish, body, twice=fault == "stream-double-done")
        ):
            self._chunk(last)
        return self._chunk(None)

    def _chunk(self, text):
        data = (text or "").encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _status(self, status, message, headers, ollama):
        if headers.get("Retry-After") == "date":
            headers = {"Retry-After": formatdate(time.time() + 2, usegmt=True)}
        body = (
            {"error": message}
            if ollama
            else {"error": {"message": message, "type": "error", "code": None}}
        )
        self._send(status, json.dumps(body).encode(), JSON, headers)

    def _send(self, status, data, kind, headers=None):
        self._head(status, kind, {"Content-Length": str(len(data))} | (headers or {}))
        self.wfile.write(data)

    def _head(self, status, kind, headers):
        self.send_response(status)
        for name, value in ({"Content-Type": kind} | headers).items():
            self.send_header(name, value)
        self.end_headers()


def upstream_failed(ollama):
    """An error that comes with status 200."""
    error = "the upstream model failed"
    return {"error": error if ollama else {"message": error}}


def openai_whole(text, finish):
    """A chat completion."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def openai_piece(text, finish=None):
    """One event of a stream."""
    delta = {"content": text} if text else {}
    chunk = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(chunk)}\n\n"


def openai_end(finish, body, *, twice):
    """The last events: the finish, the usage if it was asked for, and [DONE]."""
    usage = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "fake",
        "choices": [],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
    asked = (body.get("stream_options") or {}).get("include_usage")
    events = [
        openai_piece("", finish),
        *([f"data: {json.dumps(usage)}\n\n"] if asked else []),
        "data: [DONE]\n\n",
    ]
    return [*events, *(["data: [DONE]\n\n"] if twice else [])]


def ollama_whole(text, finish):
    """An /api/chat answer."""
    return {
        "model": "fake",
        "created_at": "2026-11-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": True,
        "done_reason": finish,
        "prompt_eval_count": 11,
        "eval_count": 7,
    }


def ollama_piece(text):
    """One line of a stream."""
    line = {
        "model": "fake",
        "created_at": "2026-11-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": False,
    }
    return json.dumps(line) + "\n"


def ollama_end(finish):
    """The last line."""
    return [json.dumps(ollama_whole("", finish)) + "\n"]
