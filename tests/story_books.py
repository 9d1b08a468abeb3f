"""Picture books for the tests: tiny synthetic pictures, words in many scripts."""

import io

from illustrated_story.book import Book, Character, Page
from PIL import Image, ImageDraw

from shared import recipe

TEXTS = (
    "Once upon a time, there was a little fox named Tim. Tim loved his red ball.",
    "One day, the ball rolled into the river. “Oh no!” said Tim. “My ball is gone.”",
    "A kind duck swam and swam.\nShe pushed the ball back to the shore.",
)
SCRIPTS = {  # language: (a page, a title)
    "zh": ("从前，有一只小狐狸，名字叫小明。", "小狐狸和红球"),
    "ja": ("むかしむかし、小さなきつねがいました。", "きつねと赤いボール"),
    "ko": ("옛날 옛적에 작은 여우가 살았어요.", "여우와 빨간 공"),
    "ar": ("كان يا ما كان، كان هناك ثعلب صغير اسمه تيم.", "تيم والكرة الحمراء"),
    "he": ("היה היה שועל קטן.", "השועל והכדור"),
    "ru": ("Жила-была маленькая лисичка.", "Тим и красный мяч"),
    "hi": ("एक समय की बात है, टिम नाम की एक छोटी लोमड़ी थी।", "टिम और लाल गेंद"),
    "th": ("กาลครั้งหนึ่งมีสุนัขจิ้งจอกตัวน้อย", "ทิมกับลูกบอล"),
    "el": ("Μια φορά κι έναν καιρό ήταν μια αλεπού.", "Ο Τιμ και η μπάλα"),
}


def png(i: int = 0, width: int = 96, height: int = 72) -> bytes:
    picture = Image.new("RGB", (width, height), "#bfe0f5")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, height * 0.7, width, height], "#8cbe6e")
    draw.ellipse([10 + 8 * i, 30, 40 + 8 * i, 60], "#dc783c")
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return recipe.embed_bytes(packed.getvalue(), made(10 + i))


def made(seed: int) -> dict:
    """A recipe as the tab makes it, of one moment: the same book each time."""
    settings = {"prompt": "a fox and a ball", "seed": seed, "idea": "a fox"}
    found = recipe.make("illustrated_story", {"model": "emoji-diffusion"}, settings, "picture", 1.0)
    return found | {"created": "2026-01-02T03:04:05Z"}


def page(number: int, text: str, drawn: bool = True) -> Page:
    seed = 10 + number
    alt = "A fox with a red ball in the park."
    return Page(text, "a fox and a ball in the park", seed, png(number) if drawn else None, alt, 0.9, made(seed))


def book(texts=TEXTS, title: str = "Tim and the Red Ball", drawn: bool = True, cover: bool = True) -> Book:
    return Book(
        idea="a fox who lost his ball",
        style="noto",
        text_model="gpt2-stories",
        image_model="emoji-diffusion",
        seed=7,
        title=title,
        cover=page(-1, title, drawn) if cover else None,
        pages=tuple(page(number, text, drawn) for number, text in enumerate(texts)),
        characters=(Character("Tim", "fox", 5),),
        tokens="12 7 9",
        settings={"idea": "a fox who lost his ball", "pages": len(texts), "seed": 7},
    )
