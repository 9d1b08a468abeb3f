"""What the GAN tab says about itself: the idea, the formulas, the papers, and the numbers of the model."""

from shared.core import registry
from shared.core.errors import UserError
from shared.evaluation import measured

from . import runs

IDEA = (
    r"""
Two networks play against each other. The **generator** $G$ turns random numbers $z$ into a picture; the
**discriminator** $D$ looks at a picture and says how real it seems.

1. $z$, the *latent*, is a list of standard normal numbers, drawn from the seed. It is all that tells two digits of one
   model apart.
2. $D$ is shown real digits and generated ones, and learns to tell them apart.
3. $G$ never sees a real digit. It learns from $D$ alone: in which direction its picture would look more real.
4. As $D$ gets better, $G$ has to. At the best, $G$ draws from the distribution of the data, and $D$ can only guess.
5. What goes wrong is known. *Mode collapse*: $G$ finds a few pictures that always pass, and forgets the rest; look at
   the share of the rarest digit. *Vanishing gradients*: a $D$ that is never fooled teaches nothing.
6. Most remedies change the loss (below), or hold $D$ back: spectral normalisation, a gradient penalty.
7. A **conditional** GAN is told which digit to draw, and $D$ which one it should be looking at.
8. Near latents give like pictures: so one can **walk** from one digit to another, and **nudge** a digit along the
   directions in which the pictures change the most.
9. **Truncation** multiplies $z$: below 1 it stays near the middle, where $G$ has practised most.
10. A GAN gives no likelihood and cannot read a picture; a VAE does both. A diffusion model takes its time to draw.

$$\min_G\max_D\ \mathbb{E}_{x}[\log D(x)]+\mathbb{E}_{z}[\log(1-D(G(z)))]$$

| | $D$ makes this small | $G$ makes this small |
|---|---|---|
| GAN, DCGAN | $-\log D(x)-\log(1-D(G(z)))$ | $-\log D(G(z))$ |
| LSGAN | $\frac12(D(x)-1)^2+\frac12 D(G(z))^2$ | $\frac12(D(G(z))-1)^2$ |
| WGAN-GP | $D(G(z))-D(x)+\lambda(\lVert\nabla_{\hat x}D(\hat x)\rVert-1)^2$ | $-D(G(z))$ |
| hinge | $\max(0,1-D(x))+\max(0,1+D(G(z)))$ | $-D(G(z))$ |

Papers: [GAN](https://arxiv.org/abs/1406.2661), [DCGAN](https://arxiv.org/abs/1511.06434),
[LSGAN](https://arxiv.org/abs/1611.04076), [WGAN-GP](https://arxiv.org/abs/1704.00028),
[hinge and spectral normalisation](https://arxiv.org/abs/1802.05957),
[projection discriminator](https://arxiv.org/abs/1802.05637), [slerp](https://arxiv.org/abs/1609.04468),
[GANSpace](https://arxiv.org/abs/2004.02546).
""",
    r"""
两个网络相互对抗。**生成器** $G$ 把随机数 $z$ 变成图片；**判别器** $D$ 看图片，说它有多真。

1. $z$ 称为*隐变量*，是由种子抽出的一串标准正态数。同一模型的两个数字只因它而不同。
2. $D$ 看真实的和生成的数字，学习分辨。
3. $G$ 从未见过真实数字，只从 $D$ 学习：图片往哪个方向变会更真。
4. $D$ 变强，$G$ 也得变强。最好时 $G$ 与数据同分布，$D$ 只能瞎猜。
5. 常见问题：*模式崩溃*，$G$ 找到几张总能过关的图，忘了其余，看最少数字的比例；*梯度消失*，从不上当的 $D$ 教不了什么。
6. 多数对策改变损失（见下），或约束 $D$：谱归一化、梯度惩罚。
7. **条件** GAN 被告知画哪个数字，$D$ 也被告知应是哪个。
8. 相近的隐变量给出相似的图片，所以可以从一个数字**漫步**到另一个，或沿变化最大的方向**推动**。
9. **截断**乘在 $z$ 上：小于 1 时靠近中心，那里 $G$ 练得最多。
10. GAN 不给似然，也不能读图：VAE 两者都行；扩散模型画得慢。

$$\min_G\max_D\ \mathbb{E}_{x}[\log D(x)]+\mathbb{E}_{z}[\log(1-D(G(z)))]$$

| | $D$ 最小化 | $G$ 最小化 |
|---|---|---|
| GAN、DCGAN | $-\log D(x)-\log(1-D(G(z)))$ | $-\log D(G(z))$ |
| LSGAN | $\frac12(D(x)-1)^2+\frac12 D(G(z))^2$ | $\frac12(D(G(z))-1)^2$ |
| WGAN-GP | $D(G(z))-D(x)+\lambda(\lVert\nabla_{\hat x}D(\hat x)\rVert-1)^2$ | $-D(G(z))$ |
| hinge | $\max(0,1-D(x))+\max(0,1+D(G(z)))$ | $-D(G(z))$ |

论文：[GAN](https://arxiv.org/abs/1406.2661)、[DCGAN](https://arxiv.org/abs/1511.06434)、
[LSGAN](https://arxiv.org/abs/1611.04076)、[WGAN-GP](https://arxiv.org/abs/1704.00028)、
[hinge 与谱归一化](https://arxiv.org/abs/1802.05957)、[投影判别器](https://arxiv.org/abs/1802.05637)、
[slerp](https://arxiv.org/abs/1609.04468)、[GANSpace](https://arxiv.org/abs/2004.02546)。
""",
)

NUMBERS = {  # key of scores.json -> what it is, how it is written
    "frechet": ("Digit Fréchet distance, lower is better", "{:.1f}"),
    "inception_score": ("Digit Inception Score, 10 at best", "{:.2f}"),
    "smallest_class": ("Share of the rarest digit, 10 % is even", "{:.1%}"),
}


def facts(name: str) -> str:
    """Markdown: what was measured of a model and of real digits, then its paper and licence."""
    try:
        row = registry.spec(name)
    except UserError as error:
        return str(error)
    mine, floor = runs.scores(name), runs.floor()
    lines = []
    if mine:
        lines = [f"| | {row.title} | Real digits |", "|---|---|---|"]
        for key, (words, form) in NUMBERS.items():
            cells = [form.format(found[key]) if key in found else "–" for found in (mine, floor)]
            lines.append(f"| {words} | {' | '.join(cells)} |")
    else:
        lines.append("Nothing was measured of this model yet.")
    return "\n".join([*lines, "", measured.named(row)])
