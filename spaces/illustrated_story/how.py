"""What the story tab says about itself: the idea, the steps, the papers, and the numbers of its models."""

from shared.core import registry
from shared.core.errors import UserError
from shared.evaluation import measured

IDEA = (
    r"""
A picture book is made by two models and a little reading between them; nothing leaves this machine.

1. A **language model** writes. An idea that is no opening yet ("a fox who is afraid of the dark") becomes a first
   sentence; an opening stays word for word. Each sentence is drafted twelve times. The draft is kept that is probable,
   and over which a reader would stumble least: nobody thanks themselves, nothing small is big at once. Once the story
   is long enough, some drafts begin with "In the end," or "From that day on,"; it ends with a whole sentence.
2. It is **cut into pages** of whole sentences, as equal in length as they can be.
3. Each page is **read for its scene**: who is there, what else, where. Words are matched to what the picture model
   knows, with their plurals and synonyms (a puppy is a dog); "he" and "she" are whoever was named last. What the model
   does not know is drawn as something near, or left out, and the page says so. The scene is text; change it.
4. The bundled **picture model** draws one thing at a time, 128 by 128 pixels. Each figure is cut from its white paper
   and set on a painted place: large things behind, small ones in front, birds and the moon in the sky. Stable
   Diffusion models draw the whole scene at once.
5. **Who and what comes again looks the same**, be it a fox or a ball: one name, kind, colour, style and seed for the
   whole book, so that the figure is drawn once. They stand under Edit, to be changed before and after drawing. Models
   that draw whole scenes begin from the same noise, or from the page where somebody came first.
6. The **likeness** of a page is the cosine of two features, $\cos(f(x),f(x_1))$: of what is seen where each of the cast
   stands, and of their first picture. Features are where edges run and which colours are where. The lowest of a page
   counts; below the threshold it is marked.
7. **Change a word** and the model goes on from there: $p(x_t\mid x_{<t})$ with your word in $x_{<t}$. Pages before it
   stay, and only pages that came out differently are drawn again.

8. **Chinese.** The story model writes English only. A Chinese idea is told in English by a table of words and the order
   of its parts; the finished pages come back in Chinese by the Hub's translator where it is chosen, else by a table of
   words and rules, as machines translated before they learned to. Names are a table's. The small translators that were
   trained here read 20,000 short sentences, and lose much of a story: of the things that 100 held-out
   sentences name they keep 55 %, the table 93 %, which has every word of 90 of the sentences.
9. The **back cover** has the two sentences that say most, by LexRank, of the first two thirds.

The same idea, seed and models make the same book. Every page keeps its own recipe, in every kind of file.

Papers: [TinyStories](https://arxiv.org/abs/2305.07759), [latent diffusion](https://arxiv.org/abs/2112.10752),
[StoryDiffusion](https://arxiv.org/abs/2405.01434).
""",
    r"""
一本绘本由两个模型和其间的一点阅读完成；一切都留在本机。

1. **语言模型**写故事。还不是开头的想法（“一只怕黑的狐狸”）会变成第一句；开头则一字不改。每句写十二稿，
   留下概率高、读来最不别扭的一稿。
   故事够长后，一些草稿以 “In the end,” 或 “From that day on,” 开头；故事以完整的句子结束。
2. 故事**分成几页**，每页是完整的句子，长短尽量相等。
3. 每页**读出场景**：谁、什么、在哪里。词语与图片模型认识的东西对应，包括复数和同义词；代词指最近提到的角色。
   模型不认识的东西画成相近的，或者略去，并在该页注明。场景是普通文字，可以修改。
4. 自带的**图片模型**每次画一样东西，128×128 像素。从白纸上剪下，放到画好的背景上：大的在后，小的在前，鸟和月亮在天上。
   Stable Diffusion 一次画出整个场景。
5. **再次出现的角色和物品样子相同**，无论是狐狸、小船还是皮球：名字、种类、颜色、画风和种子全书统一，形象只画一次。
   它们列在“编辑”中，画之前和之后都能改。画整个场景的模型从同样的噪声或角色首次出现的那页开始。
6. 一页的**相似度**是两组特征的余弦 $\cos(f(x),f(x_1))$：页上各角色所在位置的特征与其首图的特征，即边缘走向和颜色分布。
   取一页中的最低值，低于阈值的页会标出。
7. **换一个词**，模型就从那里继续：$p(x_t\mid x_{<t})$，其中 $x_{<t}$ 含有你的词。之前的页不变，只重画变了的页。

8. **中文。**故事模型只写英文。中文想法按词表和语序译成英文；写好的各页再译回中文：选了 Hub 的翻译模型就用它，
   否则用词表加规则，即机器学会翻译之前的做法。名字取自名字表。这里训练的小翻译模型只读过两万个短句，会漏掉许多内容：
   100 个留出句子里提到的东西，它们留住 55%，词表留住 93%；其中 90 句的每个词词表都有。
9. **封底**是按 LexRank 从前三分之二里选出的、最能概括故事的两句。

相同的想法、种子和模型得到相同的书。每页都保留自己的配方，存于各种文件中。

论文：[TinyStories](https://arxiv.org/abs/2305.07759)、[潜在扩散](https://arxiv.org/abs/2112.10752)、
[StoryDiffusion](https://arxiv.org/abs/2405.01434)。
""",
)


def facts(text_model: str, image_model: str) -> str:
    """Markdown: what was measured of the two models."""
    return measured.texts((text_model,)) + "\n\n" + measured.pictures(image_model)


def licences(text_model: str, image_model: str) -> list[str]:
    """['MIT', 'Apache 2.0'], one where both have the same, or none for a name that is still being typed."""
    try:
        return list(dict.fromkeys(filter(None, (registry.spec(name).license for name in (text_model, image_model)))))
    except UserError:
        return []
