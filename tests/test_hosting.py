"""What hosts the suite elsewhere: the Dockerfile, the compose file, nginx in front. Docker itself builds and runs them
in the workflow (`make image`); here they are read, and nginx takes its configuration and serves by it."""

import json
import os
import re
import shutil
import subprocess
import urllib.request

import pytest
import yaml
from conftest import ROOT, answered, free_port, stop

from shared.core.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


def test_the_image_is_slim_brings_what_the_app_needs_and_runs_as_nobody_in_particular():
    told = instructions()
    assert told[0] == ("FROM", "python:3.12-slim")
    copied = [name for what, rest in told if what == "COPY" for name in rest.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    assert {"app.py", "shared", "spaces", "requirements.txt", "requirements.lock"} <= set(copied)
    ignored = {line.strip("/") for line in (ROOT / ".dockerignore").read_text().split()}
    assert not ignored & set(copied) and {"tests", ".git", ".venv"} <= ignored
    names = [what for what, _ in told]
    assert dict(told)["USER"] not in ("0", "root") and names.index("USER") > len(names) - 1 - names[::-1].index("COPY")
    assert json.loads(dict(told)["CMD"]) == ["python", "app.py"]
    variables = [name for name in re.findall(r"AIGC_(\w+)", DOCKERFILE)]
    assert {name.lower() for name in variables} <= Settings.__dataclass_fields__.keys()


def test_the_health_check_is_a_program_that_tells_whether_the_page_is_up(small_suite):
    (_, check), *_ = [one for one in instructions() if one[0] == "HEALTHCHECK"]
    command = json.loads(check.partition("CMD ")[2])
    python = shutil.which("python3")
    for address, code in ((small_suite, 0), (f"http://127.0.0.1:{free_port()}/", 1)):
        there = [part.replace("http://127.0.0.1:7860/", address) for part in command[1:]]
        assert subprocess.run([python, *there], capture_output=True).returncode == code


def test_compose_puts_nginx_in_front_and_gives_nothing_away():
    suite, nginx = COMPOSE["services"]["suite"], COMPOSE["services"]["nginx"]
    assert suite["build"] == "." and "ports" not in suite, "who comes in comes through nginx"
    assert suite["read_only"] and suite["cap_drop"] == ["ALL"] and "privileged" not in suite
    assert {name.removeprefix("AIGC_").lower() for name in suite["environment"]} <= Settings.__dataclass_fields__.keys()
    kept = {volume.partition(":")[0] for volume in suite["volumes"]}
    assert kept <= set(COMPOSE["volumes"]) and dict(instructions())["VOLUME"] in suite["volumes"][0]
    assert nginx["depends_on"]["suite"]["condition"] == "service_healthy"
    assert all((ROOT / volume.partition(":")[0]).is_file() for volume in nginx["volumes"])


@pytest.mark.browser
def test_nginx_serves_by_it(small_suite, tmp_path):
    nginx = os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx, "No nginx was found: install it, or name it with NGINX=/path/to/it, or run `make test`."
    port = free_port()
    ours = (
        (ROOT / "shared" / "tools" / "nginx.conf").read_text("utf-8").replace("listen 8080", f"listen 127.0.0.1:{port}")
    )
    ours = ours.replace("suite:7860", small_suite.split("/")[2])
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = (
        f"user root; daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1; events {{}}"
    )
    (tmp_path / "nginx.conf").write_text(f"{around} http {{ access_log off; {folders} {ours} }}")
    process = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        address = f"http://127.0.0.1:{port}/"
        assert "gradio_config" in answered(address, lambda: process.poll() is None, tmp_path / "error.log")
        asked = urllib.request.Request(
            f"{address}gradio_api/call/fox", b'{"data": ["red"]}', {"Content-Type": "application/json"}
        )
        event = json.load(urllib.request.urlopen(asked, timeout=60))["event_id"]
        assert "red fox" in urllib.request.urlopen(f"{address}gradio_api/call/fox/{event}", timeout=60).read().decode()
    finally:
        stop(process)
