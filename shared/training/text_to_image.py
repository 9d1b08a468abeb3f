"""Trains text encoder and denoiser of a latent diffusion model together (Rombach et al., 2022, arXiv:2112.10752).

    latents z = encoder(picture) * scaling_factor; t in 0..999, more often near 999
    z_t = sqrt(abar_t) z + sqrt(1 - abar_t) noise
    loss = || v(z_t, t, prompt) - (sqrt(abar_t) noise - sqrt(1 - abar_t) z) ||^2     (Salimans and Ho, 2022, section 4)

At t = 999 nothing of the picture is left (zero terminal SNR, Lin et al., 2023, arXiv:2305.08891), so that sampling may
begin with pure noise. A tenth of the prompts is empty, for classifier-free guidance. The kernels learn with
Muon: the loss falls to the same value in half the steps that AdamW takes.
"""

import copy
import json

import torch
from torch import nn

from shared.core.registry import WEIGHTS
from shared.data.emoji_scenes import END, LENGTH, START, VOCABULARY
from shared.training.latent_scenes import SHARES, encoded
from shared.training.loop import Training
from shared.training.muon import Muon, matrices_and_others

NOISING = {
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
    "steps_offset": 1,  # not used with trailing times; without it the pipeline warns
}
# What leads from the words to the picture, and the first and the last layer, learn with AdamW; the rest with Muon.
WORDS = ("text_encoder", "attn2", "embedding", "time_emb_proj", "conv_in", "conv_out")
# Half of the times are near pure noise, where only the words can tell what is to be drawn: what they say is learned ten
# times as fast there. The others are for the rest of the way.
EARLY, LATE = 0.05, 0.6
SHOWN = (
    "noto emoji of dog",
    "twemoji emoji of dog",
    "fluent 3d emoji of dog",
    "noto emoji of house",
    "fluent 3d emoji of rocket",
    "twemoji emoji of red apple",
    "fluent 3d emoji of tulip",
    "noto emoji of woman astronaut",
    "a dog and a soccer ball",
    "a red house and a palm tree",
    "fluent 3d emoji of a blue dog",
    "green cat",
    "a fox and a butterfly",
    "castle",
    "dragon",
    "twemoji emoji of grinning face",
)


class PromptedDenoiser(nn.Module):
    """A CLIP text encoder and a UNet in one, as they are trained."""

    def __init__(self, text: dict, unet: dict):
        super().__init__()
        from diffusers import UNet2DConditionModel
        from transformers import CLIPTextConfig, CLIPTextModel

        special = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": END}
        shape = {"vocab_size": VOCABULARY, "max_position_embeddings": LENGTH}
        self.text_encoder = CLIPTextModel(CLIPTextConfig(**shape, **special, **text))
        self.unet = UNet2DConditionModel(cross_attention_dim=text["hidden_size"], **unet)

    def forward(self, z, t, tokens):
        """z_t (n, c, 16, 16), t (n,), token ids (n, LENGTH) -> v like z."""
        return self.unet(z, t, encoder_hidden_states=self.text_encoder(tokens).last_hidden_state).sample


class TextToImageTraining(Training):
    def build(self):
        from diffusers import AutoencoderTiny, DDIMScheduler
        from diffusers.models.attention_processor import AttnProcessor

        self.network.unet.to(memory_format=torch.channels_last)  # twice as fast in bfloat16
        self.network.unet.set_attn_processor(AttnProcessor())  # so short are the rows: plain products are faster
        self.autoencoder = AutoencoderTiny.from_pretrained(str(WEIGHTS / self.recipe.name / "vae")).eval()
        self.scheduler = DDIMScheduler(**NOISING)

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.autoencoder.to(accelerator.device)
        self.network.to(accelerator.device)  # so that Muon's matrices are there, too
        hidden, others = matrices_and_others(self.network, WORDS)
        self.denoiser, *self.optimizers = accelerator.prepare(
            self.network,
            Muon(hidden, self.recipe.learning_rate, weight_decay=0.01),
            torch.optim.AdamW(others, self.recipe.learning_rate / 2, weight_decay=0.01, fused=True),
        )

    def compile(self):
        self.network.unet.compile()

    def prepared(self, data, schedule):
        """The scenes as latents with their captions as tokens; no more of them than will be shown."""
        most, shown = self.recipe.pairs, None
        if not schedule.seconds:
            shown = self.recipe.batch * schedule.steps
            most = min(most, 1 + round((1 - sum(SHARES)) * shown))
        return encoded(data, self.latents, most, schedule, self.accelerator.device, shown)

    @torch.no_grad()
    def latents(self, pictures):
        """pictures (n, 3, h, w) in [0, 1] -> z (n, c, h / 8, w / 8), about as wide as the noise."""
        with self.accelerator.autocast():
            z = self.autoencoder.encoder((2 * pictures - 1).contiguous(memory_format=torch.channels_last))
        return z.float() * self.autoencoder.config.scaling_factor

    def step(self, z, tokens, noise, done):
        self.denoiser.train()
        n, on = len(z), z.device
        # Times spread evenly over the batch: less noise in the loss than n independent ones (Kingma et al., 2021).
        u = (torch.rand((), generator=noise, device=on) + torch.arange(n, device=on) / n) % 1
        t = (1000 * torch.where(torch.arange(n, device=on) % 2 == 0, u**EARLY, u**LATE)).long()
        t = t.clamp(max=999)  # u**EARLY may be rounded to 1
        dropped = torch.rand(n, 1, generator=noise, device=on) < self.recipe.drop_caption
        tokens = torch.where(dropped, torch.tensor([START] + [END] * (LENGTH - 1), device=on), tokens)
        drawn = torch.randn(z.shape, generator=noise, device=on)
        noisy = self.scheduler.add_noise(z, drawn, t).contiguous(memory_format=torch.channels_last)
        v = self.scheduler.get_velocity(z, drawn, t)
        loss = (self.denoiser(noisy, t, tokens).float() - v).square().mean()
        self.descend(loss)
        return {"loss": loss.item()}

    def pipeline(self, model, scenes):
        from diffusers import StableDiffusionPipeline

        return StableDiffusionPipeline(
            vae=copy.deepcopy(self.autoencoder).to("cpu", next(model.parameters()).dtype),
            text_encoder=model.text_encoder,
            tokenizer=scenes.tokenizer,
            unet=model.unet,
            scheduler=self.scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )

    def save(self, output, scenes):
        """An ordinary folder of diffusers in half precision, every file below 10 MB, and the words it knows."""
        self.pipeline(self.sampler().half(), scenes).save_pretrained(output, max_shard_size="9MB")
        (output / "vocabulary.json").write_text(json.dumps(scenes.vocabulary, indent=1), "utf-8")

    def show(self, model, scenes, file):
        from PIL import Image

        from shared.evaluation.text_to_image import draw

        pictures = draw(self.pipeline(model, scenes), SHOWN * 2)
        side = pictures.shape[-1]
        sheet = pictures.view(2, -1, 3, side, side).permute(0, 3, 1, 4, 2).reshape(2 * side, -1, 3)
        Image.fromarray((255 * sheet).byte().numpy()).save(file)
        return {}
