"""Models that look at pictures with a Transformer: a reader of digits, and CLIP, which compares pictures with words.

A picture is cut into square patches, each is a token (ViT: Dosovitskiy et al., 2021, arXiv:2010.11929). CLIP (Radford
et al., 2021, arXiv:2103.00020) has one such tower for pictures and one for texts, whose outputs are of one length and
lie near each other where picture and text belong together. Both are the classes of transformers, so that the Hub's
models are loaded by the same lines.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

AT_ONCE = 64  # pictures or texts in a batch
FORMS = ("{}", "a picture of {}", "a drawing of {}")
WORDS = "words.txt"  # beside the weights
WORD = re.compile(r"[a-z]+|[0-9]")  # as the tokenizer cuts them
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of OpenAI's pictures


def vit(**sizes: Any) -> Any:
    """A fresh ViT for ten digits in grey."""
    from transformers import ViTConfig, ViTForImageClassification

    network = ViTForImageClassification(ViTConfig(num_channels=1, num_labels=10, **sizes))
    network.config.id2label = {i: str(i) for i in range(10)}
    network.config.label2id = {str(i): i for i in range(10)}
    return network


def clip(text: dict[str, Any], vision: dict[str, Any], projection: int) -> Any:
    """A fresh CLIP with towers of these sizes, for the project's own tokens."""
    from transformers import CLIPConfig, CLIPModel

    special = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return CLIPModel(
        CLIPConfig(
            text_config={**special, **text, "projection_dim": projection},
            vision_config={**vision, "projection_dim": projection},
            projection_dim=projection,
        )
    )


