"""Tiny pipelines of the Stable Diffusion family: the real classes, random weights, some 100 kB and a few ms a pass.

    write_emoji(folder)      as the bundled model is: AutoencoderTiny, v prediction, zero terminal SNR, a vocabulary
    write_sd(folder)         Stable Diffusion 1.5: AutoencoderKL, epsilon; checker=True adds its safety checker
    write_turbo(folder)      SD-Turbo: the same with its scheduler
    write_lcm(folder)        a latent consistency model: guidance is an input of its UNet
    write_sdxl(folder)       two text encoders, size conditioning
    write_taesd(folder)      a small decoder that fits the four above
    write_lora(folder, pipe) a LoRA for the UNet and the text encoder of a pipeline

Pictures are 32x32 (8 latents a side for the emoji pipeline, 16 for the others). They show nothing: what is tested is
that everything fits, is computed as it should be, and is refused where it does not fit.
"""

import json
from pathlib import Path

WORDS = "a and of the red green blue big small emoji noto twemoji fluent 3d dog cat house tree car sun boat".split()
VOCABULARY = {
    "styles": ["noto", "twemoji", "fluent 3d"],
    "names": ["dog", "cat", "house", "tree", "car", "sun", "boat"],
    "colours": ["red", "green", "blue"],
    "keywords": {"dog": ["pet", "puppy"], "cat": ["pet"], "house": ["home"], "car": ["automobile"]},
}
WIDTH = 16  # of the text encoder
LONGEST = 16  # tokens
WIDTHS = (16, 32)  # channels of the UNet's two levels


def write_emoji(folder):
    from diffusers import AutoencoderTiny, DDIMScheduler

    _seed()
    vae = AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(0, 1, 1),
        num_decoder_blocks=(1, 1, 0),
        latent_channels=8,
        scaling_factor=0.8,
    )
    scheduler = DDIMScheduler(
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )
    _pipeline(_unet(8, sample_size=8), vae, scheduler).save_pretrained(folder)
    (Path(folder) / "vocabulary.json").write_text(json.dumps(VOCABULARY), "utf-8")
    return Path(folder)


def write_sd(folder, checker: bool = False, variant: str | None = None):
    from diffusers import PNDMScheduler

    scheduler = PNDMScheduler(**SD_LEVELS, skip_prk_steps=True, set_alpha_to_one=False)
    _pipeline(_unet(4), _kl(), scheduler, **(_checker() if checker else {})).save_pretrained(folder, variant=variant)
    return Path(folder)


def write_turbo(folder, variant: str | None = None):
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler(**SD_LEVELS, timestep_spacing="trailing")
    _pipeline(_unet(4), _kl(), scheduler).save_pretrained(folder, variant=variant)
    return Path(folder)


def write_lcm(folder, checker: bool = False):
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler

    scheduler = LCMScheduler(**SD_LEVELS)
    parts = {"image_encoder": None} | (_checker() if checker else {})
    unet = _unet(4, time_cond_proj_dim=32)
    _pipeline(unet, _kl(), scheduler, LatentConsistencyModelPipeline, **parts).save_pretrained(folder)
    return Path(folder)


def write_sdxl(folder, variant: str | None = None):
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline

    unet = _unet(
        4,
        cross_attention_dim=2 * WIDTH,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + WIDTH,
        transformer_layers_per_block=1,
        use_linear_projection=True,
    )
    pipe = StableDiffusionXLPipeline(
        vae=_kl(),
        text_encoder=_text_encoder(),
        text_encoder_2=_text_encoder(projected=True),
        tokenizer=a_tokenizer(),
        tokenizer_2=a_tokenizer(),
        unet=unet,
        scheduler=EulerAncestralDiscreteScheduler(**SD_LEVELS, timestep_spacing="trailing"),
        add_watermarker=False,
    )
    pipe.save_pretrained(folder, variant=variant)
    return Path(folder)


def write_taesd(folder):
    """As TAESD is: no scaling, since its latents are those of the UNet; half the size of Stable Diffusion's."""
    from diffusers import AutoencoderTiny

    _seed()
    AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    ).save_pretrained(folder)
    return Path(folder)


