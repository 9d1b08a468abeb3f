"""Trains what speaks digits, and the judge that hears them.

WaveGAN       critic: D(G(z)) - D(x) + 10 (|grad D| - 1)^2, with phases shuffled; generator: -D(G(z))
              (Donahue et al., 2019, arXiv:1802.04208; Gulrajani et al., 2017, arXiv:1704.00028)
flow          |v(x_t, t) - (x1 - x0)|^2 (Lipman et al., 2023, arXiv:2210.02747)
its vocoder   45 |mel - mel of the sound| + 2 feature matching + hinge, against critics of spectra
              (Kong et al., 2020, arXiv:2010.05646; Siuzdak, 2024, arXiv:2306.00814)
judge         cross-entropy of digit and voice, on moved, stretched, noisy and partly hidden recordings
"""

from dataclasses import replace

import torch
import torch.nn.functional as F

from shared.core.spoken import SPEAKERS
from shared.data.spoken import LEAD, waves
from shared.evaluation.image_metrics import frechet, gaussian
from shared.models.mel_flow import normalised
from shared.models.sound import HOP, full, log_mel, spectrum
from shared.models.wavegan import SpectrumCritic, WaveCritic
from shared.training.gan import LOSSES
from shared.training.loop import SAMPLE_SEED, Training, frozen

DIGITS = 10
LOOKED_AT = 300  # samples that the log's figure is of
TOLD = 20  # steps from one loss in the log to the next: asking for it makes the GPU wait
QUIET = 1e-3  # magnitudes below it are alike; else half of what is learned is how silent silence is
CUT = 32  # frames that the vocoder learns from at once


def cut(sounds, start, size, speed=None):
    """sounds (n, t) -> (n, size): each from its own start (n,), which may lie before it, at its own speed (n,); what
    lies outside is silent, what lies between two samples is on the line between them."""
    places = torch.arange(size, device=sounds.device, dtype=torch.float32)[None]
    places = start[:, None].float() + (places if speed is None else places * speed[:, None])
    below = places.floor()
    share = places - below

    def at(index):
        inside = (index >= 0) & (index < sounds.shape[1])
        return sounds.gather(1, index.long().clamp(0, sounds.shape[1] - 1)) * inside

    return torch.lerp(at(below), at(below + 1), share)


def uniform(n, low, high, noise):
    return torch.empty(n, device=noise.device).uniform_(low, high, generator=noise)


def moved(sounds, most, noise):
    """Each sound earlier or later by up to `most` samples."""
    start = torch.randint(-most, most + 1, (len(sounds),), generator=noise, device=sounds.device)
    return cut(sounds, start, sounds.shape[1])


class SpeechTraining(Training):
    told = 0

    def prepared(self, data, schedule):
        """The data on the device, where batches are cut and changed."""
        on = self.accelerator.device
        if on.type != "cuda":
            return data
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
        return replace(data, sounds=data.sounds.to(on), labels=data.labels.to(on))

    def now(self, **losses):
        """The losses as numbers, once in TOLD steps."""
        self.told += 1
        return {name: loss.item() for name, loss in losses.items()} if self.told % TOLD == 1 else {}

    def moves(self, optimizer, loss, parameters=None, most=1.0):
        self.accelerator.backward(loss)
        if parameters is not None:
            self.accelerator.clip_grad_norm_(parameters, most)
        optimizer.step()
        optimizer.zero_grad()

    def compile(self):
        """Nothing: gradients of gradients cannot be compiled."""

    def show(self, model, data, file):
        """A sheet of spectrograms, a row for each digit and a column for each voice; and how far the average spectra
        of samples are from those of held-out recordings."""
        from PIL import Image

        labels = torch.tensor([[digit, voice] for digit in range(DIGITS) for voice in range(len(SPEAKERS))])
        with torch.inference_mode():
            mel = log_mel(model.decode(model.latents(range(SAMPLE_SEED, SAMPLE_SEED + len(labels))), labels))
        rows = F.pad((mel.flip(1) + 1) / 2, (1, 1, 1, 1)).clamp(0, 1).unflatten(0, (DIGITS, len(SPEAKERS)))
        sheet = rows.permute(0, 2, 1, 3).reshape(rows.shape[0] * rows.shape[2], -1)
        Image.fromarray((255 * sheet).byte().numpy()).save(file)
        held_out = log_mel(waves(data.held_out_sounds[:LOOKED_AT])).mean(2)
        return {"distance of spectra": round(frechet(gaussian(mel.mean(2)), gaussian(held_out)), 4)}


