"""Words by which narration shows who speaks, in English and Chinese. Data only."""

import re

ADVERBS_EN = frozenset(
    "then only just also now again at last once had was had been has is suddenly quietly always "
    "never still even too hastily softly merely simply both all together soon next finally ever "
    "all would could rather very evidently half slowly".split()
)
PRONOUNS_EN = {"he": "m", "she": "f", "it": "x", "they": "p", "i": "i", "we": "p", "you": "y"}
STOP_EN = frozenset(
    "a an the and but or nor so yet for if then than that this these those there here when where "
    "while who whom whose which what how why as at by in into of off on onto out over to up upon "
    "with without from about after again against among because before between during through "
    "till until under very too not no yes he she it they we you i me him her his hers its them "
    "their theirs my mine our your us oh ah well now just only some any all both each every such "
    "one once perhaps however looking is was were are be been being do does did have has had "
    "will would shall should can could may might must".split()
)
NOT_NAMES_EN = STOP_EN | frozenset(
    "chapter book part act scene good dear please come let never nothing everything everybody "
    "nobody somebody none thank another first last next meanwhile suddenly presently still even "
    "indeed soon at monday sunday christmas god lord sir madam ma'am miss mr mrs".split()
)
TITLES_EN = frozenset(
    "mr mrs ms miss dr doctor sir lady lord st captain capt major maj colonel col general gen "
    "admiral commander lieutenant lieut lt sergeant sergt sgt corporal cpl professor prof madame "
    "mme mademoiselle mlle monsieur messrs herr frau fräulein signor signora inspector reverend "
    "rev hon".split()
)
FEMALE_EN = re.compile(r"\b(?:she|her|hers|herself)\b", re.IGNORECASE)
MALE_EN = re.compile(r"\b(?:he|him|his|himself)\b", re.IGNORECASE)

