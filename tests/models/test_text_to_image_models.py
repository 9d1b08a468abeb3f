"""Models of pictures: every row of the registry through a real little Hub, with tiny pipelines of the same classes;
what is refused and how it is said; LoRAs; the safety checker. No picture here shows anything."""

import json
import shutil
from dataclasses import replace

import pytest
import tiny_pipelines as tiny

from shared.core import hub, loaders, registry
from shared.core.errors import UserError
from shared.engines.diffusion import limits
from shared.models import lora, pipeline_folder, text_to_image

HUB_ROWS = [row for row in registry.SPECS if row.task == "text-to-image" and not row.bundled]
PROMPT = "noto emoji of a red dog"
OTHERS = {  # what such repositories hold as well; fetching any of it would be a waste, opening some of it a danger
    "v1-5-pruned.safetensors": b"the whole model again",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"again",
    "unet/diffusion_pytorch_model.bin": b"never",
    "unet/model.onnx": b"again",
    "safety_checker/pytorch_model.bin": b"never",
    "lcm_pipeline.py": b"raise SystemExit",
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """A folder for each pipeline; nobody writes into them."""
    base = tmp_path_factory.mktemp("pipelines")
    tiny.write_emoji(base / "emoji-diffusion")
    tiny.age(tiny.write_lcm(base / "lcm-dreamshaper-7", checker=True))
    tiny.age(tiny.write_turbo(base / "sd-turbo", variant="fp16"))
    tiny.age(tiny.write_sd(base / "sd-1-5", checker=True, variant="fp16"))
    tiny.age(tiny.write_sdxl(base / "sdxl-turbo", variant="fp16"))
    tiny.write_taesd(base / "taesd")
    tiny.write_taesd(base / "taesdxl")
    return base


@pytest.fixture
def copy(folders, tmp_path):
    """copy("sd-1-5") -> a copy of that folder, to be damaged."""
    return lambda name: shutil.copytree(folders / name, tmp_path / name)


@pytest.fixture
def rows(server, monkeypatch, tmp_path):
    """The registry with repositories of this test's own (so that no cache knows them) and without commits."""
    changed = []
    for row in registry.SPECS:
        if row.repo and row.task in ("text-to-image", "picture-decoder"):
            picture = row.picture and replace(row.picture, width=32, height=32)
            row = replace(row, repo=f"{tmp_path.name}/{row.name}", revision="", picture=picture)
        changed.append(row)
    monkeypatch.setattr(registry, "SPECS", tuple(changed))
    yield {row.name: row for row in changed}
    loaders.forget()


def publish(server, row, folder, but=()):
    files = {name: data for name, data in tiny.files_of(folder).items() if name not in but}
    return server.add(row.repo, files | OTHERS)


def use(name, precision="fast"):
    with loaders.use(name, precision) as loaded:
        return loaded


def refusal(name) -> str:
    with pytest.raises(UserError) as caught:
        use(name)
    said = str(caught.value)
    assert said.endswith(".") and "Traceback" not in said and len(said) < 400
    return said


def same(a, b, tolerance=1e-4):
    return float((a - b).abs().max()) <= tolerance


# ---- every row, from the Hub -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in HUB_ROWS])
def test_from_the_hub_and_then_from_the_cache(name, server, rows, folders):
    row = rows[name]
    publish(server, row, folders / name)
    publish(server, rows[row.decoder], folders / row.decoder)
    loaded = use(name)  # that a download is told while it runs: test_loaders.py
    painter = loaded.model
    assert (loaded.source, loaded.notice, painter.notices) == ("hub", "", [])
    assert type(painter.decoder).__name__ == "AutoencoderTiny" and type(painter.pipe.vae).__name__ == "AutoencoderKL"
    assert painter.guides_itself == (name == "lcm-dreamshaper-7") and not painter.checked and painter.words is None
    assert painter.defaults == row.picture and painter.defaults.scheduler in painter.defaults.schedulers
    pictures = painter.sample(2, seed=3, prompt=PROMPT, steps=2)
    assert pictures.shape == (2, 3, 32, 32) and 0 <= pictures.min() < pictures.max() <= 1
    fetched = {request.path.partition("/resolve/")[2].partition("/")[2] for request in server.requests}
    fetched |= {request.path.removeprefix(f"/cdn/{row.repo}/") for request in server.requests}
    assert not fetched & set(OTHERS) and not any(path.startswith("safety_checker") for path in fetched)
    half = [path for path in fetched if path.endswith(".fp16.safetensors")]
    assert bool(half) == (name != "lcm-dreamshaper-7") and "unet/diffusion_pytorch_model.bin" not in fetched

    server.stop()
    loaders.forget()
    again = use(name)
    assert (again.source, again.notice, again.revision) == ("cache", "", loaded.revision)
    assert again.sha256 == loaded.sha256 and same(again.model.sample(2, seed=3, prompt=PROMPT, steps=2), pictures)


def test_the_bundled_one_is_a_folder_of_the_same_kind(server, rows, folders, monkeypatch):
    monkeypatch.setenv("AIGC_LOCAL", f"emoji-diffusion={folders / 'emoji-diffusion'}")
    loaded = use("emoji-diffusion")
    painter = loaded.model
    assert (loaded.source, loaded.notice) == ("local", "") and not server.requests
    assert painter.decoder is painter.pipe.vae and painter.words["styles"] == ["noto", "twemoji", "fluent 3d"]
    assert (painter.channels, painter.shrink, painter.predicts) == (8, 4, "v_prediction")
    own = replace(registry.spec("emoji-diffusion").picture, width=32, height=32, sizes=(32, 32, 8))
    assert painter.defaults == limits.of("emoji-diffusion") == own, "its own size, and the row's steps and scheduler"
    assert loaders.default_model("text-to-image") == "emoji-diffusion"


def test_without_a_network_the_bundled_model_stands_in(server, rows, folders, monkeypatch):
    monkeypatch.setattr(registry, "WEIGHTS", folders)
    server.stop()
    loaded = use("sd-turbo")
    assert loaded.spec.name == "emoji-diffusion" and loaded.source == "bundled"
    assert loaded.notice.endswith("this is the bundled small model Emoji diffusion.")


@pytest.mark.slow
def test_without_the_small_decoder_it_draws_with_its_own_and_says_so(server, rows, folders):
    publish(server, rows["sd-turbo"], folders / "sd-turbo")
    loaded = use("sd-turbo")
    assert "The model's own decoder, which is slower, makes the pictures." in loaded.notice
    assert loaded.model.decoder is loaded.model.pipe.vae
    assert loaded.model.sample(prompt=PROMPT, steps=1).shape == (1, 3, 32, 32)


@pytest.mark.slow
def test_the_default_is_a_hub_model_that_is_here(server, rows, folders):
    row = rows["lcm-dreamshaper-7"]
    assert loaders.default_model("text-to-image") != row.name or not (registry.WEIGHTS / "emoji-diffusion").is_dir()
    publish(server, row, folders / row.name)
    publish(server, rows["taesd"], folders / "taesd")
    use(row.name)
    assert loaders.default_model("text-to-image") == row.name


@pytest.mark.slow
def test_half_a_pipeline_in_the_cache_is_completed(server, rows, folders):
    """Another program has fetched the text encoder alone, or the weights in another precision."""
    from huggingface_hub import snapshot_download

    row = rows["sd-turbo"]
    files = tiny.files_of(folders / "sd-turbo")
    plain = {name.replace(".fp16", ""): b"another precision" for name in files if ".fp16" in name}
    server.add(row.repo, files | plain)
    publish(server, rows["taesd"], folders / "taesd")
    kept = ["text_encoder/*", "model_index.json", *plain]
    folder = snapshot_download(row.repo, allow_patterns=kept)
    shutil.rmtree(f"{folder}/../../.trees", ignore_errors=True)  # programs of last year left no listing
    assert hub.cached(row.repo, "", registry.files_of(row)) is None
    loaded = use("sd-turbo")
    assert loaded.source == "hub" and loaded.model.dtype == "float32"


@pytest.mark.slow
def test_a_host_with_the_checker_on_fetches_it(server, rows, folders, monkeypatch):
    monkeypatch.setenv("AIGC_SAFETY_CHECKER", "1")
    publish(server, rows["sd-1-5"], folders / "sd-1-5")
    publish(server, rows["taesd"], folders / "taesd")
    assert use("sd-1-5").model.checked


# ---- refused, with a sentence ----------------------------------------------------------------------------------------


def test_a_repository_that_lacks_a_file(server, rows, folders):
    publish(server, rows["sd-turbo"], folders / "sd-turbo", but=["unet/diffusion_pytorch_model.fp16.safetensors"])
    assert "lacks a file that SD-Turbo needs: unet/diffusion_pytorch_model.fp16.safetensors" in refusal("sd-turbo")
    assert not [request for request in server.requests if "/cdn/" in request.path]


def test_pickles_only(server, rows, folders):
    files = {name.replace(".safetensors", ".bin"): data for name, data in tiny.files_of(folders / "sd-turbo").items()}
    server.add(rows["sd-turbo"].repo, files)
    assert "pickle" in refusal("sd-turbo")


def test_gated_and_unknown(server, rows, folders):
    assert "There is no model" in refusal("sd-turbo")
    publish(server, rows["sd-turbo"], folders / "sd-turbo").gated = True
    assert "HF_TOKEN" in refusal("sd-turbo")


def test_more_memory_than_there_is(server, rows, folders, monkeypatch, copy):
    monkeypatch.setenv("AIGC_MEMORY_GB", "2")
    assert refusal("sdxl-turbo") == ("SDXL-Turbo needs about 8.5 GB of memory, and this machine has 2.0 GB for models.")
    assert not server.requests
    monkeypatch.setenv("AIGC_MEMORY_GB", "0.0001")
    with pytest.raises(UserError, match="needs 0.0 GB of memory for its weights alone"):
        text_to_image.load(copy("sd-1-5"))


def broken(copy, harm, name="sd-1-5"):
    folder = copy(name)
    harm(folder)
    with pytest.raises(UserError) as caught:
        text_to_image.load(folder)
    return str(caught.value)


def unet_of(folder):
    return folder / "unet" / "diffusion_pytorch_model.fp16.safetensors"


def change(file, changed):
    """Rewrites a safetensors file with changed(tensors)."""
    from safetensors.torch import load_file, save_file

    save_file(changed(load_file(file)), file, metadata={"format": "pt"})


def renamed(tensors):
    return {name.replace("mid_block.resnets.0.conv1", "mid_block.other"): t for name, t in tensors.items()}


def without_one(tensors):
    del tensors["conv_in.bias"]
    return tensors


def reshaped(tensors):
    return tensors | {"conv_in.weight": tensors["conv_in.weight"][:, :2].contiguous()}


@pytest.mark.parametrize("changed, word", [(renamed, "fit"), (without_one, "conv_in.bias"), (reshaped, "conv_in")])
def test_weights_of_another_network(copy, changed, word):
    said = broken(copy, lambda folder: change(unet_of(folder), changed))
    assert said.startswith("sd-1-5: the weights of its unet") and word in said


def test_weights_of_the_text_encoder(copy):
    def harm(folder):
        file = folder / "text_encoder" / "model.fp16.safetensors"
        change(file, lambda tensors: {name: t for name, t in tensors.items() if "final_layer_norm" not in name})

    assert "the weights of its text_encoder do not fit its architecture (2 missing" in broken(copy, harm)


def test_a_file_cut_short_or_not_there(copy, tmp_path):
    assert "weights of its unet" in broken(copy, lambda folder: unet_of(folder).unlink())
    shutil.rmtree(tmp_path / "sd-1-5")
    assert "no pipeline that can be read here" in broken(
        copy, lambda folder: (folder / "tokenizer" / "vocab.json").write_text("{")
    )


def test_cut_short_on_the_way_into_the_folder(server, rows, copy, monkeypatch):
    folder = copy("sd-1-5")
    unet_of(folder).write_bytes(unet_of(folder).read_bytes()[:5000])
    monkeypatch.setenv("AIGC_LOCAL", f"sd-1-5={folder}")
    assert "damaged or not in the safetensors format" in refusal("sd-1-5")


def index_of(folder, **parts):
    file = folder / "model_index.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | parts), "utf-8")


def test_code_in_the_folder_is_not_run(copy, tmp_path):
    def harm(folder):
        (folder / "unet" / "my_unet.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass UNet: pass\n")
        index_of(folder, unet=["my_unet", "UNet"])

    assert "wants code of its own to be run for its unet" in broken(copy, harm)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "parts, said",
    [
        ({"unet": ["diffusers", "UNetOfTheFuture"]}, "does not know: UNetOfTheFuture"),
        ({"unet": [None, None]}, "not of the Stable Diffusion family"),
        ({"_class_name": "NobodysPipeline"}, "no pipeline that can be read here"),
        ({"unet": ["diffusers"]}, "missing or broken"),
        ({"unet": [["diffusers"], "UNet2DConditionModel"]}, "wants code of its own"),
    ],
)
def test_an_index_that_makes_no_sense(copy, parts, said):
    assert said in broken(copy, lambda folder: index_of(folder, **parts))


