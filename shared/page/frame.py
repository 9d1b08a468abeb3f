"""How the page looks and opens: theme, words, query string, launch.

The query string (`?tab=NAME&embed=1&__theme=dark`) is read in the browser, before the first paint: the page
needs no answer from the server to show the right tab, and shows no other one first.
"""

import html
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.page import start

start.prepare()

with start.without_stubs():
    import gradio as gr
from fastapi import FastAPI  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from shared import __version__  # noqa: E402
from shared.core.limits import HOUR, KEPT  # noqa: E402
from shared.core.settings import Settings, parse, refuse_taken_port  # noqa: E402
from shared.page import gate, header, lines, parts, private, ready, scripts, shield, stream, vitals, words  # noqa: E402
from shared.page.theme import theme  # noqa: E402

STYLE = Path(__file__).with_name("style.css")
SCRIPTS = [Path(__file__).with_name(name) for name in ("page.js", "stream.js")]
ICON = Path(__file__).with_name("icon.png")
# Visitors and calls of endpoints that are remembered, 40 kB each: Gradio would keep the newest 10,000.
SESSIONS = KEPT["sessions"].number

_t = words.of_page().t


@dataclass(frozen=True)
class Tab:
    """One capability. `build` makes its gr.Blocks; `error` stands instead where the import failed.

    group: one of header.GROUPS. way_in: what stands above the tabs for newcomers, see header.py.
    """

    name: str
    title: dict[str, str]
    build: Callable[[], gr.Blocks] | None = None
    order: float = 0
    error: str = ""
    group: str = ""
    way_in: dict = field(default_factory=dict)


def _title_key(name: str) -> str:
    return "tab_title_" + name


def all_words(tabs: list[Tab]) -> gr.I18n:
    """The words on the widgets that were built, and the titles of the tabs. For zh-CN see page.js."""
    table = words.for_gradio()
    for language, found in table.items():
        found |= {_title_key(tab.name): tab.title.get(language) or tab.title["en"] for tab in tabs}
    return gr.I18n(**table)


