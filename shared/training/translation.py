"""Trains the translators: cross-entropy, and what keeps 20,000 short sentences from being learned by heart.

Dropout and smoothed labels; both sides cut into other pieces each time (Kudo, 2018, arXiv:1804.10959); an average of
the weights; the weights with the lowest loss on sentences apart are kept. In long trainings each pair can be read twice
with other dropout, and the two predictions drawn together (R-Drop: Liang et al., 2021, arXiv:2106.14448).
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from shared.data.translations import read_sentences
from shared.models.translation import END, PADDING, UNKNOWN, greedy, logits_of
from shared.training.loop import Training

LENGTH = 32  # pieces of a sentence, with its end; longer ones are left out
VOCABULARY = {"en": 2500, "zh": 4000}  # pieces, at most
SAMPLED = 8  # ways in which a sentence is cut, besides the likeliest
SHARPNESS = 0.25  # alpha of the paper: 0 cuts anyhow, 1 by likelihood
LOG_STEPS = 25  # a loss waits for the device


@dataclass(frozen=True)
class Pairs:
    """The sentences as a network reads them, for both directions: both languages share one list of pieces."""

    en: torch.Tensor  # int16 (n, 1 + SAMPLED, LENGTH), padded with 0
    zh: torch.Tensor
    validation_en: torch.Tensor  # int16 (m, LENGTH)
    validation_zh: torch.Tensor
    validation_texts: dict[str, list[str]]  # by language
    pieces: list[str]
    cutter_en: torch.Tensor  # sentencepiece's model, uint8
    cutter_zh: torch.Tensor
    source: str

    def __len__(self):
        return len(self.en)

    def batch(self, part):
        """Indices (m,) -> English and Chinese, int16 (m, 1 + SAMPLED, LENGTH)."""
        return self.en[part], self.zh[part]


def read_pairs(folder):
    """Errors: SystemExit."""
    found = read_sentences(folder)
    cutters = {name: cutter(name, [pair[i] for pair in found.train]) for i, name in enumerate(("en", "zh"))}
    used = [[one.id_to_piece(i) for i in range(len(one)) if not one.is_control(i)] for one in cutters.values()]
    pieces = list(dict.fromkeys([PADDING, END, UNKNOWN, *used[0], *used[1]]))
    ids = {piece: i for i, piece in enumerate(pieces)}
    train = [[cut(cutters[name], ids, pair[i]) for i, name in enumerate(cutters)] for pair in found.train]
    train = [ways for ways in train if all(len(side) for side in ways)]
    apart = [[cut(cutters[name], ids, pair[i], 0) for i, name in enumerate(cutters)] for pair in found.validation]
    kept = [n for n, ways in enumerate(apart) if all(len(side) for side in ways)]
    return Pairs(
        *(torch.tensor([ways[i] for ways in train], dtype=torch.int16) for i in (0, 1)),
        *(torch.tensor([apart[n][i][0] for n in kept], dtype=torch.int16) for i in (0, 1)),
        {name: [found.validation[n][i] for n in kept] for i, name in enumerate(cutters)},
        pieces,
        *(as_tensor(one.serialized_model_proto()) for one in cutters.values()),
        found.source,
    )


def cutter(language, texts):
    """Learns from the texts which pieces a language is made of; Chinese has no mark for the beginning of a word."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=VOCABULARY[language],
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=language != "zh",
        num_threads=1,
        minloglevel=2,
    )
    return SentencePieceProcessor(model_proto=model.getvalue())


def cut(one, ids, text, ways=SAMPLED):
    """The likeliest way and `ways` others, each LENGTH ids; [] where the sentence is too long."""
    options = {"enable_sampling": True, "nbest_size": -1, "alpha": SHARPNESS}
    found = [one.encode(text, out_type=str)]
    found += (one.encode(text, out_type=str, **options) for _ in range(ways))
    if len(found[0]) >= LENGTH:
        return []
    found = [way if len(way) < LENGTH else found[0] for way in found]
    rows = [[*(ids.get(piece, ids[UNKNOWN]) for piece in way), ids[END]] for way in found]
    return [row + [0] * (LENGTH - len(row)) for row in rows]


def as_tensor(data):
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


@dataclass(frozen=True)
class OnDevice:
    """The pairs where they are learned from, from the one language and into the other."""

    sources: torch.Tensor
    targets: torch.Tensor

    def __len__(self):
        return len(self.sources)

    def batch(self, part):
        part = part.to(self.sources.device)
        return self.sources[part], self.targets[part]


