"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.core import registry
from shared.evaluation import measured
from shared.evaluation.measured import SPOKEN_COLUMNS

from .request import TASK

IDEA = (
    r"""
A second of telephone sound is 8,000 numbers. A picture of a digit has 784, and whoever looks at it sees at once if one
is wrong; an ear hears it, too, and much sooner.

1. **The textbook's GAN** has three dense layers, and a weight for each of the 8,192 samples: it must learn every moment
   by itself, and what it says drowns in hiss. Trained in the same way for three minutes, the judge hears 44.0 % of its
   digits right, at a Fréchet distance of 133.9; it is not offered here.
2. **WaveGAN** lays DCGAN's idea out in one dimension: noise $z$ becomes 8 samples, then 32, 128, 512, 2,048 and 8,192,
   by transposed convolutions of 25 taps. They leave a hum at fixed phases, by which a critic would know them; so the
   critic's layers are moved by up to 2 samples at random (**phase shuffle**), and it has to listen to something else.
3. It learns by $D(G(z))-D(x)$, the distance of Wasserstein, with the length of the critic's gradient held at 1.
4. In eight minutes of training it learns to be understood, and little else: it says a digit in a voice always alike,
   over a hum. **Variety** in the table says so.
5. **Flow matching** draws that picture from noise: at $x_t=(1-t)\,x_0+t\,x_1$, between noise $x_0$ and a spectrogram
   $x_1$, a network learns the direction $x_1-x_0$. Following it from $t=0$ to 1 leads from noise to a word.
6. A spectrogram has no phases. A **vocoder** (Vocos) learns to say them, against critics that look at spectra, and the
   inverse Fourier transform adds up the sound, in windows of 64 ms, 16 ms apart.
7. The pitch of the picture is the **mel** scale, on which equal steps sound equal: $m=2595\log_{10}(1+f/700)$.
8. All are told the digit and the voice. A walk goes from one $z$ to another on an arc, and from one digit to the other
   in shares: between them lie sounds that nobody ever said.
9. A **judge**, trained on the same recordings with noise, other speeds and hidden parts, hears what was said. The
   Fréchet distance below is that of its features, from 300 recordings that no model has learned from.

$$\min_G\max_D\;E[D(x)]-E[D(G(z))]-10\,E\big[(\lVert\nabla D\rVert-1)^2\big]
\qquad\min_v E\,\lVert v(x_t,t)-(x_1-x_0)\rVert^2$$

The six voices belong to people who gave their recordings to the Free Spoken Digit Dataset (Z. Jackson and contributors,
CC BY-SA 4.0). The models can say ten words in them, and nothing else.

Donahue et al. 2019, WaveGAN, arXiv:1802.04208 · Gulrajani et al. 2017, arXiv:1704.00028 · Défossez et al. 2022,
arXiv:2210.13438 (critics of spectra) · Lipman et al. 2023, arXiv:2210.02747 · Siuzdak 2024, Vocos, arXiv:2306.00814 ·
Kilgour et al. 2019, arXiv:1812.08466 (Fréchet audio distance).
""",
    r"""
一秒电话音质的声音是 8,000 个数。一张数字图片只有 784 个，错了一个，眼睛马上看得出；耳朵也听得出，而且更快。

1. **教科书的 GAN** 有三个全连接层，8,192 个采样点各有自己的权重：每一刻都得单独学，说出的话淹没在嘶声里。
   同样训练三分钟，评判器只听对它 44.0% 的数字，Fréchet 距离 133.9；这里不提供它。
2. **WaveGAN** 把 DCGAN 的想法铺成一维：噪声 $z$ 变成 8 个采样点，再变成 32、128、512、2,048、8,192 个，用的是 25 点的
   转置卷积。它会在固定相位留下嗡声，评论家可以凭此识破；所以评论家各层随机平移至多 2 个点（**相位打乱**），
   只好去听别的东西。
3. 它按 $D(G(z))-D(x)$（Wasserstein 距离）学习，评论家的梯度长度保持为 1。
4. 训练八分钟，它学会了让人听懂，但也仅此而已：同一嗓音的同一数字总是一个样，底下还有嗡声。
   表中的**多样性**说的就是这个。
5. **流匹配**从噪声画出这张图：在噪声 $x_0$ 与频谱图 $x_1$ 之间的 $x_t=(1-t)\,x_0+t\,x_1$ 处，网络学习方向 $x_1-x_0$。
   从 $t=0$ 走到 1，噪声就变成一个词。
6. 频谱图没有相位。**声码器**（Vocos）学会补上相位（对手是看频谱的评论家），
   再由逆傅里叶变换拼出声音：窗长 64 毫秒，间隔 16 毫秒。
7. 图的纵轴是**梅尔**刻度，听起来等距的音在图上也等距：$m=2595\log_{10}(1+f/700)$。
8. 所有模型都被告知数字和嗓音。漫步沿弧线从一个 $z$ 走到另一个，数字则按份额过渡：中间的声音从来没有人说过。
9. **评判器**用同样的录音训练，并加入噪声、变速和遮挡，它来听说的是什么。下面的 Fréchet 距离用的是它的特征，
   对照 300 段没有模型学过的录音。

$$\min_G\max_D\;E[D(x)]-E[D(G(z))]-10\,E\big[(\lVert\nabla D\rVert-1)^2\big]
\qquad\min_v E\,\lVert v(x_t,t)-(x_1-x_0)\rVert^2$$

六种嗓音来自把录音捐给 Free Spoken Digit Dataset 的人（Z. Jackson 等，CC BY-SA 4.0）。模型只会用它们说十个词，别的不会。

文献：Donahue 等 2019，WaveGAN，arXiv:1802.04208 · Gulrajani 等 2017，arXiv:1704.00028 · Défossez 等 2022，
arXiv:2210.13438（频谱评论家）· Lipman 等 2023，arXiv:2210.02747 · Siuzdak 2024，Vocos，arXiv:2306.00814 ·
Kilgour 等 2019，arXiv:1812.08466（Fréchet 音频距离）。
""",
)

LEFT_OUT = ("accuracy", "vocoder_mel")


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    judge = registry.scores("spoken-judge")
    named = {"score_name": judge.get("score_name", "spoken-FD")}
    columns = [(title.format(**named), key, form) for title, key, form in SPOKEN_COLUMNS if key not in LEFT_OUT]
    note = "The judge hears {accuracy:.1%} of the held-out recordings right, the voice in {accuracy_voice:.1%}."
    return measured.of_task(TASK, name, columns, "Spoken digits", note.format(**judge) if judge else "")
