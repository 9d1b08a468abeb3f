"""How close translations are to those of a person: BLEU and chrF, by sacrebleu (Post, 2018, arXiv:1804.08771).

What they are compared with is a translation memory: of all sentences that the models have read, the one that is most
like the source, and its translation.
"""

import time


def bleu(found, wanted, language):
    """Of a corpus, 0 to 100 (Papineni et al., 2002). Chinese is counted by characters, English by words."""
    return _sacrebleu().BLEU(tokenize="zh" if language == "zh" else "13a").corpus_score(found, [wanted]).score


def chrf(found, wanted):
    """Of a corpus, 0 to 100: F2 of up to six characters in a row (Popovic, 2015)."""
    return _sacrebleu().CHRF().corpus_score(found, [wanted]).score


def _sacrebleu():
    try:
        from sacrebleu import metrics
    except ImportError:
        raise SystemExit("Translations are measured with sacrebleu: pip install -r requirements.lock.") from None
    return metrics


def memory(given, read, written):
    """The translation of the sentence of `read` that shares the most with each of `given`: cosine of the counts of up
    to five characters in a row, the rarer the heavier."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(analyzer="char", ngram_range=(1, 5), sublinear_tf=True, lowercase=True)
    known = counts.fit_transform(read)
    nearest = (counts.transform(given) @ known.T).toarray().argmax(1)
    return [written[i] for i in nearest]


def scores(translator, data):
    """Of held-out sentences -> {"bleu", "chrf", the same of the memory, "held_out", "ms_per_sentence"}."""
    from shared.engines.translation.translate import plain

    one, other = (0, 1) if translator.source == "en" else (1, 0)
    given, wanted = ([pair[side] for pair in data.held_out] for side in (one, other))
    plain(translator, given[0])
    start = time.thread_time()  # of the processor: other programs do not count
    found = [plain(translator, sentence) for sentence in given]
    seconds = time.thread_time() - start
    nearest = memory(given, *([pair[side] for pair in data.train] for side in (one, other)))
    return {
        "bleu": round(bleu(found, wanted, translator.target), 2),
        "chrf": round(chrf(found, wanted), 2),
        "memory_bleu": round(bleu(nearest, wanted, translator.target), 2),
        "memory_chrf": round(chrf(nearest, wanted), 2),
        "held_out": len(given),
        "ms_per_sentence": round(1000 * seconds / len(given), 1),
    }
