"""Models that write a summary of a text: any encoder and decoder of transformers that was trained for it."""

from pathlib import Path
from typing import Any

import torch

PIECES_A_SENTENCE = 26  # that a sentence of a summary has, about


class Summarizer:
    """T5 (Raffel et al., 2020), BART (Lewis et al., 2020) or mT5, and what it wants to have said before the text."""

    def __init__(self, network: Any, tokenizer: Any, prefix: str):
        self.network, self.tokenizer, self.prefix = network.eval(), tokenizer, prefix
        self.most = min(1024, tokenizer.model_max_length)

    def parameters(self) -> Any:
        return self.network.parameters()

    def buffers(self) -> Any:
        return self.network.buffers()

    @torch.inference_mode()
    def summary(self, text: str, sentences: int) -> str:
        """About so many sentences, by beam search; what is beyond the network's memory is not read."""
        given = self.tokenizer(self.prefix + text, truncation=True, max_length=self.most, return_tensors="pt")
        most = PIECES_A_SENTENCE * sentences
        ids = self.network.generate(
            **given, num_beams=4, min_length=min(most // 2, given["input_ids"].shape[1] // 4), max_new_tokens=most,
            no_repeat_ngram_size=3, early_stopping=True, do_sample=False, max_length=None,
        )  # fmt: skip
        said: str = self.tokenizer.decode(ids[0], skip_special_tokens=True)
        return said.strip()


def load(folder: Path, precision: str = "exact") -> Summarizer:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    network = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    prefix = "summarize: " if network.config.model_type == "t5" else ""
    return Summarizer(network, AutoTokenizer.from_pretrained(folder, local_files_only=True), prefix)