def test_a_folder_of_something_else(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(UserError, match="model is no diffusers pipeline"):
        text_to_image.load(tmp_path / "model")


def test_a_decoder_for_other_latents(folders):
    with pytest.raises(UserError, match="made for other latents than those of emoji-diffusion"):
        text_to_image.load(folders / "emoji-diffusion", decoder=folders / "taesd")


# ---- what a painter does ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def emoji(folders):
    return text_to_image.load(folders / "emoji-diffusion")


@pytest.fixture(scope="session")
def sd(folders):
    return text_to_image.load(folders / "sd-1-5", decoder=folders / "taesd")


def test_noise_belongs_to_the_seed(emoji):
    import torch

    three = emoji.noise([5, 6, 7], 32, 64)
    assert three.shape == (3, 8, 16, 8) and three.dtype == torch.float32
    assert torch.equal(three[1], emoji.noise([6], 32, 64)[0]) and not torch.equal(three[0], three[1])
    with pytest.raises(AssertionError, match="no multiple of 4"):
        emoji.noise([0], 30, 32)


def test_a_picture_alone_and_among_others(emoji, sd):
    for painter in (emoji, sd):
        both = painter.sample(2, seed=8, prompt=PROMPT, steps=2)
        assert same(both[1:], painter.sample(1, seed=9, prompt=PROMPT, steps=2))


def test_decode_is_the_pipelines_own(sd):
    """With the model's own decoder, latents become what the plain pipeline makes of them."""
    import torch

    latents = sd.noise([1, 2], 32, 32)
    decoded = sd.pipe.vae.decode(latents / sd.pipe.vae.config.scaling_factor).sample
    plain = sd.pipe.image_processor.postprocess(decoded, output_type="pt")
    assert same(sd.decode(latents, fine=True), plain)
    small = sd.decode(latents)  # fast, on a CPU
    assert torch.equal(small, sd.decode(latents, fine=False)) and not same(small, plain, 0.01)
    assert small.shape == plain.shape and small.dtype == torch.float32


def test_many_large_pictures_are_decoded_in_parts(sd, monkeypatch):
    latents = sd.noise([1, 2, 3], 64, 32)
    whole = sd.decode(latents)
    monkeypatch.setattr(text_to_image, "WORK_PIXELS", 1)
    assert whole.shape == (3, 3, 32, 64) and same(whole, sd.decode(latents))


def test_encode_goes_back(folders, emoji):
    import torch

    exact = text_to_image.load(folders / "sd-1-5", "exact", folders / "taesd")
    picture = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    posterior = exact.pipe.vae.encode(2 * picture - 1).latent_dist
    assert same(exact.encode(picture), posterior.mode() * exact.pipe.vae.config.scaling_factor)
    latents = emoji.encode(picture)
    assert latents.shape == (2, 8, 8, 8)
    assert same(latents, emoji.pipe.vae.encode(2 * picture - 1).latents * emoji.pipe.vae.config.scaling_factor)


def test_defaults_of_a_folder_without_a_row(folders, emoji, sd):
    assert (emoji.defaults.width, emoji.defaults.sizes) == (32, (32, 32, 4))
    assert (sd.defaults.width, sd.defaults.scheduler) == (32, "DPM++ 2M")
    consistent = text_to_image.load(folders / "lcm-dreamshaper-7").defaults
    assert (consistent.steps, consistent.schedulers) == (4, ("LCM",))


def test_large_networks_are_in_bfloat16_where_that_is_faster(folders, monkeypatch):
    monkeypatch.setattr(text_to_image, "SMALL", 1000)
    monkeypatch.setattr(text_to_image, "half_is_faster", lambda: True)
    fast = text_to_image.load(folders / "sd-1-5", decoder=folders / "taesd")
    exact = text_to_image.load(folders / "sd-1-5", "exact", folders / "taesd")
    assert (fast.dtype, exact.dtype) == ("bfloat16", "float32") and fast.memory_bytes < 0.6 * exact.memory_bytes
    pictures = [painter.sample(1, prompt=PROMPT, steps=2) for painter in (fast, exact)]
    assert pictures[0].shape == pictures[1].shape and same(fast.noise([0], 32, 32), exact.noise([0], 32, 32), 0)
    monkeypatch.setattr(text_to_image, "half_is_faster", lambda: False)
    assert text_to_image.load(folders / "sd-1-5").dtype == "float32"
    weights = pipeline_folder.count(folders / "sd-1-5")
    monkeypatch.setenv("AIGC_MEMORY_GB", str(3 * weights / 1e9))  # room for two bytes each, not for four
    slow = text_to_image.load(folders / "sd-1-5")
    assert slow.dtype == "bfloat16" and "slow on this processor" in slow.notices[0]


@pytest.mark.slow
def test_this_processor_is_measured_once():
    assert text_to_image.half_is_faster() is text_to_image.half_is_faster()


def test_sharded_weights(copy):
    from diffusers import UNet2DConditionModel

    folder = copy("emoji-diffusion")
    unet = UNet2DConditionModel.from_pretrained(folder / "unet")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    unet.save_pretrained(folder / "unet", max_shard_size="300KB")
    shards = list((folder / "unet").glob("*.safetensors"))
    assert len(shards) > 2 and text_to_image.load(folder).sample(steps=1, prompt=PROMPT).shape == (1, 3, 32, 32)
    shards[0].unlink()
    with pytest.raises(UserError, match="the weights of its unet"):
        text_to_image.load(folder)


# ---- the safety checker ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place, checked", [({}, False), ({"SPACE_ID": "a/b"}, True), ({"AIGC_SAFETY_CHECKER": "1"}, True)]
)
def test_the_checker_is_on_where_strangers_look(folders, monkeypatch, place, checked):
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    assert text_to_image.load(folders / "sd-1-5").checked == checked