FEMALE_ZH = tuple(
    (
        "小姐 夫人 太太 姑娘 娘娘 奶奶 妈妈 母亲 婆婆 嫂子 姐姐 妹妹 阿姨 太后 皇后 公主 贵妃 "
        "嬷嬷 丫头 女士 师太 仙姑 姐 妹 娘 妈 嫂 妃 婶 妇人 女子 女 妇 婆 婆子 姑 尼姑 女王 老妪 "
        "罗刹 嫦娥 观音 母 氏 姨 姨妈 媳妇 丫鬟 姬 嫔 妾 娘子 嬷 老太 媪"
    ).split()
)
MALE_ZH = tuple(
    (
        "先生 公子 老爷 少爷 相公 大人 将军 和尚 皇帝 皇上 太子 王爷 爷爷 父亲 叔叔 哥哥 弟弟 "
        "大哥 道人 老汉 老头 太监 公公 爷 叔 哥 弟 爸 爹 王"
    ).split()
)
PRONOUNS_ZH = {
    "他": "m",
    "她": "f",
    "它": "x",
    "他们": "p",
    "她们": "p",
    "大家": "p",
    "众人": "p",
    "我": "i",
    "俺": "i",
}
PRONOUN_ZH = re.compile(r"(?<![其])(?:他们|她们|大家|众人|他|她|它|我(?!们))")
# What may stand between a subject and its verb; the first of them ends a name that is read from the
# text.
AFTER_NAME_ZH = frozenset(
    "道说问答喊叫嚷骂劝吼叹笑哭曰云喝想冷忙大便又也就才却即遂乃怒高低轻急闻听点摇看望瞧对向跟和与"
    "把将心一不在上下暗连慌拍指拱躬叩合开近厉口回应吩分正已都再只还被给朝冲走站坐立跪拜跳拿提抓拉"
    "伸抬低转扭起出进到从赶接插继补解嘟喃沉微苦淡含抱揉哈嘻呵呆愣怔惊喜欢厌气狠咬瞪眯皱睁擦抹捏搂"
    "推扯抢忍终于突忽然說問罵勸嘆聽對將還過給衝從說說臉轉開應見见知觉认以为是有没着了过的地得之，"
    "。！？：；、“”"
)
OBJECT_ZH = re.compile(
    r"(?:对着|对|向|跟|和|与|给|朝着|朝|冲着|冲|把|被|替|为|问|叫|让|请|使|令|望着|看着|看|瞧|盯着"
    r"|瞅着|拉着|告诉|劝|骂|喊|教|着|比|同|在|于|到|给了|瞪|见了|提起|想起|谢|拜|禀|奏|谓|顾|叱|责|唤|召|谏)$"
)
LEAD_ZH = re.compile(
    r"^(?:只见|忽见|但见|却见|忽听得|忽听|只听得|只听|听得|听见|那时|这时|此时|当时|随后|然后"
    r"|于是|忽然|突然|终于|不料|谁知|原来|却说|且说|话说|再说|说着|说罢|正说着|正说|"
    r"正嚷间|言未已|话音未落|话未说完|一会儿|过了一会儿?|半晌|良久|旁边的?|一旁的?|但是|但|可是"
    r"|(?:忽一|有一|[一这那是翌次])[日天夜晚早晨]|数日后|忽(?!必烈|然)|内有|旁有|中有|次日|是日|当日|当夜|当晚|须臾间?|少顷|俄而|[茶酒饭礼][罢毕]|饭后|饮讫|言毕|说毕|言讫"
    r"|[门窗屋房楼院墙船车帐庙城店][外里内上下]|门口|人群[里中]|旁边|对面的?|隔壁|一[个位名](?=[\u3400-\u9fff]{2})"
    r"|可|而|却|便|又|也|就|还是|还|倒是|那边|这边|那里|这里|闪出|慌得|唬得|喜得|班中|早有|有|被)"
)
NOT_NAMES_ZH = frozenset(
    "一个 两个 那个 这个 自己 心里 心中 口中 嘴里 嘴上 一声 一面 一边 连忙 急忙 慌忙 如何 怎么 "
    "什么 为何 不知 背后 身后 声音 语气 脸上 眼里 激动 兴奋 高兴 生气 平静 严肃 认真 耐心 随口 "
    "顺口 大声 小声 轻声 低声 高声 同声 齐声 厉声 柔声 随即 立刻 立即 马上 赶忙 赶紧 忍不住 半天 "
    "片刻 最后 后来 接着 然而 因为 所以 如果 虽然 不过 只是 情绪 神情 表情 样子 女的 男的 喃喃 "
    "悄悄 偷偷 兴致勃勃 自言自语 异口同声 不由得 只能 只好 随便 用手 有些 有点 叫声 道声 喊声 "
    "笑声 又再 且行且 一齐 一发 复又 正要 依旧 却又 因此 故此 如此 常言 古人 自古 俗语 "
    "诗曰 有诗 正当 正值 恰逢 适逢 正逢 同时 并且 而且 主动 尽量 竭力 极力 故意 当面 趁机 "
    "乘机".split()
)
# A bare tag, `土地道：`: whatever stands before the verb is the name.
BARE_TAG_ZH = re.compile(
    r"([\u3400-\u9fff]{2,4}?)(?:笑|又|忙|便|大笑|冷笑|喝|答|问|問|叫|骂|怒|叹|哭|说|說|回|应"
    r"|應)?(?:道|曰|说|說|问|問|笑云|云)"
)
NOT_IN_NAME_ZH = re.compile(
    r"[道曰说說闻听聽又便忙就才却再且只答问問叫喊骂喝笑哭叹怒都齐声言]"
    r"|^[不没有是在把将被因为与对向]"
)
# What is read as part of a name only by mistake: adverbs at its end, and words that no name begins
# with.
ADVERB_ZH = re.compile(
    r"半天|半晌|许久|良久|好久|片刻|好?一会儿?|不|大惊|大怒|大喜|欢喜|忽然|突然|终于|连忙|赶忙|赶紧|急忙|慌忙|立刻|立即|马上|随即|接着"
    r"|继续|这才|于是|只好|不禁|不由|忍不住|高兴|生气|大声|小声|轻声|低声|高声|厉声|悄悄|慢慢"
    r"|缓缓|冷冷|淡淡|微微"
    r"|哈哈|呵呵|嘿嘿|一边|一面|闻言|听得|听见|听了|见了|心中|上前|近前|向前|回头|在旁|在傍|正在"
    r"|即忙|起身|闻得|依言|果然|连声|陪着?$|陪笑"
)
NO_HEAD_ZH = frozenset("俱复又且即乃便就却都皆只忽真既若遂")
SURNAMES_ZH = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范"
    "彭郎鲁韦昌马苗凤花方俞任袁柳唐罗薛伍余米贝姚孟顾尹江钟傅沙猪牛贾林史梁宋田白高夏蔡董程丁邓叶"
    "阎郭徐胡刘黄武段雷侯贺邵毛石崔汪侯龙万钱汤尹黎易常乔赖龚文卢"
)
# Characters that Chinese given names of women or of men have far more often than the other's: the
# last resort.
GIVEN_FEMALE_ZH = frozenset(
    "兰莲梅香霞娥丽花芳燕娟婷媛莉萍琴凤娜娇黛钗妹妞嬛英芬菊桂翠莺蓉蕾雯倩娅姗珍珠环"
)
GIVEN_MALE_ZH = frozenset("强军刚武福山龙虎斌勇伟杰雄富贵厚祥堂亭彪豪鹏涛毅炳魁宝柱栓汉")
