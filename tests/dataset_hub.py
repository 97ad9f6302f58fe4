"""A hub of datasets on loopback that speaks Hugging Face's protocol as far as a download needs it:
what a dataset holds, and its files with their commit.
"""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COMMIT = "c0ffee" * 6 + "c0ff"


class DatasetHub:
    """repositories: owner/name → {file: content}. pace_s: the pause between pieces of a file;
    asked: the paths of all requests.
    """

    def __init__(self):
        self.repositories = {}
        self.pace_s = 0.0
        self.gated = set()
        self.asked = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                hub.answer(self, body=False)

            def do_GET(self):
                hub.answer(self, body=True)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request, *, body):
        path = request.path.split("?")[0]
        self.asked.append(path)
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "datasets"]:
            name = "/".join(parts[2:4])
            return self._about(request, name)
        name, file = "/".join(parts[1:3]), "/".join(parts[5:])
        content = self.repositories.get(name, {}).get(file)
        if content is None:
            return self._send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        start = int((request.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        return self._send(request, 206 if start else 200, content[start:], headers, body=body)

    def _about(self, request, name):
        if name in self.gated:
            return self._send(request, 403, b"", {"X-Error-Code": "GatedRepo"})
        if name not in self.repositories:
            return self._send(request, 404, b"", {"X-Error-Code": "RepoNotFound"})
        files = [
            {"rfilename": file, "size": len(content)}
            for file, content in self.repositories[name].items()
        ]
        told = {"id": name, "sha": COMMIT, "private": False, "siblings": files, "tags": []}
        return self._send(request, 200, json.dumps(told).encode())

    def _send(self, request, status, content, headers=None, *, body=True):
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        try:
            for at in range(0, len(content) if body else 0, 1 << 16):
                request.wfile.write(content[at : at + (1 << 16)])
                time.sleep(self.pace_s)
        except OSError:
            request.close_connection = True


@pytest.fixture
def dataset_hub(monkeypatch):
    """The hub, and this process's Hugging Face library turned to it."""
    from huggingface_hub import constants

    hub = DatasetHub()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        hub.url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    yield hub
    hub.server.shutdown()
