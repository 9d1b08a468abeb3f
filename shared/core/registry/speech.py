"""Models that speak digits, and the judge that hears them. All are trained here."""

from shared.core.registry.spec import ModelSpec

SPEECH_LICENSE = "MIT code; data CC BY-SA 4.0 (Free Spoken Digit Dataset)"

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="mel-flow-digits",
        task="spoken-digits",
        title="Flow matching and vocoder",
        builder="shared.models.mel_flow:load",
        license=SPEECH_LICENSE,
        download_mb=7,
        memory_mb=150,
        paper="Lipman et al. 2023, Flow matching, arXiv:2210.02747; Siuzdak 2024, Vocos, arXiv:2306.00814",
        summary="A spectrogram is drawn from noise by following a learned flow, then a vocoder says the phases and the "
        "inverse Fourier transform makes it sound.",
        bundled=True,
    ),
    ModelSpec(
        name="wavegan-digits",
        task="spoken-digits",
        title="WaveGAN",
        builder="shared.models.wavegan:load",
        license=SPEECH_LICENSE,
        download_mb=6,
        memory_mb=150,
        paper="Donahue et al. 2019, Adversarial Audio Synthesis, arXiv:1802.04208",
        summary="Transposed convolutions in one dimension turn noise into 8,192 samples; the critic's phases are "
        "shuffled, its gradient is held at 1.",
        bundled=True,
    ),
    ModelSpec(
        name="spoken-judge",
        task="spoken-judge",
        title="Judge of spoken digits",
        builder="shared.models.spoken_judge:load",
        license=SPEECH_LICENSE,
        download_mb=2,
        memory_mb=120,
        paper="Simonyan and Zisserman 2015, VGG, arXiv:1409.1556; Park et al. 2019, SpecAugment, arXiv:1904.08779",
        summary="A convolutional network that hears which digit is said, and in which of six voices.",
        bundled=True,
    ),
)
