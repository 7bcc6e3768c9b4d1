import pytest
from flask import Flask, Response, redirect, request

from service.local.wsgi_http import WsgiHttp
from service.transport import NotSent


@pytest.fixture
def apps():
    return {}


@pytest.fixture
def http(apps):
    return WsgiHttp(apps)


def echo():
    app = Flask("echo")

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path):  # noqa: ARG001
        said = "|".join(
            [request.method, request.environ["REQUEST_URI"], request.headers.get("X-Who", ""), request.host]
        )
        return Response(said.encode() + b"|" + request.get_data(), 202, {"X-Reply": "Yes"})

    return app


def get(http, url):
    return http.request("GET", url, headers={}, body=b"", timeout_seconds=1)


def test_a_request_reaches_the_application_of_its_host_as_it_was_sent(http, apps):
    apps["http://one.test"] = Flask("other")
    apps["http://two.test:81"] = echo()
    answer = http.request(
        "POST", "http://two.test:81/a%20b?q=%2B1&r=", headers={"x-who": "me"}, body=b"data", timeout_seconds=1
    )
    assert answer.status == 202
    assert answer.headers["x-reply"] == "Yes"
    assert answer.body == b"POST|/a%20b?q=%2B1&r=|me|two.test:81|data"


def test_a_fragment_is_not_sent(http, apps):
    apps["http://one.test"] = echo()
    assert get(http, "http://one.test/a?b=1#rc=5").body == b"GET|/a?b=1||one.test|"


@pytest.mark.parametrize("url", ["http://two.test/", "https://one.test/", "http://one.test:81/"])
def test_an_unknown_host_is_not_reached(http, apps, url):
    apps["http://one.test"] = echo()
    with pytest.raises(NotSent):
        get(http, url)


def test_a_redirect_is_not_followed(http, apps):
    app = Flask("moved")
    app.add_url_rule("/a", view_func=lambda: redirect("/b"))
    apps["http://one.test"] = app
    answer = get(http, "http://one.test/a")
    assert (answer.status, answer.headers["location"]) == (302, "/b")


def test_an_application_may_call_another_while_it_answers(http, apps):
    app = Flask("front")
    app.add_url_rule("/front", view_func=lambda: get(http, "http://back.test/back").body)
    apps["http://front.test"] = app
    apps["http://back.test"] = echo()
    assert get(http, "http://front.test/front").body == b"GET|/back||back.test|"


def test_what_an_application_raises_comes_out(http, apps):
    def broken(_environ, _start_response):
        raise RuntimeError("a crash in the middle")

    apps["http://one.test"] = broken
    with pytest.raises(RuntimeError, match="a crash in the middle"):
        get(http, "http://one.test/")
