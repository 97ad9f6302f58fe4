"""Chat templates of models that trl does not carry, and the starter's tokenizer under any template
with the template's own marks added.
"""

import copy
import re

MARKS = re.compile(
    r"<[|｜][^<>{}'\" ]+?[|｜]>|<(?:start_of_turn|end_of_turn|turn\|)>|\[/?INST\]"
    r"|\[gMASK\]|<sop>|</s>"
)
# THUDM/GLM-4-9B-chat (Apache-2.0 code), without its tools.
GLM4 = (
    "[gMASK]<sop>{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' + m['content'] }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)
# internlm/internlm2-chat and internlm3-instruct.
INTERNLM = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + "
    "'<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def under(tokenizer, template, roles=()):
    """A copy of a tokenizer with another template and its marks; marks of roles that the template
    puts together are named.
    """
    made = copy.deepcopy(tokenizer)
    marks = sorted({*MARKS.findall(template), *roles})
    if marks:
        made.add_special_tokens({"additional_special_tokens": marks})
    made.chat_template = template
    return made
