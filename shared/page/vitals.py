"""How the server is, for those who watch it: `/health` answers JSON, `/metrics` the text that Prometheus reads.

Both answer at once, whatever is under way: they wait in no line and run no model. What a visitor wrote is in neither.
Behind a password, who does not have it is told what a health check and a graph of the load need: whether all is well,
and numbers, but no model, no version, no limit, and not how many visitors there are.
AIGC_JOB_LOG=1 writes a line of JSON for each job that ended; no prompt is in it either.
"""

import json
import logging
import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from shared import __version__
from shared.core import limits

log = logging.getLogger("aigc.jobs")
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


class Vitals:
    """What was counted since the start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        count, time = {"registry": self.registry}, {"registry": self.registry, "buckets": SECONDS}
        self.jobs = Counter("aigc_jobs", "Jobs that ended, by line and how", ["line", "result"], **count)
        self.refused = Counter("aigc_refused", "Jobs that were told to come back", ["line", "why"], **count)
        self.waited = Histogram("aigc_waited_seconds", "How long jobs waited", ["line"], **time)
        self.took = Histogram("aigc_job_seconds", "How long jobs were at work", ["line"], **time)

    def ended(self, line: str, result: str, waited: float, took: float) -> None:
        """result: success, failed, or left where nobody waited for it any more."""
        self.jobs.labels(line, result).inc()
        self.waited.labels(line).observe(waited)
        self.took.labels(line).observe(took)
        facts = {"line": line, "result": result, "waited_s": round(waited, 2), "seconds": round(took, 2)}
        log.info("job", extra={"facts": facts})


OPEN = {"/health": ("app", "ok"), "/metrics": ("lines", "memory")}  # what is told without the password


class _Now:
    """What Prometheus asks for in the moment it asks."""

    def __init__(self, report: dict[str, Any]):
        self.report = report

    def collect(self) -> Any:
        lines = GaugeMetricFamily("aigc_line", "Jobs of a line now", labels=["line", "state"])
        for name, line in self.report["lines"].items():
            for state in ("waiting", "at_work"):
                lines.add_metric([name, state], line[state])
        yield lines
        models = GaugeMetricFamily("aigc_model_bytes", "Memory of the models that are loaded", labels=["model"])
        for model in self.report.get("models", ()):
            models.add_metric([model["name"] + "/" + model["precision"]], model["memory_mb"] * 1e6)
        yield models
        memory = self.report["memory"]
        yield GaugeMetricFamily("aigc_process_bytes", "Memory of the process", memory["process_mb"] * 1e6)
        yield GaugeMetricFamily("aigc_models_budget_bytes", "Memory that models may fill", memory["budget_mb"] * 1e6)
        yield GaugeMetricFamily("aigc_evicted_models", "Models that made room for others", memory["evicted"])
        for what, number in self.report.get("visitors", {}).items():
            yield GaugeMetricFamily(f"aigc_{what}", f"{what} that are kept or open", number)


def report(queue: Any) -> dict[str, Any]:
    """What is known without any work: of /health, and the beginning of the page's Health section."""
    import psutil

    from shared.core import loaders

    sessions = len(queue.blocks.state_holder.session_data) if getattr(queue.blocks, "state_holder", None) else 0
    return {
        "app": "AIGC Suite",
        "version": __version__,
        "device": loaders.device(),
        "hub": loaders.hub_state(),
        "models": loaders.ledger(),
        "memory": loaders.room() | {"process_mb": round(psutil.Process().memory_info().rss / 1e6)},
        "lines": queue.numbers(),
        "visitors": {"sessions": sessions, "streams": sum(queue.readers.values())},
        "limits": limits.table(),
    }


class Watched:
    """ASGI middleware: answers /health and /metrics."""

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or path not in OPEN:
            return await self.app(scope, receive, send)
        queue = scope["app"].get_blocks()._queue
        from shared.page import health

        found = await run_in_threadpool(report, queue) | health.checked()
        if not scope["aigc_known"]:  # see shield.py
            found = {name: found[name] for name in OPEN[path]}
        answer: Response
        if path == "/health":
            answer = JSONResponse(found)
        else:
            now = CollectorRegistry()
            now.register(_Now(found))
            text = generate_latest(queue.vitals.registry) + generate_latest(now)
            answer = Response(text, media_type=CONTENT_TYPE_LATEST)
        await answer(scope, receive, send)


def write_jobs() -> None:
    """Each job that ends is a line of JSON on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        return json.dumps({"at": at} | record.__dict__["facts"])
