"""Recipes: every file format there and back, what strangers may write, links, the verdict of Reproduce."""

import base64
import io
import json
import struct
import subprocess
import sys
import time
import wave
import zlib
from types import SimpleNamespace

import pytest
from conftest import ROOT
from PIL import Image, ImageSequence

from shared import recipe
from shared.core.errors import UserError
from shared.recipe import containers

FACTS = {
    "model": "gpt2-stories",
    "source": "bundled",
    "weights_sha256": "ab" * 32,
    "precision": "int8",
    "device": "cpu",
    "dtype": "float32",
}
SETTINGS = {
    "prompt": 'The fox 🦊 said "<b>hi</b>",\nand 小狐狸 </script> smiled.',
    "model": "gpt2-stories",
    "temperature": 0.8,
    "top_k": 50,
    "stop": ["\n\n", "The end"],
    "shout": False,
    "seed": 7,
}


def made(output="Once upon a time", **changes):
    return recipe.make("gpt2_text", FACTS, SETTINGS | changes, output, 1.25)


def picture():
    return Image.linear_gradient("L").resize((32, 24)).convert("RGB")


def gif(frames=4):
    packed = io.BytesIO()
    first, *rest = [Image.new("L", (9, 9), 60 * i) for i in range(frames)]
    first.save(packed, "GIF", save_all=True, append_images=rest, duration=50, loop=0)
    return packed.getvalue()


def box(kind, body, size=None):
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


MP4 = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(999))


def wav(samples=b"\0\1" * 99):
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples)
    return packed.getvalue()


HTML = b"<!DOCTYPE html><html><body><p>A book</p></body></html>"


# What make() records


def test_a_recipe_says_what_was_run():
    found = made()
    assert list(found) == [key for key in recipe.FIELDS if key in found], "the keys stand in the usual order"
    assert found["seed"] == 7 and found["tab"] == "gpt2_text" and found["seconds"] == 1.25
    assert found["libraries"]["torch"].startswith("2.") and found["libraries"]["python"].startswith("3.")
    assert found["output_sha256"] == recipe.hash_output("Once upon a time")
    assert found["created"].endswith("Z")
    assert "requested_model" not in found


def test_what_the_loader_gives_is_understood():
    loaded = SimpleNamespace(
        spec=SimpleNamespace(name="gpt2", repo="openai-community/gpt2"),
        model=SimpleNamespace(precision="int8", dtype="torch.float32"),
        source="cache",
        revision="607a30d783dfa663caf39e06633721c8d4cfcd7e",
        sha256="cd" * 32,
        precision="fast",
        device="cpu",
    )
    found = recipe.make("gpt2_text", loaded, {"seed": 1}, "x", 0.1)
    assert found["precision"] == "int8", "what the engine ran, not what was asked for"
    assert found["dtype"] == "float32" and found["revision"].startswith("607a30d")
    assert found["weights_sha256"] == "cd" * 32 and found["repo"] == "openai-community/gpt2"


def test_a_fallback_is_recorded_as_what_really_ran():
    found = made(model="gpt2-xl")
    assert found["model"] == found["settings"]["model"] == "gpt2-stories"
    assert found["requested_model"] == "gpt2-xl"


def test_several_models_made_one_output():
    found = recipe.make("story", [FACTS, FACTS | {"model": "sd-mini"}], {"seed": 1}, b"x", 0.1)
    assert found["model"] == "gpt2-stories" and found["other_models"][0]["model"] == "sd-mini"


def test_the_hash_is_of_pixels_not_of_the_file(tmp_path):
    image = picture()
    recipe.write_png(tmp_path / "a.png", image, made())
    image.save(tmp_path / "b.png", compress_level=0)
    hashes = {recipe.hash_output(Image.open(tmp_path / name)) for name in ("a.png", "b.png")}
    assert hashes == {recipe.hash_output(image)}
    assert recipe.hash_output(["a", "b"]) != recipe.hash_output(["ab", ""])


def test_reading_recipes_imports_no_model_library():
    code = "import sys; from shared import recipe; recipe.make('a', {}, {}, 'x', 1)"
    code += "; assert not {'torch', 'transformers', 'numpy', 'PIL'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# There and back


