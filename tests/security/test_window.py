"""The window as it really runs: closed doors from outside, and no handler that hands out foreign
files.
"""

import json
import urllib.error
import urllib.request

import pytest

from tests.journeys.conftest import Window, stop_everything


def ask(window, path, data=None, **headers):
    request = urllib.request.Request(
        window.url + path, data=data, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_page_is_served_to_this_machine_alone(served):
    assert ask(served, "/")[0] == 200
    assert ask(served, "/", Host="evil.example")[0] == 400
    assert ask(served, "/config", Host=f"evil.example:{served.port}")[0] == 400


def test_cross_site_uploads_are_refused(served):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        b"hello\r\n--x--\r\n"
    )
    kind = "multipart/form-data; boundary=x"
    assert (
        ask(served, "/gradio_api/upload", body, Content_Type=kind, Origin="http://evil.example")[0]
        == 403
    )
    assert (
        ask(served, "/gradio_api/upload", body, Content_Type=kind, Sec_Fetch_Site="cross-site")[0]
        == 403
    )
    assert ask(served, "/gradio_api/upload", body, Content_Type=kind)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:22",
        "/proc/self/environ",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ],
)
def test_no_foreign_file_is_handed_out(served, path):
    status, body = ask(served, f"/gradio_api/file={path}")
    assert status >= 400 and b"root:" not in body


def test_nor_the_workspace_or_the_keys(served):
    for path in (served.workspace / "inkwell.db", served.folder / "home" / "keys.json"):
        assert ask(served, f"/gradio_api/file={path}")[0] >= 400


def test_monitoring_and_docs_are_off(served):
    for path in ("/monitoring/summary", "/docs", "/redoc", "/openapi.json", "/gradio_api/mcp/"):
        assert ask(served, path)[0] >= 400, path


def test_an_upload_cannot_name_a_file_of_this_machine(served):
    """A file box takes what was uploaded, not a path that the page made up."""
    config = json.loads(ask(served, "/config")[1])
    boxes = {c["id"] for c in config["components"] if c["type"] == "file"}
    calls = [
        d
        for d in config["dependencies"]
        if boxes & set(d["inputs"]) and any(t[1] == "upload" for t in d["targets"])
    ]
    assert len(calls) >= 3
    for call in calls:
        data = [
            [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}] if i in boxes else None
            for i in call["inputs"]
        ]
        body = json.dumps({"data": data, "fn_index": call["id"], "session_hash": "abc"}).encode()
        _, reply = ask(served, "/gradio_api/run/predict", body, Content_Type="application/json")
        assert b"root:x" not in reply
    assert not [
        p for p in (served.workspace / "documents").iterdir() if b"root:x" in p.read_bytes()
    ]


def test_shared_without_login_does_not_open(tmp_path, own_home):
    for flags in (("--share",), ("--host", "0.0.0.0")):
        made = Window(tmp_path, *flags)
        with pytest.raises(RuntimeError, match="needs a login"):
            made.open(20)


def test_on_the_network_only_the_chat_is_wired(tmp_path, own_home):
    made = Window(tmp_path, "--host", "0.0.0.0", "--auth", "ink:long-enough")
    try:
        made.open()
        assert ask(made, "/config")[0] == 401
        log_in = ask(
            made,
            "/login",
            b"username=ink&password=wrong-word",
            Content_Type="application/x-www-form-urlencoded",
        )
        assert log_in[0] == 400
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        browser.open(made.url + "/login", b"username=ink&password=long-enough", timeout=10).read()
        config = browser.open(made.url + "/config", timeout=10).read().decode()
        assert "chat-send" in config
        for elsewhere in (
            "train-start",
            "chunk-upload",
            "instructions-key",
            "dataset-export",
            "dialogue-start",
        ):
            assert elsewhere not in config
    finally:
        made.close()
        stop_everything(tmp_path)
