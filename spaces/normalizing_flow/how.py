"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.evaluation import measured

from .request import TASK

IDEA = (
    r"""
A flow is a network that can be run **backwards**. Forwards it turns a digit into noise, $z=f(x)$, as many numbers as
there are pixels; backwards it turns noise into a digit. Nothing is lost on the way, so it knows exactly how likely a
picture is.

1. Noise $z$ is drawn from $N(0,1)$, whose density everybody knows. Where $f$ stretches space, density gets thinner;
   where it squeezes, thicker. That is the **change of variables** below.
2. A **coupling** makes this cheap: one half of the numbers stays, $y_a=x_a$, and says how the other half is scaled and
   moved, $y_b=x_b\odot e^{s(x_a)}+t(x_a)$. To undo it, $s$ and $t$ are computed again from $y_a$: they themselves need
   not be undone. The logarithm of the determinant is the sum of $s$.
3. **NICE** only moves ($s=0$) and has one scale for each pixel. **Glow** mixes the channels between couplings with an
   invertible 1x1 convolution, and lets half of the numbers go early, so that it sees strokes first and shapes later.
4. Pixels are whole numbers, and a density of whole numbers could be infinite. So uniform noise is added inside each
   grey level (**dequantisation**), and the result is a number of **bits for each pixel**: 8 would be a uniform guess.
5. Paper is that noise and nothing else. Uniform noise fits no bell curve, so our Glow first lays each pixel on a bell
   of its own: paper on its lower part, ink on a line above (two learned numbers a pixel).
6. **Temperature** multiplies $z$ before it goes back: below 1 fewer accidents, less variety.
7. **Likely is not typical.** A blank sheet is likelier than any real digit, though nobody writes it: every stroke costs
   bits, paper costs almost none. The likeliest thing need not be one that ever comes: of $N(0,I)$ in 784 dimensions the
   centre is the likeliest point, and nothing that is drawn lies near it.
8. A flow that is told the digit also reads it: Bayes' rule asks under which digit a picture is likeliest.

$$\log p(x)=\log N\big(f(x);0,I\big)+\log\left|\det\frac{\partial f}{\partial x}\right|
\qquad\text{bits a pixel}=8-\frac{\log p(x)}{784\,\ln 2}$$

Dinh et al. 2015, NICE, arXiv:1410.8516 · Dinh et al. 2017, Real NVP, arXiv:1605.08803 · Kingma and Dhariwal 2018, Glow,
arXiv:1807.03039 · Theis et al. 2016, arXiv:1511.01844 (dequantisation) · Nalisnick et al. 2019, arXiv:1810.09136
(simple pictures are likely).
""",
    r"""
流是一种可以**倒着运行**的网络。正向，它把数字变成噪声 $z=f(x)$，个数与像素一样多；反向，它把噪声变回数字。
途中什么也没丢，所以它能精确知道一张图有多可能。

1. 噪声 $z$ 取自 $N(0,1)$，其密度人人皆知。$f$ 拉伸空间的地方密度变稀，压缩的地方变密：即下面的**变量替换**公式。
2. **耦合层**让计算变得便宜：一半的数不动，$y_a=x_a$，并由它们决定另一半如何缩放和平移，
   $y_b=x_b\odot e^{s(x_a)}+t(x_a)$。要倒回去，只需由 $y_a$ 再算一次 $s$ 和 $t$，它们本身不必可逆。
   行列式的对数就是 $s$ 之和。
3. **NICE** 只平移（$s=0$），每个像素一个缩放。**Glow** 在耦合层之间用可逆 1x1 卷积混合通道，并让一半的数提前结束，
   因此先看笔画，后看形状。
4. 像素是整数，整数的密度可以无穷大。所以在每个灰度级内加入均匀噪声（**去量化**），结果是**每像素的比特数**：
   均匀瞎猜为 8。
5. 白纸只有这种噪声。均匀噪声不像钟形曲线，所以我们的 Glow 先把每个像素放到它自己的钟形上：
   纸在下部，墨在上方的直线上（每像素学两个数）。
6. **温度**在返回前乘到 $z$ 上：小于 1 时意外更少，变化也更少。
7. **可能并不等于典型。**白纸比任何真实数字都更可能，尽管没人会这样写：每一笔都要花费比特，纸几乎不花。
   最可能的东西不一定会出现：784 维的 $N(0,I)$ 里，中心是最可能的点，而抽到的点没有一个靠近它。
8. 被告知数字的流也会识数：贝叶斯公式问，在哪个数字下这张图最可能。

$$\log p(x)=\log N\big(f(x);0,I\big)+\log\left|\det\frac{\partial f}{\partial x}\right|
\qquad\text{每像素比特}=8-\frac{\log p(x)}{784\,\ln 2}$$

文献：Dinh 等 2015，NICE，arXiv:1410.8516 · Dinh 等 2017，Real NVP，arXiv:1605.08803 · Kingma 与 Dhariwal 2018，Glow，
arXiv:1807.03039 · Theis 等 2016，arXiv:1511.01844（去量化）· Nalisnick 等 2019，arXiv:1810.09136（简单的图更可能）。
""",
)

MEASURED = (  # title, key of scores.json, how it is written
    ("Bits a pixel, exact", "bits", "{:.3f}"),
    ("the same of a blank sheet", "bits_of_blank", "{:.3f}"),
    ("Held-out digits read right", "right_class", "{:.1%}"),
    ("Digit Fréchet distance", "frechet", "{:.1f}"),
    ("Largest error there and back", "inversion_error", "{:.1g}"),
    ("ms for 1,000 samples", "ms_per_1000", "{:,}"),
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    return measured.of_task(TASK, name, MEASURED, "Held-out digits")
