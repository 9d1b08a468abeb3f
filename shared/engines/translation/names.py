"""Names in both languages: a table says what a name is, not the model, which has met few of them.

Before a sentence is translated its names are replaced by two that the models know well, afterwards these by the names.
"""

import re

# The two that stand for the others, then the names of children's stories.
STAND_INS = {"Tom": "汤姆", "Mary": "玛丽"}
BOYS = """
Tim 蒂姆|Timmy 蒂米|Ben 本恩|Max 马克斯|Jack 杰克|Sam 萨姆|Leo 利奥
Oliver 奥利弗|Noah 诺亚|Henry 亨利|Billy 比利|Bob 鲍勃|John 约翰|Peter 彼得
Paul 保罗|David 戴维|Daniel 丹尼尔|Michael 迈克尔|James 詹姆斯|George 乔治|Charlie 查理
Fred 弗雷德|Tommy 汤米|Harry 哈里|Oscar 奥斯卡|Felix 费利克斯|Jim 吉姆|Nick 尼克
Mike 迈克|Alex 亚历克斯|Finn 芬恩|Hugo 雨果|Pip 皮普
Ming 小明|Hua 小华|Jun 小军|Mingming 明明|Lele 乐乐|Doudou 豆豆|Dongdong 东东
"""
GIRLS = """
Lily 莉莉|Mia 米娅|Anna 安娜|Emma 艾玛|Lucy 露西|Sara 萨拉|Sarah 莎拉
Amy 艾米|Ella 埃拉|Sue 苏茜|Jane 简妮|Alice 爱丽丝|Molly 莫莉|Sophie 索菲
Grace 格蕾丝|Rose 罗丝|Daisy 黛西|Zoe 佐伊|Ruby 鲁比|Olivia 奥利维娅|Kate 凯特
Nora 诺拉|Clara 克拉拉|Maya 玛雅|Luna 露娜|Ada 艾达|Eva 伊娃|Julia 朱莉娅
Bella 贝拉|Heidi 海蒂|Nina 尼娜|Lisa 丽莎|Betty 贝蒂|Polly 波莉
Hong 小红|Mei 小美|Lan 小兰|Lili 丽丽|Fangfang 芳芳|Yuanyuan 圆圆|Huanhuan 欢欢|Niuniu 妞妞
"""
IN_CHINESE = {
    **STAND_INS,
    **{pair.split()[0]: pair.split()[1] for pair in re.split(r"[|\n]", BOYS.strip() + "\n" + GIRLS.strip()) if pair},
}
IN_ENGLISH = {chinese: english for english, chinese in IN_CHINESE.items()}
OF_GIRLS = {pair.split()[0] for pair in re.split(r"[|\n]", GIRLS.strip())} | {"Mary"}


def hidden(text: str, language: str) -> tuple[str, dict[str, str]]:
    """A sentence with at most two of its names replaced -> the sentence, and {stand-in: name}, both in the language
    that it is in. A boy's name is Tom, a girl's is Mary, where these are not there already."""
    table = IN_CHINESE if language == "en" else IN_ENGLISH
    names = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{names})\b" if language == "en" else names)
    found = list(dict.fromkeys(pattern.findall(text)))
    own = [english if language == "en" else chinese for english, chinese in STAND_INS.items()]
    free, instead = [name for name in own if name not in found], {}
    for name in (name for name in found if name not in own):
        if free:
            english = name if language == "en" else table[name]
            wanted = own[english in OF_GIRLS]
            instead[name] = free.pop(free.index(wanted) if wanted in free else 0)
    return pattern.sub(lambda match: instead.get(match[0], match[0]), text), {b: a for a, b in instead.items()}


def across(instead: dict[str, str], language: str) -> dict[str, str]:
    """The same {stand-in: name} in the other language; `language` is the one it is in. A stand-in that was copied is
    one, too."""
    table = IN_CHINESE if language == "en" else IN_ENGLISH
    return {same: table[other] for one, other in instead.items() for same in (table[one], one)}


def shown(text: str, instead: dict[str, str]) -> str:
    """With the names again, all at once."""
    return re.sub("|".join(map(re.escape, instead)), lambda match: instead[match[0]], text) if instead else text