@pytest.mark.parametrize(
    "data",
    [HTML, gif(), MP4, wav(), b"Once upon a time", "小狐狸".encode(), b""],
    ids=["html", "gif", "mp4", "wav", "text", "zh", "empty"],
)
def test_every_format_there_and_back(tmp_path, data):
    path = tmp_path / "output"
    path.write_bytes(data)
    recipe.embed(path, made())
    assert recipe.read(path) == made() | {"created": recipe.read(path)["created"]}
    size = path.stat().st_size
    recipe.embed(path, made(seed=8))
    assert recipe.read(path)["seed"] == 8, "a second recipe takes the place of the first"
    assert path.stat().st_size == size


def test_png_and_the_text_that_other_tools_read(tmp_path):
    settings = {
        "prompt": "a fox, red",
        "negative_prompt": "blur",
        "steps": 4,
        "sampler": "LCM",
        "guidance": 1.5,
    }
    settings |= {"width": 32, "height": 24, "seed": 7, "model": "sd-mini"}
    found = recipe.make("text_to_image", FACTS | {"model": "sd-mini"}, settings, picture(), 1)
    recipe.write_png(tmp_path / "a.png", picture(), found)
    assert recipe.read(tmp_path / "a.png") == found
    with Image.open(tmp_path / "a.png") as image:
        text = image.text["parameters"]
        assert json.loads(image.text["aigc_recipe"]) == found
        assert image.tobytes() == picture().tobytes()
    assert text.startswith(
        "a fox, red\nNegative prompt: blur\n"
        "Steps: 4, Sampler: LCM, CFG scale: 1.5, Seed: 7, Size: 32x24, Model: sd-mini, Version: "
    )
    assert recipe.parse_parameters(text) == settings
    recipe.embed(tmp_path / "a.png", found | {"seed": 8})
    with Image.open(tmp_path / "a.png") as image:
        assert len(image.text) == 2 and json.loads(image.text["aigc_recipe"])["seed"] == 8


def test_a_gif_plays_as_before(tmp_path):
    (tmp_path / "a.gif").write_bytes(gif())
    recipe.embed(tmp_path / "a.gif", made())
    with Image.open(tmp_path / "a.gif") as after, Image.open(io.BytesIO(gif())) as before:
        assert after.info["loop"] == 0 and after.info["duration"] == 50
        frames = [[frame.tobytes() for frame in ImageSequence.Iterator(one)] for one in (before, after)]
    assert frames[0] == frames[1]


def test_an_mp4_keeps_every_byte_it_had():
    assert recipe.embed_bytes(MP4, made()).startswith(MP4)
    # A last box "to the end of the file" gets its real size, or the recipe would be part of it.
    open_end = MP4[:-1007] + box(b"mdat", bytes(999), size=0)
    assert open_end != MP4 and recipe.embed_bytes(open_end, made()).startswith(MP4)


def test_a_wav_sounds_as_before_and_says_its_length():
    with_it = recipe.embed_bytes(wav(), made())
    with wave.open(io.BytesIO(with_it)) as file:
        assert file.readframes(999) == b"\0\1" * 99 and file.getframerate() == 8000
    assert int.from_bytes(with_it[4:8], "little") == len(with_it) - 8 and len(with_it) % 2 == 0
    others = b"LIST" + struct.pack("<I", 16) + b"INFOICMT" + struct.pack("<I", 4) + b"fox\0"
    assert others in recipe.embed_bytes(wav() + others, made()), "the comment of somebody else is kept"


def test_a_script_in_a_setting_stays_inside_the_recipe():
    page = recipe.embed_bytes(HTML, made(prompt="</script><script>alert(1)</script>"))
    assert page.count(b"<script") == page.count(b"</script") == 1
    assert recipe.read_bytes(page)["settings"]["prompt"] == "</script><script>alert(1)</script>"


def test_the_recipe_file(tmp_path):
    recipe.write_json(tmp_path / "r.json", made())
    assert recipe.read(tmp_path / "r.json") == recipe.loads(recipe.dumps(made())) | {
        "created": recipe.read(tmp_path / "r.json")["created"]
    }
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "r.json").read_bytes())
    assert recipe.read(tmp_path / "bom.json")["seed"] == 7


def test_without_a_recipe_the_file_is_as_it_was(tmp_path):
    recipe.write_png(tmp_path / "a.png", picture())
    recipe.write_text(tmp_path / "a.txt", "A story.")
    assert (tmp_path / "a.txt").read_bytes() == b"A story."
    assert b"aigc" not in (tmp_path / "a.png").read_bytes() and recipe.embed_bytes(HTML, None) == HTML
    with pytest.raises(UserError, match="carries no recipe"):
        recipe.read(tmp_path / "a.png")


