"""Who may reach the window: hosts, origins, logins, launch arguments."""

import socket

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from studio.errors import LaunchError
from tabs.shell import guard


@pytest.fixture
def client():
    async def answer(request):
        return PlainTextResponse("ran")

    layers = [
        Middleware(guard.HostCheck, hosts=set(guard.LOOPBACK)),
        Middleware(guard.SameOrigin),
        Middleware(guard.LoginThrottle),
    ]
    app = Starlette(
        routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"])],
        middleware=layers,
    )
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860"])
def test_loopback_hosts_pass(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7860",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "127.0.0.2",
        "localhost.",
        "",
        "[::2]",
        "127.0.0.1@evil.example",
        "xn--localhost",
    ],
)
def test_other_hosts_are_refused(client, host):
    assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://localhost:7860.evil.example"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_sites_cannot_press_buttons(client, method, headers):
    assert client.request(method, "/gradio_api/upload", headers=headers).status_code == 403


def test_the_page_itself_can(client):
    own = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}
    assert client.post("/gradio_api/queue/join", headers=own).status_code == 200
    assert client.post("/gradio_api/queue/join").status_code == 200


def test_passwords_cannot_be_tried_without_end(client):
    codes = [client.post("/login").status_code for _ in range(50)]
    assert codes.count(429) == 45


@pytest.mark.parametrize(
    ("host", "share"),
    [("0.0.0.0", False), ("192.168.1.5", False), ("127.0.0.1", True), ("myhost", False)],
)
def test_opening_to_others_needs_a_login(host, share):
    with pytest.raises(LaunchError, match="needs a login"):
        guard.check_login(None, host, share)


def test_a_login_is_checked_whole():
    check = guard.check_login("ink:long-enough", "0.0.0.0", False)
    assert check("ink", "long-enough")
    assert not check("ink", "long-enoug") and not check("in", "long-enough") and not check("", "")


@pytest.mark.parametrize("auth", ["ink", "ink:", ":password1", "ink:short"])
def test_weak_logins_are_refused(auth):
    with pytest.raises(LaunchError):
        guard.check_login(auth, "127.0.0.1", False)


def test_a_port_in_use_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=f"Port {port} is in use"):
            guard.free_port("127.0.0.1", port)
    assert guard.free_port("127.0.0.1", None) >= 7860


def test_launch_arguments_leave_nothing_to_the_environment(monkeypatch):
    for name, value in {
        "GRADIO_SHARE": "True",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_MCP_SERVER": "True",
        "GRADIO_ALLOWED_PATHS": "/",
    }.items():
        monkeypatch.setenv(name, value)
    told = guard.launch_arguments(host="127.0.0.1", port=1234, share=False, login=None, hosts=set())
    assert (
        told["server_name"] == "127.0.0.1"
        and told["share"] is False
        and told["mcp_server"] is False
    )
    assert (
        told["allowed_paths"] == []
        and told["run_history"] is False
        and told["enable_monitoring"] is False
    )


@pytest.fixture
def limited():
    async def answer(request):
        return PlainTextResponse(str(len(await request.body())))

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(guard.BodyLimit, most_bytes=1000)]),
        base_url="http://127.0.0.1:7860",
    )


def in_pieces(size):
    yield from (b"a" * 100 for _ in range(size // 100))


def test_a_body_beyond_the_limit_is_refused_whether_or_not_its_length_is_told(limited):
    assert limited.post("/gradio_api/queue/join", content=b"a" * 1000).text == "1000"
    assert limited.post("/gradio_api/queue/join", content=in_pieces(1000)).text == "1000"
    assert limited.post("/gradio_api/queue/join", content=b"a" * 1001).status_code == 413
    assert limited.post("/gradio_api/queue/join", content=in_pieces(1100)).status_code == 413
    assert (
        limited.post(
            "/gradio_api/run/upload",
            content=b"a" * 2000,
            headers={"content-type": "multipart/form-data; boundary=x"},
        ).status_code
        == 413
    )
    assert limited.post("/gradio_api/upload", content=b"a" * 2000).status_code == 413


def test_an_upload_passes_whatever_its_size(limited):
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert limited.post("/gradio_api/upload", content=b"a" * 5000, headers=form).text == "5000"
    assert (
        limited.post("/gradio_api/upload?upload_id=1", content=in_pieces(5000), headers=form).text
        == "5000"
    )
