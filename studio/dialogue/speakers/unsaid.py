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
LOOK = 80  # characters of narration before a quote that are read


def was_not_said(text: str, start: int, end: int) -> bool:
    """Whether narration text[start:end], which leads to a quote, says that nobody spoke it."""
    body = text[max(start, end - LOOK) : end].rstrip()
    clause = re.split(r"[。！？!?；;\n”]", body)[-1]
    return bool(NOT_SAID.search(clause) or NOT_SAID_EN.search(body))
