"""Seconds from the start of the process to the first answered page: our app beside a bare Gradio app.

    python tests/bench/startup.py [--runs 5]

The two take turns, so that a busy moment of the machine hits both. The bare app reports to nobody either, so
that neither waits for a network. Exit code 1 where the ratio of the medians is above 1.3.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AIM = 1.3

HELLO = """
import gradio as gr

with gr.Blocks() as demo:
    name = gr.Textbox(label="Name")
    greeting = gr.Textbox(label="Greeting")
    gr.Button("Greet").click(lambda name: "Hello " + name, name, greeting)

demo.launch(server_port={port}, quiet=True)
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def seconds(command: list[str], port: int, folder: Path) -> float:
    """Starts the command -> seconds until http://127.0.0.1:port/ answered with a whole page."""
    environment = os.environ | {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "AIGC_PORT": str(port),
    }
    log = folder / "log.txt"
    with log.open("w") as output:
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                    assert b"gradio_config" in answer.read()
                    return time.monotonic() - start
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        sys.exit(f"{command} ended before it answered:\n{log.read_text()}")
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    taken: dict[str, list[float]] = {"bare gradio": [], "our app": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for turn in range(runs + 1):  # the first of each warms the disk cache and is not counted
            port = free_port()
            hello = folder / "hello.py"
            hello.write_text(HELLO.format(port=port))
            bare = seconds([sys.executable, str(hello)], port, folder)
            ours = seconds([sys.executable, "app.py"], free_port(), folder)
            if turn:
                taken["bare gradio"].append(bare)
                taken["our app"].append(ours)
    for name, values in taken.items():
        spread = f"(of {runs}: {min(values):.2f} to {max(values):.2f})"
        print(f"{name:12} {statistics.median(values):6.2f} s   {spread}")
    ratio = statistics.median(taken["our app"]) / statistics.median(taken["bare gradio"])
    print(f"ratio        {ratio:6.2f}     (aim: at most {AIM})")
    sys.exit(ratio > AIM)


if __name__ == "__main__":
    main()