class TranslationTraining(Training):
    score_name = "validation loss"

    def build(self):
        decayed = [p for p in self.network.parameters() if p.ndim > 1 and p.requires_grad]
        others = [p for p in self.network.parameters() if p.ndim <= 1 and p.requires_grad]
        groups = [{"params": decayed, "weight_decay": self.recipe.weight_decay}, {"params": others, "weight_decay": 0}]
        rate = self.recipe.learning_rate
        self.optimizers = [torch.optim.AdamW(groups, rate, betas=(0.9, 0.98), fused=True)]
        self.steps, self.losses = 0, {}

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.translator, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def prepared(self, data, schedule):
        one, other = self.sides
        here = self.accelerator.device
        self.apart = [getattr(data, f"validation_{name}").to(here).long() for name in (one, other)]
        return OnDevice(getattr(data, one).to(here), getattr(data, other).to(here))

    @property
    def sides(self):
        return ("en", "zh") if self.recipe.source == "en" else ("zh", "en")

    def step(self, sources, targets, noise, done):
        """(n, ways, LENGTH) each, of which one way is drawn."""
        self.translator.train()
        rows = torch.arange(len(sources), device=sources.device)
        sources, targets = (
            side[rows, torch.randint(side.shape[1], rows.shape, generator=noise, device=side.device)].long()
            for side in (sources, targets)
        )
        if sources.device.type == "cpu":  # on a GPU it would wait for the lengths, and padding costs less there
            sources, targets = (side[:, : (side != 0).sum(1).max()] for side in (sources, targets))
        if self.recipe.together:
            logits = teach(self.translator, sources.repeat(2, 1), targets.repeat(2, 1))
            loss, apart = rdrop(logits, targets, self.recipe.label_smoothing)
            self.descend(loss + self.recipe.together * apart)
        else:
            logits = teach(self.translator, sources, targets).float().flatten(0, 1)
            smoothing = {"ignore_index": 0, "label_smoothing": self.recipe.label_smoothing}
            loss, apart = F.cross_entropy(logits, targets.flatten(), **smoothing), None
            self.descend(loss)
        if self.steps % LOG_STEPS == 0:
            self.losses = {"loss": loss.item()} | ({"apart": apart.item()} if apart is not None else {})
        self.steps += 1
        return self.losses

    @torch.no_grad()
    def score(self):
        """Nats a piece of sentences that are not learned from, by the averaged weights, without smoothing."""
        network = self.averaged["network"].module if self.averaged else self.network
        network.eval()
        logits = teach(network, *self.apart)
        return F.cross_entropy(logits.float().flatten(0, 1), self.apart[1].flatten(), ignore_index=0).item()

    def show(self, model, data, file):
        """Translates the sentences apart into a text beside `file`: given, found, wanted."""
        model = model.to(self.accelerator.device)
        one, other = self.sides
        ids = self.apart[0]
        written = greedy(model, ids, (ids != 0).long(), 0, data.pieces.index(END), LENGTH)
        found = [joined([data.pieces[i] for i in row if i > 2]) for row in written.tolist()]
        wanted, given = data.validation_texts[other], data.validation_texts[one]
        lines = ["\t".join(three) for three in zip(given, found, wanted, strict=True)]
        Path(file).with_suffix(".txt").write_text("\n".join(lines), encoding="utf-8")
        return {}

    def save(self, output, data):
        super().save(output, data)
        write_tokenizer(Path(output), data, self.sides)


def teach(network, sources, targets):
    """Logits of each target piece, given those before it."""
    begun = F.pad(targets[:, :-1], (1, 0))  # 0, the padding, begins a translation
    return logits_of(network, sources, (sources != 0).long(), begun)


def rdrop(logits, targets, smoothing):
    """logits (2 n, t, v) of the same targets (n, t) twice -> cross-entropy, and how far the two are from each other:
    the mean of both Kullback-Leibler divergences, in nats a piece (Liang et al., 2021, equations 2 and 3)."""
    logs = logits.float().log_softmax(-1)
    loss = F.cross_entropy(
        logs.flatten(0, 1), targets.repeat(2, 1).flatten(), ignore_index=0, label_smoothing=smoothing
    )
    p, q = logs.chunk(2)
    distance = 0.5 * ((p.exp() - q.exp()) * (p - q)).sum(-1)  # KL(p|q) + KL(q|p), halved
    real = targets != 0
    return loss, (distance * real).sum() / real.sum()


def joined(pieces):
    """Pieces as a text: a low line stands for a space."""
    return "".join(pieces).replace("▁", " ").strip()


def write_tokenizer(output, data, sides):
    """What MarianTokenizer reads: the two models of sentencepiece and the list of all pieces."""
    one, other = sides
    for side, language in (("source", one), ("target", other)):
        (output / f"{side}.spm").write_bytes(bytes(getattr(data, f"cutter_{language}").tolist()))
    vocabulary = {piece: i for i, piece in enumerate(data.pieces)}
    (output / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    settings = {"tokenizer_class": "MarianTokenizer", "source_lang": one, "target_lang": other, "model_max_length": 128}
    (output / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))


def marian(vocab_size, **sizes):
    """A fresh Transformer of Marian's architecture (Vaswani et al., 2017), which the Hub's translators share."""
    from transformers import MarianConfig, MarianMTModel

    common = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0, "forced_eos_token_id": None}
    fixed = {"scale_embedding": True, "static_position_embeddings": True, "share_encoder_decoder_embeddings": True}
    config = MarianConfig(vocab_size=vocab_size, **common, **fixed, activation_function="swish", **sizes)
    return MarianMTModel(config)