class Clip:
    """CLIP, ready to be asked: pictures (n, 3, h, w) in [0, 1] and texts become directions (n, d).

    Which patches a text looks at: relevance propagation (Chefer et al., 2021, arXiv:2103.15679, equations 5 and 6).
    From layer to layer, attention counts where more of it would raise the cosine of picture and text:

        R = I;   R = R + mean over heads(relu(gradient * attention)) R;   the row of the class token
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        mean: Sequence[float],
        deviation: Sequence[float],
        words: Sequence[str] = (),
    ):
        """words: all that the model has ever read, where they are few."""
        self.words = frozenset(words)
        self.network, self.tokenizer = network.eval().requires_grad_(False), tokenizer
        self.mean, self.deviation = (torch.tensor(each).view(3, 1, 1) for each in (mean, deviation))
        vision = network.config.vision_config
        self.side, self.grid = vision.image_size, vision.image_size // vision.patch_size
        self.length = network.config.text_config.max_position_embeddings
        self.scale = float(network.logit_scale.exp())

    def pixels(self, pictures: Tensor) -> Tensor:
        """As the tower takes them: (n, 3, side, side)."""
        if pictures.shape[-2:] != (self.side, self.side):
            pictures = F.interpolate(pictures, (self.side, self.side), mode="bicubic", antialias=True).clamp(0, 1)
        device = next(self.network.parameters()).device
        return ((pictures - self.mean) / self.deviation).to(device)

    @torch.inference_mode()
    def see(self, pictures: Tensor) -> Tensor:
        parts = [self._seen(self.pixels(part)).cpu() for part in pictures.split(AT_ONCE)]
        return torch.cat(parts)

    def _seen(self, pixels: Tensor, **options: Any) -> Tensor:
        out = self.network.vision_model(pixel_values=pixels, **options)
        return F.normalize(self.network.visual_projection(out.pooler_output), dim=-1)

    @torch.inference_mode()
    def read(self, texts: list[str]) -> Tensor:
        parts = []
        for i in range(0, len(texts), AT_ONCE):
            encoded = self.tokenizer(
                texts[i : i + AT_ONCE], padding=True, truncation=True, max_length=self.length, return_tensors="pt"
            )
            ids = encoded.input_ids.to(next(self.network.parameters()).device)
            out = self.network.text_model(input_ids=ids, attention_mask=encoded.attention_mask.to(ids.device))
            parts.append(F.normalize(self.network.text_projection(out.pooler_output), dim=-1).cpu())
        return torch.cat(parts)

    def labels(self, labels: list[str]) -> Tensor:
        """The mean direction of each label in some sentences (section 3.1.4 of the paper), (n, d)."""
        found = self.read([form.format(label) for label in labels for form in FORMS])
        return F.normalize(found.view(len(labels), len(FORMS), -1).mean(1), dim=-1)

    def heat(self, picture: Tensor, directions: Tensor) -> Tensor:
        """(3, h, w) and directions of texts (n, d) -> which patches each looks at, (n, grid, grid), at most 1."""
        with torch.inference_mode(False), torch.enable_grad():
            directions = directions.clone()  # what inference mode has made cannot be differentiated through
            pixels = self.pixels(picture.clone()[None]).expand(len(directions), -1, -1, -1).clone().requires_grad_()
            out = self.network.vision_model(pixel_values=pixels, output_attentions=True)
            seen = F.normalize(self.network.visual_projection(out.pooler_output), dim=-1)
            likeness = (seen * directions.to(seen.device)).sum()
            gradients = torch.autograd.grad(likeness, out.attentions)
        n, _, tokens, _ = out.attentions[0].shape
        relevance = torch.eye(tokens, device=seen.device).expand(n, -1, -1)
        for attention, gradient in zip(out.attentions, gradients, strict=True):
            relevance = relevance + (gradient * attention.detach()).clamp(min=0).mean(1) @ relevance
        heat = relevance[:, 0, 1:].cpu()
        return (heat / heat.amax(1, keepdim=True).clamp(min=1e-9)).view(n, self.grid, self.grid)

    @staticmethod
    def apart(directions: Tensor) -> Tensor:
        """What sets each of several texts apart from the others, for `heat`; one alone stays as it is."""
        return directions - directions.mean(0) if len(directions) > 1 else directions

    def unknown(self, text: str) -> list[str]:
        """The words that the model has never read; none of one that has read nearly all."""
        found = dict.fromkeys(WORD.findall(text.lower())) if self.words else {}
        return [word for word in found if word not in self.words]


class DigitReader:
    """A ViT that reads digits (n, 1, 28, 28) in [0, 1]."""

    def __init__(self, network: Any):
        self.network = network.eval().requires_grad_(False)
        self.grid = network.config.image_size // network.config.patch_size

    @torch.inference_mode()
    def judge(self, images: Tensor) -> Tensor:
        """-> probabilities (n, 10)"""
        device = next(self.network.parameters()).device
        parts = [self.network(pixel_values=2 * part.to(device) - 1).logits for part in images.split(500)]
        return torch.cat(parts).softmax(-1).cpu()

    @torch.inference_mode()
    def rollout(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (n, 10), and how much of each patch arrives at the class token (n, grid, grid), 1 in all.

        Attention roll-out: Abnar and Zuidema, 2020, arXiv:2005.00928. Each layer passes on half of what was there and
        half of what its heads, on average, look at.
        """
        device = next(self.network.parameters()).device
        out = self.network(pixel_values=2 * images.to(device) - 1, output_attentions=True)
        tokens = out.attentions[0].shape[-1]
        way = torch.eye(tokens, device=device)
        for attention in out.attentions:
            way = (0.5 * attention.mean(1) + 0.5 * torch.eye(tokens, device=device)) @ way
        heat = way[:, 0, 1:]
        heat = heat / heat.sum(1, keepdim=True)
        return out.logits.softmax(-1).cpu(), heat.view(-1, self.grid, self.grid).cpu()


def load_clip(folder: Path, precision: str = "exact") -> Clip:
    from transformers import AutoTokenizer, CLIPModel

    network = _loaded(CLIPModel, folder)
    kept = folder / "preprocessor_config.json"
    own = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    words = (folder / WORDS).read_text("utf-8").split() if (folder / WORDS).is_file() else ()
    return Clip(network, tokenizer, own.get("image_mean", MEAN), own.get("image_std", DEVIATION), words)


def load_vit(folder: Path, precision: str = "exact") -> DigitReader:
    from transformers import ViTForImageClassification

    return DigitReader(_loaded(ViTForImageClassification, folder))


def _loaded(network_class: Any, folder: Path) -> Any:
    """With every weight from the folder, and attention that can be looked at."""
    network, found = network_class.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, attn_implementation="eager", output_loading_info=True
    )
    missing = sorted(found["missing_keys"])
    if missing:
        raise ValueError(f"{folder.name} has no weights for {', '.join(missing[:3])}")
    return network
