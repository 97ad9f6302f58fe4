"""A guest of a shared window: the chat with what the host has loaded, and nothing of this
machine.
"""

import http.client
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio import page_state
from studio.errors import ModelError
from studio.workspace import Workspace
from tabs.kit import guests
from tabs.shell import login
from tests import raw_calls
from tests.journeys.conftest import Window, stop_everything

WORD = "long-enough"


class Hub(BaseHTTPRequestHandler):
    """A hub that has nothing, and notes who asks."""

    asked: list[str] = []

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_HEAD = do_POST = do_GET


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A window open to the network, with a private workspace beside it and no model; a guest who
    has logged in.
    """
    folder = tmp_path_factory.mktemp("guests")
    (folder / "home" / "workspaces" / "private-project-x").mkdir(parents=True)
    hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_address[1]}")
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        patch.setenv("INKWELL_MODELS", str(folder / "home" / "models"))
        page_state.save(
            Workspace.open(folder / "book"),
            {
                "chat-base": [{"role": "user", "content": "what the host asked"}],
                "dialogue-target": "the host's role",
            },
        )
        made = Window(folder, "--host", "0.0.0.0", "--auth", f"ink:{WORD}")
        made.open()
        guest = raw_calls.Raw(made.url)
        status, cookie = sign_in(made.port, WORD)
        assert status == 200
        guest.cookie = cookie
        yield guest, folder, made
        made.close()
    hub.shutdown()
    stop_everything(folder)


def sign_in(port, word, path="/login", **headers):
    """The answer's status and the cookies that it sets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = urllib.parse.urlencode({"username": "ink", "password": word})
    head = {"Content-Type": "application/x-www-form-urlencoded"} | {
        key.replace("_", "-"): value for key, value in headers.items()
    }
    connection.request("POST", path, body, head)
    answer = connection.getresponse()
    return answer.status, "; ".join(
        value.split(";")[0] for key, value in answer.getheaders() if key.lower() == "set-cookie"
    )


def test_a_guest_learns_no_workspace_no_folder_and_nothing_that_the_host_typed(shared):
    """Every handler that is wired, called raw with hostile values, and the page itself."""
    guest, folder, _ = shared
    config = guest.config()
    secret = [
        str(folder),
        str(Path.home()) + "/",
        "private-project-x",
        "what the host asked",
        "the host's role",
    ]
    told = json.dumps(config)
    calls = [call for call in config["dependencies"] if call["backend_fn"]]
    assert 8 <= len(calls) <= 20
    for call in calls:
        for text in (
            "",
            "private-project-x",
            "/etc",
            str(folder / "home" / "models" / "x"),
            "someone/any-model",
        ):
            data = raw_calls.inputs(config, call["id"], lambda props, text=text: text, None)
            answer = guest.call(call["id"], data, {"act": "page", "index": 1})
            told += json.dumps(answer)
    assert not [part for part in secret if part in told]


def test_a_guest_neither_chooses_nor_loads_nor_fetches_a_model(shared):
    """Whatever a guest sends for model, hub, quantisation and adapter: the host has loaded none, so
    none is loaded.
    """
    guest, folder, _ = shared
    config = guest.config()
    parts = {part["id"]: part["props"] for part in config["components"]}
    names = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
    send = next(
        call for call in config["dependencies"] if [names["chat-send"], "click"] in call["targets"]
    )
    assert not [
        call for call in config["dependencies"] if [names["chat-load"], "click"] in call["targets"]
    ]
    wanted = {
        "model": "someone/any-model",
        "chat-message": "hello",
        "hub": "modelscope",
        "quantization": "4",
        "adapter": "",
        "chat-who": "base",
    }
    data = [wanted.get(parts[i].get("elem_id"), parts[i].get("value")) for i in send["inputs"]]
    answer = guest.call(send["id"], data)
    assert raw_calls.told(config, send["id"], answer) == "No model is loaded at the moment."
    assert not Hub.asked
    assert not (folder / "home" / "server" / "state.json").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/hostname",
        "/gradio_api/upload_progress?upload_id=1",
        "/gradio_api/info",
        "/gradio_api/deep_link",
        "/gradio_api/proxy=http://127.0.0.1",
    ],
)
def test_doors_that_the_chat_does_not_need_are_shut(shared, path):
    guest, _, _ = shared
    assert guest.ask(path)[0] == 404