def test_windows_line_ends_do_not_hide_the_recipe():
    text = recipe.embed_bytes(b"A story.", made())
    assert recipe.read_bytes(text.replace(b"\n", b"\r\n"))["seed"] == 7


# The parameters text, as the web UI and its relatives write it

WEB_UI = """a (red:1.2) fox, sunset
second line
Negative prompt: blurry, "text"
more of it
Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 965400086, Size: 512x768, Model hash: 6ce0161689, \
Model: v1-5-pruned-emaonly, Lora hashes: "fox: 12ab, sun: 34cd", Version: v1.6.0"""


def test_parameters_of_the_web_ui():
    assert recipe.parse_parameters(WEB_UI) == {
        "prompt": "a (red:1.2) fox, sunset\nsecond line",
        "negative_prompt": 'blurry, "text"\nmore of it',
        "steps": 20,
        "sampler": "DPM++ 2M Karras",
        "guidance": 7.0,
        "seed": 965400086,
        "width": 512,
        "height": 768,
        "model": "v1-5-pruned-emaonly",
    }


def test_a_picture_of_another_tool_restores_what_it_says(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", WEB_UI)
    picture().save(tmp_path / "a.png", pnginfo=info)
    found = recipe.read(tmp_path / "a.png")
    assert found["tab"] == "text_to_image" and found["seed"] == 965400086 and found["settings"]["steps"] == 20
    assert "output_sha256" not in found


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", {}),
        ("just a prompt", {"prompt": "just a prompt"}),
        ("a, b: c", {"prompt": "a, b: c"}),
        (
            "p\nSteps: many, CFG scale: nan, Seed: -1, Size: 9, Model: x",
            {"prompt": "p", "width": 9, "model": "x"},
        ),
        ("Steps: 2, Seed: 3, Sampler: Euler", {"steps": 2, "seed": 3, "sampler": "Euler"}),
        ("p\nSteps: 2, Seed: 99999999999999999999, Model: x", {"prompt": "p", "steps": 2, "model": "x"}),
    ],
)
def test_parameters_that_are_odd(text, wanted):
    assert recipe.parse_parameters(text) == wanted


@pytest.mark.parametrize("text", ["a" * 300_000, 'a: "' * 50_000, "a " * 100_000, "\n" * 100_000, "a:," * 60_000])
def test_parameters_made_to_be_slow(text):
    start = time.process_time()
    recipe.parse_parameters(text)
    assert time.process_time() - start < 1.5


# What strangers may write


def png_chunk(kind, body):
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(chunk):
    packed = io.BytesIO()
    picture().save(packed, "PNG")
    data = packed.getvalue()
    return data[:33] + chunk + data[33:]


