"""Who speaks: cues, mentions, vocatives, kinship, the learnt model and its chain."""
