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
    r"|(?i:\b(?:(?:did|do|does|could|would|will|can|dare|dared|had|has|have|shall|should|might)"
    r"(?:\s+not|n[’']t)|never|not|without|instead of)"
    r"(?:\s+(?:actually|once|even|really|quite|ever|dare to|exactly))?"
    r"\s+(?:say|said|saying|ask|asked|asking|reply|replied|answer|answered|cry|cried|shout|shouted"
    r"|tell (?:him|her|me|them|us)|told (?:him|her|me|them|us)|add|added|whisper|whispered|utter))"
    r"\s*[,:]?\s*$"
)
LOOK = 40  # characters of narration before a quote that are read


def was_not_said(text: str, start: int, end: int) -> bool:
    """Whether narration text[start:end], which leads to a quote, says that nobody spoke it."""
    body = text[max(start, end - LOOK) : end].rstrip()
    return bool(NOT_SAID.search(re.split(r"[。！？!?；;\n”]", body)[-1]))
