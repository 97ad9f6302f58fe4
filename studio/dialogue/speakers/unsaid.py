"""Words that the narration says were not spoken: `他没说“…”`, `she did not say “…”`."""

import re

NEVER = (
    r"(?:没有?|并[没未非]有?|从[没未]有?|未[曾尝]?|不曾|何曾|何尝|并不|从不|从来不|不[敢肯愿会能再]|绝不|决不|不好意思"
    r"|没[敢能]|哪[里儿敢]|难以|休要|莫要)"
)
BETWEEN = (
    r"(?:再|又|就|真|正面|直接|亲口|当面|当众|开口|大声|敢|肯|能|[对向跟和同][\u3400-\u9fff]{1,4})"
)
SAY = r"(?:说|說|道|曰|讲|喊|叫|提|问|問|答|骂|言)"
NOT_SAID = re.compile(
    rf"{NEVER}{BETWEEN}{{0,2}}{SAY}道?[过過出起到]?(?:一?[句声個个]?)?[：:，,]?$"
    r"|(?:^|[，,却也都便她他我]|[\u3400-\u9fff]{2})(?<![忍止顾停禁由])(?:没|不)[说說问讲喊答]过?[：:，,]?$"
)
NOT_SAID_EN = re.compile(
    r"(?:\b(?:not|never|nobody|nor|without|refus\w+ to|instead of|rather than|forg[eo]t\w* to)"
    r"|n['’]t)\s+(?:(?:once|even|ever|yet|had|did|do|does|to|he|she|they|I|we|you|be|have"
    r"|quite|exactly)\s+){0,3}(?:say|said|saying|tell|told|cry|answer|answered|call|called|ask"
    r"|asked|utter|uttered|whisper|speak|shout)(?:\s+(?:to\s+)?(?:him|her|them|me|us|it))?"
    r"\s*[,:]?\s*$",
    re.IGNORECASE,
)
# Books and sayings that are quoted as a person is: `易曰：`, `故语有之曰：`, `《诗》云：`.
BOOK = re.compile(
    r"(?:^|[，,。；;：:、\s”」』])(?:[故且况盖夫然则]{0,2})"
    r"(?P<book>《[^》]{1,12}》|[易诗书礼经语谚传史铭箴志谶典]|[诗易书礼孝]经|礼记|周易|周礼|尚书|春秋|论语|左传|史记"
    r"|汉书|兵[法书]|古[语谚诗]|[谚俗]语|[俗古]话|佛经|道经|医书)"
    r"(?:亦|又|尝|有之|不|有){0,2}[曰云言说道][：:]?$"
)
BOOK_TITLE = re.compile(r"[诗易书礼孝]经|礼记|周[易礼书]|尚书|春秋|论语|左传|史记|汉书")
LOOK = 80  # characters of narration before a quote that are read


def cited(text: str, start: int, end: int) -> tuple[int, str] | None:
    """The book or saying that narration text[start:end], which leads to a quote, says it is taken
    from, and where its name begins; None where a person may speak."""
    low = max(start, end - LOOK)
    found = BOOK.search(text[low:end].rstrip())
    return (low + found.start("book"), found["book"]) if found else None


def was_not_said(text: str, start: int, end: int) -> bool:
    """Whether narration text[start:end], which leads to a quote, says that nobody spoke it."""
    body = text[max(start, end - LOOK) : end].rstrip()
    clause = re.split(r"[。！？!?；;\n”]", body)[-1]
    return bool(NOT_SAID.search(clause) or NOT_SAID_EN.search(body))
