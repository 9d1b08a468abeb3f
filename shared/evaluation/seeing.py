"""How well pictures are found by words, and words by pictures; and how well a ViT reads digits."""

import torch


def recalls(similarity, ks=(1, 5)):
    """similarity (n, n) of query i with candidate j, where i belongs to i -> {k: share of queries whose own candidate
    is among the first k}. One as near as the right one counts as nearer."""
    own = similarity.diagonal()[:, None]
    others = (similarity >= own).sum(1) - 1  # itself is as near as itself
    return {k: (others < k).float().mean().item() for k in ks}


def on_white(images):
    """uint8 (n, 4, h, w) with opacity -> float32 in [0, 1] (n, 3, h, w) on white paper."""
    images = images.float() / 255
    return images[:, :3] * images[:, 3:] + 1 - images[:, 3:]


def clip_scores(model, data, judged):
    """Of emoji whose pair of style and name was in no training set -> the figures of a CLIP beside its baseline.

    data: captions.CaptionedEmoji; judged: emoji.Emoji, for the nearest-picture judge of emoji_judge.py.

    found_top1, found_top5   "STYLE emoji of NAME" finds its picture among all that are held out
    told_top1, told_top5     and the picture finds that caption among theirs
    named_top1, named_top5   the name among 200, from words alone; judge_...: the judge, from all other pictures of it
    unseen_top1, ...         the same of the pairs that the text-to-image model is measured on
    name_found_top1, ...     the name alone finds the picture; the judge: the one nearest to any picture of that name
    judge_found_top1, ...
    half_found               of two things side by side: the heat of a name is warmer on its own half
    ms_per_picture, ms_heat  on this machine, the best of ten
    """
    from shared.data.emoji import vocabulary
    from shared.data.emoji_scenes import STYLES
    from shared.evaluation import emoji_judge

    pictures = on_white(data.held_out_images)
    names = [data.thing_names[i] for i in data.held_out_names.tolist()]
    styles = [data.style_names[i] for i in data.held_out_styles.tolist()]
    seen = model.see(pictures)
    read = model.read([f"{style} emoji of {name}" for style, name in zip(styles, names, strict=True)])
    result = {"held_out": len(pictures)}
    for key, similarity in (("found", read @ seen.T), ("told", seen @ read.T)):
        result |= {f"{key}_top{k}": round(share, 4) for k, share in recalls(similarity).items()}

    every = sorted(set(judged.names))
    known = [i for i, name in enumerate(names) if name in set(every)]  # seen in another style
    directions = model.labels(every)
    gallery = emoji_judge.features(judged.batch(slice(None))[0])
    core = set(vocabulary())
    old = [i for i in range(len(names)) if styles[i] in STYLES and names[i] in core]
    things = judged.only(lambda style, name: name in core)
    of_things = emoji_judge.features(things.batch(slice(None))[0])
    for key, chosen, real, of_real in (
        ("named", known, judged, gallery),
        ("unseen", old, things, of_things),
    ):
        wanted = [names[i] for i in chosen]
        by_judge = emoji_judge.ranks(pictures[chosen], wanted, of_real, real.names)
        among = sorted(set(real.names))
        likeness = seen[chosen] @ directions[[every.index(name) for name in among]].T
        by_words = name_ranks(likeness, wanted, among)
        for by, ranks in (("", by_words), ("judge_", by_judge)):
            result |= {f"{by}{key}_top{k}": round(emoji_judge.top(ranks, k), 4) for k in (1, 5)}
    result |= {"named_pairs": len(known), "unseen_pairs": len(old)}

    own = emoji_judge.features(pictures)
    distance = torch.cdist(own, gallery)  # (held out, real)
    of_name = {name: [i for i, other in enumerate(judged.names) if other == name] for name in set(names)}
    away = torch.full((len(pictures),), -9.0)  # of a name without any other picture
    near = torch.stack([-distance[:, of_name[name]].amin(1) if of_name[name] else away for name in names])
    result |= {f"judge_found_top{k}": round(share, 4) for k, share in recalls(near).items()}
    result |= {f"name_found_top{k}": round(v, 4) for k, v in recalls(model.labels(names) @ seen.T).items()}
    return result | {"half_found": round(half_found(model, pictures, names), 4)} | speed(model, pictures)


def name_ranks(likeness, wanted, names, seed=0):
    """Like emoji_judge.ranks, with the same 200 candidates, from the likeness (n, m) of pictures and all names."""
    from shared.evaluation.emoji_judge import CANDIDATES

    place = {name: i for i, name in enumerate(names)}
    draw, found = torch.Generator().manual_seed(seed), []
    for row, name in zip(likeness, wanted, strict=True):
        others = torch.randperm(len(names), generator=draw)
        others = others[others != place[name]][: CANDIDATES - 1]
        found.append(int((row[others] > row[place[name]]).sum()))
    return torch.tensor(found)


PAIRS = 100  # pictures of two things that the heat is measured on


def half_found(model, pictures, names, pairs=PAIRS):
    """Picture i beside picture i + 1: the share of names whose heat is warmer on their own half than on the other."""
    from shared.data.emoji_scenes import beside

    right = total = 0
    for i in range(0, min(2 * pairs, len(pictures) - 1), 2):
        both = beside(pictures[i : i + 1], pictures[i + 1 : i + 2])[0]
        heat = model.heat(both, model.apart(model.labels([names[i], names[i + 1]])))
        left = heat[:, :, : heat.shape[2] // 2].sum((1, 2)) - heat[:, :, (heat.shape[2] + 1) // 2 :].sum((1, 2))
        right += int(left[0] > 0) + int(left[1] < 0)
        total += 2
    return right / max(1, total)


def speed(model, pictures):
    """{"ms_per_picture", "ms_heat"}: to look at one, and the heat of four words."""
    import time

    directions = model.labels(["a dog", "a cat", "a house", "a tree"])
    jobs = {"ms_per_picture": lambda: model.see(pictures[:1]), "ms_heat": lambda: model.heat(pictures[0], directions)}
    found = {}
    for key, job in jobs.items():
        job()
        took = []
        for _ in range(10):
            start = time.perf_counter()
            job()
            took.append(time.perf_counter() - start)
        found[key] = round(1000 * min(took), 1)
    return found


def vit_scores(model, data):
    """Of held-out digits -> {"accuracy", "judge_accuracy", "held_out", "ms_per_picture"}; the judge is the CNN."""
    import time

    from shared.data.digits import unit
    from shared.evaluation.digits import judge

    images, labels = unit(data.held_out_images), data.held_out_labels
    right = (model.judge(images).argmax(1) == labels).float().mean().item()
    theirs = (judge().judge(images)[0].argmax(1) == labels).float().mean().item()
    model.rollout(images[:1])
    start = time.perf_counter()
    for i in range(10):
        model.rollout(images[i : i + 1])
    return {
        "accuracy": round(right, 4),
        "judge_accuracy": round(theirs, 4),
        "held_out": len(images),
        "ms_per_picture": round(100 * (time.perf_counter() - start), 1),
    }