def test_a_guest_cannot_hand_in_files(shared):
    """An upload's answer would tell where this machine keeps it."""
    guest, folder, _ = shared
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        b"hello\r\n--x--\r\n"
    )
    status, reply = guest.ask(
        "/gradio_api/upload", body, Content_Type="multipart/form-data; boundary=x"
    )
    assert status == 404 and str(folder).encode() not in reply


def test_no_site_may_frame_the_window(shared):
    guest, _, made = shared
    connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=20)
    for path in ("/", "/config", "/nothing-here"):
        connection.request("GET", path, headers={"Cookie": guest.cookie})
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader(
            "X-Frame-Options"
        ) == "DENY" and "frame-ancestors 'none'" in answer.getheader("Content-Security-Policy")


def test_wrong_passwords_are_counted_whatever_address_they_name(shared):
    """Strangers cannot try on by naming other addresses; who was in before is let in meanwhile, and
    anybody soon after.
    """
    guest, _, made = shared
    codes = [
        sign_in(made.port, f"wrong{i}", X_Forwarded_For=f"9.9.9.{i}", Forwarded=f"for=9.9.8.{i}")[0]
        for i in range(30)
    ]
    assert codes.count(429) >= 25 and 200 not in codes
    assert sign_in(made.port, WORD, Cookie=guest.cookie)[0] == 200
    assert sign_in(made.port, WORD, Cookie=f"{login.COOKIE}=made-up.0123")[0] == 429
    assert guest.ask("/config")[0] == 200


def test_the_host_may_start_a_model_for_guests_only_from_this_machine(workspace, monkeypatch):
    """When the window opens: the model that the host chose last here, if it is on this machine."""
    started = []
    monkeypatch.setattr(guests.serving, "start", started.append)
    monkeypatch.setenv("INKWELL_MODELS", str(workspace.path / "none"))
    page_state.save(workspace, {"model": "someone/any-model"})
    refused = guests.load(workspace)
    assert (
        isinstance(refused, ModelError) and "someone/any-model" in refused.sentence and not started
    )


def test_the_hosts_model_and_adapter_stand(workspace, monkeypatch):
    spec = guests.ServerSpec(model_name_or_path="starter", quantization_bit="4")
    monkeypatch.setattr(
        guests.serving,
        "status",
        lambda: guests.serving.ServerStatus("ready", model="starter", spec=spec),
    )
    page_state.save(workspace, {"adapter": "emma"})
    assert guests.served() is spec and guests.adapter(workspace) == "emma"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Put it into /home/ann/.inkwell/models, or", "Put it into models, or"),
        (r"C:\Users\Ann\books\x.txt", "x.txt"),
        ("3/4 of it", "3/4 of it"),
        ("owner/name", "owner/name"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("~/models/mine", "mine"),
    ],
)
def test_paths_are_cut_to_their_last_name(value, told):
    assert guests.text(value) == told


def test_the_throttle_gives_back_right_tries_and_forgets(monkeypatch):
    """A class logs in at once; twelve seconds after the last wrong try there is another one;
    addresses do not pile up.
    """
    now = [0.0]
    throttle = login.LoginThrottle(None, clock=lambda: now[0])
    taken = throttle._bucket("address 1")
    for _ in range(40):
        assert taken.take(now[0])
        taken.give_back()
    assert [taken.take(now[0]) for _ in range(7)] == [True] * 5 + [False] * 2
    now[0] += 12.1
    assert taken.take(now[0]) and not taken.take(now[0])
    for i in range(3 * login.REMEMBERED):
        throttle._bucket(f"address {i}").take(now[0])
    assert len(throttle.buckets) <= login.REMEMBERED


def test_one_ipv6_network_is_one_address():
    same = [login.address({"client": (f"2001:db8::{i:x}", 1)}) for i in (1, 0xFFFF)]
    assert same[0] == same[1] == "2001:db8::/64"
    assert (
        login.address({"client": ("::ffff:10.0.0.1", 1)}) == "10.0.0.1"
        and login.address({"client": None}) == "?"
    )
