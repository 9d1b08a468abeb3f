"""How close translations are to those of a person: BLEU and chrF, by sacrebleu (Post, 2018, arXiv:1804.08771)."""


def bleu(found, wanted, language):
    """Of a corpus, 0 to 100 (Papineni et al., 2002). Chinese is counted by characters, English by words."""
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize="zh" if language == "zh" else "13a").corpus_score(found, [wanted]).score


def chrf(found, wanted):
    """Of a corpus, 0 to 100: F2 of up to six characters in a row (Popovic, 2015)."""
    from sacrebleu.metrics import CHRF

    return CHRF().corpus_score(found, [wanted]).score
