"""Pictures of other tools, as those tools write them: what is restored, and what is named instead.

The forms follow civitai/civitai#438 and #2424 (EXIF in both byte orders), AUTOMATIC1111/stable-diffusion-webui#12128
and adieyal/sd-dynamic-prompts#177 (lines behind the settings), and the tools' own sources.
"""

import html
import io
import json
import struct
import time
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from shared import recipe
from shared.core.errors import UserError
from shared.core.registry import own_name
from shared.page.recipe_row import restored
from shared.recipe import containers, exif, others

PROMPT, NEGATIVE = "a red fox in the snow, (soft light:1.2)", "blurry, text"
SAID = (
    "Steps: 24, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 314159265, Size: 256x192, "
    "Model hash: 0123abcd45, Model: test-model, Denoising strength: 0.6, Version: v1.10.1"
)
TEXT = f"{PROMPT}\nNegative prompt: {NEGATIVE}\n{SAID}"
RIGHT = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "steps": 24, "guidance": 6.5, "seed": 314159265}
RIGHT |= {"width": 256, "height": 192, "scheduler": "DPM++ 2M"}


def block(comment: bytes, order: str = ">", tag: int = 0x9286) -> bytes:
    """An EXIF block whose only text is `comment`."""
    head = {">": b"MM\0*", "<": b"II*\0"}[order]
    if tag == 0x9286:
        entries = struct.pack(order + "HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
        entries += struct.pack(order + "HHHII", 1, tag, 7, len(comment), 44) + bytes(4)
    else:
        entries = struct.pack(order + "HHHII", 1, tag, 2, len(comment), 26) + bytes(4)
    return b"Exif\0\0" + head + struct.pack(order + "I", 8) + entries + comment


def picture(kind: str, block: bytes) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(packed, kind, exif=block)
    return packed.getvalue()


def png(texts: dict[str, str]) -> bytes:
    info, packed = PngInfo(), io.BytesIO()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (16, 16), "red").save(packed, "PNG", pnginfo=info)
    return packed.getvalue()


def settings(data: bytes) -> dict:
    found = recipe.read_bytes(data)
    assert found["tab"] == "text_to_image" and found["settings"]["prompt"][:1] != "{"
    return found["settings"]


CODES = {
    "big": (b"UNICODE\0" + TEXT.encode("utf-16-be"), ">"),
    "little": (b"UNICODE\0" + TEXT.encode("utf-16-le"), "<"),
    "other order than the block's": (b"UNICODE\0" + TEXT.encode("utf-16-le"), ">"),
    "with a mark": (b"UNICODE\0" + TEXT.encode("utf-16"), ">"),
    "UTF-8 for all that": (b"UNICODE\0" + TEXT.encode(), "<"),
    "ASCII": (b"ASCII\0\0\0" + TEXT.encode(), ">"),
    "undefined": (bytes(8) + TEXT.encode(), ">"),
    "none": (TEXT.encode(), ">"),
}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "PNG"])
@pytest.mark.parametrize("code", CODES)
def test_exif(kind, code):
    comment, order = CODES[code]
    assert RIGHT.items() <= settings(picture(kind, block(comment, order))).items()


def test_exif_in_chinese():
    text = TEXT.replace(PROMPT, "雪地里的红狐狸，柔光")
    for order, coding in ((">", "utf-16-be"), ("<", "utf-16-le")):
        found = settings(picture("JPEG", block(b"UNICODE\0" + text.encode(coding), order)))
        assert found["prompt"] == "雪地里的红狐狸，柔光" and found["seed"] == 314159265


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "\nTemplate: a {red|grey} fox\nNegative Template: blurry",
        TEXT.replace("Version", 'Extra: "one: two,\nthree: \\"four\\"", Version'),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("DPM++ 2M, Schedule type: Karras", "DPM++ 2M Karras"),
        TEXT.replace("Sampler: DPM++ 2M, Schedule type: Karras,", "Sampler: DPM++ 2M,") + ", App: SD.Next",
    ],
    ids=["lines behind", "line break in quotes", "CRLF", "old name of the schedule", "SD.Next"],
)
def test_the_settings_are_not_the_last_line(text):
    for data in (png({"parameters": text}), text.encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        assert RIGHT.items() <= settings(data).items()


@pytest.mark.parametrize("form", ["tEXt in UTF-8", "tEXt in Latin-1", "zTXt", "iTXt", "packed iTXt"])
def test_text_chunks_in_every_encoding(form):
    text = TEXT.replace("fox", "Füchsin")
    body = {
        "tEXt in UTF-8": b"parameters\0" + text.encode(),
        "tEXt in Latin-1": b"parameters\0" + text.encode("latin-1"),
        "zTXt": b"parameters\0\0" + zlib.compress(text.encode()),
        "iTXt": b"parameters\0\0\0\0\0" + text.encode(),
        "packed iTXt": b"parameters\0\1\0\0\0" + zlib.compress(text.encode()),
    }[form]
    kind, plain = form.split()[-1 if "packed" in form else 0].encode(), png({})
    chunk = struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))
    assert settings(plain[:33] + chunk + plain[33:])["prompt"] == PROMPT.replace("fox", "Füchsin")


