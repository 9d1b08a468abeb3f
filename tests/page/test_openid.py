"""A login at an OpenID provider: who it names comes in, nobody else, and programs still have their passwords."""

import httpx
import openid_provider
import pytest
from conftest import serve
from gradio_client import Client

from shared.core.settings import settings

EN = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def provider():
    with openid_provider.serving({"Ann": [], "bob": ["a-school"], "eve": ["elsewhere"]}) as provider:
        yield provider


@pytest.fixture(scope="module")
def suite(provider, start, tabs):
    allowed = {"AIGC_OPENID_USERS": "ann, a-school", "AIGC_AUTH": "robot:a word"}
    return start("-c", serve(tabs), **provider.variables, **allowed)


def login(suite, name: str, http: httpx.Client) -> httpx.Response:
    """Goes as a browser does, and says at the provider who it is."""
    there = http.get(f"{suite}login/openid?tab=owl")
    asked = http.get(there.headers["location"] + f"&as={name}")
    return http.get(asked.headers["location"])


@pytest.mark.slow
def test_nobody_comes_in_without_a_login(suite):
    for path in ("", "?tab=owl", "config", "nothing", "theme.css", "file=/etc/passwd"):
        page = httpx.get(suite + path, headers=EN)
        assert "This page is for people who have an account at 127.0.0.1." in page.text and "fox" not in page.text
        assert "nonce-" in page.headers["content-security-policy"]
    assert "login/openid?tab=owl" in httpx.get(suite + "?tab=owl").text
    assert "账号" in httpx.get(suite, headers={"Accept-Language": "zh-CN"}).text
    for path in ("info", "queue/data", "call/fox/x", "mcp/"):
        assert httpx.get(f"{suite}gradio_api/{path}").status_code == 401, path
    for path in ("gradio_api/call/fox", "gradio_api/queue/join", "reload", "logout/x"):
        assert httpx.post(suite + path, json={"data": ["a"]}).status_code == 401, path
    assert httpx.get(f"{suite}health").json() == {"app": "AIGC Suite", "ok": True}


@pytest.mark.parametrize("name", ["Ann", "bob"])
def test_whom_the_host_lets_in_comes_in_and_leaves(suite, name, logs):
    with httpx.Client(headers=EN) as http:
        back = login(suite, name, http)
        assert back.status_code == 303 and back.headers["location"] == f"{suite}?tab=owl"
        assert "gradio" in http.get(back.headers["location"]).text
        assert http.get(f"{suite}gradio_api/info").status_code == 200
        assert http.get(f"{suite}config").json()["username"] == name
        assert http.get(f"{suite}logout").headers["location"] == suite
        assert http.get(f"{suite}gradio_api/info").status_code == 401
    assert name not in logs[suite].read_text() and openid_provider.SECRET not in logs[suite].read_text()


def test_who_is_not_among_them_says_no_or_brings_an_answer_of_his_own_stays_outside(suite):
    with httpx.Client(headers=EN) as http:
        refused = login(suite, "eve", http)
        assert refused.status_code == 403 and "as eve, who is not among those" in refused.text
        said_no = login(suite, "no", http)
        assert said_no.status_code == 403 and "The login was not finished" in said_no.text
        asked = http.get(http.get(f"{suite}login/openid").headers["location"] + "&as=Ann").headers["location"]
        forged = [f"{suite}login/callback", f"{suite}login/callback?code=x&state=y", asked[:-3]]
        assert [http.get(address).status_code for address in forged] == [403] * 3
        assert http.get(f"{suite}gradio_api/info").status_code == 401
    assert httpx.get(asked, headers=EN).status_code == 403, "somebody else's answer"


def test_a_program_has_its_password(suite):
    assert Client(suite, auth=("robot", "a word"), verbose=False).predict("red", api_name="/fox") == "red fox"
    assert httpx.get(f"{suite}gradio_api/info", auth=("robot", "a word")).status_code == 200
    assert httpx.get(f"{suite}gradio_api/info", auth=("robot", "word")).status_code == 401


@pytest.mark.slow
def test_a_provider_that_does_not_answer_is_named(start, tabs, provider):
    gone = provider.variables | {"OPENID_PROVIDER_URL": "http://127.0.0.1:9"}
    suite = start("-c", serve(tabs), **gone, AIGC_OPENID_USERS="*")
    page = httpx.get(f"{suite}login/openid", headers=EN)
    assert page.status_code == 502 and "127.0.0.1 does not answer" in page.text


def test_who_comes_in_is_said_in_names(provider):
    with pytest.raises(ValueError, match="^AIGC_OPENID_USERS needs OPENID_PROVIDER_URL, OAUTH_CLIENT_ID, .*hf_oauth"):
        settings({"AIGC_OPENID_USERS": "*"})
    with pytest.raises(ValueError, match=r"^AIGC_OPENID_USERS must be \* for all, or names with commas"):
        settings(provider.variables | {"AIGC_OPENID_USERS": "*, ann"})
    assert settings(provider.variables | {"AIGC_OPENID_USERS": "Ann,b"}).openid_users == {"ann", "b"}
