"""What comes in from outside: long addresses, large bodies, names that nobody has, a disk that takes nothing, and some
hundred calls of tests/fuzz.py, which makes 10,000 of them where one asks it to."""

import json
import os
import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace

import fuzz
import gradio as gr
import pytest
from conftest import ROOT
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.state_holder import StateHolder

from shared.core import registry
from shared.core.settings import settings
from shared.page import frame, gate


@pytest.fixture(scope="module")
def suite(suite, logs):
    suite = fuzz.Suite(suite, logs[suite])
    yield suite
    suite.close()


def spoken(url: str, data: bytes, wait: float = 60) -> bytes:
    """What the server answers to these bytes, its head and the beginning of its body."""
    host, port = url.rstrip("/").rpartition("//")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as line:
        try:
            line.sendall(data)
        except OSError:  # it has closed already
            pass
        answer = b""
        try:
            while len(answer) < 2000 and (more := line.recv(2000)):
                answer += more
        except OSError:
            pass
        return answer


def head(start: str, **fields: str) -> bytes:
    lines = [
        start,
        "Host: x",
        "Connection: close",
        *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("length", [40_000, 65_600, 70_000, 200_000, 2_000_000])
def test_an_address_that_is_too_long(suite, length):
    answer = spoken(suite.url, head(f"GET /?x={'a' * length} HTTP/1.1"))
    assert answer.startswith(b"HTTP/1.1 414") or not answer and length > 10**6  # cut while it was being sent
    assert length > 10**6 or b"This address is too long: up to 32,768 characters" in answer
    if length < 10**5:
        in_chinese = spoken(suite.url, head(f"GET /?lang=zh&x={'a' * length} HTTP/1.1"))
        assert "地址过长".encode() in in_chinese


def test_a_link_as_long_as_they_get(suite):
    assert suite.http.get("/?tab=gpt2_text&r=" + "A" * 12_000).status_code == 200


def test_an_announced_upload_is_refused_before_it_is_read(suite):
    kind = "multipart/form-data; boundary=x"
    answer = spoken(suite.url, head("POST /gradio_api/upload HTTP/1.1", Content_Length="11000000", Content_Type=kind))
    assert answer.startswith(b"HTTP/1.1 413") and b"up to 10 MB" in answer
    chosen = head("POST /gradio_api/upload HTTP/1.1", Content_Length="11000000", Cookie="aigc_language=zh")
    assert "一次最多接收 10 MB".encode() in spoken(suite.url, chosen)


def test_bodies_have_an_end(suite):
    for path in (
        "/gradio_api/queue/join",
        "/gradio_api/run/predict",
        "/gradio_api/component_server",
        "/gradio_api/mcp/",
    ):
        answer = spoken(
            suite.url, head(f"POST {path} HTTP/1.1", Content_Length="60000000", Content_Type="application/json")
        )
        assert answer.startswith(b"HTTP/1.1 413"), path
    pieces = head("POST /gradio_api/queue/join HTTP/1.1", Transfer_Encoding="chunked", Content_Type="application/json")
    pieces += b'100000\r\n"' + b"a" * (0x100000 - 1) + b"\r\n" + (b"100000\r\n" + b"a" * 0x100000 + b"\r\n") * 20
    assert spoken(suite.url, pieces).startswith(b"HTTP/1.1 413")


def test_a_picture_as_large_as_they_get_comes_through(suite):
    picture = "data:image/png;base64," + "A" * (gate.MOST_BYTES * 4 // 3)
    answer = suite.http.post("/gradio_api/call/vae_encode", json={"data": ["vae-mnist", picture]})
    assert answer.status_code == 200, answer.text


def test_an_upload_that_is_cut_off_leaves_no_traceback(suite):
    before = len(suite.log.read_text())
    kind = "multipart/form-data; boundary=x"
    spoken(
        suite.url, head("POST /gradio_api/upload HTTP/1.1", Content_Length="9000", Content_Type=kind) + b"--x\r\n", 0.5
    )
    assert "Traceback" not in suite.log.read_text()[before:]


def test_names_that_nobody_has(suite):
    for path in ("/gradio_api/call/v2/nobody", "/gradio_api/call/nobody", "/gradio_api/run/nobody"):
        answer = suite.http.post(path, json={"data": []})
        assert 400 <= answer.status_code < 500, (path, answer.text)
    body = {"session_hash": "x", "component_id": 99999, "fn_name": "x", "data": None}
    answer = suite.http.post("/gradio_api/component_server", json=body, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 400 and "无法识别" in answer.json()["error"]


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"prompt": "\ud800 fox", "model": "ngram-stories", "max_new_tokens": 1}, ""),
        ({"prompt": "a", "max_new_tokens": 10**400}, "max new tokens must be a whole number from 1 to"),
        ({"prompt": "a", "model": "emoji-diffusion"}, "emoji-diffusion"),
        ({"prompt": ["a"]}, "must be a text"),
    ],
    ids=["half a pair", "a number", "a picture model", "a list"],
)
def test_text_endpoint(suite, arguments, sentence):
    body = {"content": json.dumps(arguments).encode(), "headers": {"Content-Type": "application/json"}}
    posted = suite.http.post("/gradio_api/call/v2/gpt2_text", **body).json()
    answer = suite.http.get(f"/gradio_api/call/gpt2_text/{posted['event_id']}", timeout=fuzz.START_S).text
    assert ("event: complete" if not sentence else "event: error") in answer and sentence in answer
    assert not fuzz.RAW.search(answer)


