"""Words that say little of the subject, in English and Chinese: grammar, not matter."""

ENGLISH = (
    "a about above after again against all almost alone along already also although always am "
    "among an and another any anybody anyone anything anywhere are around as at away back be "
    "became because become been before behind being below between both but by came can cannot "
    "could did do does done down during each either else enough even ever every everybody "
    "everyone everything everywhere few for from further get give go going got had has have "
    "having he her here hers herself him himself his how however i if in indeed instead into is "
    "it its itself just keep least less let like made make many may me might more most much must "
    "my myself near need never next no nobody none nor not nothing now nowhere of off often on "
    "once one only onto or other others our ours ourselves out over own per perhaps put quite "
    "rather really said same say see seem seemed several shall she should since so some somebody "
    "someone something sometimes somewhere still such take than that the their theirs them "
    "themselves then there therefore these they thing things this those though through thus to "
    "together too toward towards two under until up upon us very was way we well went were what "
    "whatever when where whether which while who whole whom whose why will with within without "
    "would yet you your yours yourself s t d m re ve ll"
).split()
PRONOUNS = (
    "i me my mine myself you your yours yourself he him his himself she her hers herself we us our "
    "ours ourselves they them their theirs themselves it its thou thee thy"
).split()
CHINESE_PRONOUNS = "我你您他她它咱俺吾汝们們"
# Single characters; in classical Chinese they are words, in modern Chinese parts of words.
CHINESE = (
    "的了一是不我在有他这個个上们來来到时大地为子你说說道着就那和要她出也得里裡后後以会會可下而过"
    "過去能对對多然于於么之都好看起没沒只如把还還用样樣想但些所同又它给給很与與此其被已者或及并並"
    "等将將则則即乃因"
)
