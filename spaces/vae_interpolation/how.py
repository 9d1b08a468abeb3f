"""What the VAE tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.evaluation import measured

from .request import TASK

IDEA = (
    r"""
An autoencoder squeezes a digit into a few numbers and draws it again from them. A **variational** one makes that
space of numbers whole: every place in it draws something, and places near each other draw similar things.

1. The **encoder** reads a digit and answers with a cloud, not a point: a mean $\mu$ and a deviation $\sigma$ for each
   latent.
2. A point is drawn from that cloud, $z=\mu+\sigma\odot\epsilon$. The randomness stands apart in $\epsilon$, so
   gradients reach $\mu$ and $\sigma$: the **reparameterisation trick**.
3. The **decoder** turns $z$ into 784 numbers: how likely each pixel is ink.
4. Two wishes pull against each other: draw the digit again (error), and keep the cloud near $N(0,1)$ (KL). Their sum
   is the **ELBO** below.
5. Because all clouds are packed around the same centre, the way from one digit to another leads through digits.
   That is the strip above. **Lerp** walks straight, **slerp** on an arc, as far from the centre as the digits are.
6. A **beta-VAE** weighs the KL more: fewer latents are used, each for something clearer, and pictures are softer.
7. A **VAE-GAN** adds a critic that dislikes blur: sharper, and less faithful.
8. A **ladder VAE** has latents at several sizes, each with a learned prior: the best likelihood here.

$$\log p(x)\;\ge\;\underbrace{\mathbb{E}_{q(z|x)}\log p(x|z)}_{-\text{error}}
\;-\;\underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\frac12\sum_i(\mu_i^2+\sigma_i^2-1-\log\sigma_i^2)}$$

$$\mathrm{slerp}(a,b;t)=\frac{\sin((1-t)\,\omega)}{\sin\omega}\,a+\frac{\sin(t\,\omega)}{\sin\omega}\,b,
\qquad \cos\omega=\frac{a\cdot b}{|a||b|}$$

Kingma and Welling 2013, arXiv:1312.6114 · Higgins et al. 2017, beta-VAE · Larsen et al. 2015, VAE-GAN,
arXiv:1512.09300 · Sønderby et al. 2016, arXiv:1602.02282 · Shoemake 1985, slerp.
""",
    r"""
自编码器把一个数字压缩成几个数，再由它们画出来。**变分**自编码器让这个空间变得完整：每一处都能画出东西，相近的地方画出相似的东西。

1. **编码器**读入数字，回答的不是一个点而是一团云：每个潜变量有均值 $\mu$ 和标准差 $\sigma$。
2. 从云中抽取一点 $z=\mu+\sigma\odot\epsilon$。
   随机性单独放在 $\epsilon$ 里，梯度因此能到达 $\mu$ 和 $\sigma$：**重参数化技巧**。
3. **解码器**把 $z$ 变成 784 个数：每个像素是墨的可能性。
4. 两个愿望互相拉扯：画回原来的数字（误差），以及让云靠近 $N(0,1)$（KL）。两者之和即下面的 **ELBO**。
5. 所有云都挤在同一中心周围，所以从一个数字到另一个数字的路上都是数字，即上方的序列。
   **Lerp** 走直线，**slerp** 走弧线，离中心与数字一样远。
6. **beta-VAE** 加重 KL：用的潜变量更少，各自含义更清楚，图像更柔和。
7. **VAE-GAN** 加入讨厌模糊的判别器：更清晰，但不那么忠实。
8. **ladder VAE** 有多种尺寸的潜变量，先验也是学来的：这里似然最好。

$$\log p(x)\;\ge\;\underbrace{\mathbb{E}_{q(z|x)}\log p(x|z)}_{-\text{误差}}
\;-\;\underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\frac12\sum_i(\mu_i^2+\sigma_i^2-1-\log\sigma_i^2)}$$

$$\mathrm{slerp}(a,b;t)=\frac{\sin((1-t)\,\omega)}{\sin\omega}\,a+\frac{\sin(t\,\omega)}{\sin\omega}\,b,
\qquad \cos\omega=\frac{a\cdot b}{|a||b|}$$

Kingma 与 Welling 2013, arXiv:1312.6114 · Higgins 等 2017, beta-VAE · Larsen 等 2015, VAE-GAN,
arXiv:1512.09300 · Sønderby 等 2016, arXiv:1602.02282 · Shoemake 1985, slerp.
""",
)

MEASURED = (  # title, key of scores.json, how it is written
    ("Error + KL, nats", "bce_plus_kl", "{:.1f}"),
    ("Error, nats", "bce", "{:.1f}"),
    ("KL, nats", "kl", "{:.1f}"),
    ("Importance-weighted bound (k = 500), nats", "iw_bound", "{:.1f}"),
    ("Digit Fréchet distance", "frechet", "{:.1f}"),
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    return measured.of_task(TASK, name, MEASURED, "Held-out digits", "Lower is better in every column.")