def write_lora(folder, pipe, rank: int = 2, kind: str = "diffusers", name: str = "pytorch_lora_weights.safetensors"):
    """kind: "diffusers", "peft" or "kohya": the three ways of writing the names of the layers."""
    import torch
    from safetensors.torch import save_file

    generator, tensors = torch.Generator().manual_seed(7), {}
    for part, ending in (("unet", ("to_q", "to_out.0")), ("text_encoder", ("q_proj",))):
        for where, layer in getattr(pipe, part).named_modules():
            if where.endswith(ending):
                down = torch.randn(rank, layer.in_features, generator=generator)
                up = torch.randn(layer.out_features, rank, generator=generator)
                old = ("text_model." if part == "text_encoder" else "") + where
                if kind == "kohya":
                    start = f"lora_{'unet' if part == 'unet' else 'te'}_" + old.replace(".", "_")
                    tensors[f"{start}.lora_down.weight"], tensors[f"{start}.lora_up.weight"] = down, up
                    tensors[f"{start}.alpha"] = torch.tensor(float(rank))
                else:
                    a, b = ("lora_A", "lora_B") if kind == "peft" else ("lora.down", "lora.up")
                    tensors[f"{part}.{old}.{a}.weight"], tensors[f"{part}.{old}.{b}.weight"] = down, up
    Path(folder).mkdir(parents=True, exist_ok=True)
    save_file(tensors, Path(folder) / name)
    return Path(folder)


def age(folder):
    """Rewrites a folder as the repositories of 2022 and 2023 have it: a tokenizer in two files, and in the text encoder
    and the safety checker longer names and numbers that are no longer kept."""
    import torch
    from safetensors.torch import load_file, save_file

    for file in Path(folder).glob("tokenizer*/tokenizer.json"):
        model = json.loads(file.read_text("utf-8"))["model"]
        merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
        (file.parent / "vocab.json").write_text(json.dumps(model["vocab"]), "utf-8")
        (file.parent / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]), "utf-8")
        file.unlink()
    for file in Path(folder).glob("text_encoder*/*.safetensors"):
        tensors = load_file(file)
        if not any(name.startswith("text_model.") for name in tensors):
            tensors = {f"text_model.{name}": tensor for name, tensor in tensors.items()}
        tensors["text_model.embeddings.position_ids"] = torch.arange(LONGEST)[None]
        save_file(tensors, file, metadata={"format": "pt"})
    for file in Path(folder).glob("safety_checker/*.safetensors"):
        tensors = {
            name.replace("vision_model.", "vision_model.vision_model.", 1): t for name, t in load_file(file).items()
        }
        tensors["vision_model.vision_model.embeddings.position_ids"] = torch.arange(17)[None]
        save_file(tensors, file, metadata={"format": "pt"})
    return Path(folder)


def files_of(folder) -> dict[str, bytes]:
    """The files of a folder as the little Hub of hub_server.py takes them."""
    folder = Path(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# The parts

SD_LEVELS = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}


def _seed():
    import torch

    torch.manual_seed(0)


def _pipeline(unet, vae, scheduler, kind=None, **parts):
    from diffusers import StableDiffusionPipeline

    own = {"safety_checker": None, "feature_extractor": None}
    return (kind or StableDiffusionPipeline)(
        vae=vae,
        text_encoder=_text_encoder(),
        tokenizer=a_tokenizer(),
        unet=unet,
        scheduler=scheduler,
        **own | parts,
        requires_safety_checker="safety_checker" in parts,
    )


def _unet(channels: int, **more):
    from diffusers import UNet2DConditionModel

    _seed()
    options = {
        "sample_size": 16,
        "in_channels": channels,
        "out_channels": channels,
        "block_out_channels": WIDTHS,
        "layers_per_block": 1,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 2,
        "norm_num_groups": 8,
    }
    return UNet2DConditionModel(**options | more)


def _kl():
    from diffusers import AutoencoderKL

    _seed()
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
        scaling_factor=0.18215,
    )


def _text_encoder(projected: bool = False):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    _seed()
    tokenizer = a_tokenizer()
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LONGEST,
        projection_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def a_tokenizer():
    """A real CLIPTokenizer: each of WORDS is one token, everything else is spelt."""
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 127)]
    vocabulary = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    merges = []
    for word in WORDS:
        pieces = [*word[:-1], word[-1] + "</w>"]
        while len(pieces) > 1:
            pair = (pieces[0], pieces[1])
            if pair not in merges:
                merges.append(pair)
            pieces[:2] = [pieces[0] + pieces[1]]
            if pieces[0] not in vocabulary:
                vocabulary.append(pieces[0])
    return CLIPTokenizer(
        vocab={token: i for i, token in enumerate(vocabulary)},
        merges=merges,
        pad_token="<|endoftext|>",
        model_max_length=LONGEST,
    )


def _checker() -> dict:
    """The real class of safety checker, so small that it needs no download; it objects to nothing or to everything."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    _seed()
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision |= {"image_size": 32, "patch_size": 8, "projection_dim": WIDTH}
    text = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    return {
        "safety_checker": StableDiffusionSafetyChecker(config),
        "feature_extractor": CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    }
