"""What SECURITY.md promises of the server: no script without its nonce, no request to other hosts, no way in without
the password. The same in a browser: browser/test_shield.py."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import serve
from gradio_client import Client

from shared.core.settings import settings

URL = "http://example.com/fox.png"
FILE = {"path": URL, "url": URL, "meta": {"_type": "gradio.FileData"}}


def answer(url: str, name: str, *values: object, **more) -> str:
    """What an endpoint says over plain REST, as an event stream."""
    with httpx.Client(base_url=url, timeout=120, **more) as http:
        event = http.post(f"/gradio_api/call/{name}", json={"data": values}).raise_for_status().json()["event_id"]
        return http.get(f"/gradio_api/call/{name}/{event}").text


def test_every_script_of_the_page_has_the_nonce_of_its_answer(small_suite):
    nonces = set()
    for _ in range(2):
        page = httpx.get(small_suite)
        policy = page.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([\w-]{20,})'", policy)
        assert "unsafe-inline" not in policy.split("style-src")[0] and "http" not in policy
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert len(scripts) > 3 and all(f'nonce="{nonce}"' in script for script in scripts)
        assert page.text.count(rf"nonce=\u0027{nonce}\u0027") == 2, "those of the head, which Gradio puts in later"
        assert int(page.headers["content-length"]) == len(page.content) or "content-encoding" in page.headers
        assert page.headers["x-content-type-options"] == "nosniff"
        nonces.add(nonce)
    assert len(nonces) == 2
    assert httpx.head(small_suite).status_code == 200


@pytest.mark.slow
def test_the_process_asks_for_no_other_host(suite, logs):
    assert httpx.get(suite).status_code == 200
    assert "event: complete" in answer(suite, "gan_digits", "cgan-mnist", "7", 1)
    assert "event: complete" in answer(suite, "gpt2_text", "Once", "gpt2-stories", 2)
    assert "event: complete" in answer(suite, "sentiment", "Good.", "bert-reviews")
    told = answer(suite, "vae_encode", "vae-mnist", FILE)
    assert "event: error" in told and "fetches nothing from other addresses" in told
    for path in (f"file={URL}", f"proxy={URL}", f"file/{URL}", f"FILE={URL}".lower()):
        refused = httpx.get(f"{suite}gradio_api/{path}", headers={"Accept-Language": "en"})
        assert refused.status_code == 403 and "hands on nothing" in refused.json()["error"], path
    client = Client(suite, verbose=False)
    with pytest.raises(Exception, match="fetches nothing|not a picture|must be a seed"):
        client.predict("vae-mnist", URL, api_name="/vae_encode")
    assert "LOOKED UP" not in logs[suite].read_text()


def test_a_program_that_asks_for_one_is_told_on(start, tmp_path_factory):
    import programs

    log = tmp_path_factory.mktemp("log") / "log.txt"
    code = "import socket\ntry: socket.getaddrinfo('example.com', 80)\nexcept OSError: pass"
    programs.started(("-c", code), {}, log).join(60)
    assert log.read_text() == "LOOKED UP example.com\n"


def test_a_call_may_leave_out_what_has_a_default_and_gets_a_sentence_otherwise(suite):
    assert '"n": 16' in answer(suite, "gan_digits") and '"n": 16' in answer(suite, "gan_digits", "cgan-mnist")
    assert "6 values were sent; there are 5: model, digit, n, truncation, seed." in answer(
        suite, "gan_digits", *[1] * 6
    )
    for body in ({"nobody": 1}, []):
        refused = httpx.post(f"{suite}gradio_api/call/v2/gan_digits", json=body)
        assert 400 <= refused.status_code < 500 and "Parameter" not in refused.text and "click" not in refused.text


# ---- the login ------------------------------------------------------------------------------------------------------

PASSWORD = "open-sesame"


@pytest.fixture(scope="module")
def locked(start, tabs):
    return start(
        "-c", serve(tabs), AIGC_AUTH=f"ann:{PASSWORD}, bob:word", AIGC_FRAME_ANCESTORS="https://school.example"
    )


@pytest.mark.slow
def test_nobody_comes_in_without_the_password(locked, logs):
    assert "auth_required" in httpx.get(locked).text
    for path in ("info", "openapi.json", "mcp/", "mcp/schema", "queue/data", "call/fox/x", "file=/etc/passwd"):
        refused = httpx.get(f"{locked}gradio_api/{path}", headers={"Accept-Language": "en"})
        assert refused.status_code == 401 and refused.json()["error"].startswith("Log in first"), path
    for path in ("call/fox", "call/v2/fox", "queue/join", "mcp/", "run/fox", "upload", "component_server", "cancel"):
        assert httpx.post(f"{locked}gradio_api/{path}", json={"data": ["a"]}).status_code == 401, path
    for wrong in (("ann", "word"), ("ann", ""), ("", ""), ("eve", PASSWORD)):
        assert httpx.get(f"{locked}gradio_api/info", auth=wrong).status_code == 401
    assert httpx.post(f"{locked}login", data={"username": "ann", "password": "word"}).status_code == 400
    assert httpx.get(f"{locked}config").status_code == 401


def test_a_health_check_needs_no_password_and_is_told_what_harms_nobody(locked):
    assert httpx.get(f"{locked}health").json() == {"app": "AIGC Suite", "ok": True}
    whole = httpx.get(f"{locked}health", auth=("ann", PASSWORD)).json()
    assert {"version", "device", "models", "lines", "limits", "visitors", "golden"} <= whole.keys()
    assert "red fox" in answer(locked, "fox", "red", auth=("ann", PASSWORD))
    everybody, known = httpx.get(f"{locked}metrics").text, httpx.get(f"{locked}metrics", auth=("bob", "word")).text
    for number in ("aigc_process_bytes ", "aigc_line{", "aigc_jobs_total{", "aigc_job_seconds_count{"):
        assert number in everybody and number in known, number
    assert "aigc_sessions " in known and "aigc_sessions" not in everybody and "aigc_model_bytes{" not in everybody


def test_who_has_it_comes_in(locked, logs):
    assert Client(locked, auth=("bob", "word"), verbose=False).predict("red", api_name="/fox") == "red fox"
    assert "red fox" in answer(locked, "fox", "red", auth=("ann", PASSWORD))
    with httpx.Client(base_url=locked) as http:
        assert http.post("/login", data={"username": "ann", "password": PASSWORD}).json() == {"success": True}
        assert http.get("/gradio_api/info").status_code == 200
    assert "frame-ancestors 'self' https://school.example" in httpx.get(locked).headers["content-security-policy"]
    assert PASSWORD not in logs[locked].read_text()


def test_a_password_is_never_repeated():
    chosen = settings({"AIGC_AUTH": f"ann:{PASSWORD}"})
    assert chosen.auth == {"ann": PASSWORD} and PASSWORD not in repr(chosen)
    with pytest.raises(ValueError, match="^AIGC_AUTH must be NAME:PASSWORD, several with commas between them.$"):
        settings({"AIGC_AUTH": PASSWORD})


@pytest.mark.parametrize("wrong", ["", "school.example", "https://a.example/path", "* https://a.example", "'self'; x"])
def test_who_may_show_the_page_is_said_in_addresses(wrong):
    with pytest.raises(ValueError, match="^AIGC_FRAME_ANCESTORS must be "):
        settings({"AIGC_FRAME_ANCESTORS": wrong})
    assert settings({"AIGC_FRAME_ANCESTORS": "none"}).frame_ancestors == "'none'"


# ---- MCP, by the official client ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_mcp_client_calls_tools_with_and_without_the_password(locked, suite):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def asked(url: str, name: str, arguments: dict, auth=None):
        async with (
            streamablehttp_client(f"{url}gradio_api/mcp/", auth=auth) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert name in tools, list(tools)
            return tools, await session.call_tool(name, arguments)

    def run(*call):  # in a thread: Playwright's loop may be that of this one
        return ThreadPoolExecutor(1).submit(lambda: asyncio.run(asked(*call))).result()

    tools, said = run(suite, "sentiment", {"text": "A wonderful film.", "model": "naive-bayes-reviews"})
    assert len(tools) >= 20 and all(tool.description and tool.inputSchema for tool in tools.values())
    assert json.loads(said.content[0].text)["label"] == "good"
    _, said = run(suite, "text_to_image", {"prompt": "noto emoji of fox", "steps": 2, "n": 2})
    assert [part.type for part in said.content] == ["image", "text", "image", "text", "text"], said.content[0].text[
        :200
    ]
    _, said = run(suite, "gan_walk", {"path": "hop"})
    assert said.isError and "'hop' is not one of ['slerp', 'lerp']" in said.content[0].text, "by the schema, in MCP"
    _, said = run(suite, "sentiment", {"text": ""})
    assert said.isError and "Write a text first: one sentence is enough." in said.content[0].text
    _, said = run(locked, "say", {"prompt": "red"}, httpx.BasicAuth("ann", PASSWORD))
    assert said.content[0].text == "red fox"