def test_our_own_text_is_read_as_it_was_written():
    for prompt in ("Füchsin", "FÃ¼chsin", "狐"):  # the second reads as the first where it is taken for UTF-8
        made = recipe.make("text_to_image", {"model": "x"}, {"prompt": prompt, "steps": 1, "seed": 1}, b"", 1)
        assert recipe.read_bytes(recipe.embed_bytes(png({}), made))["settings"]["prompt"] == prompt


def test_what_cannot_be_followed_is_named():
    text = TEXT.replace("a red fox", "a red fox <lora:some style:0.8>, [grey|white] tail, ((snow))")
    found = recipe.read_bytes(png({"parameters": text}))
    assert found["settings"]["prompt"].startswith("a red fox, [grey|white] tail, ((snow)) in the snow")
    assert found["left_out"] == [
        "Denoising strength 0.6",
        "the LoRA some style",
        "weights such as [grey|white], which are read as plain words",
        "the noise schedule Karras",
    ]
    assert "Schedule" not in str(recipe.read_bytes(png({"parameters": TEXT.replace(": Karras", ": Automatic")})))


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63 - 5, 2**64 - 1, -1])
def test_a_seed_that_a_browser_would_round_is_named(seed):
    found = recipe.read_bytes(png({"parameters": TEXT.replace("314159265", str(seed))}))
    assert "seed" not in found and "seed" not in found["settings"]
    assert any(f"the seed {seed}" in one for one in found["left_out"])
    kept = recipe.read_bytes(png({"parameters": TEXT.replace("314159265", str(2**32 + 7))}))
    assert kept["seed"] == 2**32 + 7


def test_the_line_on_the_page_names_it():
    from text_to_image.request import REQUESTS

    found = recipe.read_bytes(png({"parameters": TEXT.replace("314159265", str(2**60))}))
    values, line = restored(REQUESTS, found, "text_to_image")
    assert values["prompt"] == PROMPT and values["scheduler"] == "DPM++ 2M" and "seed" not in values
    assert "the noise schedule Karras" in line and str(2**60) in line and "test-model" in line


def test_models_that_moved():
    for name in ("runwayml/stable-diffusion-v1-5", "v1-5-pruned-emaonly.safetensors", "SD\\v1-5-pruned-emaonly.ckpt"):
        assert own_name(name) == "sd-1-5"
    assert own_name("stabilityai/sd-turbo") == "sd-turbo" and own_name("someone/sd_turbo") == "someone/sd_turbo"
    from text_to_image.request import REQUESTS

    assert REQUESTS.fitting({"model": "runwayml/stable-diffusion-v1-5"}) == ({"model": "sd-1-5"}, [])


# One JSON object

