"""The page behind a real nginx, at a sub-path with a password in front, and mounted in another FastAPI app."""

import os
import shutil
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, answered, free_port, serve, stop
from playwright.sync_api import expect

COUNT = """
    import threading, time
    import gradio as gr
    from shared.page import parts

    TITLE = {"en": "Count", "zh": "计数"}
    ORDER = 5
    GO_ON = threading.Event()

    def count():
        yield "one"
        GO_ON.wait(60)
        yield "two"

    def build():
        with parts.inside() as page:
            button = gr.Button("Count")
            go_on = gr.Button("Go on")
            result = gr.Textbox(label="Counted")
            button.click(count, None, result, api_visibility="private")
            go_on.click(GO_ON.set, None, None, queue=False, api_visibility="private")
"""
CONFIG = """
user root; daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fast;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    auth_basic "Pupils only"; auth_basic_user_file {folder}/users;
    location /suite/ {{
      proxy_pass http://127.0.0.1:{app}/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      client_max_body_size 12m;
    }}
  }}
}}
"""
MOUNTED = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI
import app
from shared.core.settings import settings
from shared.page import frame

other = FastAPI()
other.get("/")(lambda: {{"mine": True}})
frame.mount(other, app.suite(Path({folder!r})), "/suite", settings())
uvicorn.run(other, host="127.0.0.1", port={port}, log_level="warning")
"""


@pytest.fixture(scope="module")
def folder(tabs, tmp_path_factory):
    """The tabs of the small suite, and one that streams."""
    folder = tmp_path_factory.mktemp("behind") / "spaces"
    shutil.copytree(tabs, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "count_tab").mkdir()
    (folder / "count_tab" / "__init__.py").write_text(textwrap.dedent(COUNT), "utf-8")
    return folder


@pytest.fixture(scope="module")
def behind_nginx(start, folder, tmp_path_factory):
    nginx = os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx, "No nginx was found: install it, or name it with NGINX=/path/to/it, or run `make test`."
    app = start("-c", serve(folder), AIGC_ROOT_PATH="/suite").rstrip("/").rpartition(":")[2]
    place, port = tmp_path_factory.mktemp("nginx"), free_port()
    (place / "users").write_text("pupil:{PLAIN}secret\n")
    (place / "nginx.conf").write_text(CONFIG.format(folder=place, port=port, app=app))
    process = subprocess.Popen([nginx, "-p", str(place), "-c", str(place / "nginx.conf")], stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}/suite/"
    stop(process)


@pytest.fixture(scope="module")
def mounted(folder, tmp_path_factory):
    port, log = free_port(), tmp_path_factory.mktemp("mounted") / "log.txt"
    with log.open("w") as output:
        code = MOUNTED.format(folder=str(folder), port=port)
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/"
    assert answered(address, lambda: process.poll() is None, log) == '{"mine":true}'
    yield address + "suite/"
    stop(process)


@pytest.mark.parametrize("where", ["behind_nginx", "mounted"])
def test_all_of_it_works_there(where, request, visit):
    address = request.getfixturevalue(where)
    page = visit("about:blank", http_credentials={"username": "pupil", "password": "secret"})
    asked = []
    page.on("response", lambda answer: asked.append((answer.status, answer.url)))
    page.goto(address + "?tab=owl_tab")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("red owl")
    page.get_by_role("tab", name="Count").click()  # a part that comes when it is opened
    page.get_by_role("button", name="Count", exact=True).click()
    counted = page.get_by_role("textbox", name="Counted")
    expect(counted).to_have_value("one")  # while the function is still at work: nothing holds the stream back
    page.get_by_role("button", name="Go on").click()
    expect(counted).to_have_value("two")
    assert page.url == address + "?tab=count_tab"
    outside = [(status, url) for status, url in asked if url.startswith("http") and not url.startswith(address)]
    assert not outside and not [(status, url) for status, url in asked if status >= 400]


def test_nobody_comes_in_without_the_password(behind_nginx):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(behind_nginx)
