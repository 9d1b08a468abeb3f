"""What the tab says about itself: the idea, the formulas, the papers, and what was measured."""

from shared.core import registry
from shared.evaluation.measured import FEEDBACK_COLUMNS, named

from .request import ADAPTERS

IDEA = (
    r"""
A storyteller has learned what comes next. Whether that is *wanted* is another question, and a reward asks it.

1. The **reward** $r$ of a story is a number from 0 to 1. Happy: a judge of sentiment, sentence by sentence.
   Sad: what is missing of that to 1. Faithful: half for coming to an end, half for staying with those who were in
   the opening.
2. Only a **LoRA** learns, two thin matrices beside each layer ($W+\frac{\alpha}{r}BA$): 44,000 numbers of 20 million.
   So the storyteller $\pi_\text{ref}$ as it was is always at hand.
3. **REINFORCE** (Williams 1992): write, and make what was better than usual likelier. GRPO, which steered *happy*
   and *sad*, takes as usual the mean of eight texts of one opening:

$$\nabla_\theta J=\mathbb E\Big[\sum_t\nabla_\theta\log\pi_\theta(a_t\mid x_t)\,(G_t-b)\Big]$$

4. The **KL term** keeps it near to what it was. Without it only the reward counts, and the judge is easier to please
   than a reader: **reward hacking**. *Hacked* was trained so.

$$\max_\theta\ \mathbb E\big[r(y)\big]-\beta\,\mathrm{KL}(\pi_\theta\Vert\pi_\text{ref}),\qquad
\mathrm{KL}=\mathbb E_{y\sim\pi_\theta}\Big[\log\frac{\pi_\theta(y)}{\pi_\text{ref}(y)}\Big]$$

5. **DPO** (Rafailov et al. 2023) needs no reward while it trains, but pairs of a preferred text $w$ and another $l$. It
   steered *faithful*, with the best and the worst of four drafts, and it learns from your choices below:

$$\mathcal L=-\log\sigma\Big(\beta\log\frac{\pi_\theta(w)}{\pi_\text{ref}(w)}
-\beta\log\frac{\pi_\theta(l)}{\pi_\text{ref}(l)}\Big)$$

6. The **second judge** has read the same reviews but took no part. Where the first is pleased and the second is not,
   the storyteller has learned the judge, not the mood.

The pole's policy is ten numbers, and its reward is a 1 for every step that the pole stands.

Williams 1992, Machine Learning 8 (REINFORCE) · Hu et al. 2021, arXiv:2106.09685 (LoRA) · Ouyang et al. 2022,
arXiv:2203.02155 (RLHF) · Gao et al. 2023, arXiv:2210.10760 (overoptimisation) · Rafailov et al. 2023, arXiv:2305.18290
(DPO) · Shao et al. 2024, arXiv:2402.03300 (GRPO).
""",
    r"""
讲故事的模型学会了接下来会出现什么。那是不是人们*想要*的，是另一个问题，由奖励来回答。

1. 故事的**奖励** $r$ 是 0 到 1 之间的数。快乐：由情感评判模型逐句打分。悲伤：1 减去它。忠实：一半看故事是否有结尾，
   一半看是否一直讲开头出现的角色。
2. 只训练 **LoRA**，即每层旁边两个很薄的矩阵（$W+\frac{\alpha}{r}BA$）：两千万个参数中的四万四千个。
   因此原来的模型 $\pi_\text{ref}$ 随时都在。
3. **REINFORCE**（Williams 1992）：先写，再让好于平常的写法更可能出现。训练“快乐”和“悲伤”的 GRPO 把同一开头的八个文本的
   平均值当作“平常”：

$$\nabla_\theta J=\mathbb E\Big[\sum_t\nabla_\theta\log\pi_\theta(a_t\mid x_t)\,(G_t-b)\Big]$$

4. **KL 项**使它不离原来太远。没有它就只剩奖励，而评判模型比读者容易讨好：这叫**奖励作弊**。“作弊”就是这样训练的。

$$\max_\theta\ \mathbb E\big[r(y)\big]-\beta\,\mathrm{KL}(\pi_\theta\Vert\pi_\text{ref}),\qquad
\mathrm{KL}=\mathbb E_{y\sim\pi_\theta}\Big[\log\frac{\pi_\theta(y)}{\pi_\text{ref}(y)}\Big]$$

5. **DPO**（Rafailov 等 2023）训练时不需要奖励，只需要成对的文本：更好的 $w$ 和另一个 $l$。“忠实”由它训练，
   用的是四份草稿中最好和最差的一份；下面它从您的选择中学习：

$$\mathcal L=-\log\sigma\Big(\beta\log\frac{\pi_\theta(w)}{\pi_\text{ref}(w)}
-\beta\log\frac{\pi_\theta(l)}{\pi_\text{ref}(l)}\Big)$$

6. **第二位评判**读过同样的影评，但没有参与训练。若第一位满意而它不满意，模型学到的是评判模型，而不是情绪。

平衡杆的策略只有十个数，杆每站住一步得 1 分。

文献：Williams 1992，Machine Learning 8（REINFORCE）· Hu 等 2021，arXiv:2106.09685（LoRA）· Ouyang 等 2022，
arXiv:2203.02155（RLHF）· Gao 等 2023，arXiv:2210.10760（过度优化）· Rafailov 等 2023，arXiv:2305.18290（DPO）·
Shao 等 2024，arXiv:2402.03300（GRPO）。
""",
)


def facts(adapter: str) -> str:
    """Markdown: what was measured of all adapters; paper and licence of the chosen one."""
    rows = [(registry.spec(name), registry.scores(name)) for name in ADAPTERS]
    lines = [f"| 100 held-out openings | {' | '.join(row.title for row, _ in rows)} |", "|---" * (len(rows) + 1) + "|"]
    for title, key, form in FEEDBACK_COLUMNS:
        cells = [form.format(found[key]) if key in found else "–" for _, found in rows]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", named(registry.spec(adapter))])
