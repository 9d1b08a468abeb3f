"""What the tab says about itself: the idea, what its figures mean, and the papers."""

from shared.core import registry

IDEA = (
    r"""
All families learn from the same 55,000 digits, and all begin with noise. What they do with it differs.

1. A **GAN** turns noise into a picture in one go; it learned from a second network that tells real from generated.
2. A **VAE** learned to pack digits into a few numbers that look like noise, and unpacks noise here: what it is unsure
   of it blurs.
3. A **flow** can be run backwards, so it knows exactly how likely a picture is; that costs it freedom.
4. **Diffusion** cleans noise step by step. It is the slowest here, and the truest.

What the figures say: the **judge** is a classifier with 99 % right answers; its confidence says whether a digit can be
read, not whether it is beautiful. The **digit Fréchet distance** compares the judge's features of 10,000 samples with
those of digits that nobody was trained on, and sees variety, too:

$$\mathrm{FD}=\lVert\mu_1-\mu_2\rVert^2+\operatorname{tr}\big(\Sigma_1+\Sigma_2-2(\Sigma_1\Sigma_2)^{1/2}\big)$$

**The dial.** Truncation (GAN), sigma (VAE) and temperature (flow) multiply the noise; guidance (diffusion) says how
closely the asked digit is followed. For each setting 500 digits were drawn: how sure the judge is of them on average,
and how widely its features are spread within a class, in units of held-out handwriting. Beyond 1 it is not more variety
than hands have, but accidents. Batch normalisation takes most of a GAN's truncation back: its curve is short.

Words have the same dial, and figures of their own: with the first twelve words of 100 stories that nobody was trained
on, each language model goes on for 60 tokens at each temperature. An LSTM reads what it wrote, and says how many bits a
character took it by surprise; variety is the share of different groups of three words among all of them, in units of
how those stories really go on. The best place is where the two dashed lines cross: as surprising and as various as
people.

Heusel et al. 2017, arXiv:1706.08500 (the distance) · Brock et al. 2019, arXiv:1809.11096 (truncation) · Ho and Salimans
2021, arXiv:2207.12598 (guidance) · Kingma and Dhariwal 2018, arXiv:1807.03039 (temperature) · Li et
al. 2016, arXiv:1510.03055 (distinct-3).
""",
    r"""
所有家族都从同样的 55,000 个数字学习，也都从噪声开始，只是做法不同。

1. **GAN** 一步把噪声变成图；它跟另一个分辨真假的网络学。
2. **VAE** 学会把数字压成几个像噪声的数，在这里把噪声解开：拿不准的地方就糊。
3. **流**是可以倒着运行的网络，所以精确知道一张图有多可能；代价是自由度小。
4. **扩散**一步步清除噪声。这里它最慢，也最像真的。

数字的含义：**裁判**是一个正确率 99 % 的分类器；它的确信度说明数字是否读得出，不说明好不好看。
**数字 Fréchet 距离**把 10,000 个样本的裁判特征与没人训练过的数字相比，也看得到多样性：

$$\mathrm{FD}=\lVert\mu_1-\mu_2\rVert^2+\operatorname{tr}\big(\Sigma_1+\Sigma_2-2(\Sigma_1\Sigma_2)^{1/2}\big)$$

**旋钮。**截断（GAN）、sigma（VAE）和温度（流）乘在噪声上；引导（扩散）决定多紧地跟随所要的数字。
每个设置画了 500 个数字：裁判平均有多确信，以及同一类里特征散得多开，以留出的手写数字为 1。
超过 1 并不是比人手更丰富，而是出了意外。批归一化抵消了 GAN 的大部分截断，所以它的曲线很短。

文字用同一个旋钮，但有自己的数字：取 100 篇没人训练过的故事的前十二个词，让每个语言模型在每种温度下续写 60 个词元。
由一个 LSTM 来读，看每个字符让它意外多少比特；多样性是所有三词组中互不相同的比例，以原故事的续文为 1。
两条虚线相交的地方最好：和人写的一样出人意料，一样丰富。

文献：Heusel 等 2017，arXiv:1706.08500（距离）· Brock 等 2019，arXiv:1809.11096（截断）· Ho 与 Salimans 2021，
arXiv:2207.12598（引导）· Kingma 与 Dhariwal 2018，arXiv:1807.03039（温度）· Li 等 2016，
arXiv:1510.03055（distinct-3）。
""",
)


def facts() -> str:
    """Markdown: who judges, and what real digits would score."""
    judge = registry.scores("digit-judge")
    return (
        f"Judge: `digit-judge`, {judge['accuracy']:.2%} of held-out digits read right. Real digits score a digit "
        f"Fréchet distance of {judge['frechet']:.1f}: the floor."
    )