def test_what_the_checker_objects_to_is_hidden(folders, monkeypatch):
    import torch

    monkeypatch.setenv("AIGC_SAFETY_CHECKER", "1")
    painter = text_to_image.load(folders / "sd-1-5")
    pictures = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    thresholds = painter.pipe.safety_checker.concept_embeds_weights
    thresholds.data.fill_(1.1)  # no cosine is above
    kept, flags = painter.safe(pictures)
    assert flags == [False, False] and torch.equal(kept, pictures)
    thresholds.data.fill_(-1.1)
    kept, flags = painter.safe(pictures)
    assert flags == [True, True] and (kept == text_to_image.GREY).all()


def test_previews_are_squares_where_the_checker_looks_at_results(folders, monkeypatch):
    import torch
    from text_to_image import runs

    for checked in ("0", "1"):
        monkeypatch.setenv("AIGC_SAFETY_CHECKER", checked)
        painter = text_to_image.load(folders / "sd-1-5")
        shown = runs.preview(painter, painter.noise([0], 64, 64))
        assert shown.shape == (1, 3, 64, 64)
        squares = shown.unfold(2, runs.SQUARE, runs.SQUARE).unfold(3, runs.SQUARE, runs.SQUARE)
        assert torch.allclose(squares, squares[..., :1, :1].expand_as(squares)) == painter.checked


