"""A server on loopback that speaks the part of Hugging Face's protocol by which files are sent."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "0" * 40


class FakeHub:
    """repositories: name → {"private", "files": {path: bytes}, "commits"}; seen: every request as
    (method, path, authorization). regular: the most bytes of a file that goes with the commit.
    """

    def __init__(self, key: str = "hf_" + "k" * 30) -> None:
        self.key, self.regular, self.refuses = key, 100_000, False
        self.repositories: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.seen: list[tuple[str, str, str]] = []
        self.on_object: Any = None

    def __enter__(self) -> "FakeHub":
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size) if size else b""
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b""
                    while length := int(self.rfile.readline(), 16):
                        body += self.rfile.read(length)
                        self.rfile.readline()
                    self.rfile.readline()
                path = self.path.split("?")[0]
                given = self.headers.get("Authorization") or ""
                hub.seen.append((self.command, path, given))
                status, data = hub.reply(self.command, path, given, body)
                text = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_HEAD = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    def reply(self, method: str, path: str, given: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        if path.startswith("/object/"):
            if self.on_object:
                self.on_object()
            self.objects[path.removeprefix("/object/")] = body
            return 200, {}
        if given != f"Bearer {self.key}" or self.refuses:
            return 401, {"error": "Invalid credentials"}
        if path == "/api/validate-yaml":
            assert json.loads(body)["repoType"] == "dataset"
            return 200, {"errors": [], "warnings": []}
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path.endswith(".git/info/lfs/objects/batch"):
            return 200, {
                "transfer": "basic",
                "objects": [self.place(o) for o in json.loads(body)["objects"]],
            }
        name = "/".join(path.removeprefix("/api/datasets/").split("/")[:2])
        if name not in self.repositories:
            return 404, {"error": "Repository not found"}
        if "/preupload/" in path:
            return 200, {"files": [self.mode(file) for file in json.loads(body)["files"]]}
        if "/commit/" in path:
            return self.commit(name, [json.loads(line) for line in body.splitlines()])
        return 200, {
            "id": name,
            "private": self.repositories[name]["private"],
            "siblings": [],
            "sha": "0" * 40,
            "tags": [],
        }

    def create(self, data: dict[str, Any]) -> tuple[int, Any]:
        """A repository, once."""
        name = f"{data.get('organization')}/{data['name']}"
        assert data["type"] == "dataset"
        address = f"{self.address}/datasets/{name}"
        if name in self.repositories:
            return 409, {"error": "You already created this dataset repo", "url": address}
        private = data.get("visibility") == "private" or bool(data.get("private"))
        self.repositories[name] = {"private": private, "files": {}, "commits": []}
        return 200, {"url": address}

    def mode(self, file: dict[str, Any]) -> dict[str, Any]:
        """How a file is to be sent."""
        small = file["size"] <= self.regular
        return {
            "path": file["path"],
            "uploadMode": "regular" if small else "lfs",
            "shouldIgnore": False,
            "oid": None,
        }

    def place(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Where a large file goes."""
        href = {"href": f"{self.address}/object/{wanted['oid']}"}
        return wanted | {"actions": {"upload": href}}

    def commit(self, name: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        """Files of a commit: small ones with it, large ones by their hash."""
        kept = self.repositories[name]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                kept["files"][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                kept["files"][value["path"]] = self.objects[value["oid"]]
            else:
                kept["commits"].append(value["summary"])
        return 200, {
            "commitUrl": f"{self.address}/datasets/{name}/commit/{'0' * 40}",
            "commitOid": "0" * 40,
        }
