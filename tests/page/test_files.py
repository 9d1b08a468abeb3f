"""The folder of uploads and downloads has an end: what has lain longest goes first."""

import os
import threading
import time

from shared.core.limits import Kept
from shared.page import files


def test_what_has_lain_longest_goes_first(tmp_path):
    now = time.time()
    for age in range(6):
        path = tmp_path / str(age) / "file.png"
        path.parent.mkdir()
        path.write_bytes(b"x" * 400_000)
        os.utime(path, (now - age, now - age))
    there = lambda: sorted(path.parent.name for path in tmp_path.rglob("*.png"))  # noqa: E731
    files.tidy(Kept("", number=5, megabytes=10, seconds=3600), tmp_path)
    assert there() == ["0", "1", "2", "3", "4"]
    files.tidy(Kept("", number=5, megabytes=1, seconds=3600), tmp_path)
    assert there() == ["0", "1"]
    weights = tmp_path / "aigc-training-x" / "model.safetensors"
    weights.parent.mkdir()
    weights.touch()
    files.tidy(Kept("", number=5, megabytes=1, seconds=0), tmp_path)
    assert weights.exists()
    assert there() == []


def test_a_folder_that_has_long_been_empty_goes(tmp_path):
    long_ago = time.time() - 3601
    for name in ("old", "young", "in-use"):
        (tmp_path / name).mkdir()
    (tmp_path / "in-use" / "file.png").touch()
    for name in ("old", "in-use", "."):
        os.utime(tmp_path / name, (long_ago, long_ago))
    files.tidy(Kept("", number=5, megabytes=1, seconds=3600), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in-use", "young"]
    os.utime(tmp_path, (long_ago, long_ago))
    files.tidy(Kept("", number=5, megabytes=1, seconds=3600), tmp_path)
    assert tmp_path.exists()


def test_only_one_looks_at_a_time_and_not_again_at_once(monkeypatch):
    looks, go_on, looked = [], threading.Event(), threading.Event()

    def slow():
        looks.append(threading.current_thread())
        go_on.wait(60)
        looked.set()

    monkeypatch.setattr(files, "tidy", slow)
    monkeypatch.setattr(files, "next_look", 0.0)
    for _ in range(5):
        files.tidy_now_and_then()
    go_on.set()
    assert looked.wait(60)
    looks[0].join()
    files.tidy_now_and_then()
    assert len(looks) == 1