def test_a_checker_that_is_wanted_and_missing(copy, monkeypatch):
    monkeypatch.setenv("AIGC_SAFETY_CHECKER", "1")
    assert "safety_checker" in broken(copy, lambda folder: shutil.rmtree(folder / "safety_checker"))


# ---- LoRA ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def published(server, monkeypatch, sd, tmp_path):
    """published(kind) -> the name of a repository on the Hub that holds a LoRA for `sd`."""
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")

    def published(kind="diffusers", folder=None):
        folder = folder or tiny.write_lora(tmp_path / kind, sd.pipe, kind=kind)
        repo = f"{tmp_path.name}/lora-{kind}"
        server.add(repo, tiny.files_of(folder))
        return repo

    return published


def fetched(repo):
    return [step.text for step in lora.fetch(repo)]


def drawn(sd):
    return sd.sample(1, seed=4, prompt=PROMPT, steps=2)


@pytest.mark.parametrize("kind", ["diffusers", "peft", "kohya"])
def test_a_lora_is_w_plus_b_a(published, sd, kind):
    """The hooks give what a network with the sums in its weights gives; afterwards nothing is left of them."""
    import torch

    repo = published(kind)
    plain = drawn(sd)
    assert any(said.startswith("Downloading the LoRA") for said in fetched(repo)) and fetched(repo) == []
    with lora.worn(sd, repo, strength=0.5) as snapshot:
        changed = drawn(sd)
    assert len(snapshot.revision) == 40
    assert torch.equal(drawn(sd), plain) and not same(changed, plain, 0.01)
    with lora.worn(sd, repo, strength=0):
        assert same(drawn(sd), plain)

    layers = sd.loras[repo, snapshot.revision]
    before = [layer.weight.data.clone() for layer, *_ in layers]
    for layer, down, up, scale in layers:
        layer.weight.data += 0.5 * scale * up @ down
    try:
        assert same(drawn(sd), changed, 1e-3)
    finally:
        for (layer, *_), weight in zip(layers, before, strict=True):
            layer.weight.data = weight


