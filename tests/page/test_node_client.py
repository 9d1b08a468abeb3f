"""`@gradio/client` from Node: calls an endpoint, streams another, and hears our sentences. The client is the one that
Gradio's package brings for its own server in Node, and Node that of Playwright's: nothing has to be installed."""

import json
import re
import subprocess
from pathlib import Path

import gradio
import playwright
import pytest

SERVED = Path(gradio.__file__).parent / "templates/node/build/server/chunks"
NODE = Path(playwright.__file__).parent / "driver/node"
PROGRAM = """
import {Client} from "./client.mjs";

const app = await Client.connect(process.argv[2]);
const mood = await app.predict("/sentiment", {text: "A warm, funny and clever film.", model: "naive-bayes-reviews"});
const wrong = await app.predict("/gan_digits", {n: 1000}).catch((error) => error.message ?? String(error));
const texts = [];
for await (const event of app.submit("/gpt2_text", {prompt: "Once", model: "gpt2-stories", max_new_tokens: 12}))
  if (event.type === "data") texts.push(event.data);
console.log(JSON.stringify({mood: mood.data[0], wrong, texts}));
process.exit(0);
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Path:
    """A program beside a module that exports the client."""
    (source,) = [path for path in SERVED.glob("*.js") if "static async connect(" in path.read_text("utf-8")]
    text = source.read_text("utf-8")
    name = re.findall(r"(\w+)=class\{app_reference;", text)
    assert len(name) == 1, "the class of the client, under the name that it was shortened to"
    text = text.replace("from './", f"from '{SERVED.as_uri()}/").replace("import './", f"import '{SERVED.as_uri()}/")
    folder = tmp_path_factory.mktemp("node")
    (folder / "client.mjs").write_text(f"{text}\nexport {{ {name[0]} as Client }};\n", "utf-8")
    (folder / "program.mjs").write_text(PROGRAM, "utf-8")
    return folder / "program.mjs"


def test_node_calls_an_endpoint_streams_another_and_is_told_what_was_wrong(suite, client):
    done = subprocess.run([NODE, client, suite], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["mood"]["label"] == "good"
    assert said["wrong"] == "How many must be a whole number from 1 to 100, not 1000."
    firsts = [text for text, *_ in said["texts"]]
    assert len(firsts) > 2 and all(text.startswith("Once") for text in firsts)
    assert json.loads(json.dumps(said["texts"][-1][1]))["settings"]["max_new_tokens"] == 12
