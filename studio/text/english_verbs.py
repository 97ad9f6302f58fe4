"""English verbs by which a speech is told, with their past and present forms. Data, and the rule of
inflection.

Gathered by hand from the ways in which English and American novels tell speech: of speaking as
such, of asking and answering, of manner and loudness, of the sounds of animals and things.
"""

# Verbs that tell speech wherever they stand beside a quote.
BASIC = (
    "accede accost accuse acknowledge acquiesce add address adjure admit admonish advise advocate "
    "affirm agonize amend announce answer apologize apologise appeal approve argue articulate "
    "ask assent assert asseverate assure attest aver avouch avow babble backtrack badger "
    "bark bawl beg begrudge bellow beseech bewail bicker blab blare blaspheme bleat blubber "
    "blurt bluster boast boom brag bray breathe bristle broach bubble burble cackle cajole call "
    "carol carp caution cavil caw censure chaff challenge chant chatter cheer chide chime chirp "
    "chirrup chortle chorus chuckle claim clamour clamor clarify cluck coax command commend "
    "comment commiserate complain concede conclude concur condole confess confide confirm "
    "congratulate conjecture conjure console contend contradict contribute coo correct counsel "
    "counter croak croon crow cry curse declaim declare defend demand demur denounce deny "
    "deplore deprecate deride dictate disagree disclose dispute dissent divulge drawl drone "
    "echo ejaculate elaborate elucidate emphasize emphasise encourage enjoin enlighten enquire "
    "entreat enumerate enunciate equivocate estimate exclaim excuse exhort explain expostulate "
    "exult falter fib flatter flounder forewarn fume gabble gasp gibber gibe giggle gloat "
    "goad greet groan grouse growl grumble grunt guess guffaw gulp gurgle gush harangue "
    "hazard heckle hector hesitate hiccup hint hiss holler hoot howl huff implore imply "
    "inform inquire insinuate insist instruct interject interpolate interpose interpret "
    "interrogate interrupt intimate intone intreat invoke jabber jape jeer jest jibe joke lament "
    "lecture lilt lisp maintain marvel mewl mimic moan mock moralize mourn mumble murmur "
    "muse mutter nag narrate neigh nudge object observe offer opine ordain order pant parrot "
    "persist persuade pester philosophize philosophise pipe placate plead pontificate pray "
    "preach predict prevaricate probe proclaim prod profess proffer promise prompt pronounce "
    "prophesy propose protest prattle purr quaver query question quibble quip quiz quote "
    "rage rail rant rap rasp rave reassure rebuke recall recant recite reckon recollect "
    "recommend recount refute reiterate rejoice rejoin relate relent remark remember remind "
    "reminisce remonstrate repeat reply report reprimand reproach reprove request respond "
    "retaliate retort reveal reverberate ridicule roar ruminate say scoff scold scream screech "
    "shout shriek shrill sibilate sigh simper slur snap snarl sneer snicker snigger snivel "
    "snort sob soliloquize soliloquise soothe specify speculate splutter sputter squall squawk "
    "squeak squeal stammer state stipulate storm stress stutter submit suggest surmise swear "
    "sympathize sympathise tattle taunt tease testify theorize threaten thunder titter trill "
    "trumpet tut twang twitter twit upbraid urge utter vent venture verify vociferate volunteer "
    "vow wail warble warn wheedle wheeze whimper whine whinny whisper whoop wonder worry yammer "
    "yap yell yelp yowl"
).split()
# Verbs that as often tell a deed: they tell speech only where they touch the quote or its subject.
DEEDS = (
    "accept admire allow amplify applaud attempt beam blush broadcast bully calculate calm caress "
    "charge comfort compliment consider consult cough crack criticize "
    "criticise dare decide deflect describe direct doubt drip enthuse entice evade expand "
    "expect fire flash flute frown fuss glower grate grant grimace grin grind guide hail hasten "
    "hum hurl imitate indicate inject jerk jubilate laugh leer mention nod note "
    "notice pause picture plan point pout praise press proceed propound provoke puff pursue "
    "quake quiver quail qualify read realize realise recover reflect relay renew reason resolve "
    "resume revile scowl shrug shudder smile smirk sniff sniffle snuffle sound "
    "speak spit supply suppose swallow temporize think thrill translate "
    "tremble try wager warm weep welcome wince wink yawn"
).split()
IRREGULAR = {
    "beseech": "besought",
    "broadcast": "broadcast",
    "forewarn": "forewarned",
    "grind": "ground",
    "read": "read",
    "say": "said",
    "speak": "spoke",
    "spit": "spat",
    "swear": "swore",
    "think": "thought",
    "weep": "wept",
}
# These double their last letter: `begged`.
DOUBLING = frozenset(
    "admit aver beg blab chat concur demur drip grin hum jab nag nod plan prod quip quiz rap rub "
    "shrug slur snap sob submit sum tut twit yap".split()
)


def past(verb: str) -> str:
    """The past form of a verb: `reply` → `replied`."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb in DOUBLING:
        return f"{verb}{verb[-1]}ed"
    if verb.endswith("e"):
        return verb + "d"
    return _without_y(verb) + "ed"


def present(verb: str) -> str:
    """The present form behind a name: `reply` → `replies`."""
    stem = _without_y(verb)
    return stem + ("es" if stem != verb or verb.endswith(("s", "sh", "ch", "x", "z")) else "s")


def participle(verb: str) -> str:
    """The form that leads to a speech: `reply` → `replying`."""
    if verb in DOUBLING:
        return f"{verb}{verb[-1]}ing"
    silent = verb.endswith("e") and not verb.endswith(("ee", "oe", "ye"))
    return (verb[:-1] if silent else verb) + "ing"


def forms(verbs: list[str]) -> frozenset[str]:
    """Past and present forms of all the verbs."""
    return frozenset(form for verb in verbs for form in (past(verb), present(verb)))


def _without_y(verb: str) -> str:
    return verb[:-1] + "i" if verb.endswith("y") and verb[-2] not in "aeou" else verb