def test_loras_as_peft_and_comfyui_name_them(sd, tmp_path):
    import torch
    from safetensors.torch import save_file

    layer = "attentions.0.transformer_blocks.0.attn1.to_q"
    size = dict(sd.pipe.unet.named_modules())["mid_block." + layer].weight.shape
    a, b = torch.ones(2, size[1]), torch.ones(size[0], 2)
    flat = f"lora_unet_mid_block_{layer.replace('.', '_')}.lora_"
    theirs = "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.lora_"
    forms = {
        "kohya": (flat + "down.weight", flat + "up.weight"),
        "PEFT": tuple(f"base_model.model.mid_block.{layer}.lora_{x}.weight" for x in "AB"),
        "ComfyUI": (theirs + "down.weight", theirs + "up.weight"),
        "ComfyUI, PEFT's letters": (theirs + "A.weight", theirs + "B.weight"),
    }
    for form, names in forms.items():
        save_file(dict(zip(names, (a, b), strict=True)), tmp_path / "lora.safetensors")
        ((found, down, up, _),) = lora.read(tmp_path / "lora.safetensors", sd.pipe, form)
        assert found.weight.shape == size and down.shape == a.shape and up.shape == b.shape


@pytest.mark.parametrize(
    "kind, weight",
    [
        ("DoRA", "dora_scale"),
        ("LoCon with a middle matrix", "lora_mid.weight"),
        ("LoHa", "hada_w1_a"),
        ("LoKr", "lokr_w1"),
        ("whole differences", "diff"),
    ],
)
def test_what_is_like_a_lora_is_named(sd, tmp_path, kind, weight):
    import torch
    from safetensors.torch import save_file

    start = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    tensors = {f"{start}.{name}": torch.ones(2, 2) for name in ("lora_down.weight", "lora_up.weight", weight)}
    save_file(tensors, tmp_path / "lora.safetensors")
    with pytest.raises(UserError, match=f"not of the kind of LoRA that this app knows: it is {kind}"):
        lora.read(tmp_path / "lora.safetensors", sd.pipe, "it")


