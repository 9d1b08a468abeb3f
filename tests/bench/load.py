"""Visitors at work: real gradio_client sessions on 127.0.0.1, mixed over all Spaces, each from an address of its own.

    python -m tests.bench.load [--visitors 1,10,50] [--minutes 0.5] [--pause 3] [--url URL --pid NUMBER]
    python -m tests.bench.load --processes 2        # so many servers behind shared/tools/nginx.conf (NGINX=/path/to/it)
    python -m tests.bench.load --hostile story      # or text, picture: 90 long jobs of one client, and one who is not

Each visitor asks for something, waits for the answer, pauses as somebody who looks at it, and asks for something else.
Shown for each kind: answers, how many were told to come back, errors, seconds until the first words or the first
picture and until the end (median, 95th percentile), and the memory of all processes. Exit code 1 where anything failed
but the announced wait.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from gradio_client import Client

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.page_weight import ROOT, App, served  # noqa: E402
from tests.bench.startup import free_port  # noqa: E402

# Endpoint -> (how often, what is asked for beside the defaults)
KINDS: dict[str, tuple[int, dict]] = {
    "gan_digits": (6, {}),
    "vae_interpolation": (2, {}),
    "normalizing_flow": (1, {}),
    "spoken_digits": (1, {}),
    "token_alternatives": (4, {"text": "Once upon a time there was a"}),
    "sentiment": (4, {"text": "A warm, funny and clever film."}),
    "translate": (2, {"text": "I know that he likes to swim."}),
    "picture_text_score": (1, {}),
    "gpt2_text": (6, {"max_new_tokens": 60}),
    "text_to_image": (3, {}),
    "stylegan_faces": (2, {}),
    "style_transfer": (1, {}),
    "arena": (1, {}),
    "illustrated_story": (1, {"pages": 2}),
}
SEEDED = ("gan_digits", "gpt2_text", "text_to_image")
HOSTILE = {
    "story": ("illustrated_story", {"pages": 8}),
    "text": ("gpt2_text", {"max_new_tokens": 1000}),
    "picture": ("text_to_image", {"n": 4, "steps": 50}),
}


@dataclass
class Found:
    """Of one kind."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    told: int = 0  # to come back
    errors: list[str] = field(default_factory=list)


class Arrivals(list):
    """The outputs of a job. To wait for the first as gradio_client does, a thousand looks a second, would take a third
    of this machine from the server when fifty do it."""

    first = 0.0

    def append(self, output: object) -> None:
        self.first = self.first or time.monotonic()
        super().append(output)


class Visitor:
    def __init__(self, url: str, number: int):
        self.random = random.Random(number)
        at = f"10.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        # Each call of gradio_client would read the certificates of this machine anew, for 0.2 s of its processor.
        options = {"headers": {"X-Forwarded-For": at}, "ssl_verify": False, "httpx_kwargs": {"timeout": 120}}
        self.client = Client(url, verbose=False, **options)

    def ask(self, kind: str, asked: dict, found: Found) -> None:
        begun, arrivals = time.monotonic(), Arrivals()
        try:
            job = self.client.submit(**asked, api_name="/" + kind)
            job.communicator.job.outputs = arrivals
            job.result()
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 429:
                found.told += 1
            else:
                found.errors.append(f"{error.response.status_code} {error.response.text[:200]}")
        except Exception as error:  # whatever a client raises is what is counted here
            found.errors.append(f"{type(error).__name__}: {error}"[:200])
        else:
            found.whole.append(time.monotonic() - begun)
            found.first.append(arrivals.first - begun if arrivals else found.whole[-1])

    def stay(self, found: dict[str, Found], until: float, pause: float) -> None:
        names, weights = list(KINDS), [often for often, _ in KINDS.values()]
        time.sleep(self.random.uniform(0, 2 * pause))
        while time.monotonic() < until:
            kind = self.random.choices(names, weights)[0]
            seed = {"seed": self.random.randrange(10**6)} if kind in SEEDED else {}
            self.ask(kind, KINDS[kind][1] | seed, found[kind])
            time.sleep(self.random.uniform(0, 2 * pause))


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def show(found: dict[str, Found], minutes: float) -> int:
    """Prints the table -> how many errors there were."""
    titles = f"{'kind':20} {'answers':>7} {'/min':>6} {'told':>5} {'errors':>6}"
    print(f"{titles}  {'first 50 % 95 %':>15}  {'whole 50 % 95 %':>15}")
    for kind in KINDS:
        one = found[kind]
        times = "".join(
            f"  {share(values, 0.5):7.2f} {share(values, 0.95):7.2f}" for values in (one.first, one.whole) if values
        )
        row = f"{kind:20} {len(one.whole):7} {len(one.whole) / minutes:6.1f} {one.told:5} {len(one.errors):6}{times}"
        print(row, *sorted(set(one.errors))[:3], sep="\n    ", flush=True)
    return sum(len(one.errors) for one in found.values())