@pytest.mark.parametrize(
    "path", [["x"], None, {"a": 1}, "/etc/passwd", "", 7, "\0", "a" * 9000], ids=lambda path: repr(path)[:20]
)
def test_a_path_that_is_none(suite, path):
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    answer = suite.http.post("/gradio_api/call/vae_encode", json={"data": ["vae-mnist", file]})
    answer = suite.http.get(f"/gradio_api/call/vae_encode/{answer.json()['event_id']}")
    assert "event: error" in answer.text and not fuzz.RAW.search(answer.text), answer.text


def test_what_is_kept_of_visitors_has_an_end(monkeypatch):
    monkeypatch.setattr(frame, "SESSIONS", 2)
    page = frame.page([])
    frame.mount(FastAPI(), page, "/suite", settings())
    holder = StateHolder()
    holder.set_blocks(page)
    for name in "abc":
        holder[name]
    assert list(holder.session_data) == ["b", "c"]


@pytest.fixture
def uploading(tmp_path, monkeypatch):
    """-> the folder that a small page puts uploads into, and the answer to one, however often it is called."""
    folder = tmp_path / "folder"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder / "inside"))
    outer = frame.mount(FastAPI(), frame.page([]), "/suite", settings())
    with TestClient(outer) as client:
        file = {"files": ("x.png", b"x" * 100_000)}
        yield folder, lambda **headers: client.post("/suite/gradio_api/upload", files=file, headers=headers)
        if folder.is_file():  # at its end Gradio looks for what it has to throw away
            folder.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_full_disk(uploading):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        answer = uploading[1]()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert answer.status_code == 507 and "disk of this machine is full" in answer.json()["error"]


def test_a_folder_that_takes_nothing(uploading):
    folder, upload = uploading
    assert upload().status_code == 200
    shutil.rmtree(folder)
    folder.touch()
    answer = upload(Cookie="aigc_language=zh", **{"Accept-Language": "en"})
    assert answer.status_code == 507 and "本机不允许程序保存文件" in answer.json()["error"]
    assert str(folder) not in answer.text


def test_a_start_without_a_folder_for_temporary_files(tmp_path):
    (tmp_path / "file").touch()
    place = {"GRADIO_TEMP_DIR": str(tmp_path / "file" / "folder")}
    command = [sys.executable, "-c", "from shared.page import frame"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | place, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "GRADIO_TEMP_DIR" in done.stdout and not done.stderr


@pytest.mark.slow
def test_some_hundred_seeded_calls(suite, built):
    found = fuzz.targets(built)
    assert len({kind for kind, _, _ in found}) == 7
    assert [line for i in range(20_000, 20_150) for line in fuzz.call(suite, found, i)] == []


@pytest.mark.parametrize("language, sentence", [("en", "There is no model called"), ("zh", "没有名为“x”的模型")])
def test_a_sentence_that_nobody_has_caught_reaches_the_visitor(language, sentence, caplog):
    asked = SimpleNamespace(request=SimpleNamespace(scope={}), query_params={"lang": language}, cookies={}, headers={})
    with pytest.raises(gr.Error, match=sentence), gate.guarded("fault", asked):
        registry.spec("x")
    assert not caplog.records
