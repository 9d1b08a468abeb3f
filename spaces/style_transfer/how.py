"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.evaluation import measured

from .request import TASK

IDEA = (
    r"""
To learn a translation one would like pairs: the same thing in both styles. A **CycleGAN** does without. It is shown a
heap of pictures in one style and a heap in the other, and never told which belong together.

1. Two networks translate: $G$ from the first style to the second, $F$ back. Two **discriminators** look at patches of
   34x34 pixels and say whether they are of the style: $D_Y$ judges what $G$ makes, $D_X$ what $F$ makes.
2. That alone is not enough: $G$ might turn every picture into the same perfect owl. So what was translated must come
   back. $F(G(x))$ has to be $x$, and $G(F(y))$ has to be $y$: the **cycle loss**. Only what is still to be seen in the
   other style can be brought back.
3. What is of the style already shall stay: $G(y)\approx y$, the **identity loss**. It keeps the colours.
4. The discriminators see old pictures, too, from a buffer of 50, so that they do not forget what they saw through.
5. The pictures of *Noto ↔ Twemoji* were also learned with **half** of the cycle loss and with **none**: choose these
   styles, and the three stand side by side. Without it nothing asks for the way back.
6. A cycle that closes is no proof of a good translation: a network can hide the original in dots that nobody sees
   (Chu et al., 2017). Ours begin to, too. What you see is the mean of four translations, each of the picture moved by
   no or one pixel, in which dots go. And the models are measured against the **true partners**: a fifth of all things
   was kept out of both heaps.
7. The generator adds the picture's outlines again on its way out, as a U-Net does. A drawing of your own is scaled to
   64x64, because the networks know no other size of things.

$$\min_{G,F}\;(D_Y(G(x))-1)^2+(D_X(F(y))-1)^2+\lambda\big(|F(G(x))-x|+|G(F(y))-y|\big)$$
$$\qquad+\tfrac{\lambda}{2}\big(|G(y)-y|+|F(x)-x|\big)$$
$$\min_{D_Y}\;\tfrac12(D_Y(y)-1)^2+\tfrac12D_Y(G(x))^2\qquad\lambda=10,\;5\text{ or }0$$

Zhu et al. 2017, CycleGAN, arXiv:1703.10593 · Isola et al. 2017, PatchGAN, arXiv:1611.07004 · Mao et al. 2016, least
squares, arXiv:1611.04076 · Shrivastava et al. 2017, the buffer, arXiv:1612.07828 · Chu et al. 2017, hidden pictures,
arXiv:1712.02950.
""",
    r"""
要学会翻译，人们希望有成对的例子：同一样东西的两种风格。**CycleGAN** 不需要。它只看到一堆第一种风格的图和一堆
第二种风格的图，从不被告知哪两张是一对。

1. 两个网络做翻译：$G$ 从第一种风格到第二种，$F$ 反过来。两个**判别器**看 34x34 像素的小块，判断是否属于该风格：
   $D_Y$ 评判 $G$ 的作品，$D_X$ 评判 $F$ 的作品。
2. 这还不够：$G$ 可能把每张图都变成同一只完美的猫头鹰。所以译过去的必须能回来：
   $F(G(x))$ 要等于 $x$，$G(F(y))$ 要等于 $y$，即**循环损失**。只有在另一种风格里仍看得见的东西才能带回来。
3. 已经属于该风格的应保持不变：$G(y)\approx y$，即**恒等损失**。它保住颜色。
4. 判别器也会看到缓冲区里 50 张旧图，以免忘记曾识破过什么。
5. *Noto ↔ Twemoji* 还用**一半**的循环损失和**没有**循环损失各训练了一遍：选这两种风格，三者就并排显示。
   没有它，就没有什么要求能回来。
6. 循环闭合并不证明翻译得好：网络可以把原图藏在谁也看不见的小点里（Chu 等，2017）。我们的网络也有一点。所以这里显示的是
   四次翻译的平均，每次把图移动零或一个像素，小点就消失了。模型还与**真正的另一半**比较：所有东西的五分之一没有放进任何一堆。
7. 生成器像 U-Net 那样在出口处再加上原图的轮廓。你的画会缩放到 64x64，因为网络只认识这种大小的东西。

$$\min_{G,F}\;(D_Y(G(x))-1)^2+(D_X(F(y))-1)^2+\lambda\big(|F(G(x))-x|+|G(F(y))-y|\big)$$
$$\qquad+\tfrac{\lambda}{2}\big(|G(y)-y|+|F(x)-x|\big)$$
$$\min_{D_Y}\;\tfrac12(D_Y(y)-1)^2+\tfrac12D_Y(G(x))^2\qquad\lambda=10,\;5\text{ 或 }0$$

文献：Zhu 等 2017，CycleGAN，arXiv:1703.10593 · Isola 等 2017，PatchGAN，arXiv:1611.07004 · Mao 等 2016，最小二乘，
arXiv:1611.04076 · Shrivastava 等 2017，缓冲区，arXiv:1612.07828 · Chu 等 2017，隐藏的图，arXiv:1712.02950。
""",
)

MEASURED = (  # title, key of scores.json, how it is written
    ("PSNR →", "there_psnr", "{:.1f}"),
    ("as is", "there_untouched_psnr", "{:.1f}"),
    ("nearest", "there_nearest_psnr", "{:.1f}"),
    ("PSNR ←", "back_psnr", "{:.1f}"),
    ("style →", "there_style", "{:.0%}"),
    ("style ←", "back_style", "{:.0%}"),
    ("found →", "there_found", "{:.0%}"),
    ("lost", "there_cycle", "{:.1%}"),
)
NOTE = (
    "PSNR: nearness to the true partner in dB, there (→) and back (←). As is: that of the picture as it was. "
    "Nearest: that of the training picture of the other style that is most like it. Style: how many have the other "
    "style, by a linear judge of colours and edges. Found: how many are nearer to their partner than to any of 199 "
    "other names, by the judge of edges and colours. Lost: how far a pixel is off, there and back, of the way from "
    "black to white."
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    return measured.of_task(TASK, name, MEASURED, "Held-out things", NOTE)
