"""Trains the judges of reviews: counts for naive Bayes, cross-entropy and AdamW for the networks.

The networks see 8,662 sentences, which they know by heart after a few passes. What helps: dropout, words that are
missing now and then, and an average of the weights.
"""

import json
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F

from shared.data.reviews import Reviews, read_reviews
from shared.evaluation.sentiment import accuracy
from shared.models.sentiment import NaiveBayes, NetworkJudge, train_tokenizer
from shared.training.loop import Training

PADDING, UNKNOWN = 0, 1
VOCABULARY = 8000
LENGTH = 64  # pieces of a sentence that are read in training; the longest here has 77


def train_bayes(recipe, data, output):
    """Counts, once; writes the model and training.json into `output`."""
    model = NaiveBayes.fit(data.sentences, data.labels, **recipe.model)
    model.save(Path(output))
    found = accuracy(model.judge(data.held_out_sentences), data.held_out_labels)
    log = {"recipe": asdict(recipe), "data": data.source, "terms": len(model.terms), "accuracy": round(found, 4)}
    (Path(output) / "training.json").write_text(json.dumps(log, indent=1))


class Encoded(Reviews):
    """The sentences as a network reads them, cut by a tokenizer that is learned from them."""

    @cached_property
    def tokenizer(self):
        return train_tokenizer(self.sentences, VOCABULARY)

    @cached_property
    def ids(self):
        encoded = self.tokenizer(self.sentences, padding="max_length", truncation=True, max_length=LENGTH)
        return torch.tensor(encoded["input_ids"])

    def batch(self, part):
        """Indices (m,) -> ids int64 (m, LENGTH), padded with 0, and labels (m,)."""
        return self.ids[part], self.labels[part]


def read_encoded(folder):
    """Errors: SystemExit."""
    return Encoded(**vars(read_reviews(folder)))


class SentimentTraining(Training):
    def build(self):
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": self.recipe.weight_decay}, {"params": others, "weight_decay": 0}]
        self.optimizers = [torch.optim.AdamW(groups, self.recipe.learning_rate, fused=True)]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.classifier, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def step(self, ids, labels, noise, done):
        """ids (n, t) int64, padded with 0; labels (n,)."""
        self.classifier.train()
        ids = ids[:, : (ids != PADDING).sum(1).max()]
        missing = torch.rand(ids.shape, generator=noise, device=ids.device) < self.recipe.drop_words
        ids = torch.where(missing & (ids != PADDING), UNKNOWN, ids)
        out = self.classifier(input_ids=ids, attention_mask=(ids != PADDING).long())
        logits = getattr(out, "logits", out)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.recipe.label_smoothing)
        self.descend(loss)
        return {"loss": loss.item()}

    def show(self, model, data, file):
        judge = NetworkJudge(model, data.tokenizer, "")
        return {"accuracy": round(accuracy(judge.judge(data.held_out_sentences), data.held_out_labels), 4)}

    def save(self, output, data):
        super().save(output, data)
        data.tokenizer.save_pretrained(output)


def encoder(vocab_size, **sizes):
    """A fresh Transformer encoder of DistilBERT's architecture (Sanh et al., 2019), which the Hub's models share."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    network = DistilBertForSequenceClassification(DistilBertConfig(vocab_size=vocab_size, num_labels=2, **sizes))
    network.config.id2label, network.config.label2id = {0: "bad", 1: "good"}, {"bad": 0, "good": 1}
    return network
