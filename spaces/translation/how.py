"""What the tab says about itself: the idea, the formulas, the papers, and the numbers of the models."""

from shared.core import registry
from shared.evaluation import measured

from .request import TASKS

IDEA = (
    r"""
A translator of this kind is two networks. The **encoder** reads the sentence and makes a vector of each of its pieces,
which holds what the piece means there. The **decoder** writes the translation from left to right: each time it gives
every piece it knows a chance, given the source and what is written so far.

1. **Pieces** are words and parts of words, chosen by how often they occur. What is underlined with a wavy line holds a
   character that was in none of the sentences the model has read.
2. **Attention** joins the two: before each piece $t$ the decoder asks all vectors of the source, and each answers as
   much as it fits. That is what the lines show, the mean over all heads of the last layer. It says where the network
   looked, which is often, but not always, the word that it translates.
3. The encoder of a **Transformer** asks in the same way inside of its own sentence: point at a word of the source.
   An **LSTM**, the generation before, reads word after word and has no such thing.
4. **Beam search** keeps several unfinished translations and goes on with the likeliest. The list shows what was left at
   the end, by the mean chance of a piece.
5. What the model is **unsure** of has dots below it: its pieces had a chance of less than 25 %.
6. **Names** are not left to the model, which has met few: Tom or Mary stands for them while it works.

$$p(y\mid x)=\prod_t p(y_t\mid y_{<t},x)\qquad
\alpha_{ts}=\operatorname{softmax}_s\frac{q_t\cdot k_s}{\sqrt d}\qquad c_t=\sum_s\alpha_{ts}v_s$$

The small models have read 19,838 pairs of short everyday sentences. From these a network learns the order of words,
particles, and a few thousand words; it does not learn the world. Where it does not know, it writes something that
sounds right. The nearest sentence in the table is what a mere memory of the same pairs would score: the Transformers
are above it, the LSTM, which learns more slowly and had as little time, is not yet.

Vaswani et al., 2017 (Transformer); Luong et al., 2015 (LSTM with attention); Kudo, 2018 (pieces); Liang et al., 2021
(R-Drop); Junczys-Dowmunt et al., 2018 (Marian); Post, 2018 (sacrebleu).
""",
    r"""
这类翻译模型由两个网络组成。**编码器**读原句，为每个词片算出一个向量，表示它在句中的意思。**解码器**从左到右写译文：
每一步都根据原句和已写出的部分，给它认识的每个词片一个概率。

1. **词片**是词或词的一部分，按出现的频率选定。带波浪线的词含有模型读过的句子里从未出现的字。
2. **注意力**把两者连起来：写每个词片 $t$ 之前，解码器向原句的所有向量提问，越相符的回答得越多。连线画的就是它，
   取最后一层所有注意力头的平均。它说的是网络看了哪里，那往往、但并不总是被翻译的那个词。
3. **Transformer** 的编码器在自己的句子里也这样提问：请指向原文的一个词。上一代的 **LSTM** 逐词阅读，没有这一步。
4. **束搜索**同时保留几个没写完的译文，从最可能的继续写。列表里是最后剩下的几个，按词片的平均概率排列。
5. 模型**拿不准**的词下面有点线：它的词片概率低于 25%。
6. **人名**不交给模型，因为它见过的太少：翻译时由 Tom 或 Mary 代替它们。

$$p(y\mid x)=\prod_t p(y_t\mid y_{<t},x)\qquad
\alpha_{ts}=\operatorname{softmax}_s\frac{q_t\cdot k_s}{\sqrt d}\qquad c_t=\sum_s\alpha_{ts}v_s$$

小模型只读过 19,838 对日常短句。从中能学会语序、虚词和几千个词，却学不会世界是什么样子。不懂的地方，它会写出听起来
通顺的话。表中的“最近的句子”是只凭记忆、照搬同一批句对时的得分：Transformer 高于它，LSTM 学得慢，训练时间同样短，还没有
超过。

文献：Vaswani 等（2017，Transformer）；Luong 等（2015，带注意力的 LSTM）；Kudo（2018，词片）；Liang 等（2021，R-Drop）；
Junczys-Dowmunt 等（2018，Marian）；Post（2018，sacrebleu）。
""",
)


def facts(name: str) -> str:
    """Markdown: what was measured of all models of its direction; paper and licence of the chosen one."""
    task = registry.spec(name).task
    return measured.of_task(task, name, measured.TRANSLATION_COLUMNS) if task in TASKS else ""
