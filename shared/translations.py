"""The words on the page: key -> (English, Chinese).

`ui.t("generate")` puts one on a widget; the language of the visitor's browser picks.

Every tab uses the same words for the same thing: Model, Seed, How many, Generate, Stop.
"""

WORDS = {
    # the suite
    "suite": ("AIGC Suite", "AIGC 生成模型工坊"),
    "suite_purpose": (
        "Generative models you can run, take apart and measure.",
        "可以运行、拆解和衡量的生成模型。",
    ),
    "tab_failed": ("This tab could not be opened", "此页面无法打开"),
    "tab_failed_others": ("The other tabs work as usual.", "其他页面不受影响。"),
    "health": ("Health of this server", "服务器状态"),
    "health_check": ("Check again", "重新检查"),
    # words that every tab shares
    "model": ("Model", "模型"),
    "seed": ("Seed", "随机种子"),
    "seed_hint": ("The same seed gives the same result.", "相同的种子产生相同的结果。"),
    "how_many": ("How many", "数量"),
    "how_many_hint": ("Results made with one click.", "一次点击生成的结果数。"),
    "generate": ("Generate", "生成"),
    "stop": ("Stop", "停止"),
    "more": ("More", "更多设置"),
    "prompt": ("Prompt", "提示词"),
    "result": ("Result", "结果"),
    "example": ("Example", "示例"),
    "how_it_works": ("How it works", "工作原理"),
    "licence": ("Licence", "许可证"),
    # the recipe
    "recipe": ("Recipe", "配方"),
    "reproduce": ("Reproduce", "复现"),
    "restore": ("Restore from a file", "从文件恢复"),
    "link": ("Link", "链接"),
    "copy_link": ("Copy link", "复制链接"),
    "embed": ("Embed", "嵌入"),
    "embed_recipe": ("Write the recipe into files", "将配方写入文件"),
    "download": ("Download", "下载"),
    # the recipe panel (shared/recipe_ui.py)
    "recipe_save": ("Save recipe", "保存配方"),
    "recipe_open": ("Recipe: see it, or restore one from a file", "配方：查看，或从文件恢复"),
    "recipe_drop": ("Drop a recipe or a picture here", "将配方或图片拖到此处"),
    "recipe_share": ("To copy", "复制内容"),
    # gpt2_text: the controls
    "text_prompt_hint": (
        "The story goes on from here. Empty: the model begins by itself.",
        "故事从这里继续。留空则由模型自己开头。",
    ),
    "text_preset": ("Style", "风格"),
    "text_bedtime": ("Bedtime story", "睡前故事"),
    "text_careful": ("Careful", "稳重"),
    "text_surprise": ("Surprise me", "给我惊喜"),
    "text_likely": ("Most likely", "最可能"),
    "text_compare": ("All three side by side", "三代并排比较"),
    "text_larger": ("Larger models from the Hub", "来自 Hub 的更大模型"),
    "text_download": ("download", "下载"),
    "text_randomness": ("How daring", "大胆程度"),
    "text_repeating": ("Against repetition", "避免重复"),
    "text_length": ("Length and samples", "长度与样本"),
    "text_engine": ("Seed and engine", "种子与引擎"),
    "text_temperature": ("Temperature", "温度"),
    "text_temperature_hint": (
        "0 always takes the likeliest word; higher takes more risks.",
        "0 总取最可能的词；越高越冒险。",
    ),
    "text_top_k": ("Top-k", "Top-k"),
    "text_top_k_hint": (
        "Only the k likeliest tokens may come next; 0 allows all.",
        "只从最可能的 k 个词元中选；0 为不限。",
    ),
    "text_top_p": ("Top-p", "Top-p"),
    "text_top_p_hint": (
        "Only the likeliest tokens that share this much of the chance.",
        "只从概率合计达到此值的词元中选。",
    ),
    "text_min_p": ("Min-p", "Min-p"),
    "text_min_p_hint": (
        "Drops tokens below this fraction of the likeliest one's chance.",
        "去掉低于最大概率此比例的词元。",
    ),
    "text_repetition_penalty": ("Repetition penalty", "重复惩罚"),
    "text_repetition_penalty_hint": (
        "Above 1, words already used become less likely.",
        "大于 1 时，用过的词更不容易出现。",
    ),
    "text_no_repeat_ngram_size": ("No repeated n-gram", "禁止重复 n 元组"),
    "text_no_repeat_ngram_size_hint": (
        "No run of this many tokens comes twice; 0 is off.",
        "这么长的词元串不出现两次；0 为关闭。",
    ),
    "text_max_new_tokens": ("Longest text", "最大长度"),
    "text_max_new_tokens_hint": (
        "New tokens at most; a whole story has about 200.",
        "最多生成的词元数；一个完整的故事约 200 个。",
    ),
    "text_num_return_sequences_hint": (
        "Texts side by side, each with its own seed.",
        "并排生成的文本数，各有自己的种子。",
    ),
    "text_num_beams": ("Beams", "束宽"),
    "text_num_beams_hint": ("Paths searched at once for the likeliest text; 1 is off.", "同时搜索的路径数；1 为关闭。"),
    "text_stop": ("Stop at", "停止于"),
    "text_stop_hint": ("The text ends before these words; one on each line.", "文本在这些词之前结束；每行一个。"),
    "text_seed_hint": (
        "-1: a new one each time. The same seed gives the same text.",
        "-1：每次不同。相同种子得到相同文本。",
    ),
    "text_seed_new": ("A new one each time", "每次换新种子"),
    "text_precision": ("Arithmetic", "运算精度"),
    "text_precision_hint": (
        "Fast reads the weights in 16 bits where that is quicker; exact in 32.",
        "快速：在更快时用 16 位权重；精确：32 位。",
    ),
    "text_fast": ("Fast", "快速"),
    "text_exact": ("Exact", "精确"),
    "text_continue": ("Continue", "继续"),
    "text_undo": ("Undo", "撤销"),
    "text_regenerate": ("Regenerate", "重新生成"),
    # the token view
    "tv_text_label": (
        "The text. Arrow keys move from word to word, Enter lists the alternatives.",
        "文本。方向键逐词移动，回车列出备选。",
    ),
    "tv_recorded": ("Recorded example", "录制示例"),
    "tv_live": ("Run it live", "现场运行"),
    "tv_colours": ("Show chances", "显示概率"),
    "tv_sure": ("sure", "确定"),
    "tv_surprised": ("surprising", "意外"),
    "tv_legend": (
        "The colour of a word is how far it surprised the model: none where it had a chance of a half or more, "
        "the strongest below 1 in 250. Click on a word for its chance and what else could stand there.",
        "颜色表示该词让模型意外的程度：概率不低于一半时无色，低于 1/250 时最深。点击词可看其概率和备选。",
    ),
    "tv_chance": ("Chance {p}", "概率 {p}"),
    "tv_state_waiting": ("getting ready …", "准备中……"),
    "tv_state_running": ("writing …", "生成中……"),
    "tv_state_end": ("The end · {n} tokens", "完 · {n} 个词元"),
    "tv_state_length": ("{n} tokens", "{n} 个词元"),
    "tv_state_stop": ("Met a stop word · {n} tokens", "遇到停止词 · {n} 个词元"),
    "tv_state_stopped": ("Stopped · {n} tokens", "已停止 · {n} 个词元"),
    "tv_seed": ("Seed {seed}", "种子 {seed}"),
    "tv_use_seed": ("use it again", "再次使用"),
    "tv_repetition": ("Repetition", "重复"),
    "tv_repetition_hint": ("Share of three-token runs that have come before", "出现过的三词元串所占比例"),
    "tv_remedy": ("Find the smallest cure", "寻找最小的调整"),
    "tv_the_end": ("the end", "完"),
    "tv_new_line": ("new line", "换行"),
    "tv_part": ("part of a character", "字符的一部分"),
    "tv_alternatives": ("What else could stand here", "此处的其他可能"),
    "tv_had_chance": ("This had a chance of {p}.", "此处概率为 {p}。"),
    "tv_choose": ("Choose another, and the story goes on from there.", "换一个，故事将由此继续。"),
    "tv_no_attention": (
        "No attention to show: only a GPT-2 looks back at single words.",
        "没有注意力可看：只有 GPT-2 会回看单个词。",
    ),
    "tv_where": ("Where did the model look?", "模型看了哪里？"),
    "tv_back": ("Back to the alternatives", "回到备选"),
    "tv_heads": ("Attention heads, a row for each layer; arrow keys move", "注意力头，每层一行；方向键移动"),
    "tv_layer_head": ("Layer {layer}, head {head}", "第 {layer} 层，第 {head} 头"),
    "tv_looked": (
        "Layer {layer}, head {head}: the stronger the colour, the more it looked there. {first} % rested on the first token.",
        "第 {layer} 层第 {head} 头：颜色越深，注意越多。{first} % 停在首个词元上。",
    ),
    "tv_close": ("Close", "关闭"),
    "tv_failed": ("The server did not answer; please try again.", "服务器没有回应，请重试。"),
}


def table() -> dict[str, dict[str, str]]:
    """Locale -> key -> words, as gr.I18n takes them. Browsers in China ask for zh-CN, others for zh."""
    chinese = {key: zh for key, (_, zh) in WORDS.items()}
    return {"en": {key: en for key, (en, _) in WORDS.items()}, "zh": chinese, "zh-CN": dict(chinese)}
