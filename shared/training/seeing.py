"""Trains the models that look at pictures with a Transformer: a ViT that reads digits, and CLIP.

CLIP (Radford et al., 2021, arXiv:2103.00020, figure 3), in a batch of pictures i and captions t:

    logits = exp(temperature) * <t / |t|, i / |i|>
    loss   = (cross entropy of the rows + cross entropy of the columns) / 2

In the paper the right answer is the diagonal. Here a caption often fits several pictures of a batch ("a dog" all dogs,
"food" a hundred things), and the answer is shared among all of them, as in Khosla et al., 2020, arXiv:2004.11362.

The emoji are few, so they look different each time they are shown: moved, turned, mirrored, on other paper, in other
light, partly covered, in grey or as lines, which is what a visitor's drawing looks like.
"""

import json
import math
from dataclasses import fields, replace

import torch
import torch.nn.functional as F
from torch import nn

from shared.data.digits import unit
from shared.data.emoji_scenes import beside, tinted
from shared.evaluation.seeing import on_white, recalls
from shared.models.seeing import WORD, WORDS
from shared.training.classifier import moved
from shared.training.loop import Training

LARGEST = 100.0  # of exp(temperature), as in the paper
LOG_STEPS = 10  # the loss is fetched from the device so seldom: each time it waits for all that was begun
SHEET = 10  # captions on the sheet of samples
PREPROCESSING = {
    "image_processor_type": "CLIPImageProcessor",
    "do_resize": True,
    "do_center_crop": True,
    "do_rescale": True,
    "do_normalize": True,
    "do_convert_rgb": True,
    "resample": 3,
    "rescale_factor": 1 / 255,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def decayed_groups(network, weight_decay):
    """Matrices decay; biases, scales and the temperature do not."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


class Seldom(Training):
    """Tells its losses every LOG_STEPS steps only."""

    steps_seen = 0

    def told(self, **losses):
        self.steps_seen += 1
        return {name: loss.item() for name, loss in losses.items()} if self.steps_seen % LOG_STEPS == 1 else {}


class ViTTraining(Seldom):
    def build(self):
        groups = decayed_groups(self.network, self.recipe.weight_decay)
        self.optimizers = [torch.optim.AdamW(groups, self.recipe.learning_rate, betas=(0.9, 0.98), fused=True)]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.vit, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def prepared(self, data, schedule):
        on = self.accelerator.device
        return replace(data, images=data.images.to(on), labels=data.labels.to(on))

    def step(self, images, labels, noise, done):
        """images (n, 1, 28, 28) in [0, 1], labels (n,)"""
        self.vit.train()
        logits = self.vit(pixel_values=2 * moved(images, self.recipe, noise) - 1).logits
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.05)
        self.descend(loss)
        return self.told(loss=loss)

    def show(self, model, data, file):
        model, on = model.to(self.accelerator.device), self.accelerator.device
        images, labels = data.held_out_images.to(on), data.held_out_labels.to(on)
        with torch.inference_mode():
            parts = [model(pixel_values=2 * unit(part) - 1).logits.argmax(1) for part in images.split(500)]
        return {"accuracy": round((torch.cat(parts) == labels).float().mean().item(), 4)}


class Towers(nn.Module):
    """Both towers and the temperature of a CLIPModel, without the products of its own `forward`."""

    def __init__(self, clip):
        super().__init__()
        self.clip = clip

    def forward(self, pixels, tokens):
        """pixels (n, 3, h, w) in [-1, 1], tokens (n, t) -> pictures (n, d), texts (n, d), exp(temperature)"""
        clip = self.clip
        seen = clip.vision_model(pixel_values=pixels).pooler_output
        read = clip.text_model(input_ids=tokens).pooler_output
        return clip.visual_projection(seen), clip.text_projection(read), clip.logit_scale.exp()


class ClipTraining(Seldom):
    def build(self):
        self.towers = Towers(self.network)
        groups = decayed_groups(self.network, self.recipe.weight_decay)
        self.optimizers = [torch.optim.AdamW(groups, self.recipe.learning_rate, betas=(0.9, 0.98), fused=True)]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.towers, *self.optimizers = accelerator.prepare(self.towers, *self.optimizers)

    def compile(self):
        self.network.vision_model.encoder.compile()

    def prepared(self, data, schedule):
        """All on the device, where each step makes its pictures and draws its captions."""
        values = {field.name: getattr(data, field.name) for field in fields(data)}
        tensors = {k: v.to(self.accelerator.device) for k, v in values.items() if isinstance(v, torch.Tensor)}
        self.data = replace(data, **tensors)
        return self.data

    def step(self, images, which, noise, done):
        """images uint8 (n, 4, h, h), their indices (n,)"""
        self.towers.train()
        data, on, n = self.data, images.device, len(images)
        variant = torch.randint(data.tokens.shape[1], (n,), generator=noise, device=on)
        pixels = [varied(images.float() / 255, data.free[which], self.recipe, noise)]
        tokens = [data.tokens[which, variant]]
        made = torch.randint(max(1, len(data.made)), (self.recipe.made,), generator=noise, device=on)
        if len(data.made):
            pixels.append(self.composed(data.made[made].long(), noise))
            tokens.append(data.made_tokens[made])
        pictures, texts, scale = self.towers(2 * torch.cat(pixels) - 1, torch.cat(tokens).long())
        pictures, texts = F.normalize(pictures.float(), dim=-1), F.normalize(texts.float(), dim=-1)
        scale = scale.float().clamp(max=LARGEST)
        single = contrastive(pictures[:n], texts[:n], data.fits(data.wants[which, variant], which), scale)
        loss = single
        if len(data.made):
            loss = loss + self.recipe.made_weight * contrastive(
                pictures[n:], texts[n:], made[:, None] == made[None], scale
            )
        self.descend(loss)
        return self.told(loss=single, scale=scale)

    def composed(self, plans, noise):
        """plans (m, 4) as in the data -> pictures (m, 3, h, h): one thing in another colour, or two side by side."""
        left, right = (tinted(on_white(self.data.images[plans[:, i].clamp(min=0)]), plans[:, i + 1]) for i in (0, 2))
        drawn = torch.where((plans[:, 2] >= 0).view(-1, 1, 1, 1), beside(left, right), left)
        opaque = torch.cat([drawn, torch.ones_like(drawn[:, :1])], 1)
        still = torch.zeros(len(plans), 2, dtype=torch.bool, device=plans.device)
        return varied(opaque, still, self.recipe, noise, white=True)

    def show(self, model, data, file):
        model, on = model.to(self.accelerator.device), self.accelerator.device
        pictures = on_white(data.held_out_images.to(on))
        with torch.inference_mode():
            seen = torch.cat(
                [
                    embedded(model.vision_model, model.visual_projection, pixel_values=2 * part - 1)
                    for part in pictures.split(500)
                ]
            )
            captions, names = (
                torch.cat(
                    [
                        embedded(model.text_model, model.text_projection, input_ids=part.long())
                        for part in tokens.to(on).split(500)
                    ]
                )
                for tokens in (data.held_out_tokens, data.name_tokens)
            )
        similarity = captions @ seen.T
        found, told = recalls(similarity), recalls(similarity.T)
        sheet(pictures.cpu(), similarity.cpu(), file)
        right = ((seen @ names.T).argmax(1) == data.held_out_names.to(on)).float().mean().item()
        figures = {f"found{k}": v for k, v in found.items()} | {f"told{k}": v for k, v in told.items()}
        return {name: round(value, 4) for name, value in (figures | {"named": right}).items()}

    def save(self, output, data):
        """A folder as the Hub's: CLIP in half precision, every file below 10 MB, its tokenizer, what it was shown."""
        self.sampler().half().save_pretrained(output, max_shard_size="9MB")
        for name, text in data.tokenizer.items():
            (output / name).write_text(text, "utf-8")
        (output / WORDS).write_text("\n".join(words_of(data)) + "\n", "utf-8")
        side = self.network.config.vision_config.image_size
        sizes = {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}}
        (output / "preprocessor_config.json").write_text(json.dumps(PREPROCESSING | sizes, indent=1))


