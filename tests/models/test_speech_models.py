"""Sound: spectra against their inverse and known tones, networks' shapes, seeds, and what each is conditioned on."""

import math

import pytest
import torch

from shared.models import sound
from shared.models.mel_flow import MelFlow, normalised
from shared.models.spoken_judge import SpokenJudge
from shared.models.wavegan import (
    MLPGenerator,
    SpectrumCritic,
    WaveCritic,
    WaveGenerator,
    phase_shuffled,
    shares,
)

MAKE = {
    "wave": lambda: WaveGenerator(6, (16, 8, 8, 8, 4), 4),
    "mlp": lambda: MLPGenerator((6, 8, sound.SAMPLES), 4),
    "flow": lambda: MelFlow((8, 8, 16), 16, (16, 24, 2), steps=2),
}


def tone(hertz, seconds=sound.SAMPLES / sound.RATE):
    return torch.sin(2 * math.pi * hertz * torch.arange(round(seconds * sound.RATE)) / sound.RATE)[None]


@pytest.fixture(params=MAKE)
def model(request):
    torch.manual_seed(0)
    made = MAKE[request.param]().eval()
    with torch.no_grad():
        for parameter in made.parameters():  # what is zero at first would hide what goes through it
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    return made


@pytest.mark.parametrize("window", [512, 256, 128])
def test_a_spectrum_goes_back(window):
    waves = torch.randn(2, 2048, generator=torch.Generator().manual_seed(0))
    found = sound.spectrum(waves, window, window // 4)
    assert found.shape == (2, window // 2 + 1, 2048 // (window // 4))
    torch.testing.assert_close(sound.from_spectrum(found, window, window // 4), waves, atol=1e-5, rtol=0)


def test_a_full_tone_has_a_magnitude_of_one_at_its_frequency():
    found = sound.spectrum(tone(1000))[0].abs()[:, 30]
    assert found.argmax() == 1000 * sound.WINDOW / sound.RATE and found.max() == pytest.approx(1, abs=0.01)


def test_mel_filters_are_triangles_with_the_peak_where_the_scale_says():
    filters = sound.mel_filters()
    assert filters.shape == (64, 257) and (filters.sum(1) > 0).all() and filters.max() <= 1
    # 1000 Hz is at m = 1000, so at 1000 / (m(4000) / 65) - 1 = the filter 29.3
    assert filters[:, 64].argmax() == 29


def test_silence_is_minus_one_and_a_full_tone_about_one():
    assert (sound.log_mel(torch.zeros(1, sound.SAMPLES)) == -1).all()
    mel = sound.log_mel(tone(1000))
    assert mel.shape == (1, 64, 64) and mel.max() == pytest.approx(1, abs=0.1)
    softer = sound.log_mel(tone(1000) / 10)  # 20 dB are a quarter of 80, and 80 dB are 2
    assert (mel - softer).max() == pytest.approx(0.5, abs=0.01)


def test_full_makes_a_wave_as_loud_as_can_be_and_leaves_silence():
    waves = sound.full(torch.stack([0.1 * tone(500)[0], torch.zeros(sound.SAMPLES)]))
    assert waves[0].abs().max() == pytest.approx(0.95) and not waves[1].any()


def test_a_model_says_the_same_for_a_seed_alone_or_among_others(model):
    four, one = model.sample(4, seed=3), model.sample(1, seed=5)
    assert four.shape == (4, sound.SAMPLES) and four.abs().max() <= 1
    torch.testing.assert_close(four[2:3], one, atol=1e-4, rtol=0)


def test_digit_and_voice_change_what_is_said(model):
    z = model.latents([0, 0, 0])
    a, b, c = model.decode(z, torch.tensor([[3, 1], [4, 1], [3, 2]]))
    assert (a - b).abs().max() > 1e-3 and (a - c).abs().max() > 1e-3


def test_labels_may_be_shares(model):
    labels = torch.tensor([[3, 1], [9, 5]])
    z = model.latents([0, 1])
    with torch.inference_mode():
        torch.testing.assert_close(model.decode(z, shares(labels)), model.decode(z, labels), atol=1e-5, rtol=0)


def test_what_is_kept_of_a_spectrum_does_for_training_whoever_asked_first():
    sound._hann.cache_clear()
    sound._filters_on.cache_clear()
    with torch.inference_mode():
        sound.from_spectrum(sound.spectrum(sound.log_mel(tone(440)).view(1, -1)))
    wave = tone(440).requires_grad_()
    (sound.log_mel(wave).sum() + sound.from_spectrum(sound.spectrum(wave)).sum()).backward()
    assert wave.grad.isfinite().all()


def test_digits_and_voices_are_drawn_for_each_seed_by_itself():
    model = MAKE["mlp"]()
    many = model.labels(range(300))
    assert many[:, 0].unique().tolist() == list(range(10)) and many[:, 1].unique().tolist() == list(range(6))
    assert model.labels([7]).tolist() == many[7:8].tolist()
    assert model.labels([1, 2], digit=4, speaker=5).tolist() == [[4, 5], [4, 5]]


def test_phase_shuffle_moves_each_row_and_reflects_at_the_edge():
    h = torch.arange(6.0).expand(3, 1, 6)
    moved = phase_shuffled(h, 2, torch.tensor([0, 2, -2]))[:, 0]
    assert moved.tolist() == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 4, 3], [2, 1, 0, 1, 2, 3]]


def test_critics_give_a_number_for_each_wave_that_depends_on_what_was_to_be_said():
    torch.manual_seed(0)
    waves, labels = torch.randn(2, sound.SAMPLES).clamp(-1, 1), torch.tensor([[1, 0], [2, 3]])
    other = torch.tensor([[1, 0], [2, 4]])
    critic = WaveCritic((4, 4, 8, 8, 8))
    said, again = critic(waves, labels), critic(waves, other)
    assert said.shape == (2,) and said[0] == again[0] and said[1] != again[1]
    scores, features = SpectrumCritic(width=8)(waves)
    assert [tuple(score.shape[1:]) for score in scores] == [(33, 64), (17, 128), (9, 256)] and len(features) == 15


def test_a_flow_that_is_told_where_to_go_gets_there():
    """With v = x1 - x0 for all t, Heun's way is exact in one step."""
    flow, z = MAKE["flow"](), torch.randn(1, sound.MELS * sound.FRAMES)
    aim = torch.rand(1, sound.MELS, sound.FRAMES)
    flow.unet.forward = lambda x, t, labels: normalised(aim) - z.view(1, sound.MELS, sound.FRAMES)
    torch.testing.assert_close(flow.mel(z, torch.tensor([[0, 0]]), steps=1), aim, atol=1e-5, rtol=0)


def test_the_judge_gives_probabilities_and_does_not_mind_how_loud_it_is():
    torch.manual_seed(0)
    judge = SpokenJudge((4, 4, 4, 4), 8).eval()
    digits, voices, features = judge.judge(torch.cat([tone(440), 0.2 * tone(440)]))
    assert digits.shape == (2, 10) and voices.shape == (2, 6) and features.shape == (2, 8)
    assert digits.sum(1).tolist() == pytest.approx([1, 1])
    torch.testing.assert_close(digits[0], digits[1], atol=1e-4, rtol=0)
