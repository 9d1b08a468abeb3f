"""The program starts behind a proxy, into any log file, and where other programs' variables say."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT, answered, free_port, stop

from shared.core.settings import settings

STARTS = {
    "a proxy that answers nobody": {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"},
    "a proxy, and some hosts without": {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": "example.org"},
    "a SOCKS proxy": {"ALL_PROXY": "socks5://127.0.0.1:9"},
    "a log file of Windows": {"PYTHONIOENCODING": "cp1252"},
    "a log file in Chinese": {"PYTHONIOENCODING": "gbk"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("name", STARTS)
def test_the_program_starts(name, tmp_path, tabs):
    port, log = free_port(), tmp_path / "log.txt"
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import app
from shared.core.settings import settings
from shared.page import frame
frame.launch(app.suite(Path({str(tabs)!r})), settings())
"""
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    environment |= STARTS[name] | {"GRADIO_SERVER_PORT": str(port), "AIGC_MODELS": "bundled"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        assert "AIGC Suite" in answered(f"http://127.0.0.1:{port}/", process, log)
    finally:
        stop(process)


def test_our_variables_come_before_those_of_others():
    assert settings({"GRADIO_SERVER_NAME": "0.0.0.0", "PORT": "8080"}).host == "0.0.0.0"
    assert settings({"GRADIO_SERVER_PORT": "7000", "PORT": "8080"}).port == 7000
    assert settings({"AIGC_PORT": "7001", "GRADIO_SERVER_PORT": "7000"}).port == 7001
    assert settings({"PORT": "8080"}).port == 8080
    with pytest.raises(ValueError, match="^PORT must be a whole number from 1 to 65535, not 'seven'"):
        settings({"PORT": "seven"})
