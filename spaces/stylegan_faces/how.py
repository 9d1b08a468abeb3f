"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.core import registry
from shared.evaluation import measured

from .request import TASK

IDEA = (
    r"""
A GAN whose generator is told its style anew at every layer, so that what is large and what is small can come from two
different places.

1. A **mapping network** $f$ turns a latent $z\sim N(0,I)$ into a style $w=f(z)$. Latents fill a ball evenly; styles
   need not, so the things that vary can lie on straight lines.
2. The picture starts from a learned constant of 4 × 4, the same for all faces, and grows to 32 × 32 through seven
   layers. Each gets its style $s=A(w)$, which says how strong every channel goes into the convolution, and
   **demodulation** keeps the width of what comes out (formula below).
3. Layers at 4 and 8 pixels decide what the face is and where its parts are; those at 16 and 32 its lines and
   colours. **Style mixing** gives them different $w$: that is the grid. It is practised in training, every other time.
4. **Noise** is added behind every convolution, with a learned strength: chance that the style need not carry.
5. **Truncation**: $w'=\bar w+\psi\,(w-\bar w)$. Near the mean style $\bar w$ are the faces seen most often.
6. **Directions**: principal components of 4,096 styles (GANSpace). Nobody told the network what they are; their names
   here were given by looking at the strips.
7. **Few pictures.** There are about 560 smileys, in six styles. A discriminator would soon know them by heart, so it
   sees them, and the generated ones, through random changes (moved, turned, dyed, cut), each with chance $p$; $p$
   rises while $\mathbb E[\operatorname{sign}D(x)]$ of real pictures is above 0.6 (**ADA**). $R_1$ keeps its gradient
   at real pictures small.
8. **Growing**: the network learned 4 × 4 pictures first, then larger ones were faded in. Most of its steps were on
   small pictures, which are cheap: it was trained on a processor. It does not pay at once: of two that learned side
   by side for 18 minutes of a thread each, the one that grew took 1,585 steps and had a Fréchet distance of 1,233, the
   one that saw 32 × 32 from the start took 857 and had 958. StyleGAN2 left growing out, too.

$$w''_{ijk}=\frac{s_i\,w_{ijk}}{\sqrt{\sum_{i,k}(s_i\,w_{ijk})^2+\epsilon}}\qquad
L_D=\mathbb E\,\zeta(-D(x))+\mathbb E\,\zeta(D(G(z)))+\tfrac{\gamma}{2}\,\mathbb E\,\|\nabla D(x)\|^2,\quad
\zeta(t)=\log(1+e^t)$$

Karras et al. 2019, arXiv:1812.04948 · 2020, arXiv:1912.04958 (StyleGAN2) · 2020, arXiv:2006.06676 (ADA) · 2018,
arXiv:1710.10196 (growing) · Härkönen et al. 2020, GANSpace, arXiv:2004.02546.
""",
    r"""
一种 GAN，它的生成器在每一层都重新被告知风格，因此大处和小处可以来自两个不同的地方。

1. **映射网络** $f$ 把潜变量 $z\sim N(0,I)$ 变成风格 $w=f(z)$。潜变量均匀地充满一个球，风格不必如此，
   所以变化的因素可以排在直线上。
2. 图片从一个学到的 4 × 4 常量开始，所有脸都相同，经过七层长到 32 × 32。每层得到自己的风格 $s=A(w)$，
   它说明每个通道进入卷积的强弱；**解调**使输出的幅度保持不变（见下式）。
3. 4 和 8 像素的层决定这是什么脸、各部分在哪里；16 和 32 像素的层决定线条和颜色。
   **风格混合**给它们不同的 $w$，就是这个网格。训练时每两次中有一次这样练习。
4. **噪声**加在每次卷积之后，强度是学到的：风格不必承担这些偶然。
5. **截断**：$w'=\bar w+\psi\,(w-\bar w)$。靠近平均风格 $\bar w$ 的是最常见的脸。
6. **方向**：4,096 个风格的主成分（GANSpace）。没有人告诉网络它们是什么；这里的名字是看着图条取的。
7. **图片很少。**大约只有 560 个笑脸，六种画风。判别器很快就会背下来，所以它看到的真图和生成的图都经过随机变化
   （移动、旋转、染色、裁剪），各以概率 $p$ 发生；
   当真图的 $\mathbb E[\operatorname{sign}D(x)]$ 高于 0.6 时 $p$ 上升（**ADA**）。
   $R_1$ 使判别器在真图处的梯度保持很小。
8. **逐步长大**：网络先学 4 × 4 的图，再淡入更大的图。大部分步数用在小图上，很便宜：它是在处理器上训练的。
   这不会马上见效：两个网络并排各用一个线程学 18 分钟，逐步长大的走了 1,585 步，Fréchet 距离 1,233；
   从头就看 32 × 32 的走了 857 步，距离 958。StyleGAN2 也放弃了逐步长大。

$$w''_{ijk}=\frac{s_i\,w_{ijk}}{\sqrt{\sum_{i,k}(s_i\,w_{ijk})^2+\epsilon}}\qquad
L_D=\mathbb E\,\zeta(-D(x))+\mathbb E\,\zeta(D(G(z)))+\tfrac{\gamma}{2}\,\mathbb E\,\|\nabla D(x)\|^2,\quad
\zeta(t)=\log(1+e^t)$$

文献：Karras 等 2019，arXiv:1812.04948 · 2020，arXiv:1912.04958（StyleGAN2）· 2020，arXiv:2006.06676（ADA）· 2018，
arXiv:1710.10196（逐步长大）· Härkönen 等 2020，GANSpace，arXiv:2004.02546。
""",
)

MEASURED = (  # title, key of scores.json, how it is written
    ("Fréchet distance ↓", "frechet", "{:.0f}"),
    ("precision ↑", "precision", "{:.2f}"),
    ("recall ↑", "recall", "{:.2f}"),
    ("near copies", "near_copies", "{:.1%}"),
    ("path length in w ↓", "path_w", "{:,.0f}"),
    ("in z", "path_z", "{:,.0f}"),
    ("ms a picture", "ms_per_picture", "{:.1f}"),
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    floor, note = registry.scores("emoji-classifier"), ""
    if floor:
        note = (
            f"Held-out real faces lie {floor['frechet']:.0f} from those of the training; as few samples of the models "
            f"lie {few(TASK)}."
        )
    return measured.of_task(TASK, name, MEASURED, "Emoji faces", note)


def few(task: str) -> str:
    """The distances of as many samples as there are held-out faces: "1.23 (StyleGAN), ..." """
    rows = [(registry.spec(name).title, registry.scores(name)) for name in registry.names(task)]
    return ", ".join(f"{scores['frechet_few']:.0f} ({title})" for title, scores in rows if scores)