def test_a_lora_of_convolutions(sd, tmp_path):
    """LCM-LoRA changes convolutions too: the first matrix is one with the layer's own kernel."""
    import torch
    from safetensors.torch import save_file

    layer = sd.pipe.unet.down_blocks[0].resnets[0].conv1
    a, b = torch.randn(2, *layer.weight.shape[1:]), torch.randn(layer.out_channels, 2, 1, 1)
    start = "lora_unet_down_blocks_0_resnets_0_conv1"
    tensors = {f"{start}.lora_down.weight": a, f"{start}.lora_up.weight": b, f"{start}.alpha": torch.tensor(1.0)}
    save_file(tensors, tmp_path / "lora.safetensors")
    ((found, down, up, scale),) = lora.read(tmp_path / "lora.safetensors", sd.pipe, "it")
    assert found is layer and scale == 0.5
    x = torch.randn(1, layer.in_channels, 8, 8)
    merged = torch.nn.functional.conv2d(
        x, layer.weight + scale * (b.flatten(1) @ a.flatten(1)).view_as(layer.weight), layer.bias, padding=layer.padding
    )
    assert same(lora.adding(down, up, scale)(layer, (x,), layer(x)), merged, 1e-3)


def test_a_lora_from_the_cache(published, sd, server):
    repo = published()
    fetched(repo)
    server.stop()
    assert fetched(repo) == []
    with lora.worn(sd, repo):
        pass
    with pytest.raises(UserError, match="The Hub could not be reached"):
        fetched("nobody/knows-it")
    with pytest.raises(UserError, match="not on this machine yet"), lora.worn(sd, "nobody/knows-it"):
        pass