BOMB = zlib.compress(bytes(50_000_000), 9)
PNG = recipe.embed_bytes(png_with(b""), made())
HOSTILE = {
    "empty": b"",
    "cut before the recipe": PNG[:40],
    "cut header": PNG[:20],
    "iTXt bomb": png_with(png_chunk(b"iTXt", b"aigc_recipe\0\1\0\0\0" + BOMB)),
    "zTXt bomb": png_with(png_chunk(b"zTXt", b"aigc_recipe\0\0" + BOMB)),
    "zTXt noise": png_with(png_chunk(b"zTXt", b"parameters\0\0" + b"noise")),
    "zTXt cut": png_with(png_chunk(b"zTXt", b"aigc_recipe\0\0" + zlib.compress(b"{" * 999)[:-6])),
    "large chunk": png_with(png_chunk(b"tEXt", b"aigc_recipe\0" + b" " * 300_000)),
    "not UTF-8": png_with(png_chunk(b"iTXt", b"aigc_recipe\0\0\0\0\0\xff\xfe")),
    "wrong checksum": png_with(png_chunk(b"tEXt", b"aigc_recipe\0{}")[:-1] + b"!"),
    "chunk longer than the file": PNG[:8] + b"\xff\xff\xff\xffIHDR",
    "parameters of a number": png_with(png_chunk(b"tEXt", b"parameters\0")),
    "gif cut": recipe.embed_bytes(gif(), made())[:60],
    "gif of one byte more than its header": b"GIF89a" + b"\xff" * 8,
    "gif with a hole": gif()[:-1] + b"\x99",
    "mp4 cut": recipe.embed_bytes(MP4, made())[:-5],
    "mp4 of size 1": box(b"ftyp", b"", size=1) + bytes(8),
    "mp4 of size 7": box(b"ftyp", b"isom") + box(b"mdat", b"", size=7),
    "mp4 huge": box(b"ftyp", b"isom") + box(b"mdat", b"\xff" * 8, size=1),
    "wav without": wav(),
    "wav cut": recipe.embed_bytes(wav(), made())[:-5],
    "wav of a chunk longer than the file": wav()[:12] + b"LIST\xff\xff\xff\xff",
    "wav with half a comment": wav() + b"LIST" + struct.pack("<I", 12) + b"INFOICMT" + b"\xff\xff\xff\xff",
    "html without": HTML,
    "html that runs": b"<html><script>recipe={tab:1}</script>",
    "html with code for JSON": b"<html>" + containers.HTML_OPEN + b"fetch('x')</script>",
    "html unclosed": b"<html>" + containers.HTML_OPEN,
    "text without": b"A story.",
    "text with half a mark": b"A story.\n--- aigc recipe ---\n",
    "zip": b"PK\3\4" + bytes(99),
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(99),
    "pickle": b"\x80\x04\x95" + bytes(99),
    "utf-16": "{}".encode("utf-16"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_sentence(name, tmp_path):
    (tmp_path / "file").write_bytes(HOSTILE[name])
    start = time.process_time()
    with pytest.raises(UserError, match=r"^[A-Z].*\.$"):
        recipe.read(tmp_path / "file")
    assert time.process_time() - start < 1


def test_a_png_cut_behind_its_recipe_still_says_how_it_was_made():
    assert recipe.read_bytes(PNG[:-30])["seed"] == 7


def test_a_picture_of_a_billion_pixels_is_not_decoded():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    text = b"aigc_recipe\0\0\0\0\0" + recipe.dumps(made()).encode()
    data = containers.PNG + png_chunk(b"IHDR", header) + png_chunk(b"iTXt", text) + png_chunk(b"IDAT", BOMB)
    assert recipe.read_bytes(data + png_chunk(b"IEND", b""))["seed"] == 7


def test_100_megabytes_are_refused_without_being_read(tmp_path):
    with open(tmp_path / "large.png", "wb") as file:
        file.write(PNG)
        file.truncate(100_000_000)
    start = time.process_time()
    with pytest.raises(UserError, match="up to 10 MB"):
        recipe.read(tmp_path / "large.png")
    assert time.process_time() - start < 0.5


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            recipe.read(path)


def damaged(**changes):
    return json.dumps(made() | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{",
        "[" * 60_000,
        '{"tab":' * 20_000,
        "1" * 5000,
        '{"tab": "gpt2_text", "settings": {"seed": ' + "9" * 4000 + "}}",
        '{"tab": "gpt2_text", "settings": {"temperature": 1e999}}',
        '{"tab": "gpt2_text", "settings": {"temperature": NaN}}',
        '{"tab": "gpt2_text", "settings": {"temperature": -Infinity}}',
        '{"tab": "gpt2_text", "settings": null}',
        '{"tab": "gpt2_text", "settings": {"prompt": "\\ud800"}}',
        damaged(seed=2**53),
        damaged(seed=-1),
        damaged(seed=1.5),
        damaged(seed=True),
        damaged(seed="7"),
        damaged(tab="../../etc"),
        damaged(tab="Gpt2"),
        damaged(tab="a" * 41),
        damaged(tab=["gpt2_text"]),
        damaged(model={"a": 1}),
        damaged(model="m" * 301),
        damaged(seconds=-1),
        damaged(output_sha256="x" * 64),
        damaged(weights_sha256="ab"),
        damaged(settings=[1]),
        damaged(settings={"a": {"b": 1}}),
        damaged(settings={"a": [[1]]}),
        damaged(settings={"a": [1] * 257}),
        damaged(settings={"a b": 1}),
        damaged(settings={"__class__": 1}),
        damaged(settings={f"s{i}": 1 for i in range(65)}),
        damaged(settings={"prompt": "p" * 15_001}),
        damaged(settings={f"s{i}": "p" * 15_000 for i in range(5)}),
        damaged(libraries={"torch": 2}),
        damaged(libraries=["torch"]),
        damaged(libraries={str(i): "1" for i in range(33)}),
        damaged(other_models=[FACTS] * 9),
        damaged(other_models=[1]),
        damaged(other_models=[{"model": 1}]),
        " " * 300_000,
    ],
    ids=lambda text: text[:60],
)
def test_damaged_recipes_get_a_sentence(text):
    with pytest.raises(UserError, match=r"^[A-Z].*\.$"):
        recipe.loads(text)


def test_unknown_keys_are_left_out_so_that_newer_recipes_can_be_read():
    assert recipe.loads(damaged(mood="good")) == recipe.loads(damaged()) and "mood" not in recipe.loads(damaged(mood=1))


def test_the_longest_prompt_fits_in_any_language():
    for letter in "a狐🦊\n":
        found = made(prompt=letter * recipe.MAX_TEXT)
        assert recipe.read_bytes(recipe.embed_bytes(png_with(b""), found)) == found
        assert recipe.read_bytes(recipe.embed_bytes(HTML, found)) == found


# Links


def test_a_link_there_and_back():
    old = made()
    link = recipe.to_link(old, "https://example.org/suite/")
    assert link.startswith("https://example.org/suite/?tab=gpt2_text&r=") and len(link) < 600
    found = recipe.from_link(link)
    assert found == {key: old[key] for key in ("tab", "model", "seed", "settings", "output_sha256")}
    assert recipe.from_link(link.partition("&r=")[2]) == found


def test_a_link_says_nothing_of_machine_and_time():
    assert (
        not {"machine", "created", "libraries", "seconds", "device"} & recipe.from_link(recipe.to_link(made())).keys()
    )


def test_a_link_has_an_end():
    words = " ".join(str(i * 7919 % 10_007) for i in range(3000))[:15_000]
    with pytest.raises(UserError, match="too long for a link"):
        recipe.to_link(made(prompt=words))
    assert len(recipe.to_link(made(prompt="Once upon a time. " * 800))) < 1000, "length that packs well is no harm"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "A",
        "?tab=gpt2_text",
        "?r=",
        "a" * 20_000,
        "../../etc/passwd",
        "<script>",
        "狐",
        7,
        None,
        base64.urlsafe_b64encode(b"noise").decode().rstrip("="),
        base64.urlsafe_b64encode(zlib.compress(bytes(5_000_000), 9)).decode().rstrip("="),
        base64.urlsafe_b64encode(zlib.compress(b"\xff")).decode().rstrip("="),
        base64.urlsafe_b64encode(zlib.compress(b"[1]")).decode().rstrip("="),
        recipe.to_link(made())[:-20],
    ],
    ids=lambda value: str(value)[:30],
)
def test_damaged_links_get_a_sentence(value):
    with pytest.raises(UserError, match=r"^[A-Z].*\.$"):
        recipe.from_link(value)


