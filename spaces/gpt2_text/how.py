"""What the text tab says about itself: the idea, the formulas, the papers, and the numbers of the model."""

from shared.evaluation import measured

from .request import COMPARE, GENERATIONS

IDEA = (
    r"""
A language model does one thing: it reads a text and gives every token (a word or a piece of one) a chance of
coming next. One is drawn and written down, and the model reads again. The rest is how good the chances are.

1. The text is cut into **tokens** by byte-pair encoding: frequent words stay whole, rare ones fall into
   pieces.
2. An **n-gram** model counts: what followed the last four tokens in the stories it saw? Where it saw
   nothing, it asks the last three, then two (Kneser-Ney smoothing).
3. An **LSTM** carries a memory from token to token and learns what to keep in it.
4. A **GPT-2** looks back at every token at once. Each *attention head* asks a question of its own, and each
   token answers with a weight. Click on a word and look.
5. **Temperature** $T$ sharpens ($T<1$) or flattens ($T>1$) the chances; **top-k**, **top-p** and **min-p**
   cut off the tail.
6. The **colour** behind a word is the chance the model gave it, before any of those dials.

$$p(x_1,\dots,x_n)=\prod_{t} p(x_t\mid x_{<t}),\qquad p(x_t=i\mid x_{<t})=\frac{e^{z_i/T}}{\sum_j e^{z_j/T}}$$

$$\text{Attention}(Q,K,V)=\text{softmax}\!\left(\frac{QK^\top}{\sqrt{d}}\right)V$$

**Bits per character** is how many bits the model needs for each character of stories it has not seen. Lower
is better, and models that cut the text differently can be compared by it.
""",
    r"""
语言模型只做一件事：读一段文本，给每个词元（一个词或词的一部分）一个「接下来出现」的概率。抽取一个写下来，再读一遍。其余的只在于概率有多准。

1. 文本按字节对编码切成**词元**：常见词保持完整，罕见词拆成几段。
2. **n-gram** 靠计数：在读过的故事里，最近四个词元之后跟着什么？没见过就退到三个、两个
   （Kneser-Ney 平滑）。
3. **LSTM** 带着记忆逐个词元前进，并学会记住什么。
4. **GPT-2** 同时回看所有词元。每个*注意力头*提出自己的问题，每个词元用一个权重回答。点一个词看看。
5. **温度** $T$ 使概率更尖锐（$T<1$）或更平坦（$T>1$）；**top-k**、**top-p**、**min-p** 切掉尾部。
6. 词下的**颜色**是模型给它的概率，在这些旋钮之前。

$$p(x_1,\dots,x_n)=\prod_{t} p(x_t\mid x_{<t}),\qquad p(x_t=i\mid x_{<t})=\frac{e^{z_i/T}}{\sum_j e^{z_j/T}}$$

$$\text{Attention}(Q,K,V)=\text{softmax}\!\left(\frac{QK^\top}{\sqrt{d}}\right)V$$

**每字符比特数**：模型对没读过的故事中每个字符所需的比特数。越低越好，切词方式不同的模型之间也可比较。
""",
)


def facts(name: str) -> str:
    """Markdown: what was measured of a model, or of the three that are compared."""
    return measured.texts(GENERATIONS if name == COMPARE else (name,))