def loaded(url: str, pids: list[int], visitors: int, minutes: float, pause: float) -> int:
    """-> errors"""
    found: dict[str, Found] = defaultdict(Found)
    crowd = [Visitor(url, number) for number in range(visitors)]
    until = time.monotonic() + 60 * minutes
    threads = [threading.Thread(target=one.stay, args=(found, until, pause)) for one in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    megabytes = sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1e6
    waited = time.monotonic() - until
    busy = psutil.getloadavg()[0]
    print(f"\n{visitors} visitors, {minutes:g} min and {waited:.0f} s for the last answers; ", end="")
    print(f"{megabytes:,.0f} MB; load of the machine {busy:.1f}")
    errors = show(found, minutes + waited / 60)
    for one in crowd:
        one.client.close()
    return errors


def hostile(url: str, what: str, rounds: int = 8) -> int:
    """One client posts 90 long jobs and listens to all; another asks for digits and texts. -> errors"""
    kind, asked = HOSTILE[what]
    post = {"headers": {"X-Forwarded-For": "203.0.113.9"}, "timeout": 300}
    good, found = Visitor(url, 1), {"gan_digits": Found(), "gpt2_text": Found(), "sentiment": Found()}
    before: dict[str, Found] = defaultdict(Found)
    taken, answers = [], []

    def listen(event: str) -> None:
        try:
            with httpx.stream("GET", f"{url}/gradio_api/call/{kind}/{event}", **post) as told:
                answers.extend(1 for line in told.iter_lines() if line == "event: complete")
        except httpx.HTTPError:  # the server is stopped while it still works for the hostile one
            pass

    for name in found:
        good.ask(name, KINDS[name][1], Found())
        good.ask(name, KINDS[name][1], before[name])
    begun = time.monotonic()
    for _ in range(90):
        answer = httpx.post(f"{url}/gradio_api/call/v2/{kind}", json=asked, **post)
        if answer.status_code == 200:
            taken.append(answer.json()["event_id"])
            threading.Thread(target=listen, args=(taken[-1],), daemon=True).start()
    print(f"\n90 of {what}: {len(taken)} taken, the others refused within {time.monotonic() - begun:.1f} s in all")
    print(answer.text)
    for _ in range(rounds):
        for name, one in found.items():
            good.ask(name, KINDS[name][1], one)
    for name, one in found.items():
        times = share(before[name].whole, 0.5), share(one.whole, 0.5), max(one.whole)
        print("{:12} alone {:5.2f} s, beside it median {:5.2f}, worst {:5.2f}".format(name, *times))
    print(f"{len(answers)} of the hostile ones are done; load of the machine {psutil.getloadavg()[0]:.1f}")
    return sum(len(one.errors) for one in found.values())


@contextmanager
def running(arguments: argparse.Namespace) -> Iterator[tuple[str, list[str], list[int]]]:
    """(address, those of the servers behind it, their processes)"""
    if arguments.url:
        yield arguments.url.rstrip("/"), [arguments.url.rstrip("/")], [arguments.pid]
        return
    with ExitStack() as open_ones:
        suite = App("the suite", [sys.executable, "app.py"], ROOT, "")
        servers = [open_ones.enter_context(served(suite)) for _ in range(arguments.processes)]
        addresses = [server.address for server in servers]
        url = open_ones.enter_context(balanced(addresses)) if len(servers) > 1 else addresses[0]
        yield url, addresses, [server.pid for server in servers]


@contextmanager
def balanced(servers: list[str]) -> Iterator[str]:
    """The address of nginx in front of them, by shared/tools/nginx.conf. It believes these visitors what they say of
    their addresses, as it would a balancer in front of it."""
    nginx = os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        sys.exit("No nginx was found: install it, or name it with NGINX=/path/to/it.")
    port = free_port()
    ours = (ROOT / "shared/tools/nginx.conf").read_text("utf-8").replace("listen 8080", f"listen 127.0.0.1:{port}")
    several = "".join(f"server {server.removeprefix('http://')};" for server in servers)
    ours = ours.replace("server suite:7860;", several)
    with tempfile.TemporaryDirectory() as folder:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        own = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        own += "access_log off; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;"
        user = "user root;" if os.geteuid() == 0 else ""
        around = (
            f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 4096; }}"
        )
        file = Path(folder, "nginx.conf")
        file.write_text(f"{around} http {{ {own} {ours} }}", "utf-8")
        process = subprocess.Popen([nginx, "-p", folder, "-c", str(file)])
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as http:  # until it listens
                http.get(f"http://127.0.0.1:{port}/health", timeout=60).raise_for_status()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def warm(visitor: Visitor, hostile: str | None) -> None:
    for kind, (_, asked) in KINDS.items():
        if not hostile or kind in ("gan_digits", "gpt2_text", "sentiment"):
            visitor.ask(kind, asked, found := Found())
            if found.errors:
                sys.exit(f"{kind}: {found.errors[0]}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--visitors", default="1,10,50")
    options.add_argument("--minutes", type=float, default=0.5)
    options.add_argument("--pause", type=float, default=3.0, help="seconds between an answer and the next question")
    options.add_argument("--hostile", choices=HOSTILE)
    options.add_argument("--processes", type=int, default=1, help="servers behind nginx")
    options.add_argument("--url", help="of a server that runs already, with --pid")
    options.add_argument("--pid", type=int)
    arguments = options.parse_args()
    with running(arguments) as (url, servers, pids):
        for server in servers:
            warm(Visitor(server, 0), arguments.hostile)
        if arguments.hostile:
            errors = hostile(url, arguments.hostile)
        else:
            counts = [int(number) for number in arguments.visitors.split(",")]
            errors = sum(loaded(url, pids, number, arguments.minutes, arguments.pause) for number in counts)
    if errors:
        sys.exit(f"{errors} errors")


if __name__ == "__main__":
    main()