def test_few_loras_are_kept(published, sd, monkeypatch):
    sd.loras.clear()
    for kind in ("diffusers", "peft", "kohya"):
        fetched(repo := published(kind))
        with lora.worn(sd, repo):
            pass
    assert [repo.rpartition("-")[2] for repo, _ in sd.loras] == ["peft", "kohya"]


WHERE = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"


@pytest.mark.parametrize(
    "shapes, said",
    [
        ({"unet.nowhere.lora_A.weight": (2, 32)}, "was made for another model: this one has no layer"),
        ({f"{WHERE}.lora_A.weight": (2, 32)}, "a layer has one of its two matrices only"),
        ({f"{WHERE}.lora_A.weight": (2, 9), f"{WHERE}.lora_B.weight": (32, 2)}, "its matrices have other sizes"),
        ({f"{WHERE}.hada_w1_a": (2, 32)}, "not of the kind of LoRA that this app knows"),
    ],
)
def test_loras_that_do_not_fit(published, sd, tmp_path, shapes, said):
    import torch
    from safetensors.torch import save_file

    (tmp_path / "bad").mkdir()
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, tmp_path / "bad" / lora.USUAL)
    fetched(repo := published("bad", tmp_path / "bad"))
    with pytest.raises(UserError, match=said), lora.worn(sd, repo):
        pass


def test_two_files_of_a_lora(published, sd, tmp_path):
    for name in ("one", "two"):
        tiny.write_lora(tmp_path / "both", sd.pipe, name=f"{name}.safetensors")
    fetched(repo := published("both", tmp_path / "both"))
    with pytest.raises(UserError, match="holds 2 files of weights"), lora.worn(sd, repo):
        pass


def test_a_whole_model_is_no_lora(published, server, sd):
    repo = published()
    server.repos[repo].claimed_size["pytorch_lora_weights.safetensors"] = 4 * 10**9
    with pytest.raises(UserError, match="This is 4.0 GB and so no LoRA"):
        fetched(repo)
    assert not server.transfers("pytorch_lora_weights.safetensors")


def test_a_host_that_allows_none(published, sd, monkeypatch):
    fetched(repo := published())
    monkeypatch.setenv("SPACE_ID", "someone/space")
    for attempt in (lambda: fetched(repo), lambda: lora.worn(sd, repo).__enter__(), lambda: lora.check("a/b")):
        with pytest.raises(UserError, match="AIGC_ALLOW_ANY_MODEL"):
            attempt()
    monkeypatch.delenv("SPACE_ID")
    with pytest.raises(UserError, match="OWNER/NAME"):
        lora.check("../secrets")
