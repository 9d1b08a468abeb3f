"""The program starts behind a proxy, into any log file, and where other programs' variables say."""

import os
import socket
import subprocess
import sys
import urllib.request
from dataclasses import replace

import gradio as gr
import pytest
from conftest import ROOT, answered, free_port, stop

from shared.core.settings import refuse_taken_port, settings
from shared.page import frame, start

STARTS = {  # a start takes seconds, so each has several of them
    "a proxy that answers nobody, a log file of Windows, no home, no Hub": {
        "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "PYTHONIOENCODING": "cp1252",
        "HOME": "/nonexistent", "HF_HOME": "",
        "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "AIGC_MODELS": "hub",
    },
    "a SOCKS proxy, a log file in Chinese, at a sub-path": {
        "ALL_PROXY": "socks5://127.0.0.1:9", "PYTHONIOENCODING": "gbk", "GRADIO_ROOT_PATH": "/suite",
    },
    "a proxy, and some hosts without, ASCII, a mirror that answers nobody, a cache that cannot be written": {
        "http_proxy": "http://127.0.0.1:9", "NO_PROXY": "example.org",
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
        "HF_ENDPOINT": "http://127.0.0.1:9", "AIGC_MODELS": "hub", "HF_HOME": "/proc/nothing",
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTS)
def test_the_program_starts(name, tmp_path, tabs):
    port, log = free_port(), tmp_path / "log.txt"
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import app
from shared.core.settings import refuse_taken_port, settings
from shared.page import frame, start
frame.launch(app.suite(Path({str(tabs)!r})), settings())
"""
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    environment |= {"AIGC_MODELS": "bundled"} | STARTS[name] | {"GRADIO_SERVER_PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        assert "AIGC Suite" in answered(f"http://127.0.0.1:{port}/", lambda: process.poll() is None, log)
    finally:
        stop(process)


def test_our_variables_come_before_those_of_others():
    assert settings({"GRADIO_SERVER_NAME": "0.0.0.0", "PORT": "8080"}).host == "0.0.0.0"
    assert settings({"GRADIO_SERVER_PORT": "7000", "PORT": "8080"}).port == 7000
    assert settings({"AIGC_PORT": "7001", "GRADIO_SERVER_PORT": "7000"}).port == 7001
    assert settings({"PORT": "8080"}).port == 8080
    with pytest.raises(ValueError, match="^PORT must be a whole number from 1 to 65535, not 'seven'"):
        settings({"PORT": "seven"})


def test_a_taken_port_is_said_before_anything_is_loaded():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = f"""
import sys, app
try:
    app.main(["--port", "{port}"])
except SystemExit as end:
    print(end.code, "gradio" in sys.modules)
"""
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "2 False\n"
    assert done.stderr == f"Port {port} is taken by another program; choose another with --port.\n"


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_of_this_machine_gets_one_sentence(host, capsys):
    with pytest.raises(SystemExit) as end:
        refuse_taken_port(replace(settings({}), host=host))
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.startswith(f"Nothing can listen on {host}, port 7860 (")
    assert said.endswith("see --host and --port.\n")


def test_gradio_looks_for_no_source_while_it_is_imported():
    def component():
        return type(gr.Textbox)("NotInThatFile", (gr.Textbox,), {"__module__": gr.Textbox.__module__})

    with start.without_stubs():
        assert issubclass(component(), gr.Textbox)
    with pytest.raises(ValueError, match="class source code"):
        component()


def test_a_root_path():
    assert settings({"GRADIO_ROOT_PATH": "/suite/"}).root_path == "/suite"
    assert settings({"AIGC_ROOT_PATH": "https://a.example/b"}).root_path == "https://a.example/b"
    with pytest.raises(ValueError, match="^AIGC_ROOT_PATH must be a path such as /suite"):
        settings({"AIGC_ROOT_PATH": "suite"})


def test_a_page_that_comes_late_does_not_end_the_program(monkeypatch):
    from gradio import networking

    monkeypatch.setattr(networking, "url_ok", lambda url: False)  # as where the machine is busy for three seconds
    blocks = frame.page([frame.Tab("there", {"en": "There", "zh": "There"}, lambda: gr.Markdown("It is there."))])
    try:
        address = frame.launch(blocks, replace(settings(), port=free_port()), wait=False)
        assert "It is there." in urllib.request.urlopen(address).read().decode()
    finally:
        blocks.close()