# Comparing


def test_identical():
    found = recipe.compare(made(), made())
    assert found == recipe.Comparison(True, "Identical: same output, byte for byte.")


def test_different_says_what_changed():
    old = made()
    libraries = old["libraries"] | {"transformers": "0.0.1"}
    new = made("Another") | {"precision": "exact", "libraries": libraries}
    version = old["libraries"]["transformers"]
    assert recipe.compare(old, new).sentence == (
        f"Different output. What changed: precision int8 -> exact, transformers {version} -> 0.0.1."
    )
    assert not recipe.compare(old, new).identical


def test_different_settings_are_named_too():
    new = made("Another", temperature=0.9, prompt="x" * 80, shout=True) | {"weights_sha256": "cd" * 32}
    assert recipe.compare(made(), new).sentence == (
        "Different output. What changed: weights ababababab -> cdcdcdcdcd, prompt changed, "
        "temperature 0.8 -> 0.9, shout false -> true."
    )


def test_a_result_that_does_not_repeat_itself_is_said_plainly():
    found = recipe.compare(made(), made("Another"))
    assert not found.identical and found.sentence.startswith("Different output, although settings, weights,")


def test_identical_on_another_version():
    found = recipe.compare(made() | {"version": "0.0.9"}, made())
    assert found.identical and "This although app 0.0.9 -> " in found.sentence


def test_a_link_can_be_compared_as_far_as_it_goes():
    old = recipe.from_link(recipe.to_link(made()))
    assert recipe.compare(old, made()).identical
    assert "does not say which weights" in recipe.compare(old, made("Another")).sentence
    del old["output_sha256"]
    assert recipe.compare(old, made()).sentence.startswith("Nothing to compare with")
