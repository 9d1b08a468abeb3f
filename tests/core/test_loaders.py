"""The loaders against a real little Hub: huggingface_hub downloads a tiny real GPT-2 from 127.0.0.1."""

import itertools
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from shared.core import building, hub, loaders, machine, registry
from shared.core.errors import UserError
from shared.core.hub.presence import CHECK_S, RECHECK_S, Presence

WEIGHTS = "model.safetensors"
built = []  # the folders that the builder was asked to open


def build(folder, precision):
    """The real builder, counted."""
    from shared.models.gpt2 import load

    built.append(folder)
    return load(folder, precision)


let_go = threading.Event()


def held(folder, precision):
    """The real builder, once the test lets it go."""
    assert let_go.wait(60)
    return build(folder, precision)


def module(folder, precision):
    """A builder that returns a torch module, which says itself how much memory it holds."""
    from transformers import GPT2LMHeadModel

    return GPT2LMHeadModel.from_pretrained(folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> dict[str, bytes]:
    """The files of a real GPT-2 folder, about 0.6 MB, with random weights and its own tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(initial_alphabet=alphabet, special_tokens=["<|endoftext|>"])
    words.train_from_iterator(["once upon a time"], trainer)
    folder = tmp_path_factory.mktemp("tiny")
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<|endoftext|>").save_pretrained(folder)
    size = words.get_vocab_size()
    config = GPT2Config(
        vocab_size=size, n_layer=2, n_head=2, n_embd=64, n_positions=512, bos_token_id=0, eos_token_id=0
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


counter = itertools.count()


@pytest.fixture
def row(monkeypatch, tmp_path, tiny):
    """A registry with one more Hub model (each test has its own repository) and the starter of its task."""
    row = replace(
        registry.spec("gpt2"),
        name=f"tiny-{next(counter)}",
        task="tiny",
        title="Tiny GPT-2",
        builder=f"{__name__}:build",
        memory_mb=1,
        revision="",
    )
    row = replace(row, repo=f"tests/{row.name}")
    bundled = replace(row, name=f"{row.name}-stories", title="Tiny Stories", repo="", bundled=True)
    folder = tmp_path / "weights" / bundled.name
    folder.mkdir(parents=True)
    for name, data in tiny.items():
        (folder / name).write_bytes(data)
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(registry, "SPECS", (*registry.SPECS, bundled, row))
    return row


def use(name, precision="fast") -> loaders.Loaded:
    with loaders.use(name, precision) as loaded:
        return loaded


def refusal(name) -> str:
    """The sentence with which a load is refused; nothing may have been opened."""
    before = len(built)
    with pytest.raises(UserError) as caught:
        use(name)
    assert len(built) == before
    said = str(caught.value)
    assert said.endswith(".") and "Traceback" not in said and len(said) < 300
    return said


def blobs(row) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / f"models--{row.repo.replace('/', '--')}" / "blobs"


# ---- the Hub as it should be ---------------------------------------------------------------------


@pytest.mark.slow
def test_first_download_then_cache_without_the_server(server, row, tiny):
    never = {"pytorch_model.bin": b"never", "onnx/config.json": b"never"}
    repo = server.add(row.repo, tiny | never, slow=0.01)
    said = list(loaders.prepare(row.name))
    assert any(s.startswith("Downloading Tiny GPT-2: ") and s.endswith(" MB") for s in said)
    assert list(loaders.prepare(row.name)) == []  # it is ready now
    first = use(row.name)
    assert (first.source, first.revision, first.notice, first.device) == ("hub", repo.commit, "", "cpu")
    state = first.model.start()
    assert first.model.advance([state], [first.model.tokenizer.encode("once upon")]).shape == (
        1,
        first.model.vocab_size,
    )
    assert not [r for r in server.requests if "pytorch_model" in r.path or "onnx" in r.path]
    assert len(server.transfers(WEIGHTS)) == 1

    asked = len(server.requests)
    second = use(row.name, "exact")  # another precision is another model in memory, so it is loaded again
    assert (second.source, second.revision, second.sha256) == ("cache", repo.commit, first.sha256)
    assert len(server.requests) == asked
    server.stop()
    loaders.forget()
    assert use(row.name).source == "cache"


@pytest.mark.slow
def test_progress_counts_up(server, row, tiny):
    server.add(row.repo, tiny, slow=0.04)
    steps = [step for step in loaders.progress(row.name) if step.fraction is not None]
    shares = [step.fraction for step in steps]
    assert len(set(shares)) > 3 and shares == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1


def test_a_pinned_commit_is_asked_for(server, row, tiny, monkeypatch):
    repo = server.add(row.repo, tiny)
    pinned = replace(row, revision=repo.commit)
    monkeypatch.setattr(registry, "SPECS", (pinned,))
    assert use(row.name).revision == repo.commit
    assert all("/main/" not in r.path for r in server.requests)


def test_sharded_weights(server, row, tiny, tmp_path):
    from transformers import GPT2LMHeadModel

    (tmp_path / "one").mkdir()
    for name, data in tiny.items():
        (tmp_path / "one" / name).write_bytes(data)
    model = GPT2LMHeadModel.from_pretrained(tmp_path / "one")
    model.save_pretrained(tmp_path / "two", max_shard_size="200KB")
    shards = {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert sum(name.endswith(".safetensors") for name in shards) > 1
    files = {name: data for name, data in tiny.items() if name != WEIGHTS} | shards
    server.add(row.repo, files)
    loaded = use(row.name)
    assert loaded.source == "hub" and len(hub.weight_files(loaded.folder)) > 1
    next(loaded.folder.glob("*00001*")).unlink()  # half a model is no model
    assert hub.weight_files(loaded.folder) == []


# ---- the Hub says no -----------------------------------------------------------------------------


def test_wrong_repo(server, row):
    assert row.repo in refusal(row.name)


def test_wrong_revision(server, row, tiny, monkeypatch):
    server.add(row.repo, tiny)
    monkeypatch.setattr(registry, "SPECS", (*registry.SPECS[:-1], replace(row, revision="f" * 40)))
    assert "f" * 40 in refusal(row.name)
    assert not server.transfers(WEIGHTS)


def test_gated(server, row, tiny):
    server.add(row.repo, tiny, gated=True)
    assert "HF_TOKEN" in refusal(row.name)


def test_pickle_only_is_refused_before_the_download(server, row, tiny):
    server.add(row.repo, {"config.json": tiny["config.json"], "pytorch_model.bin": tiny[WEIGHTS]})
    assert "pickle" in refusal(row.name)
    assert not [r for r in server.requests if "/resolve/" in r.path or "/cdn/" in r.path]


def test_no_weights_at_all(server, row, tiny):
    server.add(row.repo, {"config.json": tiny["config.json"]})
    assert "safetensors" in refusal(row.name)


def test_wrong_keys(server, row, tiny):
    from safetensors.torch import load, save

    tensors = {name.replace("h.1.", "h.9."): tensor for name, tensor in load(tiny[WEIGHTS]).items()}
    server.add(row.repo, tiny | {WEIGHTS: save(tensors, metadata={"format": "pt"})})
    with pytest.raises(UserError, match="Tiny GPT-2: the weights do not match .* missing .* such as"):
        use(row.name)
    assert row.name not in [entry["name"] for entry in loaders.ledger()]


def test_wrong_shapes(server, row, tiny):
    config = json.loads(tiny["config.json"]) | {"n_embd": 32}
    server.add(row.repo, tiny | {"config.json": json.dumps(config).encode()})
    with pytest.raises(UserError, match="Tiny GPT-2: the weights"):
        use(row.name)


def test_the_key_names_of_the_real_gpt2(server, row, tiny):
    """openai-community/gpt2 has no "transformer." in its names, no lm_head, and a mask in every layer."""
    import torch
    from safetensors.torch import load, save

    tensors = {name.removeprefix("transformer."): tensor for name, tensor in load(tiny[WEIGHTS]).items()}
    tensors.pop("lm_head.weight", None)
    for layer in range(2):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(512, 512)).view(1, 1, 512, 512)
    server.add(row.repo, tiny | {WEIGHTS: save(tensors)})
    weight = use(row.name, "exact").model.blocks.layers[1].widen.weight
    assert torch.equal(weight, tensors["h.1.mlp.c_fc.weight"])


def test_the_token_goes_to_the_hub_only(server, row, tiny, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_host")
    server.add(row.repo, tiny)
    use(row.name)
    sent = {r.path.startswith("/cdn/"): r.token for r in server.requests if r.path != "/"}
    assert sent == {False: True, True: False}  # the bytes lie with another host


# ---- the line, the disk --------------------------------------------------------------------------


def test_a_cut_line_resumes_by_itself(server, row, tiny):
    server.add(row.repo, tiny, cut={WEIGHTS: [100_000, 100_000]})
    assert use(row.name).source == "hub"
    assert [r.range for r in server.transfers(WEIGHTS)] == ["", "bytes=100000-", "bytes=200000-"]


def test_a_cut_line_resumes_at_the_next_try(server, row, tiny):
    server.add(row.repo, tiny, cut={WEIGHTS: [100_000, 50_000, 0, 0]})
    assert "goes on from there" in refusal(row.name)
    assert sum(path.suffix == ".part" for path in blobs(row).iterdir()) == 1
    server.repos[row.repo].cut.clear()
    assert use(row.name).source == "hub"
    assert [r.range for r in server.transfers(WEIGHTS)][-1] == "bytes=150000-"
    assert not list(blobs(row).glob("*.part"))


def test_a_server_without_ranges(server, row, tiny):
    server.add(row.repo, tiny, cut={WEIGHTS: [100_000]}, ranges=False)
    assert use(row.name).source == "hub"
    assert len(server.transfers(WEIGHTS)) == 2  # from the beginning again, and right at once


def test_the_hub_goes_away_in_the_middle(server, row, tiny):
    server.add(row.repo, tiny, cut={WEIGHTS: [100_000]}, slow=0.01)
    threading.Thread(target=lambda: (wait_for(lambda: server.transfers(WEIGHTS)), server.stop())).start()
    assert "cut" in refusal(row.name)
    assert use(row.name).source == "bundled"  # now it is not there at all
    server.start()
    hub.check_hub()
    wait_for(lambda: hub.hub_state() == "reachable")
    assert use(row.name).source == "hub"
    assert server.transfers(WEIGHTS)[-1].range


def test_damaged_on_the_way_once(server, row, tiny):
    server.add(row.repo, tiny, corrupt={WEIGHTS: 1})
    assert use(row.name).source == "hub"
    assert len(server.transfers(WEIGHTS)) == 2


def test_damaged_on_the_way_always(server, row, tiny):
    server.add(row.repo, tiny, corrupt={WEIGHTS: 99})
    assert "damaged twice" in refusal(row.name)
    assert len(server.transfers(WEIGHTS)) == 2
    assert not [path for path in blobs(row).iterdir() if path.stat().st_size > 10_000]


@pytest.mark.parametrize("harm", ["truncated", "one byte", "gone"])
@pytest.mark.parametrize("path", [WEIGHTS, "config.json"])
def test_damaged_in_the_cache(server, row, tiny, harm, path):
    repo = server.add(row.repo, tiny)
    folder = use(row.name).folder
    blob = blobs(row) / repo.digest(path)
    data = blob.read_bytes()
    if harm == "gone":
        blob.unlink()
    else:
        flipped = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        blob.write_bytes(data[:-100] if harm == "truncated" else flipped)
    assert use(row.name, "exact").source == "hub"  # thrown away and fetched again
    assert (folder / path).read_bytes() == data


def test_damaged_in_the_cache_without_a_hub(server, row, tiny):
    repo = server.add(row.repo, tiny)
    use(row.name)
    (blobs(row) / repo.digest(WEIGHTS)).write_bytes(b"x")
    server.stop()
    loaded = use(row.name, "exact")
    assert loaded.source == "bundled" and "was damaged and the Hub could not be reached" in loaded.notice


def test_broken_at_the_source(server, row, tiny):
    server.add(row.repo, tiny | {WEIGHTS: tiny[WEIGHTS][:-1000]})  # the hash is right, the format is not
    assert "damaged or not in the safetensors format" in refusal(row.name)


def test_a_full_disk_is_seen_before_the_download(server, row, tiny):
    server.add(row.repo, tiny, claimed_size={WEIGHTS: 10**15})
    assert "1,000,000,200 MB of disk space" in refusal(row.name)
    assert not server.transfers(WEIGHTS)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has this file that is always full")
def test_a_disk_that_fills_up(server, row, tiny):
    repo = server.add(row.repo, tiny)
    blobs(row).mkdir(parents=True)
    part = blobs(row) / f"{repo.digest(WEIGHTS)}.part"
    part.symlink_to("/dev/full")
    assert "disk of this machine is full" in refusal(row.name)
    assert not part.is_symlink()
    assert use(row.name).source == "hub"


@pytest.mark.slow
def test_another_process_downloads_the_same_file(server, row, tiny):
    from filelock import FileLock

    repo = server.add(row.repo, tiny)
    blobs(row).mkdir(parents=True)
    other = FileLock(blobs(row) / f"{repo.digest(WEIGHTS)}.part.lock")
    small = [blobs(row) / repo.digest(path) for path in tiny if path != WEIGHTS]
    with other:
        steps = hub.fetch(row.repo, "", row.files, row.title, fits=lambda megabytes: None)
        while not all(blob.exists() for blob in small):
            next(steps)
        next(steps), next(steps)  # it has looked twice whether the other one is done
        assert not server.transfers(WEIGHTS)
        (blobs(row) / repo.digest(WEIGHTS)).write_bytes(tiny[WEIGHTS])
    list(steps)
    assert not server.transfers(WEIGHTS)
    assert use(row.name).source == "cache"


# ---- no Hub --------------------------------------------------------------------------------------


def test_no_network_answers_at_once(server, row, monkeypatch):
    """A refusal is an answer: nobody waits for a clock, which here would take ten minutes."""
    for limit in ("presence.CHECK_S", "download.TIMEOUT_S"):
        monkeypatch.setattr(f"shared.core.hub.{limit}", 600)
    server.stop()
    hub.check_hub()
    start = time.monotonic()
    loaded = use(row.name)
    assert time.monotonic() - start < 60
    assert loaded.source == "bundled" and loaded.spec.name == f"{row.name}-stories"
    assert loaded.notice == "The Hub could not be reached, this is the bundled small model Tiny Stories."
    assert use(f"{row.name}-stories").notice == ""  # chosen on purpose, it needs no excuse
    assert list(loaders.prepare(f"{row.name}-stories")) == []


class Silence:
    """A Hub that does not answer before it is let go, and a clock that is moved by hand."""

    def __init__(self):
        self.now, self.asked, self.over = 0.0, 0, threading.Event()

    def ask(self) -> bool:
        self.asked += 1
        return self.over.wait(60)

    def clock(self) -> float:
        return self.now


@pytest.fixture
def silence():
    silence = Silence()
    yield silence
    silence.over.set()


def test_a_check_runs_in_the_background(silence):
    presence = Presence(silence.ask, silence.clock)
    assert presence.state() == "unknown" and not silence.asked
    done = presence.start()
    assert presence.start() is done, "one check at a time"
    assert presence.state() == "unknown" and not done.is_set()
    silence.over.set()
    assert done.wait(60) and presence.state() == "reachable"


def test_a_name_server_that_never_answers(silence):
    """It holds a request longer than any timeout: the clock decides."""
    presence = Presence(silence.ask, silence.clock)
    presence.start()
    silence.now += CHECK_S
    assert presence.state() == "unknown"
    silence.now += 0.1
    assert presence.state() == "unreachable" and not presence.reachable()
    assert silence.asked == 1


@pytest.mark.slow
def test_a_click_does_not_wait_for_a_check_that_never_ends(silence):
    presence = Presence(silence.ask, silence.clock)
    assert not presence.reachable(), "after two seconds"
    assert not silence.over.is_set() and presence.state() == "unreachable"
    assert not presence.reachable(), "at once"
    assert silence.asked == 1


def test_an_old_answer_is_renewed_in_the_background(silence):
    presence = Presence(silence.ask, silence.clock)
    presence.set("unreachable")
    silence.now += RECHECK_S
    assert presence.state() == "unreachable" and not silence.asked
    silence.now += 1
    assert presence.state() == "unreachable"  # nobody waits to find out
    silence.over.set()
    assert presence.start().wait(60) and presence.state() == "reachable"


@pytest.mark.slow
def test_a_hub_that_never_answers(server, row, tiny):
    """A black hole is worse than a refusal: every request would wait for its timeout."""
    server.add(row.repo, tiny)
    server.silent.set()
    assert loaders.hub_state() == "unknown"
    loaders.check_hub()
    wait_for(lambda: loaders.hub_state() == "unreachable")
    held = server.held
    assert loaders.default_model("tiny") == f"{row.name}-stories"
    assert use(row.name).source == "bundled"
    assert server.held == held > 0, "nobody asked it again"


@pytest.mark.slow
def test_first_click_before_the_check_has_ended(server, row):
    server.silent.set()
    assert use(row.name).source == "bundled"
    assert server.silent.is_set()
    wait_for(lambda: server.held)


def test_a_returning_network_is_noticed(server, row, tiny, monkeypatch):
    server.add(row.repo, tiny)
    server.stop()
    assert use(row.name).source == "bundled"
    server.start()
    assert use(row.name).source == "bundled"  # nobody waits to find out
    monkeypatch.setattr("shared.core.hub.presence.RECHECK_S", 0)
    wait_for(lambda: loaders.hub_state() == "reachable")
    assert use(row.name).source == "hub"


def test_a_hub_in_trouble(server, row, tiny):
    server.add(row.repo, tiny)
    server.status = 503
    assert use(row.name).source == "bundled"


def test_a_login_page_instead_of_the_hub(server, row):
    server.status = 200
    assert use(row.name).source == "bundled"
    assert loaders.hub_state() == "unreachable"  # something answers there, but nobody waits for it again


@pytest.mark.parametrize("how", ["AIGC_MODELS", "HF_HUB_OFFLINE"])
def test_a_machine_that_must_not_ask(server, row, tiny, monkeypatch, how):
    from huggingface_hub import constants

    server.add(row.repo, tiny)
    if how == "AIGC_MODELS":
        monkeypatch.setenv("AIGC_MODELS", "bundled")
    else:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)  # the variable is read at the import
    loaders.check_hub()
    assert loaders.hub_state() == "off"
    loaded = use(row.name)
    assert loaded.source == "bundled" and "set not to ask the Hub" in loaded.notice
    assert not server.requests


def test_nothing_at_hand(server, row, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "empty")
    server.stop()
    assert "not on this machine" in refusal(row.name)
    assert "missing" in refusal(f"{row.name}-stories")


def test_bundled_models_have_a_repo_where_the_host_names_one(server, row, tiny, monkeypatch):
    name = f"{row.name}-stories"
    monkeypatch.setenv("AIGC_HUB_NAMESPACE", "me")
    server.add(f"me/{name}", tiny)
    assert use(name).source == "hub"
    server.stop()
    monkeypatch.setenv("AIGC_HUB_NAMESPACE", "you")
    loaded = use(name, "exact")
    assert loaded.source == "bundled" and "bundled copy" in loaded.notice


# ---- a folder of the host's own ------------------------------------------------------------------


def test_local_folder(server, row, tiny, monkeypatch, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, data in tiny.items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv("AIGC_LOCAL", f"{row.name}={folder}")
    loaded = use(row.name)
    assert (loaded.source, loaded.folder, loaded.revision) == ("local", folder, "")
    assert not server.requests
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    with pytest.raises(UserError, match="pickle"):
        use(row.name, "exact")
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(UserError, match="no complete weights"):
        use(row.name, "exact")
    (folder / WEIGHTS).write_bytes(tiny[WEIGHTS][:5000])
    with pytest.raises(UserError, match="damaged"):
        use(row.name, "exact")


# ---- many visitors, little memory ----------------------------------------------------------------


def test_two_ask_at_once_and_one_download(server, row, tiny):
    all_ask = threading.Event()
    server.add(row.repo, tiny, held=all_ask)
    before = len(built)
    with ThreadPoolExecutor(4) as pool:
        both = [pool.submit(use, row.name) for _ in range(4)]
        listening = [loaders.prepare(row.name) for _ in range(2)]
        assert all(next(sentences) for sentences in listening)  # each sees the progress
        all_ask.set()
        for sentences in listening:
            list(sentences)
        assert len({id(future.result().model) for future in both}) == 1
    assert len(built) == before + 1 and len(server.transfers(WEIGHTS)) == 1


def test_all_who_wait_hear_the_same_refusal(server, row):
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(use, row.name) for _ in range(3)]
        assert all(row.repo in str(future.exception()) for future in futures)


def test_the_load_goes_on_when_a_visitor_leaves(server, row, tiny):
    server.add(row.repo, tiny, slow=0.01)
    steps = loaders.prepare(row.name)
    next(steps)
    steps.close()
    wait_for(lambda: row.name in [entry["name"] for entry in loaders.ledger()])


def test_warm(server, row, monkeypatch):
    name = f"{row.name}-stories"
    monkeypatch.setattr(registry, "SPECS", (replace(registry.spec(name), builder=f"{__name__}:held"),))
    let_go.clear()
    loaders.warm(name)
    assert name not in [entry["name"] for entry in loaders.ledger()], "it returns before the model is there"
    let_go.set()
    wait_for(lambda: name in [entry["name"] for entry in loaders.ledger()])
    assert list(loaders.prepare(name)) == []


@pytest.fixture
def three(server, row, tiny, monkeypatch, tmp_path):
    """Three local models of one size, a budget for two of them, and nothing else in memory."""
    folder = next((tmp_path / "weights").iterdir())
    rows = [replace(row, name=f"{row.name}-{letter}", repo="", builder=f"{__name__}:module") for letter in "abc"]
    monkeypatch.setattr(registry, "SPECS", tuple(rows))
    monkeypatch.setenv("AIGC_LOCAL", ",".join(f"{each.name}={folder}" for each in rows))
    loaders.forget()
    size = use(rows[0].name).memory_mb
    assert size == pytest.approx(sum(len(d) for n, d in tiny.items() if n == WEIGHTS) / 1e6, rel=0.1)
    loaders.forget()
    assert 0.1 < size < 1
    monkeypatch.setenv("AIGC_MEMORY_GB", str((1 + 1.2 * size) / 1000))  # while it loads, a model takes 1 MB
    return [each.name for each in rows]


def in_memory() -> list[str]:
    return sorted(entry["name"][-1] for entry in loaders.ledger())


@pytest.mark.slow
def test_the_least_recently_used_goes_first(three, monkeypatch):
    a, b, c = three
    use(a)
    use(b)
    use(a)
    use(c)
    assert in_memory() == ["a", "c"]
    with loaders.use(a), loaders.use(c):
        assert [entry["in_use"] for entry in loaders.ledger()] == [1, 1]
    assert [entry["in_use"] for entry in loaders.ledger()] == [0, 0]


@pytest.mark.slow
def test_a_model_in_use_stays(three, monkeypatch):
    a, b, c = three
    monkeypatch.setattr(loaders, "WAIT_FOR_ROOM_S", 0)
    with loaders.use(a), loaders.use(b):
        assert "All the memory for models is in use" in refusal(c)
        assert in_memory() == ["a", "b"]


@pytest.mark.slow
def test_a_load_waits_until_a_model_is_given_back(three):
    a, b, c = three
    with loaders.use(a):
        with loaders.use(b):
            sentences = loaders.prepare(c)
            assert any(sentence.startswith("Waiting") for sentence in sentences)
            assert in_memory() == ["a", "b"]
        list(sentences)
        assert in_memory() == ["a", "c"]


def test_too_large_is_refused_before_anything_is_asked(server, row, tiny, monkeypatch):
    server.add(row.repo, tiny)
    monkeypatch.setattr(registry, "SPECS", (replace(row, memory_mb=7200),))
    monkeypatch.setenv("AIGC_MEMORY_GB", "4")
    said = "Tiny GPT-2 needs about 7.2 GB of memory, and this machine has 4.0 GB for models."
    assert refusal(row.name) == said
    assert not server.requests


def test_any_model_of_the_hub(server, row, tiny, monkeypatch):
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    made = replace(registry.any_model_spec(row.repo), builder=row.builder)
    monkeypatch.setattr(registry, "SPECS", (made,))
    server.add(row.repo, tiny)
    monkeypatch.setenv("AIGC_MEMORY_GB", "0.0001")
    assert "needs about" in refusal(row.repo)  # its size is known from the listing only
    assert not server.transfers(WEIGHTS)
    monkeypatch.setenv("AIGC_MEMORY_GB", "1")
    assert use(row.repo).source == "hub"


def test_unknown_precision(row):
    with pytest.raises(UserError, match="fast, exact"):
        use(row.name, "int3")


# ---- the choice that is made for the visitor -----------------------------------------------------


def test_default_model(server, row, tiny, monkeypatch):
    starter = f"{row.name}-stories"
    server.add(row.repo, tiny)
    hub.check_hub()
    wait_for(lambda: loaders.hub_state() == "reachable")
    assert loaders.default_model("tiny") == starter  # reachable, but the first click would be a download
    monkeypatch.setenv("AIGC_MODELS", "hub")
    assert loaders.default_model("tiny") == row.name
    monkeypatch.setenv("AIGC_MODELS", "auto")
    use(row.name)
    assert loaders.default_model("tiny") == row.name  # cached
    monkeypatch.setenv("AIGC_MODELS", "bundled")
    assert loaders.default_model("tiny") == starter


# ---- the machine ---------------------------------------------------------------------------------


def test_memory_of_a_container(tmp_path):
    (tmp_path / "own").write_text("4:memory:/box/inner\n0::/new/one\n")
    free = machine.total_memory_mb(tmp_path / "none", tmp_path / "own")
    assert free > 100
    for file, value, expected in (
        ("memory/box/memory.limit_in_bytes", "90000000", 90),  # version 1; the parent's limit holds too
        ("new/one/memory.max", "max", 90),  # version 2, no limit
        ("new/memory.max", "80000000", 80),
        ("memory.max", "70000000", 70),  # what a container sees of its own
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(value + "\n")
        assert machine.total_memory_mb(tmp_path, tmp_path / "own") == expected


def test_memory_budget(monkeypatch):
    assert machine.memory_budget_mb() == pytest.approx(0.7 * machine.total_memory_mb())
    monkeypatch.setenv("AIGC_MEMORY_GB", "2.5")
    assert machine.memory_budget_mb() == 2500


def test_device_and_gpu():
    assert loaders.device() in ("cuda", "mps", "cpu")
    assert loaders.on_gpu(use) is use


def test_zero_gpu_has_no_gpu_for_models_that_stay(monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)  # as the package `spaces` makes torch say
    assert loaders.device() == "cpu"


def wait_for(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def greedy(*_: object):
    import torch

    return torch.empty(1 << 50, dtype=torch.uint8)


def test_a_memory_that_ran_out_is_called_so(tmp_path):
    spec = replace(registry.spec("vae-mnist"), builder=f"{__name__}:greedy")
    with pytest.raises(UserError, match="The memory of this machine ran out while Textbook VAE was loading."):
        building.build(spec, tmp_path, [], "exact", {})
