"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.evaluation import measured

IDEA = (
    r"""
CLIP has two networks. One turns a picture $x$ into a direction, the other turns a text $t$ into one of the same length.
In training they see pictures with their captions and learn one thing: what belongs together points the same way.

1. The picture is cut into 8 × 8 **patches**; each is a token, as words are in a text, and a Transformer lets all look
   at each other (a *Vision Transformer*, ViT). The text goes through a second, smaller Transformer.
2. Of a batch of 2,048 pictures and captions, each caption must find its picture among all, and each picture its
   caption. The **temperature** $\tau$, which says how sharp the choice is, is learned as well.
3. Where a caption fits several pictures ("a dog" fits six dogs in six styles), the right answer is shared among them.
   This is where our small model departs from the paper.
4. **Zero-shot**: labels are texts, too. So it sorts pictures into classes that nobody trained it on: yours.
   The chances compare your words with each other, and with nothing else.
5. The **colour** is what a word looks at: what sets it apart from the others. Layer by layer, attention $A$ counts
   where more of it would raise the word's likeness $s$ to the picture above the mean of all words.
6. Our small model has seen 8,234 emoji in six styles, moved, turned, on other paper, in grey and as lines, alone and
   two side by side. Of photographs it knows nothing: take the one from the Hub for those.

$$p(t\mid x)=\frac{e^{s(x,t)/\tau}}{\sum_{t'}e^{s(x,t')/\tau}},\qquad s(x,t)=\frac{f(x)\cdot g(t)}{|f(x)|\,|g(t)|}$$

$$R\leftarrow R+\frac1H\sum_h\Big(\frac{\partial s}{\partial A_h}\odot A_h\Big)^{+}R$$

Radford et al., 2021, arXiv:2103.00020 (CLIP); Dosovitskiy et al., 2021, arXiv:2010.11929 (ViT); Chefer et al., 2021,
arXiv:2103.15679 (the colour); Abnar and Zuidema, 2020, arXiv:2005.00928 (attention roll-out, of the digit); Khosla et
al., 2020, arXiv:2004.11362 (several right answers).
""",
    r"""
CLIP 有两个网络：一个把图片 $x$ 变成一个方向，另一个把文字 $t$ 变成同样长度的方向。训练时它们看到的是图片和说明文字，
只学一件事：属于一起的，要指向同一边。

1. 图片被切成 8 × 8 个**小块**，每块就是一个词元，如同文章里的词；一个 Transformer 让它们彼此相看
   （即*视觉 Transformer*，ViT）。文字则经过另一个更小的 Transformer。
2. 在一批 2,048 张图片和说明中，每句说明要找到自己的图片，每张图片要找到自己的说明。
   决定选择有多果断的**温度** $\tau$ 也是学出来的。
3. 一句说明可能符合好几张图（“a dog”符合六种风格的六只狗），这时正确答案由它们平分。这是我们的小模型与论文不同之处。
4. **零样本**：标签也是文字。所以它能把图片分到没人训练过的类别里：你自己的类别。
   概率只是把你的词语互相比较，别无其他。
5. **颜色**表示一个词在看哪里，即它与别的词不同之处：逐层来看，哪里的注意力 $A$ 再多一点，
   会让这个词与图的相似度 $s$ 更高于所有词的平均，哪里就算数。
6. 我们的小模型看过六种风格的 8,234 个表情符号：移动过的、转过的、换了底色的、变灰的、只剩线条的，
   单个的和两个并排的。它对照片一无所知：看照片请用 Hub 上的模型。

$$p(t\mid x)=\frac{e^{s(x,t)/\tau}}{\sum_{t'}e^{s(x,t')/\tau}},\qquad s(x,t)=\frac{f(x)\cdot g(t)}{|f(x)|\,|g(t)|}$$

$$R\leftarrow R+\frac1H\sum_h\Big(\frac{\partial s}{\partial A_h}\odot A_h\Big)^{+}R$$

文献：Radford 等 2021，arXiv:2103.00020（CLIP）；Dosovitskiy 等 2021，arXiv:2010.11929（ViT）；Chefer 等 2021，
arXiv:2103.15679（颜色）；Abnar 与 Zuidema 2020，arXiv:2005.00928（注意力展开，用于数字）；Khosla 等 2020，
arXiv:2004.11362（多个正确答案）。
""",
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models here; paper and licence of the chosen one."""
    return measured.seeing(name)
