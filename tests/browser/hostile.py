"""What somebody who means ill types and brings, and whether any of it ran."""

import json

from playwright.sync_api import expect

RUN = "window.ran = (window.ran || 0) + 1"
PAYLOAD = f'"><img src=x onerror="{RUN}"><script>{RUN}</script><svg onload="{RUN}">\' {{{{7*7}}}} javascript:{RUN}'
POLICY = ("Content Security Policy", "Content-Security-Policy")

# Into every field that is seen.
TYPE = """([name, payload]) => {
  const tab = document.getElementById("tab-" + name);
  const fields = [...tab.querySelectorAll("textarea, input[type=text], input:not([type])")];
  for (const field of fields.filter((one) => one.offsetParent && !one.readOnly && !one.disabled)) {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, payload);
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
    field.blur();
  }
}"""
DROP = """([name, recipe]) => {
  const carried = new DataTransfer(), called = '<img src=x onerror="window.ran = 1">.json';
  carried.items.add(new File([recipe], called, {type: "application/json"}));
  document.querySelector(`#tab-${name} .aigc-verdict`).dispatchEvent(
    new DragEvent("drop", {dataTransfer: carried, bubbles: true}));
}"""


def watched(page) -> list[str]:
    """What the page says of its policy, and the errors of its scripts."""
    said = []
    page.on("console", lambda line: said.append(line.text) if any(one in line.text for one in POLICY) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def type_into(page, name: str) -> None:
    page.evaluate(TYPE, [name, PAYLOAD])


def drop_on(page, name: str) -> None:
    """A recipe whose values, keys and file name are no better; comes back when the tab has said what it makes of it."""
    recipe = {"app": "aigc-suite", "version": PAYLOAD, "tab": name, "model": PAYLOAD, "output_sha256": PAYLOAD}
    recipe["settings"] = {"model": PAYLOAD, PAYLOAD: PAYLOAD, "prompt": PAYLOAD}
    page.evaluate(DROP, [name, json.dumps(recipe)])
    expect(page.locator(f"#tab-{name} .aigc-verdict p").first).to_be_attached()


def ran(page) -> bool:
    return page.evaluate("window.ran") is not None