FOOOCUS = {
    "prompt": PROMPT, "negative_prompt": NEGATIVE, "steps": 24, "guidance_scale": 6.5, "seed": "314159265",
    "resolution": "(256, 192)", "sampler": "dpmpp_2m", "scheduler": "karras", "base_model": "test-model.safetensors",
    "styles": "['Fooocus V2']", "loras": [["a.safetensors", 0.5, "00"]], "sharpness": 2, "version": "Fooocus v2.5.5",
}  # fmt: skip
NOVELAI = {
    "prompt": PROMPT, "uc": NEGATIVE, "steps": 24, "scale": 6.5, "seed": 314159265, "width": 256, "height": 192,
    "sampler": "k_dpmpp_2m", "noise_schedule": "karras", "sm": False,
}  # fmt: skip
INVOKE = {
    "positive_prompt": PROMPT, "negative_prompt": NEGATIVE, "steps": 24, "cfg_scale": 6.5, "seed": 314159265,
    "width": 256, "height": 192, "scheduler": "dpmpp_2m_k", "model": {"name": "test-model", "hash": "x"},
}  # fmt: skip
INVOKE_2 = {
    "model": "stable diffusion", "model_weights": "test-model", "image": {
        "prompt": [{"prompt": f"{PROMPT} [{NEGATIVE}]", "weight": 1}], "steps": 24, "cfg_scale": 6.5,
        "seed": 314159265, "width": 256, "height": 192, "sampler": "k_dpmpp_2m",
    },
}  # fmt: skip
DREAM = f'"{PROMPT} [{NEGATIVE}]" -s 24 -S 314159265 -W 256 -H 192 -C 6.5 -A k_dpmpp_2m'
DRAW = {
    "c": PROMPT, "uc": NEGATIVE, "steps": 24, "scale": 6.5, "seed": 314159265, "size": "256x192",
    "sampler": "DPM++ 2M Karras", "model": "test-model", "strength": 1,
}  # fmt: skip
XMP = '<x:xmpmeta><exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></exif:UserComment>'
JSON = {
    "Fooocus": png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}),
    "Fooocus, JPEG": picture("JPEG", block(json.dumps(FOOOCUS).encode())),
    "Fooocus, old": png({"Comment": json.dumps({key.replace("_", " ").title(): FOOOCUS[key] for key in FOOOCUS})}),
    "NovelAI": png({"Software": "NovelAI", "Description": PROMPT, "Comment": json.dumps(NOVELAI)}),
    "InvokeAI": png({"invokeai_metadata": json.dumps(INVOKE)}),
    "InvokeAI 2": png({"sd-metadata": json.dumps(INVOKE_2)}),
    "InvokeAI 1": png({"Dream": DREAM}),
    "Draw Things": png({"XML:com.adobe.xmp": XMP.format(html.escape(json.dumps(DRAW)))}),
    "Draw Things, EXIF": picture("PNG", block(b"ASCII\0\0\0" + json.dumps(DRAW).encode())),
    "a file of settings": json.dumps(FOOOCUS).encode(),
}


@pytest.mark.parametrize("tool", JSON)
def test_json_of_other_tools(tool):
    assert RIGHT.items() <= settings(JSON[tool]).items()


def test_fooocus_names_styles_and_loras():
    assert {"1 × LoRA", "the styles ['Fooocus V2']", "the noise schedule karras"} <= set(
        recipe.read_bytes(JSON["Fooocus"])["left_out"]
    )


# ComfyUI

GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 314159265, "steps": 24, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1,
        "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 256, "height": 192, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["10", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": NEGATIVE, "clip": ["10", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}, "is_changed": [float("nan")]},
    "10": {"class_type": "LoraLoader", "inputs": {
        "lora_name": "some style.safetensors", "strength_model": 0.8, "model": ["4", 0], "clip": ["4", 1]}},
}  # fmt: skip
WORKFLOW = {"nodes": [
    {"id": 3, "type": "KSampler", "widgets_values": [314159265, "randomize", 24, 6.5, "dpmpp_2m", "karras", 1],
     "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2}, {"name": "negative", "link": 3},
                {"name": "latent_image", "link": 4}]},
    {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["v1-5-pruned-emaonly.safetensors"], "inputs": []},
    {"id": 5, "type": "EmptyLatentImage", "widgets_values": [256, 192, 1], "inputs": []},
    {"id": 6, "type": "CLIPTextEncode", "widgets_values": [PROMPT], "inputs": [{"name": "clip", "link": 5}]},
    {"id": 7, "type": "CLIPTextEncode", "widgets_values": [NEGATIVE], "inputs": [{"name": "clip", "link": 6}]},
], "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"], [3, 7, 0, 3, 2, "CONDITIONING"],
             [4, 5, 0, 3, 3, "LATENT"], [5, 4, 1, 6, 0, "CLIP"], [6, 4, 1, 7, 0, "CLIP"]]}  # fmt: skip
