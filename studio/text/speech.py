"""The verbs that say that somebody speaks, in English and Chinese: what sentence ends, labels of
plays, quotations and speakers all read. Data, and the tags made of it."""

import re

from studio.text.english_verbs import BASIC, DEEDS, forms, participle

# The forms in which verbs of speech tag a quote; here those that need no rule, or are irregular.
VERBS_EN = forms(BASIC) | frozenset(
    "said say says saying cried cry cries thought think thinks replied reply replies answered "
    "answer answers asked ask asks exclaimed remarked remark added adds began begins continued "
    "continues interrupted repeated repeats shouted shouts whispered whispers muttered mutters "
    "growled grunted sighed sighs sobbed called calls screamed shrieked observed observes "
    "inquired enquired inquires returned rejoined retorted pleaded ventured panted roared "
    "bellowed resumed explained explains suggested suggests grumbled concluded announced read "
    "told tells insisted persisted declared demanded demands murmured mumbled stammered "
    "stuttered gasped groaned moaned laughed chuckled giggled snapped barked hissed yelled "
    "protested objected agreed admitted confessed assured urged begged implored commanded "
    "ordered warned wondered mused reflected responded ejaculated chimed quoth spoke speak "
    "speaks squeaked snorted yawned nodded smiled grinned boomed croaked faltered sneered "
    "scoffed corrected reminded promised proposed pursued put went goes cautioned bawled wailed "
    "whined whimpered cooed drawled purred breathed hinted joked teased lied vowed swore recited "
    "sang chanted quoted informed greeted apologized apologised pronounced prompted volunteered "
    "acknowledged affirmed commented noted complained lamented addressed accosted bleated piped "
    "blurted chattered gabbled thundered stormed hollered spake".split()
)
# Forms that lead to a quote but never follow one as its tag: `she could not help crying out, "…"`.
LEADING_VERBS_EN = frozenset(
    "crying exclaiming replying answering observing adding remarking whispering asking calling "
    "shouting muttering murmuring repeating exclaim whisper remark observe mutter murmur shout "
    "declare".split()
)
PARTICIPLES_EN = LEADING_VERBS_EN | frozenset(map(participle, BASIC)) | {"beginning", "telling"}
# Of these only the fixed phrase speaks: "went on", "put in", "burst out".
PHRASES_EN = {
    "went": ("on",),
    "goes": ("on",),
    "put": ("in",),
    "chimed": ("in",),
    "broke": ("in", "out", "forth"),
    "burst": ("out", "forth", "in"),
    "struck": ("in",),
    "cut": ("in",),
    "chipped": ("in",),
    "threw": ("in",),
    "shot": ("back",),
    "flung": ("back",),
    "ran": ("on",),
    "hurried": ("on",),
    "rushed": ("on",),
    "rambled": ("on",),
    "rattled": ("on",),
    "carried": ("on",),
}
# Verbs that also mean something else: they count beside a quote, not as proof from afar.
WEAK_EN = frozenset(
    (
        "read told nodded smiled grinned laughed spoke returned began continued agreed read "
        "promised went put"
    ).split()
)
# Verbs of a deed that tag a quote only where they touch it: `"No," shrugged Tom`.
DEEDS_EN = forms(DEEDS) - VERBS_EN
# Of these `"Why?" Mr. May nodded.` begins a sentence of its own.
GESTURES_EN = frozenset(
    "read told nodded smiled grinned spoke speak speaks promised put went goes agreed".split()
)
# What may stand behind a name in `"Why?" Mr. May said`, longest first.
TAGS_EN = "|".join(
    sorted(VERBS_EN - GESTURES_EN, key=lambda verb: (-len(verb), verb))
    + [f"{verb} (?:{'|'.join(PARTICLES)})" for verb, PARTICLES in PHRASES_EN.items()]
)
# A verb of speech, kept apart from the words that only contain its character (知道, 小说, 问题 …).
SAYING_ZH = (
    r"(?<![知难味街报一门地轨管通赤人霸王轨河大水])道(?![路理教德士])"
    r"|(?<=[人王])道(?=[：:，,。“「『]|$)|(?<=[地大门])道(?=[：:]|$)"
    r"|(?<![小传听据])说(?!明书|法|服)|(?<![学访疑])问(?!题|世)|(?<!名)叫(?!做|作)"
    r"|說|問|罵|勸|嘆|應道|應聲|回應|解釋|補充|追問|詢問|吩咐|宣佈|提醒"
    r"|答|喊|嚷|骂|劝|吼|叹|曰|喝(?=道)|嘟囔|嘟哝|嘀咕|喃喃|呻吟|嗫嚅|支吾|咕哝|念叨|唠叨"
    r"|哽咽|央求|请求|恳求|乞求|哀求"
    r"|解释|补充|插嘴|插话|插言|反驳|反问|追问|询问|质问|盘问|探问|回应|应道|答应|吩咐|分付"
    r"|嘱咐|叮嘱|叮咛|命令|宣布|宣告|建议|提议|提醒|警告"
    r"|抱怨|埋怨|安慰|感叹|感慨|惊呼|惊叫|尖叫|呼唤|呼喊|打趣|挖苦|讽刺|嘲笑"
    r"|强调|承认|声明|断言|谴责|责备|责怪|斥责|呵斥|训斥"
    r"|夸奖|赞叹|赞道|低语|耳语|咒骂|撒谎|表示|帮腔|禀告|禀报"
)
# What leads to a speech, but is none by itself: `他笑了。` has said nothing.
LEADING_ZH = (
    r"開口|繼續|接著|哭|笑|沉吟|应承|开口|开言|招呼|开玩笑|告诉|介绍|夸|重复|继续|接着|接口|接过话"
    r"|言传|奏|启|传旨|传令|教(?=[:：])|想(?=[:：，,道])|心想|暗想|思忖|寻思|盘算"
)
SPEECH_ZH = re.compile(rf"(?:{SAYING_ZH}|{LEADING_ZH})")
# Verbs of speech that stand before their subject in German and French tags (`sagte Anna`, `dit-il`
# has a hyphen and is not among them). Data for regular expressions.
VERBS_OTHER = (
    "sagte|sagt|fragte|fragt|rief|antwortete|erwiderte|entgegnete|meinte|flüsterte|murmelte|schrie"
    "|brüllte|versetzte|erklärte|dit|répondit|demanda|murmura|répliqua|reprit|cria|ajouta"
)
