"""What the picture tab says about itself: the idea, the formulas, the papers, and the numbers of the model."""

from shared.evaluation import measured

IDEA = (
    r"""
A picture is drawn by taking noise away. A network that has seen many pictures with words looks at noise, guesses what
picture is in it, and a little of the rest is removed; after some steps there is a picture.

1. An **autoencoder** makes pictures small: all the rest happens on its *latents* $z=\mathcal E(x)$, which have an
   eighth or a quarter of the pixels a side. Its decoder $\mathcal D$ makes pixels of them again.
2. A **text encoder** turns the prompt into a list of vectors $c$, one for each token.
3. In training, noise is added: $z_t=\sqrt{\bar\alpha_t}\,z+\sqrt{1-\bar\alpha_t}\,\epsilon$, and a **UNet** learns to
   tell from $z_t$, $t$ and $c$ what was added. Some models tell $\epsilon$, others
   $v=\sqrt{\bar\alpha_t}\,\epsilon-\sqrt{1-\bar\alpha_t}\,z$.
4. To draw, one begins with nothing but noise, which the **seed** gives, and a **scheduler** takes the steps back.
5. What the UNet looks at in the prompt is **cross-attention**: each place of the picture asks, the words answer.
   *Which words drew what* shows these answers, summed over the steps.
6. **Guidance** $w$ makes the prompt count for more: the network is asked twice, with the prompt and without (or with
   the *negative prompt*), and the difference is stretched. Too much of it burns the colours.
7. The preview of a step is its guess of the finished picture, decoded by a small decoder: first the colours and the
   layout, then the shapes, the details last. So the **time machine** changes the more, the earlier it goes back.
8. *From a picture*: noise is added to a picture up to some **strength**, and taken away with another prompt. With a
   mask, what lies outside is put back after every step.
9. Models of **one to four steps** were taught by a slower model to leap (adversarial or consistency distillation).
10. The same seed draws the same noise for each picture by itself, so a picture is the same alone and among others.

$$\tilde\epsilon_t=\epsilon_\theta(z_t,t,\varnothing)+w\,\bigl(\epsilon_\theta(z_t,t,c)-\epsilon_\theta(z_t,t,\varnothing)\bigr)
\qquad \hat z=\frac{z_t-\sqrt{1-\bar\alpha_t}\,\tilde\epsilon_t}{\sqrt{\bar\alpha_t}}$$

Papers: [latent diffusion](https://arxiv.org/abs/2112.10752), [DDIM](https://arxiv.org/abs/2010.02502),
[classifier-free guidance](https://arxiv.org/abs/2207.12598), [v-prediction](https://arxiv.org/abs/2202.00512),
[zero terminal SNR](https://arxiv.org/abs/2305.08891), [SDEdit](https://arxiv.org/abs/2108.01073),
[LCM](https://arxiv.org/abs/2310.04378), [adversarial distillation](https://arxiv.org/abs/2311.17042),
[attention maps](https://arxiv.org/abs/2210.04885).
""",
    r"""
画图就是去噪。看过许多带文字图片的网络面对噪声，猜其中是什么图，去掉一点其余的；若干步后便有了图。

1. **自编码器**把图片变小：其余一切都在*隐变量* $z=\mathcal E(x)$ 上进行，边长只有像素的八分之一或四分之一；
   解码器 $\mathcal D$ 再变回像素。
2. **文本编码器**把提示词变成一串向量 $c$，每个词元一个。
3. 训练时加噪：$z_t=\sqrt{\bar\alpha_t}\,z+\sqrt{1-\bar\alpha_t}\,\epsilon$；**UNet** 学习由 $z_t$、$t$ 和 $c$ 说出
   加了什么：有的说 $\epsilon$，有的说 $v=\sqrt{\bar\alpha_t}\,\epsilon-\sqrt{1-\bar\alpha_t}\,z$。
4. 画图从**种子**给出的纯噪声开始，由**调度器**一步步走回去。
5. UNet 看提示词靠**交叉注意力**：图上每处发问，词来回答。*哪些词画了哪里*把各步的回答相加显示。
6. **引导** $w$ 让提示词更重要：网络看两遍，有提示词和没有（或用*反向提示词*），把差别放大。太大颜色会烧焦。
7. 每步的预览是它对成图的猜测，由小解码器解出：先有颜色和布局，再有形状，细节最后。所以**时光机**退得越早，变化越大。
8. *从图片开始*：给图片加噪到某个**强度**，再用别的提示词去掉。有遮罩时，遮罩外每步都放回原样。
9. **一到四步**的模型由较慢的模型教会跳跃（对抗或一致性蒸馏）。
10. 每张图的噪声只由自己的种子决定，所以单独画和一起画相同。

$$\tilde\epsilon_t=\epsilon_\theta(z_t,t,\varnothing)+w\,\bigl(\epsilon_\theta(z_t,t,c)-\epsilon_\theta(z_t,t,\varnothing)\bigr)
\qquad \hat z=\frac{z_t-\sqrt{1-\bar\alpha_t}\,\tilde\epsilon_t}{\sqrt{\bar\alpha_t}}$$

论文：[潜在扩散](https://arxiv.org/abs/2112.10752)、[DDIM](https://arxiv.org/abs/2010.02502)、
[无分类器引导](https://arxiv.org/abs/2207.12598)、[v 预测](https://arxiv.org/abs/2202.00512)、
[零终端信噪比](https://arxiv.org/abs/2305.08891)、[SDEdit](https://arxiv.org/abs/2108.01073)、
[LCM](https://arxiv.org/abs/2310.04378)、[对抗蒸馏](https://arxiv.org/abs/2311.17042)、
[注意力图](https://arxiv.org/abs/2210.04885)。
""",
)


def facts(name: str) -> str:
    """Markdown: what was measured of a model, then its paper and licence."""
    return measured.pictures(name)