def words_of(data):
    """All words of the captions, sorted."""
    from tokenizers import Tokenizer

    cut = Tokenizer.from_str(data.tokenizer["tokenizer.json"])
    told = torch.cat([data.tokens.flatten(0, 1), data.made_tokens]).cpu().unique(dim=0)
    rows = ("".join(map(cut.id_to_token, row)) for row in told.tolist())
    return sorted(
        {word for row in rows for word in WORD.findall(row.replace("</w>", " "))} - {"startoftext", "endoftext"}
    )


def contrastive(pictures, texts, fits, scale):
    """Directions (n, d) of n pictures and n texts, fits bool (texts, pictures) -> the mean of both cross entropies."""
    logits = scale * texts @ pictures.T
    right = fits.float()
    rows = -(right / right.sum(1, keepdim=True) * logits.log_softmax(1)).sum(1).mean()
    columns = -(right / right.sum(0, keepdim=True) * logits.log_softmax(0)).sum(0).mean()
    return (rows + columns) / 2


def embedded(tower, projection, **inputs):
    """What a tower makes of its inputs, as directions (n, d)."""
    return F.normalize(projection(tower(**inputs).pooler_output), dim=-1)


def varied(images, free, recipe, noise, white=False):
    """Pictures with opacity (n, 4, h, h) in [0, 1] as they are shown in a step: (n, 3, h, h) in [0, 1].

    free (n, 2): which may be mirrored, and which may lose their colours. white: the paper stays white.
    """
    n, on = len(images), images.device
    u = torch.rand(16, n, generator=noise, device=on)
    # Multiplied by opacity, so that what is around a thing leaves no seam where pixels are mixed.
    images = torch.cat([images[:, :3] * images[:, 3:], images[:, 3:]], 1)
    mirrored = free[:, 0] & (u[0] < 0.5)
    angle, scale = (2 * u[1] - 1) * math.radians(recipe.turn), 1 + recipe.scale * (2 * u[2] - 1)
    cos, sin, flip = angle.cos() * scale, angle.sin() * scale, torch.where(mirrored, -1.0, 1.0)
    dx, dy = 2 * recipe.shift * (2 * u[3] - 1), 2 * recipe.shift * (2 * u[4] - 1)
    theta = torch.stack([cos * flip, -sin, dx, sin * flip, cos, dy], 1).view(n, 2, 3)
    images = F.grid_sample(images, F.affine_grid(theta, images.shape, align_corners=False), align_corners=False)

    def each(values):
        return values.view(n, 1, 1, 1)

    paper = torch.ones(n, 3, 1, 1, device=on)
    if not white:
        tone = torch.rand(n, 3, 1, 1, generator=noise, device=on)
        paper = torch.where(each(u[5] < 0.5), paper, 1 - 0.3 * tone)
    images = images[:, :3] + (1 - images[:, 3:]) * paper
    grey = (images * images.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    pale, flat, bright = (1 + recipe.colour * (2 * u[k] - 1) for k in (6, 7, 8))
    pale = torch.where(free[:, 1] & (u[9] < recipe.drawn), 0.0, pale)
    shown = grey + each(pale) * (images - grey)
    mean = shown.mean((1, 2, 3), keepdim=True)
    shown = (mean + each(flat) * (shown - mean)) * each(bright)
    lines = as_lines(grey, each(u[10] < 0.5)).expand_as(shown)
    shown = torch.where(each(free[:, 1] & (u[11] < recipe.drawn)), lines, shown)
    side = images.shape[-1]
    at = torch.arange(side, device=on)
    edge = side * (0.15 + 0.25 * u[12])
    x, y = u[13] * (side - edge), u[14] * (side - edge)
    within_x = (at >= x[:, None]) & (at < (x + edge)[:, None])  # (n, h)
    within_y = (at >= y[:, None]) & (at < (y + edge)[:, None])
    covered = within_y[:, None, :, None] & within_x[:, None, None, :] & each(u[15] < recipe.hidden)
    return torch.where(covered, paper, shown).clamp(0, 1)


def as_lines(grey, thick):
    """Lightness (n, 1, h, h) -> dark lines on white where it changes; `thick` (n, 1, 1, 1): two pixels wider."""
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    dx = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    dy = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strength = (3 * (dx.square() + dy.square() + 1e-12).sqrt()).clamp(max=1)
    return 1 - torch.where(thick, F.max_pool2d(strength, 3, 1, 1), strength)


def sheet(pictures, similarity, file):
    """A row for each of some captions: the picture it belongs to, and the five that were found."""
    from PIL import Image

    rows = []
    for i in torch.linspace(0, len(pictures) - 1, min(SHEET, len(pictures))).long().tolist():
        found = similarity[i].topk(min(5, len(pictures))).indices.tolist()
        rows.append(torch.cat([pictures[k] for k in (i, *found)], 2))
    drawn = (255 * torch.cat(rows, 1)).byte().permute(1, 2, 0).numpy()
    Image.fromarray(drawn).save(file)