class WaveGANTraining(SpeechTraining):
    def build(self):
        recipe = self.recipe
        self.critic = WaveCritic(recipe.critic_widths, recipe.shuffle)
        self.optimizers = [
            torch.optim.Adam(part.parameters(), recipe.learning_rate, betas=(0.5, 0.9), fused=True)
            for part in (self.network, self.critic)
        ]
        self.critic_loss, self.generator_loss = LOSSES["wgan-gp"]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.G, self.D, *self.optimizers = accelerator.prepare(self.network, self.critic, *self.optimizers)

    def step(self, sounds, labels, noise, done):
        self.network.train()
        recipe = self.recipe
        sounds = moved(sounds, recipe.shift, noise)
        parts = list(zip(sounds.chunk(recipe.critic_steps), labels.chunk(recipe.critic_steps), strict=True))
        for i, (x, y) in enumerate(parts):
            last = i == len(parts) - 1
            z = torch.randn(len(x), self.network.latent_size, generator=noise, device=x.device)
            with torch.set_grad_enabled(last):
                fake = self.G(z, y)
            distance = self.update_critic(x, fake.detach(), y, noise)
        with frozen(self.critic):
            loss = self.generator_loss(self.D(fake, y, self.critic.shifts(len(fake), noise)))
            self.moves(self.optimizers[0], loss)
        return self.now(distance=-distance, generator=loss)

    def update_critic(self, real, fake, labels, noise):
        n = len(real)
        shifts = self.critic.shifts(3 * n, noise)
        share = torch.rand(n, 1, generator=noise, device=real.device)
        between = torch.lerp(real, fake, share).requires_grad_()
        on_real, on_fake = self.D(torch.cat([real, fake]), labels.repeat(2, 1), shifts[:, : 2 * n]).chunk(2)
        said = self.D(between, labels, shifts[:, 2 * n :]).sum()
        (gradient,) = torch.autograd.grad(said, between, create_graph=True)
        penalty = (gradient.norm(dim=1) - 1).square().mean()
        distance = self.critic_loss(on_real, on_fake)
        self.moves(self.optimizers[1], distance + self.recipe.gradient_penalty * penalty)
        return distance.detach()


def judged(scores):
    """The hinge loss of a critic for scores whose first half are of recordings: 2 while it knows nothing."""
    halves = [score.float().chunk(2) for score in scores]
    return sum(F.relu(1 - real).mean() + F.relu(1 + fake).mean() for real, fake in halves) / len(halves)


