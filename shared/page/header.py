"""What stands above the tabs: what this is, ways in, language and theme, and the tabs by group; header.js draws it.

On a narrow screen the tabs are a menu, and so all of their names can be seen there, too. Gradio's own row of tabs is
hidden: it knows no groups, and what does not fit goes behind a "…". Its buttons are what is pressed here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from shared.page import scripts, words

if TYPE_CHECKING:
    from shared.page.frame import Tab

GROUPS = ("make", "digits", "language", "arena")  # in this order; one without a name of its own comes last

SKELETON = """
<div class="ah-top">
  <h1></h1><p class="ah-purpose"></p>
  <div class="ah-switches"><button type="button" class="ah-language"></button>
    <button type="button" class="ah-theme"></button></div>
</div>
<div class="ah-ways" role="group" hidden></div>
<nav hidden><div class="ah-groups"></div><label><span></span><select></select></label></nav>
"""


def in_order(tabs: "Sequence[Tab]") -> "list[Tab]":
    """By group, and within it as they were."""
    return sorted(tabs, key=lambda tab: GROUPS.index(tab.group) if tab.group in GROUPS else len(GROUPS))


def build(tabs: "Sequence[Tab]") -> None:
    """tabs: as `in_order` gives them. Of the way in of each, `press` are the ids of what is pressed once it is open."""
    own = words.of_page()
    gr.HTML(
        html_template=SKELETON,
        js_on_load=scripts.script(
            own.table("header") | own.table("group"),
            Path(__file__).with_suffix(".js"),
            suite=own.pair("suite"),
            error=own.pair("error"),
            tabs=[{"name": tab.name, "title": _both(tab.title), "group": tab.group} for tab in tabs],
            ways=[{"tab": tab.name, "title": _both(way), "press": way["press"]} for tab in tabs if (way := tab.way_in)],
        ),
        apply_default_css=False,
        elem_id="aigc-header",
    )


def _both(named: dict) -> list[str]:
    return [named["en"], named.get("zh", named["en"])]