FLUX = {
    "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0],
                                                           "sigmas": ["5", 0], "latent_image": ["6", 0]}},
    "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": ["12", 0]}},
    "3": {"class_type": "CFGGuider", "inputs": {"cfg": 6.5, "positive": ["7", 0], "negative": ["8", 0]}},
    "4": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "dpmpp_2m"}},
    "5": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 24, "denoise": 1}},
    "6": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 256, "height": 192, "batch_size": 1}},
    "7": {"class_type": "FluxGuidance", "inputs": {"conditioning": ["9", 0]}},
    "8": {"class_type": "CLIPTextEncode", "inputs": {"text": NEGATIVE, "clip": ["10", 0]}},
    "9": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["10", 0]}},
    "10": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "t5"}},
    "11": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": PROMPT}},
    "12": {"class_type": "PrimitiveInt", "inputs": {"value": 314159265}},
}  # fmt: skip
COMFY = {
    "graph and workflow": png({"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}),
    "graph alone": png({"prompt": json.dumps(GRAPH)}),
    "workflow alone": png({"workflow": json.dumps(WORKFLOW)}),
    "WebP": picture("WEBP", block(b"prompt:" + json.dumps(GRAPH).encode(), tag=0x0110)),
    "the API's file": json.dumps(GRAPH).encode(),
    "the workflow's file": json.dumps(WORKFLOW).encode(),
    "values in nodes of their own": png({"prompt": json.dumps(FLUX)}),
}


@pytest.mark.parametrize("form", COMFY)
def test_comfyui(form):
    assert RIGHT.items() <= settings(COMFY[form]).items()


def test_comfyui_names_what_it_leaves_out():
    found = recipe.read_bytes(COMFY["graph alone"])
    assert found["left_out"][0] == "the LoRA some style.safetensors" and found["model"] == "sd-1-5"
    second = GRAPH["3"] | {"inputs": GRAPH["3"]["inputs"] | {"latent_image": ["3", 0], "denoise": 0.5, "steps": 9}}
    found = recipe.read_bytes(png({"prompt": json.dumps(GRAPH | {"20": second})}))
    assert found["settings"]["steps"] == 9 and found["settings"]["width"] == 256
    assert {"1 more samplers", "a denoising strength of 0.5"} <= set(found["left_out"])


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": json.dumps({"mood": "good"})},
        {"prompt": "{}"},
        {"prompt": "[1]", "workflow": "7"},
        {"prompt": json.dumps({"1": {"class_type": 7, "inputs": {"positive": ["1", 0], "steps": [1], "seed": {}}}})},
        {"workflow": json.dumps({"nodes": [1, {"id": [], "inputs": [1, {"link": []}]}], "links": [[{}, 1], 7]})},
        {"Comment": "made by hand"},
        {"Description": PROMPT},
        {"prompt": "[" * 50_000},
        {"Comment": json.dumps({"prompt": {"a": 1}, "steps": [1]})},
        {"sd-metadata": json.dumps({"image": {"prompt": [1, {}], "steps": {}}})},
    ],
    ids=str,
)
def test_json_never_lands_in_the_prompt(texts):
    with pytest.raises(UserError, match="recipe"):
        print(recipe.read_bytes(png(texts)))


HUGE = {str(i): {"class_type": "KSampler", "inputs": {"positive": [str(i + 1), 0], "steps": 1}} for i in range(8000)}
HOSTILE = {
    "a chain of samplers": json.dumps(HUGE)[: containers.MAX_FOREIGN],
    "all to all": json.dumps({
        str(i): {"class_type": "KSampler", "inputs": {"positive": ["0", 0], "steps": 1}
                 | {f"x{j}": [str(j), 0] for j in range(100)}} for i in range(400)
    }),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_graphs_made_to_be_slow(name):
    start = time.process_time()
    try:
        recipe.read_bytes(png({"prompt": HOSTILE[name]}))
    except UserError:
        pass
    assert time.process_time() - start < 3


def test_exif_that_points_anywhere():
    for at in (0, 26, 2**31, 2**32 - 1):
        for order in "<>":
            odd = block(b"x" * 20, order)[:10] + struct.pack(order + "I", at) + bytes(40)
            assert exif.texts(b"\xff\xd8\xff" + odd) == []
    many = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 65535) + struct.pack("<HHII", 0x10E, 2, 2**32 - 1, 8) * 65535
    start = time.process_time()
    assert len(exif.texts(many)) <= 1
    assert time.process_time() - start < 1


def test_numbers_of_400_digits():
    text = TEXT.replace("Seed: 314159265", "Seed: " + "9" * 400).replace("6.5", "9" * 400).replace("24", "9" * 400)
    assert set(others.of_parameters(text)["settings"]) == {
        "prompt", "negative_prompt", "width", "height", "scheduler", "model"
    }  # fmt: skip