class MelFlowTraining(SpeechTraining):
    def build(self):
        recipe = self.recipe
        self.critic = SpectrumCritic(width=recipe.critic_width)
        betas = {"flow": (0.9, 0.99), "vocoder": (0.8, 0.99), "critic": (0.8, 0.99)}
        parts = {"flow": self.network.unet, "vocoder": self.network.vocoder, "critic": self.critic}
        rates = {"flow": recipe.learning_rate, "vocoder": recipe.vocoder_rate, "critic": recipe.vocoder_rate}
        self.optimizers = [
            torch.optim.AdamW(parts[name].parameters(), rates[name], betas=betas[name], weight_decay=0.01, fused=True)
            for name in parts
        ]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.V, self.sounding, self.D, *self.optimizers = accelerator.prepare(
            self.network.unet, self.network.vocoder, self.critic, *self.optimizers
        )

    def step(self, sounds, labels, noise, done):
        self.network.train()
        flow = self.update_flow(moved(sounds, LEAD // 2, noise), labels, noise)
        n = max(1, round(len(sounds) * self.recipe.vocoder_share))
        start = torch.randint(0, sounds.shape[1] // 2, (n,), generator=noise, device=sounds.device)
        mel, adversary = self.update_vocoder(cut(sounds[:n], start, CUT * HOP), noise)
        return self.now(flow=flow, mel=mel, adversary=adversary)

    def update_flow(self, sounds, labels, noise):
        x1 = normalised(log_mel(sounds))
        x0 = torch.randn(x1.shape, generator=noise, device=x1.device)
        t = torch.randn(len(x1), generator=noise, device=x1.device).sigmoid()
        missing = torch.rand(labels.shape, generator=noise, device=x1.device) < self.recipe.unasked
        none = torch.tensor([DIGITS, len(SPEAKERS)], device=x1.device)
        v = self.V(torch.lerp(x0, x1, t[:, None, None]), t, torch.where(missing, none, labels))
        loss = (v.float() - (x1 - x0)).square().mean()
        self.moves(self.optimizers[0], loss, self.network.unet.parameters())
        return loss.detach()

    def update_vocoder(self, real, noise):
        recipe = self.recipe
        mel = log_mel(real)
        # What the flow draws is not as clean as what it learned from.
        rough = mel + recipe.rough * torch.randn(mel.shape, generator=noise, device=mel.device)
        fake = self.sounding(rough.clamp(-1, 1.2))
        scores, _ = self.D(torch.cat([real, fake.detach()]))
        adversary = judged(scores)
        self.moves(self.optimizers[2], adversary, self.critic.parameters())
        with frozen(self.critic):
            with torch.no_grad():
                _, wanted = self.D(real)
            scores, features = self.D(fake)
            hinge = sum(F.relu(1 - score.float()).mean() for score in scores) / len(scores)
            near = sum((a.float() - b.float()).abs().mean() for a, b in zip(features, wanted, strict=True))
            distance = (log_mel(fake) - mel).abs().mean()
            loss = recipe.mel * distance + log_distance(fake, real) + hinge + 2 * near / len(features)
            self.moves(self.optimizers[1], loss, self.network.vocoder.parameters())
        return distance, adversary

    def show(self, model, data, file):
        sounds = waves(data.held_out_sounds[::5])
        with torch.inference_mode():
            back = (log_mel(model.again(sounds)) - log_mel(sounds)).abs().mean().item()
        return super().show(model, data, file) | {"held-out mel": round(back, 4)}


def log_distance(fake, real, windows=(512, 128)):
    """Mean difference of the logarithms of the magnitudes, in two resolutions (Yamamoto et al., 2020, eq. 6)."""
    found = 0
    for window in windows:
        a, b = (spectrum(x, window, window // 4).abs().clamp(min=QUIET).log() for x in (fake, real))
        found = found + (a - b).abs().mean() / len(windows)
    return found


class SpokenJudgeTraining(SpeechTraining):
    def build(self):
        recipe = self.recipe
        self.optimizers = [
            torch.optim.AdamW(
                self.network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
            )
        ]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.classifier, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def step(self, sounds, labels, noise, done):
        self.classifier.train()
        digits, voices, _ = self.classifier(*roughened(sounds, self.recipe, noise))
        smooth = self.recipe.label_smoothing
        loss = F.cross_entropy(digits.float(), labels[:, 0], label_smoothing=smooth)
        loss = loss + 0.3 * F.cross_entropy(voices.float(), labels[:, 1], label_smoothing=smooth)
        self.moves(self.optimizers[0], loss)
        return self.now(loss=loss)

    def show(self, model, data, file):
        digits, voices, _ = model.judge(waves(data.held_out_sounds))
        right = [(p.argmax(1) == data.held_out_labels[:, i]).float().mean() for i, p in enumerate((digits, voices))]
        return {"accuracy": round(right[0].item(), 4), "voices": round(right[1].item(), 4)}


def roughened(sounds, recipe, noise):
    """Recordings as a microphone might have them: moved, faster or slower, duller or sharper, with noise -> (n, t), and
    which places of their spectrograms are hidden (n, 64, 64): a band and a while (SpecAugment: Park et al., 2019)."""
    n, on = len(sounds), sounds.device
    speed = uniform(n, -recipe.speed, recipe.speed, noise).exp()
    sounds = cut(sounds, uniform(n, -recipe.shift, LEAD, noise), sounds.shape[1], speed)
    tilt = uniform(n, -0.7, 0.7, noise)[:, None]
    sounds = full(sounds + tilt * F.pad(sounds, (1, 0))[:, :-1])
    loud = 10 ** uniform(n, *recipe.noise, noise)[:, None]
    hiss = torch.randn(sounds.shape, generator=noise, device=on)
    colour = uniform(n, 0, 0.95, noise)[:, None]
    hiss = (1 - colour) * hiss + colour * F.avg_pool1d(hiss[:, None], 9, 1, 4)[:, 0] * 3
    sounds = sounds + loud * hiss
    hidden = torch.zeros(n, 64, 64, dtype=torch.bool, device=on)
    line = torch.arange(64, device=on)
    for most, shape in ((recipe.band, (n, 64, 1)), (recipe.while_, (n, 1, 64))):
        size, begin = uniform(n, 0, most, noise)[:, None], uniform(n, -most / 2, 64, noise)[:, None]
        hidden = hidden | ((line >= begin) & (line < begin + size)).view(shape)
    return sounds, hidden
