"""What clients ask for when they connect: what Gradio itself would have answered to each of them, made once."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import serve


@pytest.fixture(scope="module")
def locked(start, tabs) -> str:
    return start("-c", serve(tabs), AIGC_AUTH="ann:a sentence, bob:word")


def config(url: str, auth=None, **headers: str) -> dict:
    return httpx.get(url + "config", auth=auth, headers=headers).raise_for_status().json()


def test_the_config_is_the_one_that_gradio_makes(small_suite):
    made_for_one = httpx.get(small_suite + "config?deep_link=").json()
    assert config(small_suite) == config(small_suite) == made_for_one
    assert made_for_one["root"] == small_suite.rstrip("/") and made_for_one["components"]
    first, second = (httpx.get(small_suite + "gradio_api/info?serialize=False") for _ in range(2))
    assert first.json() == second.json() and "/fox" in first.json()["named_endpoints"]
    assert {name: first.headers[name] for name in ("content-type", "x-content-type-options")} == {
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
    }


def test_each_gets_the_address_that_he_knows_the_server_by(small_suite):
    names = [f"host-{number}.example" for number in range(12)]  # more than are kept
    asked = [{"x-forwarded-host": name, "x-forwarded-proto": "https"} for name in names * 2]
    with ThreadPoolExecutor(8) as pool:
        roots = list(pool.map(lambda headers: config(small_suite, **headers)["root"], asked))
    assert roots == [f"https://{name}" for name in names * 2]
    assert config(small_suite, host="other.example:8000")["root"] == "http://other.example:8000"


def test_each_gets_his_own_name_and_a_stranger_nothing(locked):
    ann, bob = ("ann", "a sentence"), ("bob", "word")
    assert [config(locked, who)["username"] for who in (ann, bob, ann)] == ["ann", "bob", "ann"]
    for path in ("config", "gradio_api/info"):
        assert httpx.get(locked + path).status_code == 401, path
        assert httpx.get(locked + path, auth=("ann", "word")).status_code == 401, path
    with httpx.Client(base_url=locked) as browser:
        browser.post("login", data={"username": "bob", "password": "word"}).raise_for_status()
        assert browser.get("config").json()["username"] == "bob"
