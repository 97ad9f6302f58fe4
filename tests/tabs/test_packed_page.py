"""The page is sent packed where the browser takes it; answers and files are not."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tabs.shell.packed_page import PackedPage


def test_the_page_alone_is_packed_and_only_for_who_takes_it():
    def told(request):
        return PlainTextResponse("ink " * 5000)

    app = Starlette(
        routes=[Route("/", told), Route("/file", told)], middleware=[Middleware(PackedPage)]
    )
    with TestClient(app) as client:
        packed = client.get("/", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < 1000 and packed.text == "ink " * 5000
        for path, takes in (("/", "identity"), ("/file", "gzip")):
            answer = client.get(path, headers={"accept-encoding": takes})
            assert "content-encoding" not in answer.headers and answer.text == "ink " * 5000
