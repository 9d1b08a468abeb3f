"""What hands do that no form expects: input methods, pictures dragged from a page, pictures with a hole."""

import base64
import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

COMPOSING = """(box) => {
  window.heard = [];
  box.addEventListener("keydown", (event) => heard.push(event.keyCode));
  const key = (more) => box.dispatchEvent(
    new KeyboardEvent("keydown", {key: "Enter", code: "Enter", bubbles: true, cancelable: true, ...more}));
  key({isComposing: true, keyCode: 13});
  key({keyCode: 229});
  const while_composing = heard.length;
  key({keyCode: 13, shiftKey: true});
  return [while_composing, heard.length];
}"""

DROP = """(target, {list, html, file}) => {
  const data = new DataTransfer();
  if (list) data.setData("text/uri-list", list);
  if (html) data.setData("text/html", html);
  const bytes = Uint8Array.from(atob(file ?? ""), (letter) => letter.charCodeAt(0));
  if (file) data.items.add(new File([bytes], "x.png", {type: "image/png"}));
  const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
  return target.dispatchEvent(drop); // true: left to the browser, which would open it
}"""


def seven(size: int = 120, mode: str = "RGBA") -> str:
    image = Image.new(mode, (size, size), (0, 0, 0, 0) if mode == "RGBA" else "white")
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (50, 100)], fill="black", width=12)
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


@pytest.mark.parametrize("tab", ["illustrated_story", "gpt2_text"])
def test_enter_that_ends_a_composition_reaches_no_field(suite, visit, tab):
    page = visit(f"{suite}?tab={tab}")
    box = page.locator("textarea:visible, input[type=text]:visible").first
    box.wait_for()
    stop = page.locator(f"#{tab}-stop")
    expect(stop).to_be_disabled()
    assert box.evaluate(COMPOSING) == [0, 1]
    page.wait_for_timeout(300)
    expect(stop).to_be_disabled()  # no run was begun


def test_what_is_dragged_to_the_start_picture(suite, visit):
    page = visit(f"{suite}?tab=text_to_image")
    paper, said = page.locator("#text_to_image-start .im-paper"), page.locator("#text_to_image-start .im-say")
    paper.wait_for()
    assert (
        paper.evaluate(DROP, {"list": "https://example.org/x.png", "html": "<img src='https://example.org/x.png'>"})
        is False
    )
    expect(said).to_contain_text("saved first")
    whole = "data:image/png;base64," + seven(mode="RGB")
    assert paper.evaluate(DROP, {"list": whole, "html": f'<img src="{whole}">'}) is False
    shown = page.locator("#text_to_image-start .im-picture")
    expect(shown).to_be_visible()
    holed = Image.new("RGBA", (120, 120), "red")
    holed.paste((0, 0, 0, 0), (30, 30, 90, 90))
    packed = io.BytesIO()
    holed.save(packed, "PNG")
    assert paper.evaluate(DROP, {"file": base64.b64encode(packed.getvalue()).decode()}) is False
    expect(said).to_contain_text("transparent part is marked")
    expect(page.locator("#text_to_image-start .im-clear")).to_be_enabled()


def test_what_is_dragged_to_a_canvas_and_beside_it(suite, visit):
    page = visit(f"{suite}?tab=vae_interpolation")
    canvas = page.locator(".digit-canvas").first
    canvas.wait_for()
    assert canvas.locator(".cv-paper").evaluate(DROP, {"list": "https://example.org/x.png"}) is False
    expect(canvas.locator(".cv-say")).to_contain_text("saved first")
    before = canvas.locator(".cv-ink").evaluate("(sheet) => sheet.toDataURL()")
    with page.expect_response(lambda answer: "component_server" in answer.url):
        assert canvas.locator(".cv-paper").evaluate(DROP, {"file": seven()}) is False
    page.wait_for_function(
        "([sheet, old]) => sheet.toDataURL() !== old", arg=[canvas.locator(".cv-ink").element_handle(), before]
    )
    expect(canvas.locator(".cv-say")).to_have_text("")
    verdict = page.locator("#vae_interpolation-verdict")
    for target in ("#vae_interpolation-controls", "#aigc-header"):
        assert page.locator(target).evaluate(DROP, {"list": "https://example.org/x.png"}) is False, target
    expect(verdict).to_contain_text("saved first")
    assert page.url.startswith(suite)