def sentence(error: BaseException) -> str:
    """'TypeName: message' on one line of at most 300 characters."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"[:300]


def failed(error: str) -> None:
    """What stands in a tab that could not be opened."""
    with gr.Column(elem_classes="aigc-failed"):
        gr.Markdown(f"### {_t('tab_failed')}")
        gr.HTML(f"<pre>{html.escape(error)}</pre>")
        gr.Markdown(_t("tab_failed_others"))


def fill(tab: Tab) -> None:
    """Builds the tab where we are; one that fails leaves the sentence that says why, and nothing else."""
    try:
        if tab.error or tab.build is None:
            raise RuntimeError
        with parts.whole_or_not():
            tab.build()
    except Exception as error:
        failed(tab.error or sentence(error))


def _health() -> None:
    from shared.page import health

    with gr.Accordion(_t("health"), open=False, elem_id="aigc-health") as panel:
        shown = gr.HTML(elem_id="aigc-health-report", min_height=120)
        again = gr.Button(_t("health_check"), size="sm", variant="secondary", min_width=0)
    gr.api(health.report, api_name="health")
    panel.expand(health.table, None, shown, api_visibility="private")
    again.click(health.table_again, None, shown, api_visibility="private")


def page(tabs: list[Tab]) -> gr.Blocks:
    """The page with these tabs; one tab alone has no tab bar."""
    tabs = header.in_order(tabs)
    # Files that were served, previews among them, are thrown away after a while; for their number see files.tidy.
    with parts.Page(title="AIGC Suite", analytics_enabled=False, delete_cache=(HOUR, KEPT["files"].seconds)) as blocks:
        header.build(tabs)
        if len(tabs) == 1:
            fill(tabs[0])
        else:
            with gr.Tabs(elem_id="aigc-tabs", overflow_behavior="wrap"):
                for tab in tabs:
                    label = gr.i18n.I18nData(_title_key(tab.name))
                    with gr.Tab(label, id=tab.name, elem_id="tab-" + tab.name) as item:
                        with parts.Part(tab.name):
                            fill(tab)
                    opened = f"() => aigc.opened({json.dumps(tab.name)})"
                    item.select(None, js=opened, api_visibility="private")
        _health()
    blocks.i18n_words = all_words(tabs)
    return blocks


def _served(blocks: gr.Blocks, choices: Settings) -> dict[str, Any]:
    """Makes a page made by `page()` ready -> what both ways to serve it are told."""
    mcp = choices.mcp and importlib.util.find_spec("mcp") is not None
    if choices.mcp and not mcp:
        print("No MCP tools: the package mcp is not installed (pip install 'gradio[mcp]').")
    blocks.queue(default_concurrency_limit=choices.workers)
    lines.trust(choices.trusted_proxies)
    if choices.job_log:
        vitals.write_jobs()
    private.doze(blocks)
    private.without_plots()
    parts.share_configs()
    gate.long_addresses()
    shield.stay_here()
    if mcp:
        shield.let_itself_in()
    if mcp:
        private.tools_speak_json()
    blocks.state_session_capacity = SESSIONS
    shielded = [Middleware(shield.Shield, choices)]
    if choices.openid_users:
        from shared.page import openid

        shielded.append(Middleware(openid.Door, choices))
    around = (vitals.Watched, gate.Gate, parts.Asked, lines.Readers, stream.Stream, ready.Ready)
    return {
        "auth": list(choices.auth.items()) or None,
        "app_kwargs": {"middleware": [*shielded, *map(Middleware, around)]},
        "theme": theme(),
        "css": STYLE.read_text("utf-8"),
        "head": "".join(
            f"<script nonce='{shield.NONCE}'>{scripts.bare(script.read_text('utf-8'))}</script>" for script in SCRIPTS
        ),
        "i18n": blocks.i18n_words,
        "footer_links": ["api", "settings"],
        "run_history": False,  # Gradio would keep every prompt in the browser, on shared machines too
        "enable_monitoring": False,
        "show_error": True,
        "max_file_size": "10mb",
        "mcp_server": mcp,
        "ssr_mode": False,  # the script in the head must run in the browser before anything is drawn
        "pwa": False,
    }


def mount(app: FastAPI, blocks: gr.Blocks, path: str, choices: Settings) -> FastAPI:
    """Puts a page made by `page()` under a path of another FastAPI app, such as "/suite"."""
    from shared.core import loaders

    loaders.check_hub()
    return gr.mount_gradio_app(app, blocks, path, **_served(blocks, choices))


def launch(blocks: gr.Blocks, choices: Settings, wait: bool = True) -> str:
    """Serves a page made by `page()`; returns its address, at once where `wait` is False.

    After the page is up, asks in the background whether the Hub answers. A port that is taken ends the
    program with one sentence and exit code 2.
    """
    served = _served(blocks, choices)
    try:
        _, address, _ = blocks.launch(
            server_name=choices.host,
            server_port=choices.port,
            root_path=choices.root_path or None,
            favicon_path=ICON,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            state_session_capacity=SESSIONS,
            max_threads=blocks.max_threads,
            **private.WITHOUT_A_LOOK,
            **served,
        )
    except OSError as error:  # taken since `refuse_taken_port` looked
        if "port" not in str(error).lower():
            raise
        refuse_taken_port(choices)
        raise
    from shared.core import loaders

    loaders.check_hub()
    print(f"AIGC Suite {__version__}: {address}", flush=True)
    if wait:
        blocks.block_thread()
    return address


def run_alone(name: str, argv: list[str] | None = None) -> None:
    """`python spaces/NAME`: that Space on a page of its own, with the options of app.py."""
    settings, _ = parse(sys.argv[1:] if argv is None else argv)
    refuse_taken_port(settings)
    space = importlib.import_module(name)
    launch(page([Tab(name, space.TITLE, space.build)]), settings)
